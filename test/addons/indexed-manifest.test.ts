import { expect, it } from 'vitest';
import { readIndexedManifest, UNREADABLE_MANIFEST } from '../../src/addons/indexed-manifest.ts';
import { manifestText } from '../support/world.ts';

const read = (text: string) => readIndexedManifest(Buffer.from(text), '17.0');

it('keeps the title, the version as written, the summary and what is needed', () => {
  const text = manifestText({ name: 'Web X', version: '2.1.0', summary: 'Does X', depends: ['web', 'mail'] });
  expect(read(text)).toEqual({
    title: 'Web X',
    version: '2.1.0',
    summary: 'Does X',
    depends: ['web', 'mail'],
    installable: true,
  });
});

it.each([
  ['installable: False', manifestText({ installable: false })],
  ['a licence that breaks the update', manifestText({ license: 'MIT' })],
])('knows that Odoo cannot install a module with %s', (_, text) => {
  expect(read(text)).toMatchObject({ title: 'Test', depends: ['base'], installable: false });
});

it.each([
  ['no literal', 'import os'],
  ['a list', '[1, 2]'],
  ['nothing', ''],
  ['brackets without end', '['.repeat(100_000)],
  ['more tokens than are read', `{'a': [${'1,'.repeat(40_000)}]}`],
])('keeps nothing of %s', (_, text) => {
  expect(read(text)).toEqual(UNREADABLE_MANIFEST);
});

it('keeps nothing of what is not UTF-8', () => {
  expect(readIndexedManifest(Buffer.from([0x27, 0xff, 0x27]), '17.0')).toEqual(UNREADABLE_MANIFEST);
});

it('keeps texts in one short line, and of dependencies only names of modules, each once', () => {
  const depends = ['base', '../x', 'a b', 'base', ...Array.from({ length: 600 }, (_, at) => `m${at}`)];
  const kept = read(manifestText({ name: `a\nb\u001b[2J${'x'.repeat(500)}`, depends }));
  expect(kept.title).toMatch(/^a\\u\{a\}b\\u\{1b\}\[2Jx+…$/);
  expect(kept.title.length).toBeLessThan(210);
  expect(kept.depends).toHaveLength(500);
  expect(kept.depends?.slice(0, 3)).toEqual(['base', 'm0', 'm1']);
});

import { expect, it } from 'vitest';
import { type ReadModule, readModule } from '../../src/addons/assess.ts';
import type { Repository } from '../../src/addons/discover.ts';
import { CatalogModule } from '../../src/catalog/catalog-module.ts';
import { createWorld } from '../support/world.ts';

function read(manifest: Record<string, unknown> = {}): ReadModule {
  const world = createWorld();
  return readModule('a', world.module('a', manifest), '17.0', () => true);
}

const repository = { name: 'web' } as Repository;
const made = (module: ReadModule) => new CatalogModule(module, repository, 'oca');

it('is known by what was read, and judged when it is asked', () => {
  const module = read({ summary: 'S' });
  const entry = made(module);
  expect(entry).toMatchObject({ name: 'a', path: module.path, series: '17.0', repository, family: 'oca' });
  const assessment = entry.assessment();
  expect(assessment.judgement).toMatchObject({ verdict: 'installable', fields: { summary: 'S' } });
  expect(assessment.refusals).toEqual([]);
  expect(entry.assessment()).toBe(assessment);
});

it('keeps no value of the manifest', () => {
  const { judgement, ...rest } = made(read()).assessment();
  expect(judgement).not.toHaveProperty('literal');
  expect(Object.keys(rest)).toEqual(['refusals', 'sha256', 'description']);
});

it('keeps the beginning of the description without markup', () => {
  const describe = (description: unknown) => made(read({ description })).assessment().description;
  expect(describe('\n  A <b>short</b>\n  one  ')).toBe('A short one');
  expect(describe('x'.repeat(5000)).length).toBe(1500);
  expect([describe(null), describe(1), describe(['x'])]).toEqual(['', '', '']);
});

it('has no judgement where no manifest could be read, but why', () => {
  const world = createWorld();
  const assessment = made(readModule('a', world.folder('a'), '17.0', () => true)).assessment();
  expect(assessment).toMatchObject({ judgement: null, refusals: [{ code: 'manifest_missing' }] });
});

it('says what another says whose assessment is the same', () => {
  expect(made(read()).says(made(read()))).toBe(true);
  expect(made(read()).says(made(read({ summary: 'other' })))).toBe(false);
  expect(made(read()).says(made(read({ license: 'MIT' })))).toBe(false);
  expect(made(read()).says(made(read({ description: 'other' })))).toBe(false);
});

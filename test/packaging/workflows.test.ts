import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');
const { scripts, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

interface Job {
  readonly strategy?: { readonly matrix: { readonly include: readonly Record<string, unknown>[] } };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}
const read = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8'));
const jobs = (name: string) => Object.values(read(name).jobs as Record<string, Job>);

describe.each(readdirSync(FOLDER))('%s', (name) => {
  it('runs scripts that there are, and may only read where nothing else is said', () => {
    expect(read(name).permissions).toEqual({ contents: 'read' });
    for (const { run = '' } of jobs(name).flatMap(({ steps }) => steps)) {
      for (const [, script] of run.matchAll(/npm run ([\w:]+)/g))
        expect(scripts).toHaveProperty([script as string]);
      for (const [, file] of run.matchAll(/(\.ci\/\w+|scripts\/[\w-]+\.ts)/g)) {
        expect(existsSync(join(ROOT, file as string)), file).toBe(true);
        if (file?.startsWith('.ci/')) expect(statSync(join(ROOT, file)).mode & 0o111).toBe(0o111);
      }
    }
  });

  it('uses actions of a version', () => {
    const used = jobs(name).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@v\d+$/);
  });
});

it('CI runs each supported Node.js on each platform, in a part that .ci/run knows', () => {
  const [{ strategy }] = jobs('ci.yml') as [Job];
  const include = strategy?.matrix.include ?? [];
  const parts = readFileSync(join(ROOT, '.ci/run'), 'utf8').match(/^ {2}(\w+)\)$/gm);
  for (const { part } of include) expect(parts).toContain(`  ${part})`);
  const seen = include.map(({ os, node }) => `${String(os).split('-')[0]} ${node}`);
  const expected = ['ubuntu', 'macos', 'windows'].flatMap((os) =>
    [20, 22, 24].map((node) => `${os} ${node}`),
  );
  expect(seen).toEqual(expected);
  expect(include.filter(({ part }) => part === 'all')).toEqual([
    { os: 'ubuntu-24.04', node: 20, part: 'all', tried: true },
  ]);
  expect(engines.node).toMatch(/^>=20\./);
});

it('only what publishes may write, after the tests have passed', () => {
  const { test, publish } = read('release.yml').jobs;
  expect(test).not.toHaveProperty('permissions');
  expect(publish).toMatchObject({
    needs: 'test',
    permissions: { contents: 'write', 'id-token': 'write', attestations: 'write' },
  });
  expect(publish.steps.find(({ run = '' }) => run.startsWith('npm publish')).run).toContain('--provenance');
});

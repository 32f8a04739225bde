import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOldNode, fixturesFolder, packageVersion } from '../src/package.ts';

it('knows its version and where its fixtures are', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  expect(packageVersion()).toBe(version);
  expect(fixturesFolder()).toBe(join(import.meta.dirname, '../fixtures'));
  expect(existsSync(join(fixturesFolder(), 'oca'))).toBe(true);
});

it.each([
  ['18.20.8', true],
  ['20.18.3', true],
  ['20.19.0', false],
  ['20.20.2', false],
  ['22.0.0', false],
  ['24.1.0-nightly', false],
])('on Node.js %s says that it is too old: %j', (version, isTooOld) => {
  expect(
    describeOldNode(version)?.startsWith(`Node.js 20.19 or later is needed, but this is ${version}:`) ??
      false,
  ).toBe(isTooOld);
});

it('can be installed by pre-commit, which reads one line from npm pack', () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8');
  const hooks = read('.pre-commit-hooks.yaml')
    .split(/^(?=- id: )/m)
    .slice(1);
  const { bin, scripts } = JSON.parse(read('package.json'));
  expect(hooks).toHaveLength(2);
  for (const hook of hooks) {
    expect(Object.keys(bin)).toContain(/^ {2}entry: (\S+) check \./m.exec(hook)?.[1]);
    expect(hook).toMatch(/^ {2}language: node$/m);
    expect(hook).toMatch(/^ {2}pass_filenames: false$/m);
  }
  // dist/ is not committed: npm builds it, and must not print that it does.
  expect(scripts.prepare).toBe('npm run build');
  expect(read('.npmrc')).toMatch(/^foreground-scripts=false$/m);
});

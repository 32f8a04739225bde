import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixturesFolder, packageVersion } from '../src/package.ts';

it('knows its version and where its fixtures are', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  expect(packageVersion()).toBe(version);
  expect(fixturesFolder()).toBe(join(import.meta.dirname, '../fixtures'));
  expect(existsSync(join(fixturesFolder(), 'oca'))).toBe(true);
});

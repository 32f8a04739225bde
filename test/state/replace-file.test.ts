import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { replaceFile } from '../../src/state/replace-file.ts';
import { watchChanges } from '../support/changes.ts';
import { createWorld } from '../support/world.ts';

it('makes a file that only its user can read, and replaces it', () => {
  const world = createWorld();
  const path = world.at('x.json');
  replaceFile(path, 'one');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  replaceFile(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(world.path)).toEqual(['x.json']);
});

it.each(['openSync', 'writeSync', 'fsyncSync', 'renameSync'])('leaves the old file when %s fails', (verb) => {
  const world = createWorld();
  const path = world.at('x.json');
  replaceFile(path, 'one');
  const stop = watchChanges({
    before(called) {
      if (called === verb) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    },
  });
  try {
    expect(() => replaceFile(path, 'two')).toThrow('full');
  } finally {
    stop();
  }
  expect(readFileSync(path, 'utf8')).toBe('one');
  expect(readdirSync(world.path)).toEqual(['x.json']);
});

it('fails where a folder has the name, and leaves nothing', () => {
  const world = createWorld();
  mkdirSync(world.at('x.json'));
  expect(() => replaceFile(world.at('x.json'), 'one')).toThrow(/EISDIR|EEXIST|ENOTEMPTY|EPERM/);
  expect(readdirSync(world.path)).toEqual(['x.json']);
});

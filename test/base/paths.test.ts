import { constants } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import {
  accessErrno,
  describeLost,
  describeReadError,
  errnoOf,
  isInside,
  lstatOrNull,
  realpathOrNull,
  workingDirectory,
} from '../../src/base/paths.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

const failing = (code?: string) => () => () => {
  throw Object.assign(new Error('no'), { code });
};

it.each([
  ['/a/addons', '/a/addons', true],
  ['/a/addons/web', '/a/addons', true],
  ['/a/addons-evil', '/a/addons', false],
  ['/a/addons-evil/web', '/a/addons', false],
  ['/a', '/a/addons', false],
  ['/', '/a', false],
  ['/a', '/', true],
  ['/', '/', true],
])('%s inside %s: %s', (path, folder, expected) => {
  expect(isInside(path, folder)).toBe(expected);
});

describe('lstatOrNull', () => {
  it('sees an entry itself, and none where there is none or the way is barred', () => {
    const world = createWorld();
    world.file('file');
    world.link('nowhere', 'link');
    expect(lstatOrNull(world.at('file'))?.isFile()).toBe(true);
    expect(lstatOrNull(world.at('link'))?.isSymbolicLink()).toBe(true);
    expect(lstatOrNull(world.at('none'))).toBeNull();
    expect(lstatOrNull(world.at('file', 'below'))).toBeNull();
  });

  it('does not take a shortage for an absent entry', () => {
    patchFs('lstatSync', failing('ENOMEM'));
    expect(() => lstatOrNull('/')).toThrow(Interruption);
    patchFs('lstatSync', failing('EACCES'));
    expect(lstatOrNull('/')).toBeNull();
  });
});

describe('realpathOrNull', () => {
  it('follows links, and comes to nothing where one is broken or a loop', () => {
    const world = createWorld();
    world.folder('real');
    world.link('real', 'link');
    world.link('nowhere', 'broken');
    world.link('loop', 'loop');
    expect(realpathOrNull(world.at('link'))).toBe(world.at('real'));
    expect(['broken', 'loop', 'none'].map((name) => realpathOrNull(world.at(name)))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('does not take a shortage for a broken link', () => {
    patchFs('realpathSync', () => Object.assign(() => '', { native: failing('EMFILE')() }));
    expect(() => realpathOrNull('/')).toThrow(Interruption);
  });
});

it('accessErrno is why a path may not be used, or null', () => {
  const world = createWorld();
  const file = world.file('file');
  expect(accessErrno(file, constants.R_OK)).toBeNull();
  expect(accessErrno(file, constants.X_OK)).toBe('EACCES');
  expect(accessErrno(world.at('none'), constants.R_OK)).toBe('ENOENT');
  patchFs('accessSync', failing());
  expect(accessErrno(file, constants.R_OK)).toBe('unknown error');
});

it('errnoOf is the code of a system error, and of nothing else', () => {
  const thrown = [Object.assign(new Error('no'), { code: 'EIO' }), new Error('no'), null, undefined, 'EIO'];
  expect(thrown.map(errnoOf)).toEqual(['EIO', undefined, undefined, undefined, undefined]);
});

it('describeReadError names the errno of all but an absent file', () => {
  const words = ['ENOENT', 'EACCES', 'EIO'].map((code) =>
    describeReadError(Object.assign(new Error('no'), { code })),
  );
  expect(words.map((word) => /\bE[A-Z]+\b/.exec(word)?.[0])).toEqual([undefined, 'EACCES', 'EIO']);
});

it('a working directory that is gone is null', () => {
  expect(workingDirectory()).toBe(process.cwd());
  const spy = vi.spyOn(process, 'cwd').mockImplementation(failing('ENOENT')() as () => never);
  onTestFinished(() => spy.mockRestore());
  expect(workingDirectory()).toBeNull();
});

it('describeLost names the path in one line', () => {
  expect(describeLost('a/b')).toContain('a/b');
  expect(describeLost('a\nb')).not.toContain('\n');
});

import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { describeNoSymlinks, diagnoseSystem } from '../../src/services/diagnose-system.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

/** A temporary folder of this test's own; says what is in it. */
function temporary(): () => string[] {
  const { path } = createWorld();
  vi.stubEnv('TMPDIR', path);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readdirSync(path);
}

it('a system that has all it takes is not worth a word, and nothing is left behind', () => {
  const left = temporary();
  expect(diagnoseSystem()).toEqual([]);
  expect(left()).toEqual([]);
});

it('without the right to make symlinks, Windows users are told where to get it', () => {
  const left = temporary();
  patchFs('symlinkSync', () => () => {
    throw systemError('EPERM');
  });
  expect(diagnoseSystem()).toEqual([describeNoSymlinks(process.platform)]);
  expect(left()).toEqual([]);
  const { text, remedy } = describeNoSymlinks('win32');
  expect(text).toBe("symlinks cannot be made: Windows does not let the server's user make symlinks (EPERM)");
  expect(remedy).toContain('Developer Mode');
});

it.each(['ENOSPC', 'EROFS'])(
  'what is wrong with the temporary folder is not said of symlinks: %s',
  (code) => {
    patchFs('mkdtempSync', () => () => {
      throw systemError(code);
    });
    expect(diagnoseSystem()).toEqual([]);
  },
);

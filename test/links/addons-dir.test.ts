import { constants, mkdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkAddonsDir, checkWritable, openAddonsDir, unavailable } from '../../src/links/addons-dir.ts';
import { openDir } from '../support/batch.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

function prepare() {
  const world = createWorld();
  world.folder('linked');
  world.file('file');
  world.link('linked', 'alias');
  world.link('none', 'broken');
  world.link('loop', 'loop');
  world.link('/', 'root');
  return world;
}

const problemOf = (path: string) => {
  const opened = openAddonsDir(path);
  return !opened.ok ? opened.refusal : null;
};

describe('an addons directory', () => {
  it.each(['linked', 'alias', '.'])('is opened as %s, whose real path and inode it keeps', (name) => {
    const world = prepare();
    const opened = openAddonsDir(world.at(name));
    if (!opened.ok) throw new Error(opened.refusal);
    const { path, configured, ino } = opened.value;
    expect(path).toBe(name === '.' ? world.path : world.at('linked'));
    expect(configured).toBe(world.at(name));
    expect(typeof ino).toBe('bigint');
  });

  it('is nothing that is gone, no folder, a loop, too long, or the root of all', () => {
    const world = prepare();
    const names = ['none', 'file', 'loop', 'x'.repeat(300), 'root'];
    const problems = names.map((name) => problemOf(world.at(name)));
    expect(problems).toEqual(names.map(() => expect.any(String)));
    // Each in words of its own, whatever the path.
    expect(problems[0]).toMatch(/ does not exist: make that folder first, or correct the path$/);
    const words = problems.map((problem, at) => problem?.replace(world.at(names[at] as string), ''));
    expect(new Set(words).size).toBe(names.length);
    for (const path of ['/', world.at('root')]) expect(problemOf(path)).toContain('root of the file system');
    expect(problemOf(world.at('broken'))).toBe(problemOf(world.at('none'))?.replace('none', 'broken'));
    // A file in the way is told as a file at the end.
    expect(problemOf(world.at('file/x'))?.replace('/x', '')).toBe(problemOf(world.at('file')));
  });

  it.each(['EACCES', 'EIO'])('is none where it cannot be looked at for %s', (code) => {
    const world = prepare();
    patchFs('realpathSync', () => () => {
      throw systemError(code);
    });
    const problem = problemOf(world.at('linked'));
    expect(problem).toEqual(expect.any(String));
    // Where there are words for it, the code is not among them.
    expect(problem?.includes(code)).toBe(code === 'EIO');
  });
});

describe('an addons directory later', () => {
  it('is the same, also when it was away and came back', () => {
    const world = prepare();
    const dir = openDir(world.at('alias'));
    expect(checkAddonsDir(dir).ok).toBe(true);
    renameSync(dir.path, world.at('away'));
    const gone = checkAddonsDir(dir);
    mkdirSync(dir.path);
    const replaced = checkAddonsDir(dir);
    for (const checked of [gone, replaced])
      expect(checked).toMatchObject({ ok: false, refusal: { code: 'target_unavailable' } });
    expect(gone).not.toEqual(replaced);
    renameSync(world.at('away'), dir.path);
    expect(checkAddonsDir(dir).ok).toBe(true);
  });

  it('is not a link to itself', () => {
    const world = prepare();
    const dir = openDir(world.at('linked'));
    renameSync(dir.path, world.at('away'));
    world.link('away', 'linked');
    expect(checkAddonsDir(dir)).toMatchObject({ refusal: { code: 'target_unavailable' } });
  });

  it.each(['dev', 'ino'] as const)('is told by its %s', (key) => {
    const dir = openDir(prepare().at('linked'));
    expect(checkAddonsDir({ ...dir, [key]: dir[key] + 1n })).toMatchObject({
      refusal: { code: 'target_unavailable' },
    });
  });

  it.each([null, 'EACCES', 'EROFS'])('can be written to, or not: %j', (code) => {
    const dir = openDir(prepare().at('linked'));
    const asked: unknown[] = [];
    patchFs('accessSync', () => (path: string, mode: number) => {
      asked.push([path, mode]);
      if (code !== null) throw systemError(code);
    });
    const checked = checkWritable(dir);
    if (code === null) expect(checked.ok).toBe(true);
    else expect(checked).toMatchObject({ refusal: { code: 'io_error', details: { errno: code } } });
    expect(asked).toEqual([[dir.path, constants.W_OK | constants.X_OK]]);
  });

  it('that is unavailable is refused with what is wrong, and a way out', () => {
    const { refusal } = unavailable('WHAT');
    expect(refusal).toMatchObject({ code: 'target_unavailable', message: expect.stringContaining('WHAT') });
    expect(refusal.hint).toEqual(expect.any(String));
  });
});

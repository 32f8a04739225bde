import { linkSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Repository } from '../../src/addons/discover.ts';
import { ModuleFolder, type Surroundings } from '../../src/catalog/module-folder.ts';
import type { FolderWatch } from '../../src/catalog/watch.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

interface Options {
  readonly isLocal?: boolean;
  readonly isLink?: boolean;
  /** Whether changes count as over. */
  readonly isLater?: boolean;
  readonly canWatch?: boolean;
}

/** A folder of a module, and a watch that reports what it is told. */
function build({ isLocal = true, isLink = false, isLater = true, canWatch = true }: Options = {}) {
  if (isLater) {
    const now = Date.now;
    const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    onTestFinished(() => spy.mockRestore());
  }
  const world = createWorld();
  world.module('oca/a');
  const reads: string[] = [];
  patchFs(
    'openSync',
    (real) =>
      ((path: string, flags: number) => {
        reads.push(path);
        return real(path, flags);
      }) as never,
  );
  const events: (() => void)[] = [];
  let alive = true;
  const watch = {
    isLocal: () => isLocal,
    watch: (_: string, onChange: () => void) => {
      if (!canWatch) return null;
      events.push(onChange);
      alive = true;
      return {
        get isAlive() {
          return alive;
        },
        close: () => {
          alive = false;
        },
      };
    },
  } as unknown as FolderWatch;
  let doubts = 0;
  const surroundings: Surroundings = {
    repository: { name: 'oca' } as Repository,
    isLocal,
    roots: [{ family: 'oca', path: world.at('oca') }],
    series: '17.0',
    watch,
    onDoubt: () => void doubts++,
  };
  const listed = { name: 'a', path: world.at('oca/a'), isLink, family: 'oca' as const };
  const folder = new ModuleFolder(listed, surroundings);
  return { world, folder, events, reads, doubts: () => doubts, end: () => (alive = false) };
}

/** Reads a folder, and takes its fingerprint: the first one is taken only after the read. */
function know(folder: ModuleFolder): void {
  folder.refresh();
  folder.refresh();
}

describe('a refresh', () => {
  it('reads a module that was never read, and no other that has not changed', () => {
    const { folder, reads } = build();
    expect(folder.module).toBeNull();
    expect([folder.refresh(), folder.refresh(), folder.refresh()]).toEqual([true, false, false]);
    expect(folder.module?.name).toBe('a');
    expect(reads).toHaveLength(1);
  });

  it('reads a changed manifest, and tells whether that says something else', () => {
    const { world, folder, reads } = build();
    know(folder);
    const first = folder.module;
    world.module('oca/a');
    expect(folder.refresh()).toBe(false);
    expect(folder.module).toBe(first);
    world.module('oca/a', { name: 'other' });
    expect(folder.refresh()).toBe(true);
    expect(folder.module).not.toBe(first);
    expect(reads).toHaveLength(3);
  });

  it('sees a module go, and come back', () => {
    const { world, folder } = build();
    folder.refresh();
    rmSync(world.at('oca/a/__manifest__.py'));
    expect([folder.refresh(), folder.module]).toEqual([true, null]);
    expect(folder.refresh()).toBe(false);
    world.module('oca/a');
    expect([folder.refresh(), folder.module?.name]).toEqual([true, 'a']);
  });

  it('reads again what changed just before it was read, and what lies on another file system', () => {
    const recent = build({ isLater: false });
    for (let time = 0; time < 3; time++) recent.folder.refresh();
    expect(recent.reads).toHaveLength(3);
    const remote = build({ isLocal: false });
    for (let time = 0; time < 3; time++) remote.folder.refresh();
    // Its first fingerprint is taken before it is read.
    expect(remote.reads).toHaveLength(1);
    expect(remote.folder.isKnown).toBe(true);
  });

  it('that is interrupted is made up for by the next one', () => {
    const { world, folder } = build();
    know(folder);
    world.module('oca/a', { name: 'other' });
    const undo = patchFs('openSync', () => () => {
      throw Object.assign(new Error('no'), { code: 'EMFILE' });
    });
    expect(() => folder.refresh()).toThrow();
    undo();
    expect([folder.refresh(), folder.module?.assessment().judgement?.fields?.name]).toEqual([true, 'other']);
  });
});

describe('a settled folder', () => {
  it('is trusted, and not looked at, as long as nothing is reported', () => {
    const { world, folder, events, doubts } = build();
    folder.refresh();
    expect([folder.isTrusted, folder.isSettled, folder.isKnown]).toEqual([false, false, false]);
    folder.settle();
    expect([folder.isTrusted, folder.isSettled, folder.isKnown, doubts()]).toEqual([true, true, true, 0]);
    world.module('oca/a', { name: 'other' });
    expect(folder.refresh()).toBe(false);
    events[0]?.();
    expect([folder.isTrusted, doubts()]).toEqual([false, 1]);
    expect(folder.refresh()).toBe(true);
    // It is watched still, but has to be judged once more.
    expect([folder.isTrusted, folder.isSettled]).toEqual([true, false]);
    folder.settle();
    expect(events).toHaveLength(1);
  });

  it('is doubted where it changed between the read and the watch', () => {
    const { world, folder, doubts } = build();
    know(folder);
    world.module('oca/a', { name: 'other' });
    folder.settle();
    expect([folder.isTrusted, doubts()]).toEqual([false, 1]);
    expect(folder.refresh()).toBe(true);
  });

  it.each<[string, Options]>([
    ['on another file system', { isLocal: false }],
    ['behind a link', { isLink: true }],
    ['where nothing can be watched', { canWatch: false }],
  ])('is not trusted %s, but settled', (_, options) => {
    const { folder, doubts } = build(options);
    folder.refresh();
    folder.settle();
    expect([folder.isTrusted, folder.isSettled, doubts()]).toEqual([false, true, 0]);
  });

  it('is not trusted where its manifest has another name', () => {
    const { world, folder } = build();
    linkSync(world.at('oca/a/__manifest__.py'), world.at('other'));
    folder.refresh();
    folder.settle();
    expect(folder.isTrusted).toBe(false);
  });

  it('is not trusted when its watch has ended, until it is settled again', () => {
    const { folder, events, doubts, end } = build();
    folder.refresh();
    folder.settle();
    end();
    expect(folder.isTrusted).toBe(false);
    folder.settle();
    expect([folder.isTrusted, events.length]).toEqual([true, 2]);
    folder.unwatch();
    expect([folder.isTrusted, folder.isSettled, doubts()]).toEqual([false, false, 1]);
  });
});

/** What is told of modules when the system has no descriptors left: nothing, rather than that they are not there. */
import type * as fs from 'node:fs';
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readManifestFile } from '../../src/addons/manifest-file.ts';
import { modulesIn } from '../../src/addons/module-folders.ts';
import type { Root } from '../../src/addons/roots.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { recallFolder } from '../../src/catalog/recall.ts';
import { branchOf } from '../../src/sources/provenance.ts';
import { known, openCatalog, pause, quickenClock } from '../support/catalog.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** How many more files and folders can be opened, and with which error the next cannot. */
let left = Number.POSITIVE_INFINITY;
let errno = 'EMFILE';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const open = (path: unknown) => {
    if (--left < 0) throw Object.assign(new Error(`${errno}, open '${path}'`), { code: errno });
  };
  return {
    ...real,
    openSync: (...args: Parameters<typeof real.openSync>) => {
      open(args[0]);
      return real.openSync(...args);
    },
    opendirSync: (...args: Parameters<typeof real.opendirSync>) => {
      open(args[0]);
      return real.opendirSync(...args);
    },
  };
});

afterEach(() => {
  left = Number.POSITIVE_INFINITY;
  errno = 'EMFILE';
});

function world() {
  const made = createWorld();
  for (let at = 0; at < 6; at++) made.module(`oca/r${at % 2}/m${at}`);
  const roots: Root[] = [{ family: 'oca', path: made.at('oca') }];
  return { made, roots };
}

describe('without descriptors left', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOMEM'])('a folder is not empty (%s)', async (code) => {
    const { made } = world();
    left = 0;
    errno = code;
    await expect(modulesIn(made.at('oca/r0'), noTurns)).rejects.toMatchObject({
      refusal: { code: 'io_error', details: { errno: code } },
    });
    errno = 'EACCES';
    expect(await modulesIn(made.at('oca/r0'), noTurns)).toEqual([]);
  });

  it('a manifest is not unreadable, nor remembered as such', () => {
    const { made, roots } = world();
    const path = made.at('oca/r0/m0');
    left = 0;
    expect(() => readManifestFile(path, '17.0', () => true)).toThrow(Interruption);
    expect(() => recallFolder('m0', path, roots, '17.0')).toThrow(Interruption);
    left = 1;
    expect(recallFolder('m0', path, roots, '17.0').refusals).toEqual([]);
  });

  it('a checkout is not one without a branch', () => {
    const { made } = world();
    made.file('oca/r0/.git/HEAD', 'ref: refs/heads/16.0\n');
    for (let opened = 0; opened < 3; opened++) {
      left = opened;
      expect(() => branchOf(made.at('oca/r0'), made.at('oca'))).toThrow(Interruption);
    }
    left = 3;
    expect(branchOf(made.at('oca/r0'), made.at('oca'))).toBe('16.0');
  });

  it('a catalog is not built; it is whole as soon as it can be, wherever it was interrupted', async () => {
    // What was found before is trusted, and not looked at again.
    quickenClock();
    const { roots } = world();
    await pause();
    const whole = known((await openCatalog(roots).refresh()).modules);
    expect(whole).toHaveLength(6);
    for (let opened = 0; opened < 12; opened++) {
      const catalog = openCatalog(roots);
      left = opened;
      const first = await catalog.refresh().catch((error: unknown) => error);
      left = Number.POSITIVE_INFINITY;
      if (first instanceof Interruption) expect(first.refusal.code).toBe('io_error');
      expect([opened, known((await catalog.refresh()).modules)]).toEqual([opened, whole]);
    }
  });

  it('a change is not lost that was seen before the interruption', async () => {
    quickenClock();
    const { made, roots } = world();
    const catalog = openCatalog(roots);
    await pause();
    await catalog.refresh();
    for (let opened = 0; opened < 12; opened++) {
      made.module(`oca/r0/new${opened}`);
      made.module(`oca/other${opened}/new`);
      await pause();
      left = opened;
      await catalog.refresh().catch((error: unknown) => expect(error).toBeInstanceOf(Interruption));
      left = Number.POSITIVE_INFINITY;
      const found = known((await catalog.refresh()).modules);
      expect([opened, found]).toEqual([opened, known((await openCatalog(roots).refresh()).modules)]);
    }
  });

  it.each([
    ['in the same repository', 'oca/r0/m0', 'oca/r0/m2'],
    ['in another repository', 'oca/r0/m0', 'oca/r1/m1'],
    ['in another root', 'oca/r0/m0', 'own/r9/m9'],
  ])('a change is not lost where only what is read again %s is as before', async (_, changed, touched) => {
    quickenClock();
    const { made, roots } = world();
    made.module('own/r9/m9');
    const catalog = openCatalog([...roots, { family: 'oca', path: made.at('own') }]);
    await pause();
    await catalog.refresh();
    made.module(changed, { summary: 'changed' });
    made.module(touched);
    await pause();
    left = 1;
    await expect(catalog.refresh()).rejects.toBeInstanceOf(Interruption);
    left = Number.POSITIVE_INFINITY;
    const [module] = (await catalog.refresh()).named('m0');
    expect(module?.assessment().judgement?.fields?.summary).toBe('changed');
  });

  it('a repository is not lost that was a module', async () => {
    quickenClock();
    const { made, roots } = world();
    made.module('oca/a');
    made.module('oca/a/inner');
    const catalog = openCatalog(roots);
    await pause();
    expect((await catalog.refresh()).named('a')).toHaveLength(1);
    rmSync(made.at('oca/a/__manifest__.py'));
    await pause();
    left = 0;
    await expect(catalog.refresh()).rejects.toBeInstanceOf(Interruption);
    left = Number.POSITIVE_INFINITY;
    expect((await catalog.refresh()).named('inner')).toHaveLength(1);
  });
});

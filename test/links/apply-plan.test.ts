import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findModule } from '../../src/addons/lookup.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { openRoots } from '../../src/addons/roots.ts';
import { readSources } from '../../src/addons/sources.ts';
import { pathThroughHandle } from '../../src/base/paths.ts';
import { ok } from '../../src/base/refusal.ts';
import { type AddonsDir, openAddonsDir } from '../../src/links/addons-dir.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir } from '../../src/links/change-addons-dir.ts';
import { inspectEntry } from '../../src/links/inspect-entry.ts';
import { type LinkPlan, planLinks } from '../../src/links/plan-links.ts';
import { ANY_STATE, optionsFor } from '../support/batch.ts';
import { snapshot } from '../support/snapshot.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

type Verb = 'symlinkSync' | 'renameSync' | 'unlinkSync' | 'mkdirSync';
/** Called before each change of an entry, or of a folder; throws to make it fail. */
let before: (verb: Verb, path: string, count: number) => void = () => {};
let counts: Partial<Record<Verb, number>> = {};

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const guarded = (verb: Verb) =>
    ((...args: [string, string]) => {
      // Lock and journal have tests of their own.
      if (/\/(lock|draft|journal)[^/]*$/.test(args[0]))
        return (real[verb] as (...args: unknown[]) => unknown)(...args);
      counts[verb] = (counts[verb] ?? 0) + 1;
      before(verb, verb === 'symlinkSync' ? args[1] : args[0], counts[verb]);
      return (real[verb] as (...args: unknown[]) => unknown)(...args);
    }) as never;
  const verbs = ['symlinkSync', 'renameSync', 'unlinkSync', 'mkdirSync'] as const;
  return { ...real, ...Object.fromEntries(verbs.map((verb) => [verb, guarded(verb)])) };
});

beforeEach(() => {
  before = () => {};
  counts = {};
});

function failWith(code: string, verb: Verb, at: number) {
  before = (current, _, count) => {
    if (current === verb && count === at) throw Object.assign(new Error(code), { code });
  };
}

const MODULES = ['a', 'b', 'c', 'd', 'e'];

/** Five modules; `c` and `d` are linked to an older folder and will be re-pointed. */
async function prepare(world: World) {
  for (const module of MODULES) world.module(`src/new/${module}`);
  for (const module of ['c', 'd']) world.link(world.module(`src/old/${module}`), `linked/${module}`);
  world.file('linked/not-ours/__manifest__.py', '{}');
  const { roots } = await openRoots('oca', [world.at('src')]);
  const sources = await readSources(roots, '17.0', noTurns);
  const opened = openAddonsDir(world.at('linked'));
  if (!opened.ok) throw new Error(opened.refusal);
  const rules = { roots, linkStyle: 'absolute', paths: null } as const;
  const wanted: Parameters<typeof planLinks>[1][number][] = [];
  for (const module of MODULES) {
    const found = await findModule(module as ModuleName, 'oca', sources, 'new');
    if (!found.ok) throw new Error(found.refusal.message);
    wanted.push({ source: found.value, state: ANY_STATE, entry: inspectEntry(opened.value, module, rules) });
  }
  const { plan, refusals } = planLinks(opened.value, wanted, rules, { replace: true });
  expect(refusals).toEqual([]);
  counts = {};
  return { plan, dir: opened.value as AddonsDir, state: world.at('state') };
}

function apply(plan: LinkPlan, state: string) {
  return changeAddonsDir(plan.dir, optionsFor(dirname(state), join(dirname(state), 'src')), (locked) =>
    applyPlan(locked, plan),
  );
}

/** What is in the state directory beside the lock, which stays. */
function leftIn(state: string): string[] {
  return fs
    .readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^addons-dirs(\/[0-9a-f]{16}(\/lock\.\d+\.free)?)?$/.test(name));
}

/** Names and targets; inodes change when a link is put back. */
function links(world: World): string[] {
  return snapshot(world.at('linked')).map((line) => line.replace(/ \(inode \d+\)$/, ''));
}

describe('applyPlan', () => {
  it('creates and re-points, and leaves nothing else behind', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    expect(await apply(plan, state)).toEqual({ ok: true, value: undefined });
    for (const module of MODULES) {
      expect(fs.readlinkSync(world.at('linked', module))).toBe(world.at('src/new', module));
    }
    expect(leftIn(state)).toEqual([]);
    expect(fs.readdirSync(world.at('linked')).sort()).toEqual([...MODULES, 'not-ours']);
  });

  const errnos = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENAMETOOLONG', 'EMFILE'];
  // Links are made in the order a, b, c, d, e; of these c and d take a staged link and a rename.
  const steps: [Verb, number][] = [
    ['symlinkSync', 1],
    ['symlinkSync', 2],
    ['symlinkSync', 5],
    ['renameSync', 1],
    ['renameSync', 2],
  ];
  it.each(errnos.flatMap((code) => steps.map(([verb, at]) => [code, verb, at] as const)))(
    'puts everything back after %s at %s number %i',
    async (code, verb, at) => {
      const world = createWorld();
      const { plan, state } = await prepare(world);
      const old = links(world);
      failWith(code, verb, at);
      expect(await apply(plan, state)).toMatchObject({
        ok: false,
        refusal: { code: 'io_error', details: { errno: code } },
      });
      expect(links(world)).toEqual(old);
      expect(leftIn(state)).toEqual([]);
    },
  );

  it('re-points without a rename when that cannot be had across file systems', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    failWith('EXDEV', 'renameSync', 1);
    expect(await apply(plan, state)).toMatchObject({ ok: true });
    expect(fs.readlinkSync(world.at('linked/c'))).toBe(world.at('src/new/c'));
    expect(leftIn(state)).toEqual([]);
  });

  it('changes nothing where the state directory cannot be made, and so no lock be had', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    const old = links(world);
    failWith('EACCES', 'mkdirSync', 1);
    expect(await apply(plan, state)).toMatchObject({
      refusal: { code: 'io_error', details: { errno: 'EACCES' } },
    });
    expect(links(world)).toEqual(old);
  });

  it('puts the old link back when the new one fails after the old one was removed', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    const old = links(world);
    before = (verb, path, count) => {
      if (verb === 'renameSync') throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
      // a and b are created, c is staged in vain, then fails; the fifth is the old c again.
      if (verb === 'symlinkSync' && count === 4) throw Object.assign(new Error(path), { code: 'ENOSPC' });
    };
    expect(await apply(plan, state)).toMatchObject({ refusal: { code: 'io_error' } });
    expect(links(world)).toEqual(old);
  });

  it('says what is left when even undoing fails, and undoes it at the next call', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    const old = links(world);
    before = (verb, _, count) => {
      if (verb === 'symlinkSync' && count === 2) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      if (verb === 'unlinkSync') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    expect(await apply(plan, state)).toMatchObject({
      refusal: { code: 'io_error', details: { left: ['a'] } },
    });
    before = () => {};
    const nothing = { ...plan, links: [] };
    expect(await apply(nothing, state)).toEqual({ ok: true, value: undefined });
    expect(links(world)).toEqual(old);
    expect(leftIn(state)).toEqual([]);
  });

  it.each(['file', 'folder', 'link'] as const)(
    'stops at a %s that appeared since the plan was made',
    async (kind) => {
      const world = createWorld();
      const { plan, state } = await prepare(world);
      const old = links(world);
      if (kind === 'file') world.file('linked/b', 'theirs');
      else if (kind === 'folder') world.folder('linked/b');
      else world.link('/elsewhere', 'linked/b');
      const theirs = links(world).filter((line) => line.startsWith('b'));
      const result = await apply(plan, state);
      expect(result).toMatchObject({
        refusal: { code: kind === 'link' ? 'link_exists' : 'occupied', module: 'b' },
      });
      expect(links(world)).toEqual([...old, ...theirs].sort());
    },
  );

  it('does not re-point a link that changed since the plan was made', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    fs.unlinkSync(world.at('linked/c'));
    world.link('/elsewhere', 'linked/c');
    const now = links(world);
    expect(await apply(plan, state)).toMatchObject({ refusal: { code: 'link_exists', module: 'c' } });
    expect(links(world)).toEqual(now);
  });

  it.each(['folder', 'link'] as const)(
    'writes nothing into a %s put in the place of the directory',
    async (kind) => {
      const world = createWorld();
      const { plan, state } = await prepare(world);
      fs.renameSync(world.at('linked'), world.at('moved'));
      world.folder('trap');
      if (kind === 'folder') world.folder('linked');
      else world.link(world.at('trap'), 'linked');
      const moved = snapshot(world.at('moved'));
      expect(await apply(plan, state)).toMatchObject({ refusal: { code: 'target_unavailable' } });
      expect(fs.readdirSync(world.at('trap'))).toEqual([]);
      expect(fs.readdirSync(world.at('linked'))).toEqual([]);
      expect(snapshot(world.at('moved'))).toEqual(moved);
    },
  );

  it('gains nothing by swapping the directory while links are made: the checked folder is written, then undone', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    const old = links(world);
    world.folder('trap');
    before = (verb, _, count) => {
      if (verb !== 'symlinkSync' || count !== 2) return;
      before = () => {};
      fs.renameSync(world.at('linked'), world.at('moved'));
      fs.symlinkSync(world.at('trap'), world.at('linked'));
    };
    const result = await apply(plan, state);
    expect(fs.readdirSync(world.at('trap'))).toEqual([]);
    if (pathThroughHandle(0) === null) {
      // By its path alone the checked folder cannot be reached any more: it is put right once it is back.
      expect(result).toMatchObject({ refusal: { code: 'io_error', details: { left: ['b', 'a'] } } });
      fs.rmSync(world.at('linked'));
      fs.renameSync(world.at('moved'), world.at('linked'));
      expect(await apply(plan, state)).toEqual(ok(undefined));
      expect(leftIn(state)).toEqual([]);
      return;
    }
    expect(result).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect(snapshot(world.at('moved')).map((line) => line.replace(/ \(inode \d+\)$/, ''))).toEqual(old);
  });

  it('takes a link back when the module’s folder was swapped for a symlink meanwhile', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    const old = links(world);
    world.folder('trap');
    fs.renameSync(world.at('src/new/b'), world.at('src/new/b-moved'));
    world.link(world.at('trap'), 'src/new/b');
    expect(await apply(plan, state)).toMatchObject({
      refusal: { code: 'source_outside_roots', module: 'b' },
    });
    expect(links(world)).toEqual(old);
  });

  it('leaves what somebody else put in the place of a link it has to take back', async () => {
    const world = createWorld();
    const { plan, state } = await prepare(world);
    before = (verb, _, count) => {
      if (verb !== 'symlinkSync' || count !== 2) return;
      before = () => {};
      fs.unlinkSync(world.at('linked/a'));
      fs.symlinkSync('/theirs', join(world.at('linked'), 'a'));
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    expect(await apply(plan, state)).toMatchObject({ refusal: { code: 'io_error' } });
    expect(fs.readlinkSync(world.at('linked/a'))).toBe('/theirs');
  });
});

import { closeSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { ok, type Result, refuse } from '../../src/base/refusal.ts';
import type { Handle } from '../../src/links/handle.ts';
import { hasJournal, type Step } from '../../src/links/journal.ts';
import { type Recovery, rollBack, rollBackInterrupted, withRemains } from '../../src/links/roll-back.ts';
import { asidePath, type Site } from '../../src/links/site.ts';
import { entriesOf, openDir } from '../support/batch.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { snapshot } from '../support/snapshot.ts';
import type { World } from '../support/world.ts';
import { prepareSite } from './site.ts';

function watch(watcher: Watcher): () => void {
  const unwatch = watchChanges(watcher);
  onTestFinished(unwatch);
  return unwatch;
}

const names = (...given: string[]) => given as ModuleName[];
const step = (given: Record<string, string>) => given as unknown as Step;

/** Three steps that are taken: `a` was made, `b` re-pointed, and `c` removed. */
function prepare(world: World): Step[] {
  world.link(world.at('src/a'), 'linked/a');
  world.link(world.at('src/b'), 'linked/b');
  return [
    step({ action: 'create', module: 'a', target: world.at('src/a') }),
    step({ action: 'replace', module: 'b', target: world.at('src/b'), previous: world.at('src/old/b') }),
    step({ action: 'remove', module: 'c', previous: world.at('src/c') }),
  ];
}

/** The entries before the three steps. */
const entriesBefore = (world: World) => [`b -> ${world.at('src/old/b')}`, `c -> ${world.at('src/c')}`];
const entriesAfter = (world: World) => [`a -> ${world.at('src/a')}`, `b -> ${world.at('src/b')}`];

/** The same with the journal of it, as an earlier process left it. */
function interrupted() {
  const { world, site } = prepareSite();
  const steps = prepare(world);
  const dir = openDir(world.at('linked'));
  const journal = { version: 1, id: site.id, directory: dir.path, steps };
  writeFileSync(world.at('state/journal'), JSON.stringify(journal), { mode: 0o600 });
  const recorded: Recovery[] = [];
  const options = {
    rules: {
      roots: [{ family: 'oca' as const, path: world.folder('src') }],
      linkStyle: 'absolute' as const,
      paths: null,
    },
    recordRecovery: async (recovery: Recovery): Promise<Result<void>> => {
      recorded.push(recovery);
      return ok(undefined);
    },
  };
  const recover = (more: Partial<typeof options> = {}) =>
    rollBackInterrupted(dir, world.at('state'), { ...options, ...more });
  return { world, site, steps, dir, recorded, recover };
}

describe('steps that are taken back', () => {
  const handleOf = ({ base }: Site): Handle => {
    const fd = openSync(base, 'r');
    onTestFinished(() => closeSync(fd));
    return { fd, base };
  };

  it('are those that changed something, the newest first', async () => {
    const { world, site } = prepareSite({ isJournalled: false });
    const steps = prepare(world);
    const changed: string[] = [];
    watch({ before: (_, path) => void changed.push(path) });
    const remains = await rollBack(steps, [0, 2], site, handleOf(site));
    expect(remains).toEqual({ left: [], kept: [], failure: null });
    expect(entriesOf(world.at('linked'))).toEqual([
      ...entriesAfter(world).slice(1),
      `c -> ${world.at('src/c')}`,
    ]);
    expect(changed.map((path) => path.slice(site.base.length + 1))[0]).toBe('c');
    expect(await rollBack(steps, [], site, handleOf(site))).toEqual({ left: [], kept: [], failure: null });
  });

  it('are left, and named, when they cannot be taken back, while the others are', async () => {
    const { world, site } = prepareSite({ isJournalled: true });
    const steps = prepare(world);
    writeFileSync(world.at('state/journal'), '{}');
    watch({
      before(verb) {
        if (verb === 'renameSync') throw systemError('EIO');
      },
    });
    const remains = await rollBack(steps, [0, 1, 2], site, handleOf(site));
    expect(remains).toEqual({ left: names('b', 'a'), kept: [], failure: null });
    expect(entriesOf(world.at('linked'))).toEqual([...entriesAfter(world), `c -> ${world.at('src/c')}`]);
    // The next call must try again.
    expect(hasJournal(world.at('state'))).toBe(true);
  });

  it('keep what others have put there, and name it', async () => {
    const { world, site } = prepareSite({ isJournalled: false });
    const steps = prepare(world);
    const aside = asidePath(site, 2);
    writeFileSync(aside, 'theirs');
    world.file('linked/c', 'a third');
    const { left, kept, failure } = await rollBack(steps, [2], site, handleOf(site));
    expect([left, failure]).toEqual([[], null]);
    expect(kept).toEqual([`addons-dirs/state/${aside.slice(site.folder.length + 1)}`]);
  });

  it('are settled on the disk, and then the journal goes', async () => {
    const { world, recover } = interrupted();
    const seen: string[] = [];
    watch({ before: (verb, path) => void seen.push(verb === 'fsync' ? verb : `${verb} ${path}`) });
    expect(await recover()).toEqual(ok('rolled_back'));
    expect(seen.slice(-2)).toEqual(['fsync', `unlinkSync ${world.at('state/journal')}`]);
  });

  it.each([
    ['fsync', ''],
    ['unlinkSync', 'journal'],
  ])('are not settled where %s fails', async (verb, name) => {
    const { world, recover } = interrupted();
    watch({
      before(current, path) {
        if (current === verb && path.endsWith(name)) throw systemError('ENOSPC');
      },
    });
    expect(await recover()).toMatchObject({ refusal: { code: 'io_error', details: { errno: 'ENOSPC' } } });
    expect(hasJournal(world.at('state'))).toBe(true);
    expect(entriesOf(world.at('linked'))).toEqual(entriesBefore(world));
  });
});

describe('an interrupted transaction', () => {
  it('is taken back, and written down before that', async () => {
    const { world, site, recorded, recover } = interrupted();
    let seen: string[] = [];
    const recordRecovery = async (recovery: Recovery) => {
      recorded.push(recovery);
      seen = entriesOf(world.at('linked'));
      return ok(undefined);
    };
    expect(await recover({ recordRecovery })).toEqual(ok('rolled_back'));
    expect(seen).toEqual(entriesAfter(world));
    expect(entriesOf(world.at('linked'))).toEqual(entriesBefore(world));
    expect(readdirSync(world.at('state'))).toEqual([]);
    const [a, b, old, c] = ['src/a', 'src/b', 'src/old/b', 'src/c'].map((name) => world.at(name));
    expect(recorded).toEqual([
      {
        id: site.id,
        directory: world.at('linked'),
        changes: [
          { module: 'a', action: 'create', before: null, after: a },
          { module: 'b', action: 'replace', before: old, after: b },
          { module: 'c', action: 'remove', before: c, after: null },
        ],
      },
    ]);
    expect(await recover()).toEqual(ok('nothing'));
    expect(recorded).toHaveLength(1);
  });

  it('stays when it cannot be written down', async () => {
    const { world, recover } = interrupted();
    const all = snapshot(world.path);
    const refusal = refuse('policy_denied', 'no');
    expect(await recover({ recordRecovery: async () => refusal })).toEqual(refusal);
    expect(snapshot(world.path)).toEqual(all);
  });

  it('stays when its journal is not believed, or the directory is another one', async () => {
    const one = interrupted();
    const all = snapshot(one.world.path);
    const rules = { roots: [], linkStyle: 'absolute' as const, paths: null };
    expect(await one.recover({ rules })).toMatchObject({ refusal: { code: 'io_error' } });
    expect(snapshot(one.world.path)).toEqual(all);
    renameSync(one.world.at('linked'), one.world.at('away'));
    mkdirSync(one.world.at('linked'));
    expect(await one.recover()).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect([one.recorded, entriesOf(one.world.at('linked'))]).toEqual([[], []]);
  });

  it('is an error when a step of it stays, or something is kept', async () => {
    const one = interrupted();
    const unwatch = watch({
      before(verb, path) {
        if (verb === 'symlinkSync' && path.endsWith('/c')) throw systemError('EIO');
      },
    });
    expect(await one.recover()).toMatchObject({ refusal: { code: 'io_error', details: { left: ['c'] } } });
    expect(hasJournal(one.world.at('state'))).toBe(true);
    unwatch();
    const other = interrupted();
    // In the place of the link that was removed, whose name is free.
    const aside = asidePath(other.site, 2);
    writeFileSync(aside, 'theirs');
    expect(await other.recover()).toMatchObject({
      refusal: { code: 'io_error', details: { kept: [expect.stringContaining('aside-')] } },
    });
    expect(entriesOf(other.world.at('linked'))).toEqual(entriesBefore(other.world));
    // It is nothing that could be tried again.
    expect(hasJournal(other.world.at('state'))).toBe(false);
  });
});

describe('a failure', () => {
  const failure = refuse('occupied', 'SAID', {
    module: 'web' as ModuleName,
    hint: 'HINT',
    details: { a: 1 },
  });
  const remains = (left: string[], kept: string[]) =>
    withRemains(failure, { left: names(...left), kept, failure: null }).refusal;

  it('is itself when all is as it was', () => {
    expect(remains([], [])).toMatchObject({
      code: 'occupied',
      module: 'web',
      hint: 'HINT',
      details: { a: 1 },
    });
    expect(remains([], []).message).toMatch(/^SAID ./);
  });

  it('names what was kept beside its own details, and its hint is about that', () => {
    const refusal = remains([], ['x']);
    expect(refusal).toMatchObject({ code: 'occupied', module: 'web', details: { a: 1, kept: ['x'] } });
    expect(refusal.hint).not.toBe('HINT');
    expect(refusal.message).toMatch(/^SAID ./);
  });

  it('is another one when something is left, whatever it was', () => {
    const refusal = remains(['a', 'b'], []);
    expect(refusal).toMatchObject({ code: 'io_error', message: expect.stringContaining('a, b') });
    expect(refusal.details).toEqual({ left: ['a', 'b'] });
    expect(refusal.module).toBe(undefined);
    expect(remains(['a'], ['x']).details).toEqual({ left: ['a'], kept: ['x'] });
  });
});

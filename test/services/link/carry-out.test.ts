import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import type { Instance } from '../../../src/config/instance.ts';
import type { AddonsDir } from '../../../src/links/addons-dir.ts';
import { changeAddonsDir } from '../../../src/links/change-addons-dir.ts';
import { inspectEntry } from '../../../src/links/inspect-entry.ts';
import type { LinkPlan } from '../../../src/links/plan-links.ts';
import type { PlanGuard, ServiceContext } from '../../../src/services/context.ts';
import { carryOut, relyOn } from '../../../src/services/link/carry-out.ts';
import { lookAtNames } from '../../../src/services/linked-modules.ts';
import { entriesOf, openDir, optionsFor, plannedLink } from '../../support/batch.ts';
import { interruptChange } from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

/** What a call has to carry out a plan with. */
function contextOf(world: World, dir: AddonsDir, more: Partial<ServiceContext>): ServiceContext {
  const { stateDir, rules, recordRecovery } = optionsFor(world.path, world.at('src'));
  const instance = { ...rules, name: 'prod', addonsDirs: [dir] } as unknown as Instance;
  return { instances: [instance], stateDir, recordRecovery, ...more } as unknown as ServiceContext;
}

/** A directory and a call that links `a`, to `new` or, where somebody has linked that already, to nothing else. */
function prepare() {
  const world = createWorld();
  for (const name of ['a', 'other/a']) world.folder('src', name);
  const dir = openDir(world.folder('linked'));
  const context = contextOf(world, dir, {});
  const [instance] = context.instances as [Instance];
  let plans = 0;
  const call = (premises?: () => unknown) =>
    carryOut(dir, context, async () => {
      const entry = inspectEntry(dir, 'a', instance);
      const previous = entry.kind === 'link' ? entry.target : null;
      const plan = { dir, links: [plannedLink(world.at('src'), 'a', previous)], removals: [] };
      const look = async () =>
        JSON.stringify([[...(await lookAtNames(dir, ['a'], instance, noTurns))], premises?.()]);
      const isCurrent = relyOn(await look(), look);
      plans++;
      return ok({ plan, report: plans, isDryRun: false, isCurrent });
    });
  /** Does something while a call waits for the lock, with its plan made. */
  const whileItWaits = async (change: () => void, premises?: () => unknown) => {
    let waiting: ReturnType<typeof call> | undefined;
    await changeAddonsDir(dir, optionsFor(world.path, world.at('src')), async () => {
      waiting = call(premises);
      while (plans === 0) await Promise.resolve();
      change();
      return ok(undefined);
    });
    return waiting;
  };
  return { world, whileItWaits, plans: () => plans };
}

describe('a plan that is carried out', () => {
  it('is the one that was made, when all is as it was', async () => {
    const { world, whileItWaits, plans } = prepare();
    expect(await whileItWaits(() => {})).toEqual(ok(1));
    expect([plans(), entriesOf(world.at('linked'))]).toEqual([1, [`a -> ${world.at('src/a')}`]]);
  });

  it('is made anew when its entry was changed before the lock was had', async () => {
    const { world, whileItWaits, plans } = prepare();
    const linked = await whileItWaits(() => void world.link(world.at('src/other/a'), 'linked/a'));
    expect(linked).toEqual(ok(2));
    expect([plans(), entriesOf(world.at('linked'))]).toEqual([2, [`a -> ${world.at('src/a')}`]]);
  });

  it('is made anew when what it relies on was changed before the lock was had, its own entry not', async () => {
    const { world, whileItWaits, plans } = prepare();
    let modules = ['a', 'b'];
    const linked = await whileItWaits(
      () => {
        modules = ['a'];
        rmSync(world.at('src/other'), { recursive: true });
      },
      () => modules,
    );
    expect([linked, plans()]).toEqual([ok(2), 2]);
  });

  it('is made under the lock when it is never current: then nobody can change it', async () => {
    const { whileItWaits, plans } = prepare();
    let looks = 0;
    expect(
      await whileItWaits(
        () => {},
        () => looks++,
      ),
    ).toEqual(ok(4));
    expect(plans()).toBe(4);
  });
});

/** Carries out plans that differ each time they are made; says which of them were reviewed and begun. */
async function carry(answer: 'as planned' | 'look again') {
  const world = createWorld();
  const dir = openDir(world.folder('linked'));
  const names = ['first', 'second', 'third'];
  for (const module of names) world.module(`src/${module}`);
  const prepare = async () => {
    const links = [plannedLink(world.at('src'), names.shift() as string, null)];
    const plan: LinkPlan = { dir, links, removals: [] };
    return ok({ plan, report: links[0]?.module as string, isDryRun: false, isCurrent: async () => true });
  };
  const seen: string[] = [];
  const note = (what: string, plan: Parameters<PlanGuard['begin']>[0]) =>
    seen.push(`${what} ${plan !== null && 'links' in plan ? plan.links[0]?.module : 'no links'}`);
  const guard: PlanGuard = {
    review: async (plan) => {
      note('review', plan);
      return ok(answer);
    },
    begin: async (plan) => {
      note('begin', plan);
      return ok(undefined);
    },
  };
  const done = await carryOut(dir, contextOf(world, dir, { guard }), prepare);
  return { done, seen, links: readdirSync(world.at('linked')) };
}

describe('a plan that was reviewed', () => {
  it('is carried out as it is, where nothing has changed', async () => {
    const { done, seen, links } = await carry('as planned');
    expect(done).toEqual(ok('first'));
    expect([seen, links]).toEqual([['review first', 'begin first'], ['first']]);
  });

  it('and that somebody said yes to is made once more under the lock, and judged as it is then', async () => {
    const { done, seen, links } = await carry('look again');
    expect(done).toEqual(ok('second'));
    expect([seen, links]).toEqual([['review first', 'begin second'], ['second']]);
  });
});

describe('a plan', () => {
  interface Case {
    readonly isDryRun?: boolean;
    /** Whether the link is there already. */
    readonly isThere?: boolean;
    readonly isCancelled?: boolean;
    readonly refuses?: 'review' | 'begin';
    /** What happens while it is reviewed. */
    readonly meanwhile?: (world: World) => void;
  }
  const remove = (world: World) => rmSync(world.at('linked'), { recursive: true });

  it.each<[string, string, string[], boolean, Case]>([
    ['is carried out', 'done', ['review', 'begin'], true, {}],
    ['is not carried out when its review refuses', 'policy_denied', ['review'], false, { refuses: 'review' }],
    [
      'is not carried out when it is refused under the lock',
      'policy_denied',
      ['review', 'begin'],
      true,
      { refuses: 'begin' },
    ],
    ['is not carried out in a dry run', 'done', ['review dry'], false, { isDryRun: true }],
    [
      'is refused in a dry run when its review refuses',
      'policy_denied',
      ['review dry'],
      false,
      { isDryRun: true, refuses: 'review' },
    ],
    // A dry run says what the call would run into.
    [
      'is refused in a dry run when it could not be carried out',
      'io_error',
      ['review dry'],
      false,
      { isDryRun: true, meanwhile: remove },
    ],
    [
      'is not carried out when the directory is gone',
      'target_unavailable',
      ['review'],
      false,
      { meanwhile: remove },
    ],
    ['is not carried out when the call was cancelled', 'cancelled', [], false, { isCancelled: true }],
    // Nothing is written where nothing is to be done.
    ['is not carried out when it would change nothing', 'done', ['review'], false, { isThere: true }],
  ])(
    '%s: %s',
    async (_, expected, asked, isLocked, {
      isDryRun = false,
      isThere = false,
      isCancelled = false,
      refuses,
      meanwhile,
    }) => {
      const world = createWorld();
      world.module('src/a');
      const dir = openDir(world.folder('linked'));
      if (isThere) world.link(world.at('src/a'), 'linked/a');
      const before = entriesOf(dir.path);
      const made = plannedLink(world.at('src'), 'a', isThere ? world.at('src/a') : null);
      const plan: LinkPlan = { dir, links: [isThere ? { ...made, action: 'keep' } : made], removals: [] };
      const seen: string[] = [];
      const answer = <T>(what: 'review' | 'begin', value: T) =>
        refuses === what ? refuse('policy_denied', 'No.') : ok(value);
      const guard: PlanGuard = {
        review: async (_, isDry) => {
          seen.push(isDry ? 'review dry' : 'review');
          meanwhile?.(world);
          return answer('review', 'as planned' as const);
        },
        begin: async () => {
          seen.push('begin');
          return answer('begin', undefined);
        },
      };
      const signal = isCancelled ? AbortSignal.abort() : undefined;
      const context = contextOf(world, dir, { guard, signal });
      const done = await carryOut(dir, context, async () =>
        ok({ plan, report: 'done', isDryRun, isCurrent: async () => true }),
      );
      expect(done.ok ? done.value : done.refusal.code).toBe(expected);
      expect(seen).toEqual(asked);
      expect(existsSync(context.stateDir)).toBe(isLocked);
      const isMade = expected === 'done' && isLocked;
      if (meanwhile === undefined)
        expect(entriesOf(dir.path)).toEqual(isMade ? [`a -> ${world.at('src/a')}`] : before);
    },
  );

  it('that would change nothing lets an interrupted change be undone all the same', async () => {
    const world = createWorld();
    const dir = openDir(world.folder('linked'));
    for (const name of ['a', 'b']) world.link(world.module(`src/${name}`), `linked/${name}`);
    const context = contextOf(world, dir, {});
    interruptChange(dir, context.stateDir, [{ action: 'create', module: 'b', target: world.at('src/b') }]);
    const kept = { ...plannedLink(world.at('src'), 'a', world.at('src/a')), action: 'keep' as const };
    const plan: LinkPlan = { dir, links: [kept], removals: [] };
    const prepare = async () => ok({ plan, report: 'done', isDryRun: false, isCurrent: async () => true });
    expect(await carryOut(dir, context, prepare)).toEqual(ok('done'));
    expect(entriesOf(dir.path)).toEqual([`a -> ${world.at('src/a')}`]);
  });
});

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import type { Instance } from '../../../src/config/instance.ts';
import { changeAddonsDir } from '../../../src/links/change-addons-dir.ts';
import { inspectEntry } from '../../../src/links/inspect-entry.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { carryOut, relyOn } from '../../../src/services/link/carry-out.ts';
import { lookAtNames } from '../../../src/services/linked-modules.ts';
import { entriesOf, openDir, optionsFor, plannedLink } from '../../support/batch.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld } from '../../support/world.ts';

/** A directory and a call that links `a`, to `new` or, where somebody has linked that already, to nothing else. */
function prepare() {
  const world = createWorld();
  for (const name of ['a', 'other/a']) world.folder('src', name);
  const dir = openDir(world.folder('linked'));
  const { stateDir, rules, recordRecovery } = optionsFor(world.path, world.at('src'));
  const instance = { ...rules, name: 'prod', addonsDirs: [dir] } as unknown as Instance;
  const context = { instances: [instance], stateDir, recordRecovery } as unknown as ServiceContext;
  let plans = 0;
  const call = (premises?: () => unknown) =>
    carryOut(dir, context, async () => {
      const entry = inspectEntry(dir, 'a', rules.roots);
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

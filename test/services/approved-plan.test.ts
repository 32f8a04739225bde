import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import { openAddonsDir } from '../../src/links/addons-dir.ts';
import type { LinkPlan } from '../../src/links/plan-links.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { carryOut } from '../../src/services/link/carry-out.ts';
import { optionsFor, plannedLink } from '../support/batch.ts';
import { createWorld } from '../support/world.ts';

/** Carries out plans that differ each time they are made; says which of them were reviewed and begun. */
async function carry(answer: 'as planned' | 'look again') {
  const world = createWorld();
  world.folder('linked');
  for (const module of ['first', 'second', 'third']) world.module(`src/${module}`);
  const opened = openAddonsDir(world.at('linked'));
  if (!opened.ok) throw new Error(opened.refusal);
  const names = ['first', 'second', 'third'];
  const prepare = async () => {
    const links = [plannedLink(world.at('src'), names.shift() as string, null)];
    const plan: LinkPlan = { dir: opened.value, links, removals: [] };
    return ok({ plan, report: links[0]?.module as string, isDryRun: false, isCurrent: async () => true });
  };
  const seen: string[] = [];
  const note = (what: string, plan: LinkPlan) => seen.push(`${what} ${plan.links[0]?.module}`);
  const guard = {
    review: async (plan: LinkPlan) => {
      note('review', plan);
      return ok(answer);
    },
    begin: async (plan: LinkPlan) => {
      note('begin', plan);
      return ok(undefined);
    },
  };
  const { stateDir, rules, recordRecovery } = optionsFor(world.path, world.at('src'));
  const instances = [{ ...rules, addonsDirs: [opened.value] }];
  const context = { instances, stateDir, recordRecovery, guard } as unknown as ServiceContext;
  const done = await carryOut(opened.value, context, prepare);
  return { done, seen, links: readdirSync(world.at('linked')) };
}

describe('a plan', () => {
  it('that was reviewed is carried out as it is, where nothing has changed', async () => {
    const { done, seen, links } = await carry('as planned');
    expect(done).toEqual(ok('first'));
    expect([seen, links]).toEqual([['review first', 'begin first'], ['first']]);
  });

  it('that somebody said yes to is made once more under the lock, and judged as it is then', async () => {
    const { done, seen, links } = await carry('look again');
    expect(done).toEqual(ok('second'));
    expect([seen, links]).toEqual([['review first', 'begin second'], ['second']]);
  });
});

import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeRepair, type RepairReport, repairLinks } from '../../../src/services/status/repair-links.ts';
import { entriesOf } from '../../support/batch.ts';
import {
  branches,
  interruptChange,
  linkedModule,
  makeContext,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

async function repair(
  world: World,
  { dry_run = false, ...options }: Parameters<typeof makeInstance>[1] & { dry_run?: boolean } = {},
) {
  const instance = makeInstance(world, { families: ['oca', 'ee', 'core'], ...options });
  const context = makeContext(world, [instance], branches({ old: '16.0' }));
  return succeeded(await repairLinks({ dry_run }, context)).dirs;
}

describe('repair', () => {
  it.each<[string, 're-points' | 'leaves' | 'passes over', (world: World) => void]>([
    [
      'a link whose module has moved to another repository',
      're-points',
      (world) => {
        linkedModule(world, 'oca/web/x');
        world.folder('oca/crm');
        renameSync(world.at('oca/web/x'), world.at('oca/crm/x'));
      },
    ],
    [
      'a link to the folder of another module',
      're-points',
      (world) => {
        world.link(world.module('oca/web/y'), 'linked/x');
        world.module('oca/crm/x');
      },
    ],
    [
      'a link of Enterprise',
      're-points',
      (world) => {
        world.link(world.at('ee/gone/x'), 'linked/x');
        world.module('ee/x', { license: 'OEEL-1' });
      },
    ],
    ['a link whose module is gone', 'leaves', (world) => world.link(world.at('oca/web/x'), 'linked/x')],
    [
      'a link whose module is now of another family',
      'leaves',
      (world) => {
        world.link(world.at('oca/web/x'), 'linked/x');
        world.module('ee/x');
      },
    ],
    [
      'a link whose module two repositories have',
      'leaves',
      (world) => {
        world.link(world.at('oca/gone/x'), 'linked/x');
        world.module('oca/web/x');
        world.module('oca/crm/x');
      },
    ],
    [
      'a link whose module is spoilt',
      'leaves',
      (world) => {
        world.link(world.at('oca/gone/x'), 'linked/x');
        world.module('oca/web/x', { installable: false });
      },
    ],
    [
      'a link whose module is on another branch',
      'leaves',
      (world) => {
        world.link(world.at('oca/gone/x'), 'linked/x');
        world.module('oca/old/x');
      },
    ],
    [
      'a link into Odoo Community, whose modules no tool links',
      'leaves',
      (world) => {
        world.link(world.at('core/gone/x'), 'linked/x');
        world.module('core/x');
      },
    ],
    [
      'a link by a name that is none',
      'leaves',
      (world) => world.link(world.at('oca/web/gone'), 'linked/no name'),
    ],
    ['a link that is sound', 'passes over', (world) => linkedModule(world, 'oca/web/x')],
    [
      'a link whose module is spoilt, and where it was',
      'passes over',
      (world) => linkedModule(world, 'oca/web/x', { installable: false }),
    ],
    ['a foreign link that leads nowhere', 'passes over', (world) => world.link('/nowhere/x', 'linked/x')],
    ['a real folder', 'passes over', (world) => world.module('linked/x')],
    ['a file', 'passes over', (world) => world.file('linked/x')],
  ])('%s: it %s', async (_, does, set) => {
    const world = createWorld();
    world.folder('linked');
    set(world);
    const before = entriesOf(world.at('linked'));
    const planned = await repair(world, { dry_run: true });
    expect(entriesOf(world.at('linked'))).toEqual(before);
    const [dir] = await repair(world);
    expect([dir?.repaired.length, dir?.left.length]).toEqual([
      does === 're-points' ? 1 : 0,
      does === 'leaves' ? 1 : 0,
    ]);
    // A dry run says the same.
    expect(planned).toEqual([dir]);
    const after = dir?.repaired.map(({ module, source }) => `${module} -> ${source}`);
    expect(entriesOf(world.at('linked'))).toEqual(does === 're-points' ? after : before);
    if (does === 'leaves') expect(dir?.left[0]?.reason).toMatch(/\w/);
  });

  it('works in every addons directory, or in the one it is asked for', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('oca/web/b');
    world.link(world.at('oca/gone/a'), 'linked/a');
    world.link(world.at('oca/gone/b'), 'more/b');
    const context = makeContext(world, [makeInstance(world, { dirs: ['linked', 'more'] })]);
    const request = { target_dir: world.at('more'), dry_run: false };
    expect(succeeded(await repairLinks(request, context)).dirs).toMatchObject([
      { target_dir: world.at('more'), repaired: [{ module: 'b' }] },
    ]);
    expect(succeeded(await repairLinks({ dry_run: false }, context)).dirs).toMatchObject([
      { target_dir: world.at('linked'), repaired: [{ module: 'a', source: world.at('oca/web/a') }] },
      { target_dir: world.at('more'), repaired: [] },
    ]);
  });

  it('writes links in the style of the instance', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.link(world.at('oca/gone/a'), 'linked/a');
    await repair(world, { linkStyle: 'relative' });
    expect(entriesOf(world.at('linked'))).toEqual(['a -> ../oca/web/a']);
  });

  it('undoes a change that was interrupted, and says so; a dry run leaves it', async () => {
    const world = createWorld();
    const instance = makeInstance(world);
    const [dir] = instance.addonsDirs;
    if (dir === undefined) throw new Error('there is one');
    world.link(world.module('oca/web/a'), 'linked/a');
    const recorded: unknown[] = [];
    const context = makeContext(world, [instance], {
      recordRecovery: async (recovery) => {
        recorded.push(recovery.changes);
        return { ok: true, value: undefined };
      },
    });
    const steps = [{ action: 'create', module: 'a', target: world.at('oca/web/a') }];
    interruptChange(dir, context.stateDir, steps);
    const asked = succeeded(await repairLinks({ dry_run: true }, context));
    expect([asked.status, asked.dirs[0]?.rolled_back]).toEqual(['planned', false]);
    expect([recorded, entriesOf(world.at('linked'))]).toEqual([[], [`a -> ${world.at('oca/web/a')}`]]);
    const done = succeeded(await repairLinks({ dry_run: false }, context));
    expect([done.status, done.dirs[0]?.rolled_back]).toEqual(['repaired', true]);
    expect(recorded).toMatchObject([[{ module: 'a', action: 'create' }]]);
    expect(entriesOf(world.at('linked'))).toEqual([]);
  });

  it('is refused where a directory is gone', async () => {
    const world = createWorld();
    const instance = makeInstance(world);
    rmSync(world.at('linked'), { recursive: true });
    const asked = await repairLinks({ dry_run: true }, makeContext(world, [instance]));
    expect(asked).toMatchObject({ refusal: { code: 'target_unavailable' } });
  });
});

describe('the text of repair', () => {
  const report = (status: RepairReport['status'], rolled_back: boolean): RepairReport => ({
    status,
    instance: 'prod',
    series: '17.0',
    dirs: [
      {
        target_dir: '/l',
        rolled_back,
        repaired: [{ module: 'a', source: '/oca/web/a' }],
        left: [{ module: 'no name\n', reason: 'It is gone.' }],
      },
      { target_dir: '/m', rolled_back: false, repaired: [], left: [] },
    ],
  });

  it.each([
    [false, 5],
    [true, 6],
  ])('has a line for each directory and each link; rolled back %s', (rolledBack, count) => {
    const lines = describeRepair(report('repaired', rolledBack)).split('\n');
    expect(lines).toHaveLength(count);
    expect(lines).toContainEqual(expect.stringMatching(/a.*\/oca\/web\/a$/));
    expect(lines).toContainEqual(expect.stringMatching(/"no name.*It is gone\.$/));
    expect(lines.slice(1).filter((line) => line.includes('/l'))).toHaveLength(count - 4);
  });

  it('tells a dry run from a repair', () => {
    expect(describeRepair(report('planned', false))).not.toBe(describeRepair(report('repaired', false)));
  });
});

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../../src/base/surface.ts';
import { SERIES, type Series } from '../../../src/manifest/series.ts';
import {
  stepsAfterUnlink,
  type UnlinkSituation,
  warnAboutUnlink,
} from '../../../src/services/link/after-unlink.ts';
import { type InstanceOptions, linkedModule, lookAround, makeInstance } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

async function unlinked(
  world: World,
  removed: readonly string[],
  options: InstanceOptions = {},
  situation: Partial<UnlinkSituation> = {},
) {
  const { instance, dir, view } = await lookAround(makeInstance(world, options));
  const facts = { instance, dir, removed };
  const usual = { surface: TOOLS, isNoneInstalled: false, isBesideLinks: false };
  const steps = stepsAfterUnlink(facts, view, { ...usual, ...situation });
  return { warnings: warnAboutUnlink(facts, view), steps };
}

describe('after an unlink', () => {
  it.each<[what: string, string[], string[] | undefined, (world: World) => void]>([
    ['nothing without odoo.conf', [], undefined, () => {}],
    ['nothing of other modules', [], ['base', 'web', 'b'], () => {}],
    ['each that is server-wide', ['a', 'c'], ['base', 'web', 'c', 'a'], () => {}],
    ['not of one that Odoo finds elsewhere', ['c'], ['a', 'c'], (world) => world.module('theirs/a')],
  ])('warns of %s', async (_, expected, serverWide, set) => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) linkedModule(world, `oca/web/${name}`);
    set(world);
    const conf = { addonsPath: [world.at('linked'), world.folder('theirs')] };
    const { warnings } = await unlinked(world, ['a', 'c'], {
      odooConf: serverWide ? { ...conf, serverWide } : null,
    });
    expect(warnings.map(({ code, module }) => [code, module])).toEqual(
      expected.map((name) => ['server_wide', name]),
    );
  });

  const INSTALLED =
    'If a is installed, it must be linked until it is uninstalled in Odoo: from the next restart on, Odoo runs without the files, and screens that need them fail.';
  const LISTED = 'Odoo goes on listing a: an install from that list would get stuck.';

  it.each(SERIES.map((series): [Series] => [series]))('says what %s makes of it', async (series) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b');
    const steps = [INSTALLED, `No restart is needed. ${LISTED}`];
    expect((await unlinked(world, ['a'], { series })).steps).toEqual(steps);
    rmSync(world.at('linked/b'));
    const rest =
      series === '19.0'
        ? 'Odoo 19.0 leaves it out when it starts, so the first module linked there later takes a restart'
        : `in odoo.conf that does no harm, but Odoo ${series} does not start with it in --addons-path on its command line`;
    const emptied = `${world.at('linked')} holds no module then: ${rest}.`;
    expect((await unlinked(world, ['a'], { series })).steps).toEqual([...steps, emptied]);
  });

  it('says nothing of what is installed where Odoo has none of it', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b');
    const { steps } = await unlinked(world, ['a'], {}, { isNoneInstalled: true });
    expect(steps).toEqual([`No restart is needed. ${LISTED}`]);
  });

  it('leaves it to the links of a call whether a restart is needed', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    expect((await unlinked(world, ['a'], {}, { isBesideLinks: true })).steps).toEqual([INSTALLED, LISTED]);
  });

  it('takes what Odoo still finds in another place for code that has changed', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b');
    world.link(world.at('oca/web/b'), 'more/b');
    const options = { dirs: ['linked', 'more'] };
    const moved = [
      'Restart Odoo first: Odoo finds b elsewhere now, and keeps the code that it has imported.',
      'Run odoo -d DATABASE -u b --stop-after-init, where it is installed.',
    ];
    expect((await unlinked(world, ['b'], options)).steps).toEqual(moved);
    expect((await unlinked(world, ['a', 'b'], options)).steps.slice(0, -1)).toEqual([
      INSTALLED,
      ...moved,
      LISTED,
    ]);
  });

  it('has no command with what is no name of a module', async () => {
    const world = createWorld();
    const name = 'b; reboot';
    linkedModule(world, `oca/web/${name}`);
    world.link(world.at('oca/web', name), `more/${name}`);
    const { steps } = await unlinked(world, [name], { dirs: ['linked', 'more'] });
    expect(steps.join()).not.toContain(' -u ');
    expect(steps[0]).toContain('"b; reboot"');
  });

  it('names ten modules', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) linkedModule(world, `oca/web/${name}`);
    expect((await unlinked(world, ['a', 'b'])).steps[0]).toMatch(
      /^If a and b are installed, they must be linked until they are uninstalled in Odoo/,
    );
    const many = Array.from({ length: 12 }, (_, at) => `m${at}`);
    const [first, second] = (await unlinked(world, many)).steps;
    expect(first).toMatch(/^If m0, .*, m9 and 2 more are installed/);
    expect(second).toMatch(/ listing m0, .*, m9 and 2 more: /);
  });
});

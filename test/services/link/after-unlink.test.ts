import { describe, expect, it } from 'vitest';
import { SERIES, type Series } from '../../../src/manifest/series.ts';
import { stepsAfterUnlink, warnAboutUnlink } from '../../../src/services/link/after-unlink.ts';
import { type InstanceOptions, linkedModule, lookAround, makeInstance } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

async function unlinked(world: World, removed: readonly string[], options: InstanceOptions = {}) {
  const { instance, dir, view } = await lookAround(makeInstance(world, options));
  const facts = { instance, dir, removed };
  return { warnings: warnAboutUnlink(facts, view), steps: stepsAfterUnlink(facts, view) };
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

  it.each(
    SERIES.map((series): [Series, RegExp] => [
      series,
      series === '19.0' ? /needs a restart/ : /--addons-path/,
    ]),
  )('says what %s makes of a directory that becomes empty', async (series, expected) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const emptied = (await unlinked(world, ['a'], { series })).steps;
    expect(emptied).toHaveLength(3);
    expect(emptied[2]).toMatch(expected);
    expect(emptied[2]).toContain(world.at('linked'));
    linkedModule(world, 'oca/web/b');
    expect((await unlinked(world, ['a'], { series })).steps).toEqual(emptied.slice(0, 2));
  });

  it('says nothing of what Odoo still finds in another place', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b');
    world.link(world.at('oca/web/a'), 'more/a');
    const options = { dirs: ['linked', 'more'] };
    expect((await unlinked(world, ['a', 'b'], options)).steps[0]).toMatch(/^If b is installed/);
    expect((await unlinked(world, ['a'], options)).steps).toEqual([
      'Restart Odoo: running workers still have the code in memory.',
    ]);
  });

  it('names what to uninstall first', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) linkedModule(world, `oca/web/${name}`);
    expect((await unlinked(world, ['a'])).steps[0]).toMatch(/^If a is .* it in Odoo/);
    expect((await unlinked(world, ['a', 'b'])).steps[0]).toMatch(/^If a, b are .* them in Odoo/);
    const many = Array.from({ length: 12 }, (_, at) => `m${at}`);
    expect((await unlinked(world, many)).steps[0]).toMatch(/^If m0, .*, m9 and 2 more are installed/);
    expect((await unlinked(world, many.slice(0, 10))).steps[0]).toMatch(/, m9 are installed/);
  });
});

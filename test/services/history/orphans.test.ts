import { lutimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Along, readOrigins } from '../../../src/services/history/origins.ts';
import { findOrphans, judgeOrigins } from '../../../src/services/history/orphans.ts';
import { readLinkedModules } from '../../../src/services/linked-modules.ts';
import { type InstanceOptions, linkedModule, makeInstance, succeeded } from '../../support/instance.ts';
import { pastOf } from '../../support/past.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

const now = () => new Date().toISOString();

/** The orphans, if a call named the first names and these came along. */
async function orphans(
  world: World,
  named: readonly string[],
  along: readonly string[],
  options: InstanceOptions = {},
) {
  const instance = makeInstance(world, options);
  const linked = succeeded(await readLinkedModules(instance, noTurns));
  const links = [...named, ...along].map((name) => `create ${name}`);
  const past = pastOf({ time: now(), modules: [...named], links });
  const origins = await readOrigins(
    linked.map(({ name }) => name),
    'prod',
    past,
  );
  const found = await findOrphans(linked, judgeOrigins(origins), instance, noTurns);
  return found.map(({ module }) => module.name);
}

describe('orphans', () => {
  it('came along, and nothing linked needs them', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', { depends: ['d'] });
    linkedModule(world, 'oca/web/d', { depends: ['e'] });
    for (const name of ['e', 'left', 'alone']) linkedModule(world, `oca/web/${name}`);
    linkedModule(world, 'oca/web/chain', { depends: ['left'] });
    expect(await orphans(world, ['x'], ['d', 'e', 'left', 'chain', 'alone'])).toEqual([
      'alone',
      'chain',
      'left',
    ]);
  });

  it('are none that need one another alone', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a', { depends: ['b'] });
    linkedModule(world, 'oca/web/b', { depends: ['a'] });
    expect(await orphans(world, ['x'], ['a', 'b'])).toEqual(['a', 'b']);
  });

  it.each<[string, string[], string[], InstanceOptions, (world: World) => void]>([
    ['was asked for', ['m'], [], {}, () => {}],
    ['is not in the trail', ['x'], [], {}, () => {}],
    [
      'what is not in the trail needs',
      ['x'],
      ['m'],
      {},
      (world) => linkedModule(world, 'oca/web/o', { depends: ['m'] }),
    ],
    [
      'a foreign module needs',
      ['x'],
      ['m'],
      {},
      (world) => world.link(world.module('beyond/o', { depends: ['m'] }), 'linked/o'),
    ],
    ['a real folder needs', ['x'], ['m'], {}, (world) => world.module('linked/o', { depends: ['m'] })],
    ['Odoo loads at start', ['x'], ['m'], { odooConf: { serverWide: ['base', 'm'] } }, () => {}],
    [
      'what is linked in another directory needs',
      ['x'],
      ['m'],
      { dirs: ['linked', 'more'] },
      (world) => linkedModule(world, 'oca/web/o', { depends: ['m'] }, 'more'),
    ],
  ])('are not what %s', async (_, named, along, options, set) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/m');
    set(world);
    expect(await orphans(world, named, along, options)).toEqual([]);
  });

  it('are told with the call that they came along with', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/m');
    const instance = makeInstance(world);
    const linked = succeeded(await readLinkedModules(instance, noTurns));
    const along: Along = { time: now(), durationMs: 5, named: ['x'] };
    const found = await findOrphans(linked, judgeOrigins(new Map([['m', along]])), instance, noTurns);
    expect(found).toEqual([{ module: linked[0], along }]);
  });
});

describe('a link that the trail says came along', () => {
  it.each([
    ['while the call ran', 0, true],
    ['a second after it, as clocks may differ', 1, true],
    ['long after it: somebody made it anew', 60, false],
    ['long before it: the trail is of another', -60, false],
  ])('is one that was made %s', async (_, seconds, isAlong) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/m');
    const end = Date.now() - 3_600_000;
    const made = end / 1000 + seconds;
    lutimesSync(world.at('linked/m'), made, made);
    const [module] = succeeded(await readLinkedModules(makeInstance(world), noTurns));
    const along = { time: new Date(end).toISOString(), durationMs: 10, named: ['x'] };
    const origin = judgeOrigins(new Map([['m', along]]))(module as NonNullable<typeof module>);
    expect(origin).toEqual(isAlong ? along : 'unknown');
  });

  it('may be as old as the beginning of a long call', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/m');
    const [module] = succeeded(await readLinkedModules(makeInstance(world), noTurns));
    const along = { time: new Date(Date.now() + 60_000).toISOString(), durationMs: 61_000, named: ['x'] };
    expect(judgeOrigins(new Map([['m', along]]))(module as NonNullable<typeof module>)).toEqual(along);
  });
});

import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../src/base/refusal.ts';
import type { FoundPlace, ServiceContext } from '../../src/services/context.ts';
import { addonInfo, type InfoRequest } from '../../src/services/modules/addon-info.ts';
import { describeInfo } from '../../src/services/modules/describe-info.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../support/instance.ts';
import { pastOf } from '../support/past.ts';
import { createWorld, type World } from '../support/world.ts';

/** Denies the repository `secret`, and a module `hidden` wherever it is. */
const mayTell = ({ modules, repos }: FoundPlace) =>
  repos.includes('secret') || modules.includes('hidden') ? refuse('policy_denied', 'No.') : ok(undefined);

const ask = (world: World, request: InfoRequest, more: Partial<ServiceContext> = { mayTell }) =>
  addonInfo(request, makeContext(world, [makeInstance(world)], more));

/** A world of `x`, with what `set` adds. */
function withX(set: (world: World) => void): World {
  const world = createWorld();
  world.module('oca/web/x');
  set(world);
  return world;
}

describe('addon_info of a module that may be told', () => {
  it.each<[string, InfoRequest, RegExp, (world: World) => void]>([
    [
      'a module that excludes it',
      { module: 'x' },
      /sec_/,
      (world) => world.module('oca/secret/sec_excluder', { excludes: ['x'] }),
    ],
    [
      'the repository of a module that it excludes',
      { module: 'y' },
      /secret/,
      (world) => {
        world.module('oca/web/y', { excludes: ['sec_other'] });
        world.module('oca/secret/sec_other');
      },
    ],
    [
      'another place of its name',
      { module: 'x', repo: 'web' },
      /secret/,
      (world) => world.module('oca/secret/x'),
    ],
    ['another place to choose', { module: 'x' }, /secret/, (world) => world.module('oca/secret/x')],
    [
      'another place to choose for one of several',
      { module: ['x', 'y'] },
      /secret/,
      (world) => {
        world.module('oca/secret/x');
        world.module('oca/web/y');
      },
    ],
    [
      'another place that was not meant',
      { module: 'x', repo: 'crm' },
      /secret/,
      (world) => world.module('oca/secret/x'),
    ],
    ['a name like it', { module: 'sec_onl' }, /sec_only/, (world) => world.module('oca/secret/sec_only')],
    [
      'a name like one of several',
      { module: ['sec_onl', 'x'] },
      /sec_only/,
      (world) => world.module('oca/secret/sec_only'),
    ],
    [
      'a name like that of a dependency',
      { module: 'y' },
      /sec_only/,
      (world) => {
        world.module('oca/web/y', { depends: ['sec_onl'] });
        world.module('oca/secret/sec_only');
      },
    ],
    [
      'the repository of a dependency',
      { module: 'y' },
      /secret/,
      (world) => {
        world.module('oca/web/y', { depends: ['dep'] });
        world.module('oca/secret/dep');
      },
    ],
    [
      'a place of a dependency that has several',
      { module: 'y' },
      /secret/,
      (world) => {
        world.module('oca/web/y', { depends: ['x'] });
        world.module('oca/secret/x');
      },
    ],
  ])('tells nothing of %s', async (_, request, secret, set) => {
    const world = withX(set);
    expect(JSON.stringify(await ask(world, request, {}))).toMatch(secret);
    const told = await ask(world, request);
    expect(JSON.stringify(told)).not.toMatch(secret);
    expect(told).not.toMatchObject({ refusal: { code: 'policy_denied' } });
    if (told.ok) expect(describeInfo(told.value)).not.toMatch(secret);
  });

  it('counts what excludes it and may not be told', async () => {
    const world = withX((one) => one.module('oca/secret/sec_excluder', { excludes: ['x'] }));
    const info = succeeded(await ask(world, { module: 'x' }));
    expect([info.conflicts, info.left_out]).toEqual([[], [{ what: '/conflicts', items: 1 }]]);
  });

  it('still tells what excludes it from elsewhere, or is linked', async () => {
    const world = withX((one) => {
      one.module('oca/web/open', { excludes: ['x'] });
      linkedModule(one, 'oca/secret/linked_one', { excludes: ['x'] });
    });
    const { conflicts, left_out } = succeeded(await ask(world, { module: 'x' }));
    expect(conflicts.map(({ module }) => module)).toEqual(['linked_one', 'open']);
    expect(left_out).toBeUndefined();
  });

  it('still names what it needs, without the repository', async () => {
    const world = withX((one) => {
      one.module('oca/web/y', { depends: ['dep'] });
      one.module('oca/secret/dep');
    });
    const info = succeeded(await ask(world, { module: 'y' }));
    expect(info).toMatchObject({ dependencies: [{ module: 'dep', state: 'available', repo: null }] });
    expect(describeInfo(info)).toContain('dep (oca, not linked)');
  });

  it('chooses a place that may be told, and says that there are more', async () => {
    const world = withX((one) => one.module('oca/secret/x'));
    const [refusal] = refusalsOf(await ask(world, { module: 'x' }));
    expect(refusal).toMatchObject({
      code: 'ambiguous_module',
      message: 'x exists in 2 places, of which the policy does not show 1.',
      details: { offers: [{ repo: 'web' }] },
      hint: 'Call again with repo: "web".',
    });
  });

  it.each<InfoRequest>([{ module: 's' }, { module: 's', repo: 'web' }, { module: ['s', 'x'] }])(
    '%j is denied, where no place of a name may be told',
    async (request) => {
      const world = withX((one) => {
        one.module('oca/secret/s');
        one.module('oca/secret/addons/s');
      });
      expect(await ask(world, request)).toMatchObject({ refusal: { code: 'policy_denied' } });
    },
  );

  it.each(['secret', 'gone'])('its history names no module that may not be told (%s)', async (where) => {
    const world = withX((one) => (where === 'secret' ? one.module('oca/secret/hidden') : undefined));
    const readPast = () => ok(pastOf({ modules: ['hidden', 'open'], links: ['create x'] }));
    const info = succeeded(await ask(world, { module: 'x' }, { mayTell, readPast }));
    expect(info).toMatchObject({
      history: { changes: [{ along_with: ['open'] }], note: expect.stringMatching(/: 1\.$/) },
    });
  });
});

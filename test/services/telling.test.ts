import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../src/base/refusal.ts';
import type { FoundPlace, ServiceContext } from '../../src/services/context.ts';
import { addonInfo, type InfoRequest } from '../../src/services/modules/addon-info.ts';
import { describeInfo } from '../../src/services/modules/describe-info.ts';
import { compareInstances } from '../../src/services/status/compare-instances.ts';
import { linkStatus } from '../../src/services/status/link-status.ts';
import { listOrphans } from '../../src/services/status/orphan-report.ts';
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

describe('what is linked', () => {
  it('is listed as far as it may be told', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    linkedModule(world, 'oca/secret/y');
    linkedModule(world, 'oca/web/hidden');
    const context = makeContext(world, [makeInstance(world)], { mayTell });
    const report = succeeded(await linkStatus({}, context));
    expect(report.links.flatMap(({ modules }) => modules)).toEqual(['x']);
    expect([report.counts, report.note]).toEqual([{ ok: 1 }, 'The policy does not show 2 more entries.']);
    const near = succeeded(await linkStatus({ repo: 'secre' }, context));
    expect(near.note).toBe(
      'No link leads into a repository called secre. The policy does not show 2 more entries.',
    );
  });

  it('is compared as far as it may be told', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/secret/y');
    linkedModule(world, 'oca/web/x', {}, 'other');
    linkedModule(world, 'oca/secret/z', {}, 'other');
    const other = { ...makeInstance(world, { dirs: ['other'] }), name: 'test' };
    const context = makeContext(world, [makeInstance(world), other], { mayTell });
    const told = succeeded(await compareInstances({ instances: ['prod', 'test'] }, context));
    expect(told.differences).toBe(1);
    expect(JSON.stringify(told)).not.toMatch(/secret|"[yz]"/);
  });

  it('is an orphan only if it may be told', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/secret/y');
    linkedModule(world, 'oca/web/x');
    const time = new Date().toISOString();
    const readPast = () => ok(pastOf({ time, modules: ['gone'], links: ['create x', 'create y'] }));
    const context = makeContext(world, [makeInstance(world)], { mayTell, readPast });
    const report = succeeded(await listOrphans({}, context));
    expect(report.orphans.map(({ module }) => module)).toEqual(['x']);
    expect(JSON.stringify(report)).not.toMatch(/secret|"y"/);
  });
});

describe('addon_info of a module that is not found', () => {
  it.each([
    ['that a root has its new name', (world: World) => world.module('oca/secret/portal_rating')],
    ['that a root has its new name, which is hidden', (world: World) => world.module('oca/web/hidden')],
  ])('does not tell %s', async (_, set) => {
    const [without, having] = [createWorld(), createWorld()];
    for (const world of [without, having]) world.module('oca/web/x');
    set(having);
    const [one] = refusalsOf(await ask(without, { module: 'account_facturx' }));
    const [other] = refusalsOf(await ask(having, { module: 'account_facturx' }));
    expect(other).toEqual(one);
  });

  it('does not tell whether a repository is there of which it may not be told', async () => {
    const hintIn = async (repo: string) => {
      const world = createWorld();
      world.module(`oca/${repo}/x`);
      const deny = ({ repos }: FoundPlace) =>
        repos.includes('hr-holidays') ? refuse('policy_denied', 'No.') : ok(undefined);
      const [refusal] = refusalsOf(await ask(world, { module: 'hr_holidays_public' }, { mayTell: deny }));
      return refusal?.hint;
    };
    expect(await hintIn('hr-holidays')).toBe(await hintIn('web'));
  });
});

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

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refuse } from '../../../src/base/refusal.ts';
import type { Instance } from '../../../src/config/instance.ts';
import { compareInstances } from '../../../src/services/status/compare-instances.ts';
import {
  type Comparison,
  ComparisonSchema,
  describeComparison,
} from '../../../src/services/status/comparison.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

/** `test` and `prod`, with roots and addons directories of their own. */
function build(world: World, more: Partial<Instance> = {}): readonly Instance[] {
  return ['test', 'prod'].map((name) => ({
    ...makeInstance(world, { name, dirs: [`${name}/linked`] }),
    roots: [{ family: 'oca', path: world.folder(`${name}/oca`) }] as const,
    ...(name === 'prod' && more),
  }));
}

const link = (world: World, instance: string, path: string, manifest: object = {}) =>
  linkedModule(world, `${instance}/oca/${path}`, { ...manifest }, `${instance}/linked`);

async function compare(world: World, instances = build(world), request: object = {}): Promise<Comparison> {
  const context = makeContext(world, instances);
  const report = await compareInstances({ instances: ['test', 'prod'], ...request }, context);
  return ComparisonSchema.parse(succeeded(report));
}

/** Makes a folder a checkout at a commit. */
function commit(world: World, folder: string, digit: string): void {
  world.file(`${folder}/.git/HEAD`, `${digit.repeat(40)}\n`);
}

describe('two instances', () => {
  it('that have the same do not differ', async () => {
    const world = createWorld();
    for (const instance of ['test', 'prod']) {
      link(world, instance, 'web/a');
      commit(world, `${instance}/oca/web`, 'a');
    }
    expect(await compare(world)).toEqual({
      status: 'ok',
      compared: [
        { instance: 'test', series: '17.0', linked: 1 },
        { instance: 'prod', series: '17.0', linked: 1 },
      ],
      same: 1,
      differences: 0,
      only_in: [],
      different: [],
      commits: [],
    });
  });

  it('differ in what only one of them has', async () => {
    const world = createWorld();
    for (const name of ['b', 'a']) link(world, 'test', `web/${name}`);
    link(world, 'prod', 'web/c');
    const { only_in, same, differences } = await compare(world);
    expect(only_in).toEqual([
      { instance: 'test', modules: ['a', 'b'] },
      { instance: 'prod', modules: ['c'] },
    ]);
    expect([same, differences]).toEqual([0, 3]);
  });

  it.each<[string, object, (world: World) => void]>([
    [
      'version',
      { version: ['17.0.1.0.0', '17.0.2.0.0'] },
      (world) => {
        link(world, 'test', 'web/a');
        link(world, 'prod', 'web/a', { version: '17.0.2.0.0' });
      },
    ],
    [
      'repository',
      { repo: ['web', 'crm'] },
      (world) => {
        link(world, 'test', 'web/a');
        link(world, 'prod', 'crm/a');
      },
    ],
    [
      'state',
      { state: ['ok', 'missing_dependency'] },
      (world) => {
        link(world, 'test', 'web/a', { depends: ['d'] });
        link(world, 'test', 'web/d');
        link(world, 'prod', 'web/a', { depends: ['d'] });
        link(world, 'prod', 'web/d');
      },
    ],
    [
      'manifest, of a module without a commit',
      { manifest_differs: true },
      (world) => {
        link(world, 'test', 'web/a');
        link(world, 'prod', 'web/a', { summary: 'Other' });
      },
    ],
  ])('differ in the %s of a module', async (what, expected, set) => {
    const world = createWorld();
    set(world);
    if (what === 'state') {
      // The dependency leads nowhere.
      rmSync(world.at('prod/oca/web/d'), { recursive: true });
    }
    const { different } = await compare(world);
    expect(different.find(({ module }) => module === 'a')).toEqual({ module: 'a', ...expected });
  });

  it('differ in the commit of a repository, once, however many modules are linked', async () => {
    const world = createWorld();
    for (const instance of ['test', 'prod']) {
      for (const name of ['a', 'b']) link(world, instance, `web/${name}`);
      link(world, instance, 'crm/c');
      commit(world, `${instance}/oca/web`, instance === 'test' ? 'a' : 'b');
      commit(world, `${instance}/oca/crm`, 'c');
    }
    const { commits, different, same, differences } = await compare(world);
    expect(commits).toEqual([{ repo: 'web', commit: ['a'.repeat(12), 'b'.repeat(12)], modules: 2 }]);
    expect([different, same, differences]).toEqual([[], 1, 1]);
  });

  it('of different series differ in what is linked and how it is, and in nothing else', async () => {
    const world = createWorld();
    link(world, 'test', 'web/a');
    link(world, 'prod', 'web/a', { version: '16.0.1.0.0' });
    link(world, 'prod', 'web/b', { version: '16.0.1.0.0' });
    const report = await compare(world, build(world, { series: '16.0' }));
    expect(report).toMatchObject({ same: 1, differences: 1, note: expect.any(String), different: [] });
  });

  it('are compared by the first of two links of a name, and by names that are none', async () => {
    const world = createWorld();
    const [test, prod] = build(world) as [Instance, Instance];
    const more = makeInstance(world, { dirs: ['test/linked', 'test/more'] }).addonsDirs;
    link(world, 'test', 'web/a');
    world.link(world.module('test/oca/crm/a', { version: '17.0.9.0.0' }), 'test/more/a');
    link(world, 'prod', 'web/a');
    world.link('/nowhere', 'test/linked/no name');
    const { different, only_in } = await compare(world, [{ ...test, addonsDirs: more }, prod]);
    expect(different).toEqual([]);
    expect(only_in).toEqual([{ instance: 'test', modules: ['"no name"'] }]);
  });

  it('are told page by page', async () => {
    const world = createWorld();
    for (let at = 0; at < 20; at++) link(world, 'test', `web/module_${at}`);
    link(world, 'test', 'web/v');
    link(world, 'prod', 'web/v', { version: '17.0.2.0.0' });
    const instances = build(world);
    const told: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await compare(world, instances, { room: 100, ...(cursor && { cursor }) });
      expect(page.differences).toBe(21);
      told.push(...page.only_in.flatMap(({ modules }) => modules), ...page.different);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(told).toHaveLength(21);
    expect(new Set(told).size).toBe(21);
  });

  it.each<[string, string[], string]>([
    ['one', ['test'], 'invalid_argument'],
    ['one twice', ['test', 'test'], 'invalid_argument'],
    ['one that there is not', ['test', 'nope'], 'unknown_instance'],
    ['none', [], 'invalid_argument'],
  ])('are two, and not %s', async (_, instances, code) => {
    const world = createWorld();
    const context = makeContext(world, build(world));
    expect(await compareInstances({ instances }, context)).toMatchObject({ refusal: { code } });
  });

  it('are not three', async () => {
    const world = createWorld();
    const third = makeInstance(world, { name: 'third', dirs: ['third'] });
    const context = makeContext(world, [...build(world), third]);
    const told = await compareInstances({ instances: ['test', 'prod', 'third'] }, context);
    expect(refusalsOf(told)).toMatchObject([{ code: 'invalid_argument' }]);
  });

  it('are compared only if the call could go to the second one, too', async () => {
    const world = createWorld();
    const asked: string[] = [];
    const mayReach = ({ name }: Instance) => {
      asked.push(name);
      return refuse('policy_denied', 'No.');
    };
    const context = makeContext(world, build(world), { mayReach });
    const told = await compareInstances({ instances: ['test', 'prod'] }, context);
    expect(told).toMatchObject({ refusal: { code: 'policy_denied' } });
    expect(asked).toEqual(['prod']);
  });

  it('do not take the cursor of two others', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) link(world, 'test', `web/${name}`);
    const context = makeContext(world, build(world));
    const first = succeeded(await compareInstances({ instances: ['test', 'prod'], room: 1 }, context));
    const turned = { instances: ['prod', 'test'], cursor: first.next_cursor };
    expect(await compareInstances(turned, context)).toMatchObject({ refusal: { code: 'invalid_argument' } });
  });
});

describe('a comparison, as text', () => {
  it('says what differs, a line each', () => {
    const text = describeComparison({
      status: 'ok',
      compared: [
        { instance: 'test', series: '17.0', linked: 3 },
        { instance: 'prod', series: '17.0', linked: 2 },
      ],
      same: 1,
      differences: 5,
      only_in: [{ instance: 'test', modules: ['a', 'b'] }],
      different: [
        { module: 'c', version: ['1', '2'], repo: ['web', 'my web'], state: ['ok', 'broken'] },
        { module: 'd', manifest_differs: true },
      ],
      commits: [{ repo: 'web', commit: ['aaa', 'bbb'], modules: 1 }],
      note: 'A note.',
      next_cursor: 'xyz',
    });
    expect(text.split('\n')).toEqual([
      '5 differences between test (Odoo 17.0, 3 linked) and prod (Odoo 17.0, 2 linked); 1 module alike.',
      'Only in test: a, b.',
      '- c: state ok / broken, version 1 / 2, repository web / "my web"',
      '- d: another manifest',
      '- repository web: commit aaa / bbb (1 linked module)',
      'A note.',
      'For more, call again with cursor xyz.',
    ]);
  });
});

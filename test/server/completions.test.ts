import { expect, it } from 'vitest';
import { offerCompletions } from '../../src/server/completions.ts';
import { openCatalog } from '../support/catalog.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';
import { offering, partsFor, track } from './connected.ts';

/** Two instances: `prod` with the root `oca`, and `test` with the root `ee`. */
async function connected(make: (world: World) => void, tools: Record<string, object | 'hidden'> = {}) {
  const world = createWorld();
  make(world);
  const instances = [
    makeInstance(world, { name: 'prod', families: ['oca'] }),
    makeInstance(world, { name: 'test', families: ['ee'], dirs: ['other'] }),
  ];
  const parts = partsFor(world, instances, tools);
  let tracked = 0;
  const counting: typeof track = (work) => {
    tracked++;
    return track(work);
  };
  const asked: string[] = [];
  const context = {
    ...parts.context,
    catalogOf: (instance: (typeof instances)[number]) => {
      asked.push(instance.name);
      return openCatalog(instance.roots);
    },
  };
  const client = await offering({ completions: {}, prompts: {} }, (server) =>
    offerCompletions(server, { ...parts, context }, counting),
  );
  const complete = async (name: string, value: string, given?: Record<string, string>) => {
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'x' },
      argument: { name, value },
      ...(given !== undefined && { context: { arguments: given } }),
    });
    return completion;
  };
  return { complete, asked, tracked: () => tracked };
}

const some = (world: World) => {
  for (const path of [
    'oca/web/web_a',
    'oca/web/Web_b',
    'oca/crm/crm',
    'oca/crm/web_a',
    'oca/web/no-name',
    'ee/sale/web_e',
  ])
    world.module(path);
};

const all = (values: string[]) => ({ values, total: values.length, hasMore: false });

it.each([
  ['instance', '', ['prod', 'test']],
  ['instance', 'P', ['prod']],
  ['instance', 'x', []],
  ['repo', '', []],
  ['family', 'o', []],
  ['unknown', '', []],
])('%s %j: %j', async (name, value, values) => {
  const { complete, asked } = await connected(some);
  expect(await complete(name, value)).toEqual(all(values));
  expect(asked).toEqual([]);
});

it.each([
  // The variable `name` of the resource templates is a module too.
  ['name', 'web', undefined, ['Web_b', 'web_a', 'web_e']],
  ['module', '', undefined, ['Web_b', 'crm', 'web_a', 'web_e']],
  ['modules', 'WEB_', undefined, ['Web_b', 'web_a', 'web_e']],
  ['module', 'web', { instance: 'prod' }, ['Web_b', 'web_a']],
  ['module', 'web', { instance: 'none' }, []],
  ['module', 'web', { instance: '' }, ['Web_b', 'web_a', 'web_e']],
  ['module', 'eb', undefined, []],
])('%s %j of %j: %j', async (name, value, given, values) => {
  const { complete, tracked } = await connected(some);
  expect(await complete(name, value, given)).toEqual(all(values));
  expect(tracked()).toBeGreaterThan(0);
});

it.each([
  ['denies it', { action: 'deny' }],
  ['asks for approval', { action: 'require_approval' }],
])('names no modules where the policy %s', async (_, rule) => {
  const { complete, asked } = await connected(some, { addon_search: rule });
  expect(await complete('module', '')).toEqual(all([]));
  expect(asked).toEqual([]);
});

it('has a hundred of many, and says how many there are', async () => {
  const { complete } = await connected((world) => {
    for (let at = 0; at < 102; at++) world.file(`oca/r/m${at}/__manifest__.py`, '{}');
  });
  const found = await complete('module', 'm');
  expect(found.values).toHaveLength(100);
  expect(found).toMatchObject({ total: 102, hasMore: true });
  expect(await complete('module', 'm1')).toMatchObject({ hasMore: false });
});

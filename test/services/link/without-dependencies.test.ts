import { expect, it } from 'vitest';
import { linkModules } from '../../../src/services/link/link-modules.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

const REQUEST = { family: 'oca', argument: 'module', with_dependencies: false, replace: false } as const;

async function warningsOf(world: World, modules: readonly string[], dry_run = false) {
  const context = makeContext(world, [makeInstance(world)]);
  const report = succeeded(await linkModules({ ...REQUEST, modules, dry_run }, context));
  return report.warnings
    .filter(({ code }) => code === 'dependency_missing')
    .map(({ module, message }) => [module, message]);
}

it('a link without what it needs says what is missing, and which call links it; so do a dry run and a second call', async () => {
  const world = createWorld();
  world.module('oca/web/a', { depends: ['base', 'b', 'gone', 'linked'] });
  world.module('oca/web/b');
  linkedModule(world, 'oca/web/linked');
  const told = [
    [
      'a',
      'a needs b and gone, which Odoo does not find: it cannot install a yet. Call oca_link {"module":"b"}.',
    ],
  ];
  expect(await warningsOf(world, ['a'], true)).toEqual(told);
  expect(await warningsOf(world, ['a'])).toEqual(told);
  expect(await warningsOf(world, ['a'])).toEqual(told);
});

it('what the same call links is not missing', async () => {
  const world = createWorld();
  world.module('oca/web/a', { depends: ['b'] });
  world.module('oca/web/b');
  expect(await warningsOf(world, ['a', 'b'])).toEqual([]);
});

it('a refusal names every module of the call that needs what is missing', async () => {
  const world = createWorld();
  for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`, { depends: ['between'] });
  world.module('oca/web/other');
  world.module('oca/web/between', { depends: ['gone'] });
  const context = makeContext(world, [makeInstance(world)]);
  const request = { ...REQUEST, with_dependencies: true, modules: ['a', 'b', 'other', 'c'], dry_run: false };
  const [refusal] = refusalsOf(await linkModules(request, context));
  expect(refusal?.message).toBe(
    'a -> between needs gone, which no configured root contains. b and c need it, too.',
  );
  expect(refusal?.details).toMatchObject({ chain: ['a', 'between'], also_needed_by: ['b', 'c'] });
});

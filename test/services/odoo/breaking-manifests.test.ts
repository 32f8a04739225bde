import { expect, it } from 'vitest';
import type { ServiceContext } from '../../../src/services/context.ts';
import { refreshOdoo } from '../../../src/services/odoo/refresh-odoo.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
} from '../../support/instance.ts';
import { connectionTo, OdooError, startStandIn } from '../../support/odoo.ts';
import { createWorld, type World } from '../../support/world.ts';

/** Odoo knows no licence of that name (`ir_module.py`, `license`, a selection): reading it fails. */
const BREAKS = { license: 'MIT' };
const WHY = 'would make Update Apps List fail for the whole instance';

/** How an update is refused that Odoo could not carry out. */
async function refusal(world: World, options: InstanceOptions = {}, more: Partial<ServiceContext> = {}) {
  const { series = '17.0' } = options;
  const standIn = await startStandIn({
    series,
    before: (method) => {
      if (method === 'update_list') throw new OdooError('builtins.KeyError', "'MIT'");
    },
  });
  const instance = makeInstance(world, { odoo: connectionTo(standIn, { series }), ...options });
  const [refused] = refusalsOf(await refreshOdoo({}, makeContext(world, [instance], more)));
  return refused;
}

const onPath = (world: World, ...folders: string[]): InstanceOptions => {
  return { odooConf: { addonsPath: ['linked', ...folders].map((folder) => world.folder(folder)) } };
};

it('a link is named first, to be mended or unlinked, then the others', async () => {
  const world = createWorld();
  world.module('other/before', BREAKS);
  linkedModule(world, 'oca/web/sound');
  linkedModule(world, 'oca/web/broken', BREAKS);
  world.module('linked/a_folder', BREAKS);
  const refused = await refusal(world, onPath(world, 'other'));
  expect(refused).toMatchObject({
    code: 'odoo_failed',
    module: 'broken',
    hint: 'Have the manifest of broken mended, or unlink it, and call again.',
  });
  expect(refused?.message).toContain(`broken ${WHY}`);
  expect(refused?.message).toContain(`It is linked in ${world.at('linked')}. So do a_folder and before.`);
});

it.each<[string, string, string, Partial<ServiceContext>, (world: World) => string]>([
  [
    'in a folder of odoo.conf',
    'other/broken',
    'to move it out of this folder, since it is no link of this program',
    {},
    () => 'It is in a folder that odoo.conf names.',
  ],
  [
    'in a folder of odoo.conf, for an operator',
    'other/broken',
    'to move it out of this folder, since it is no link of this program',
    { isOperator: true },
    (world) => `It is in ${world.at('other')}.`,
  ],
  [
    'a folder in an addons directory',
    'linked/broken',
    'to move it out of this folder, since it is no link of this program',
    {},
    (world) => `It is in ${world.at('linked')}.`,
  ],
])('%s is found though it is no link, with what to do', async (_, folder, away, more, where) => {
  const world = createWorld();
  linkedModule(world, 'oca/web/sound');
  world.module(folder, BREAKS);
  const refused = await refusal(world, onPath(world, 'other'), more);
  expect(refused).toMatchObject({
    module: 'broken',
    hint: `Ask the operator to mend the manifest of broken, or ${away}; then call again.`,
  });
  expect(refused?.message).toContain(`broken ${WHY}`);
  expect(refused?.message).toContain(where(world));
});

it('a manifest for another series breaks it all the same', async () => {
  const world = createWorld();
  world.module('other/old', { ...BREAKS, version: '12.0.1.0.0' });
  const refused = await refusal(world, { ...onPath(world, 'other'), series: '16.0' });
  expect(refused?.message).toContain(`old ${WHY}.`);
});

it('what another module of its name hides from Odoo breaks nothing', async () => {
  const world = createWorld();
  linkedModule(world, 'oca/web/twice');
  world.module('other/twice', BREAKS);
  expect(await refusal(world, onPath(world, 'other'))).toMatchObject({
    hint: "Ask the operator to look into Odoo's log.",
  });
});

it('one that the policy hides is not named, but counted', async () => {
  const world = createWorld();
  linkedModule(world, 'oca/web/hidden_link', BREAKS);
  world.module('other/hidden_too', BREAKS);
  const mayTell: ServiceContext['mayTell'] = ({ modules }) =>
    modules.some((name) => name.startsWith('hidden'))
      ? { ok: false, refusal: { code: 'policy_denied', message: 'no' } }
      : { ok: true, value: undefined };
  const refused = await refusal(world, onPath(world, 'other'), { mayTell });
  expect(refused?.message).toContain('The policy does not show 2 modules that would make it fail.');
  expect(JSON.stringify(refused)).not.toContain('hidden_');
});

import { expect, it } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import { openInstances } from '../../../src/config/instance.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { linkModules } from '../../../src/services/link/link-modules.ts';
import { addonInfo } from '../../../src/services/modules/addon-info.ts';
import { openCatalog } from '../../support/catalog.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A context that writes down which folders git is asked about; `head` is the module to be asked for. */
async function open(world: World): Promise<{ context: ServiceContext; asked: string[] }> {
  world.module('src/oca/web/head', { depends: ['beside', 'elsewhere'] });
  world.module('src/oca/web/beside');
  world.module('src/oca/crm/elsewhere');
  const loaded = loadConfig({ config: world.config() }, { env: { HOME: world.path }, cwd: world.path });
  if (!loaded.ok) throw new Error(loaded.refusal.join());
  const opened = await openInstances(loaded.value, {});
  if (!opened.ok) throw new Error(opened.refusal.join());
  const catalog = openCatalog(opened.value[0]?.roots ?? []);
  const asked: string[] = [];
  const context: ServiceContext = {
    instances: opened.value,
    stateDir: world.folder('state'),
    readProvenance: async (folder) => {
      asked.push(folder);
      return { branch: `17.0-${asked.length}`, commit: null, dirty: null };
    },
    recordRecovery: async () => ok(undefined),
    catalogOf: () => catalog,
  };
  return { context, asked };
}

it('addon_info asks git about each repository once, and anew at the next call', async () => {
  const world = createWorld();
  const { context, asked } = await open(world);
  const folders = [world.at('src/oca/crm'), world.at('src/oca/web')];
  for (const turn of [1, 2]) {
    const told = await addonInfo({ module: 'head' }, context);
    expect(told).toMatchObject({ value: { linkable: true, branch: expect.any(String) } });
    expect(asked.toSorted()).toEqual(folders.flatMap((folder) => Array(turn).fill(folder)));
  }
});

it('addon_info asks git about a module that cannot be linked, too', async () => {
  const world = createWorld();
  const { context, asked } = await open(world);
  world.module('src/oca/web/broken', { depends: ['nowhere'] });
  const told = await addonInfo({ module: 'broken' }, context);
  expect(told).toMatchObject({ value: { linkable: false, branch: '17.0-1' } });
  expect(asked).toEqual([world.at('src/oca/web')]);
});

it('a link call asks git again under the lock', async () => {
  const world = createWorld();
  const { context, asked } = await open(world);
  const guard = { review: async () => ok('look again' as const), begin: async () => ok(undefined) };
  const request = { family: 'oca', modules: ['elsewhere'], argument: 'module' } as const;
  const options = { with_dependencies: true, replace: false, dry_run: false };
  const linked = await linkModules({ ...request, ...options }, { ...context, guard });
  expect(linked).toMatchObject({ ok: true });
  expect(asked).toEqual([world.at('src/oca/crm'), world.at('src/oca/crm')]);
});

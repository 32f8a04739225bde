import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundleManifest } from '../../scripts/bundle-manifest.ts';
import { packBundle } from '../../scripts/package.ts';
import { TOOLS } from '../../src/server/tools.ts';
import { isOffered } from '../../src/tool-table.ts';
import { connect, type StartCommand } from '../support/client.ts';
import { createWorld, type World } from '../support/world.ts';

interface Manifest {
  readonly server: { readonly entry_point: string; readonly mcp_config: Required<StartCommand> };
  readonly user_config: Readonly<Record<string, { readonly default: string; readonly required?: boolean }>>;
}

/** Packs the bundle and unpacks it in the folder `bundle`, as a client does. */
function unpack(world: World): Manifest {
  const file = packBundle(world.folder('packages'));
  execFileSync('python3', ['-m', 'zipfile', '-e', file, world.folder('bundle')]);
  return JSON.parse(readFileSync(world.at('bundle/manifest.json'), 'utf8'));
}

/** The command of a manifest with what a person filled in, by the rules of the format for texts. */
function fillIn(manifest: Manifest, folder: string, filled: Record<string, string>): Required<StartCommand> {
  const values: Record<string, string> = { __dirname: folder };
  for (const [key, field] of Object.entries(manifest.user_config))
    values[`user_config.${key}`] = filled[key] ?? field.default;
  const text = JSON.stringify(manifest.server.mcp_config);
  return JSON.parse(
    text.replace(/\$\{([^}]+)\}/g, (all, key) => JSON.stringify(values[key] ?? all).slice(1, -1)),
  );
}

it('is a bundle whose server links, with what is filled in at installation', async () => {
  const world = createWorld();
  world.fixtures();
  const manifest = unpack(world);
  const { series, addons_dir, ...others } = manifest.user_config;
  expect([series?.required, addons_dir?.required]).toEqual([true, true]);
  expect(Object.values(others).some(({ required }) => required)).toBe(false);
  const start = fillIn(manifest, world.at('bundle'), {
    series: '17.0',
    addons_dir: world.folder('linked'),
    oca: world.at('src/oca'),
  });
  // What is not filled in is empty, which the server takes for absent.
  expect(JSON.stringify(start)).not.toContain('${');
  expect(Object.values(start.env).filter((value) => value === '')).toHaveLength(6);
  const server = await connect({ ...start, command: process.execPath }, world.path);
  expect(server.version).toBe(bundleManifest().version);
  expect(await server.tools()).toEqual(TOOLS.map(({ name }) => name).filter((name) => isOffered(name, null)));
  expect(await server.call('oca_link', { module: 'contact_nickname' })).toMatchObject({ status: 'linked' });
  expect(readlinkSync(world.at('linked/contact_nickname'))).toBe(
    world.at('src/oca/contact-tools/contact_nickname'),
  );
});

it('passes a policy, odoo.conf and each kind of root on', async () => {
  const world = createWorld();
  world.fixtures();
  const manifest = unpack(world);
  const tools = { link_status: {}, addon_info: {} };
  const filled = {
    series: '17.0',
    addons_dir: world.folder('linked'),
    oca: world.at('src/oca'),
    ee: world.at('src/ee'),
    core: world.at('src/core'),
    own: world.folder('own'),
    auto: world.folder('auto'),
    odoo_conf: world.file('odoo.conf', `[options]\naddons_path = ${world.at('src/core/addons')}\n`),
    policy: world.file('policy.json', JSON.stringify({ version: '1', default: 'deny', tools })),
  };
  expect(Object.keys(filled).sort()).toEqual(Object.keys(manifest.user_config).sort());
  const start = fillIn(manifest, world.at('bundle'), filled);
  const server = await connect({ ...start, command: process.execPath }, world.path);
  expect((await server.tools()).sort()).toEqual(Object.keys(tools).sort());
  // odoo.conf was read: the addons directory is not on its path.
  expect(await server.call('link_status', {})).toMatchObject({ off_path: [filled.addons_dir] });
});

it('says what is missing when nothing is filled in', () => {
  const world = createWorld();
  const { args, env } = fillIn(unpack(world), world.at('bundle'), {});
  expect(new Set(Object.values(env))).toEqual(new Set(['']));
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { HOME: world.path, ...env },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining('No instance is configured.')]);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { packageVersion } from '../../src/package.ts';
import { connect } from '../support/client.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, 'packaging', name), 'utf8');
const linesOf = (text: string) => text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));

/** The instructions of the Dockerfile: the word, and the rest of the line. */
function instructions(): [string, string][] {
  const text = linesOf(read('Dockerfile'))
    .join('\n')
    .replace(/\\\n\s*/g, '');
  return text.split('\n').map((line) => /^(\w+) (.*)$/.exec(line)?.slice(1) as [string, string]);
}

/** Whether the context of the build has a file: nothing but what Dockerfile.dockerignore names with `!`. */
function isInContext(path: string): boolean {
  const [first, ...lines] = linesOf(read('Dockerfile.dockerignore'));
  return first === '*' && lines.some((line) => `!${path}/`.startsWith(`${line}/`));
}

/**
 * Does what a build of the Dockerfile does, with folders in place of images: copies and commands, but for those of the
 * distribution, which need root.
 * @returns The root of the last stage, its settings, and the commands that were left out.
 */
function build(world: World) {
  const begin = (root: string) => ({ root, at: '/', env: {}, user: '', entry: [] as string[] });
  let stage = begin('');
  const left: string[] = [];
  for (const [word, rest] of instructions()) {
    const words = rest.split(' ');
    if (word === 'FROM') stage = begin(world.folder(words[2] ?? 'last'));
    else if (word === 'WORKDIR') {
      stage.at = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
    } else if (word === 'COPY') {
      const from = /^--from=(\S+)$/.exec(words[0] as string)?.[1];
      const target = words.at(-1) as string;
      for (const source of words.slice(from === undefined ? 0 : 1, -1)) {
        if (from === undefined) expect([source, isInContext(source)]).toEqual([source, true]);
        const to = join(stage.root, stage.at, target, target.endsWith('/') ? basename(source) : '');
        cpSync(from === undefined ? join(ROOT, source) : world.at(from, source), to, { recursive: true });
      }
    } else if (word === 'RUN' && words[0] === 'npm') {
      const env = { ...process.env, npm_config_prefer_offline: 'true' };
      execFileSync('npm', words.slice(1), { cwd: join(stage.root, stage.at), env, stdio: 'pipe' });
    } else if (word === 'RUN') left.push(rest);
    else if (word === 'ENV') Object.assign(stage.env, Object.fromEntries([rest.split('=')]));
    else if (word === 'USER') stage.user = rest;
    else if (word === 'ENTRYPOINT') stage.entry = JSON.parse(rest);
    else expect([word, rest]).toEqual(['LABEL', expect.stringContaining(manifest.mcpName)]);
  }
  return { ...stage, left };
}

it('the image is built by the commands of the Dockerfile; its entry point links, and changes nothing in the image', async () => {
  const world = createWorld();
  world.fixtures();
  const { root, env, user, entry, left } = build(world);
  const prepare = /^apt-get .* git .*install .* --owner=node .*--mode=700 \/var\/lib\/odoo-link-mcp$/;
  expect(left).toEqual([expect.stringMatching(prepare)]);
  expect([user, env]).toEqual(['1000:1000', { ODOO_LINK_STATE_DIR: '/var/lib/odoo-link-mcp' }]);
  const [program, file, ...more] = entry as [string, string];
  expect([program, more]).toEqual(['node', []]);
  const before = snapshot(root);
  const args = [join(root, file)];
  const version = spawnSync(process.execPath, [...args, '--version'], { encoding: 'utf8' });
  expect(version.stdout).toBe(`${packageVersion()}\n`);
  const settings = {
    ODOO_LINK_STATE_DIR: world.at('state'),
    ODOO_LINK_SERIES: '17.0',
    ODOO_LINK_OCA: world.at('src/oca'),
    ODOO_LINK_ADDONS_DIR: world.folder('linked'),
  };
  const server = await connect({ command: process.execPath, args, env: settings }, world.path);
  expect(await server.call('oca_link', { module: 'contact_nickname' })).toMatchObject({ status: 'linked' });
  expect(readlinkSync(world.at('linked/contact_nickname'))).toContain('/contact-tools/contact_nickname');
  expect(snapshot(root)).toEqual(before);
});

it('compose mounts the sources at one path in both containers, and gives the server nothing else to change', () => {
  const { services, volumes } = parse(read('compose.yaml').replace(/\$\{(\w+):-([^}]*)\}/g, '$2'));
  const mounts = (name: string) =>
    services[name].volumes.map((volume: string) => /^([^:]+):([^:]+)(?::(ro))?$/.exec(volume)?.slice(1));
  expect(mounts('odoo-link')).toEqual([
    ['/srv/src', '/srv/src', 'ro'],
    ['/srv/odoo/linked', '/srv/odoo/linked', undefined],
    ['state', '/var/lib/odoo-link-mcp', undefined],
  ]);
  expect(mounts('odoo')).toEqual([
    ['odoo', '/var/lib/odoo', undefined],
    ['/srv/src', '/srv/src', 'ro'],
    ['/srv/odoo/linked', '/mnt/extra-addons', 'ro'],
  ]);
  expect(Object.keys(volumes).sort()).toEqual(['db', 'odoo', 'state']);
  const { environment, ...server } = services['odoo-link'];
  expect(environment).toEqual({
    ODOO_LINK_SERIES: '17.0',
    ODOO_LINK_OCA: '/srv/src/oca',
    ODOO_LINK_ADDONS_DIR: '/srv/odoo/linked',
  });
  expect(server).toMatchObject({
    build: { context: '..', dockerfile: 'packaging/Dockerfile' },
    read_only: true,
    network_mode: 'none',
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: ['/tmp'],
    profiles: ['mcp'],
  });
  expect(existsSync(join(ROOT, 'packaging', server.build.context, server.build.dockerfile))).toBe(true);
});

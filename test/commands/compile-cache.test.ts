import { chmodSync, chownSync, existsSync, linkSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import * as module from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { keepCompiledCode } from '../../src/commands/compile-cache.ts';
import { runCli } from '../support/server.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

const NAME = 'odoo-link-mcp';

/** A home, in it a cache as Node leaves it. */
function withCache() {
  const world = createWorld();
  const cache = world.folder('home/.cache', NAME);
  world.file(join('home/.cache', NAME, 'v24/1a2b'), 'code');
  chmodSync(cache, 0o700);
  return { world, cache };
}

/** The folder that Node is told to use; null for none. */
function used(env: Record<string, string>): string | null {
  const enableCompileCache = vi.fn<(folder: string) => void>();
  keepCompiledCode(env, { enableCompileCache });
  return enableCompileCache.mock.calls[0]?.[0] ?? null;
}

const inHome = (world: World) => used({ HOME: world.at('home') });

describe('the folder for compiled code', () => {
  it('is below XDG_CACHE_HOME, else the home, and made for the user alone', () => {
    const world = createWorld();
    const home = world.folder('home');
    world.folder('xdg');
    for (const [env, folder] of [
      [{ HOME: home }, world.at('home/.cache', NAME)],
      [{ HOME: home, XDG_CACHE_HOME: world.at('xdg/cache') }, world.at('xdg/cache', NAME)],
      [{ HOME: home, XDG_CACHE_HOME: 'relative' }, world.at('home/.cache', NAME)],
      [{ HOME: home, XDG_CACHE_HOME: '' }, world.at('home/.cache', NAME)],
    ] as const) {
      expect(used(env)).toBe(folder);
      expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    }
  });

  it('is used again with what Node has left there', () => {
    const { world, cache } = withCache();
    expect(inHome(world)).toBe(cache);
  });

  it.each<[what: string, change: (cache: string, world: World) => void]>([
    ['others can read it', (cache) => chmodSync(cache, 0o750)],
    ['others can write to it', (cache) => chmodSync(cache, 0o702)],
    ['others can write above it', (_, world) => chmodSync(world.at('home/.cache'), 0o777)],
    ['others can write to the home', (_, world) => chmodSync(world.at('home'), 0o770)],
    [
      'it holds a symlink',
      (cache, world) => void world.link('/etc/passwd', join(cache.slice(world.path.length), 'v24/x')),
    ],
    [
      'it holds a symlink to a folder',
      (cache, world) => void world.link(world.folder('other'), join(cache.slice(world.path.length), 'v25')),
    ],
    ['it holds a hard link', (cache, world) => linkSync(world.file('other'), join(cache, 'v24/x'))],
    [
      'it holds more than a program leaves',
      (cache) => {
        for (let at = 0; at < 1000; at++) writeFileSync(join(cache, 'v24', `${at}`), '');
      },
    ],
  ])('is not used when %s', (_, change) => {
    const { world, cache } = withCache();
    expect(inHome(world)).toBe(cache);
    change(cache, world);
    expect(inHome(world)).toBeNull();
  });

  it('is not used when it is a symlink, wherever that leads', () => {
    const { world, cache } = withCache();
    world.folder('other/.cache');
    world.link(cache, join('other/.cache', NAME));
    expect(used({ HOME: world.at('other') })).toBeNull();
  });

  it.each([[NAME], [join(NAME, 'v24')], [join(NAME, 'v24/1a2b')]])(
    'is not used when somebody else made %s',
    (path) => {
      const { world } = withCache();
      const { uid, gid } = unprivileged;
      // Root can give it away; for an ordinary user, everything is somebody else's who has another id.
      if (uid !== undefined) chownSync(world.at('home/.cache', path), uid, gid as number);
      else vi.spyOn(process, 'geteuid').mockReturnValue((process.getuid?.() as number) + 1);
      expect(inHome(world)).toBeNull();
      vi.restoreAllMocks();
    },
  );

  it('is not made in a home that is not there, or is a file, and nothing is said', () => {
    const world = createWorld();
    for (const home of [world.at('gone'), world.file('file')]) expect(used({ HOME: home })).toBeNull();
    expect(existsSync(world.at('gone'))).toBe(false);
  });

  it('is not made on a system without user ids, where nothing proves whose it is', () => {
    const world = createWorld();
    world.folder('home');
    vi.spyOn(process, 'geteuid').mockReturnValue(undefined as never);
    expect(inHome(world)).toBeNull();
    vi.restoreAllMocks();
    expect(readdirSync(world.at('home'))).toEqual([]);
  });

  it.each([
    ['NODE_DISABLE_COMPILE_CACHE', '1'],
    ['NODE_COMPILE_CACHE', '/elsewhere'],
  ])('is not made when %s is set', (name, value) => {
    const world = createWorld();
    expect(used({ HOME: world.folder('home'), [name]: value })).toBeNull();
    expect(readdirSync(world.at('home'))).toEqual([]);
  });

  it('is not made by a Node that keeps no compiled code', () => {
    const world = createWorld();
    keepCompiledCode({ HOME: world.folder('home') }, {});
    expect(readdirSync(world.at('home'))).toEqual([]);
  });

  it('keeps nothing from running when Node cannot use it', () => {
    const world = createWorld();
    const enableCompileCache = () => {
      throw new Error('no space');
    };
    keepCompiledCode({ HOME: world.folder('home') }, { enableCompileCache });
  });
});

describe('the built program', () => {
  const isKept = 'enableCompileCache' in module;

  it(`${isKept ? 'keeps' : 'does not keep'} compiled code on this Node, and says nothing of it`, async () => {
    const world = createWorld();
    const env = { HOME: world.folder('home') };
    for (const _ of ['cold', 'warm']) {
      expect(await runCli(['--help'], { env })).toMatchObject({ code: 0, stderr: '' });
    }
    const files = readdirSync(world.at('home'), { recursive: true, withFileTypes: true });
    expect(files.some((entry) => entry.isFile())).toBe(isKept);
    expect(files.length > 0).toBe(isKept);
  });

  it('runs with a cache that it must not use, and leaves it as it is', async () => {
    const { world, cache } = withCache();
    chmodSync(cache, 0o777);
    const env = { HOME: world.at('home') };
    expect(await runCli(['--version'], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(cache)).toEqual(['v24']);
  });
});

import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOffered, TOOL_NAMES } from '../../src/tool-table.ts';
import { canMount, mounted, preload } from '../support/beneath.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { snapshotBesideTrail } from '../support/snapshot.ts';
import { createWorld, openWorld, type World } from '../support/world.ts';

/** What a hostile value of an argument is refused with. */
const CODES = { repo: 'module_not_found', instance: 'unknown_instance', branch: 'invalid_argument' };

/** Names and paths somebody could try to get out of the allowlist with. */
const HOSTILE = [
  '',
  ' ',
  '.',
  '..',
  '../a',
  '../../etc/cron.d/a',
  'a/..',
  'a/../../b',
  './a',
  'a/.',
  '/',
  '//',
  '/etc/passwd',
  '/tmp/a',
  'a/b',
  'a\\b',
  '..\\a',
  'C:\\a',
  'a\0',
  'a\0b',
  '\0',
  'a\n',
  '\na',
  'a\r\n',
  'a\tb',
  'a\u2028b',
  'a b',
  'a;rm -rf ~',
  '$(id)',
  '`id`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the attack
  '${HOME}',
  '~',
  '~root',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '-rf',
  '--',
  '--help',
  '-',
  'аa',
  'ａ',
  'a\u0301',
  'a\u200b',
  'a\u202e',
  'a․b',
  'a∕b',
  '..∕a',
  '%2e%2e%2fa',
  '..%2fa',
  '%00',
  '\\u002e\\u002e',
  '&#46;&#46;',
  '__proto__.a',
  'a'.repeat(10_000),
  '../'.repeat(3000),
  '\ud800',
  '🦉',
  'con:',
  'a:b',
  'file:///a',
  'A\u0130',
];

describe('hostile names', () => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-hostile-')));
  const world = openWorld(path);
  let server: TestServer;
  let before: string[];
  beforeAll(async () => {
    world.module('src/oca/web/a');
    world.module('src/ee/e');
    world.module('secret/b');
    server = await startServer(['--config', world.config()], { keep: true });
    before = snapshotBesideTrail(path);
  });
  afterAll(async () => {
    await server.close();
    rmSync(path, { recursive: true });
  });

  it.each(HOSTILE)('module %j', async (module) => {
    for (const [tool, args] of [
      ['oca_link', { module }],
      ['oca_link', { module: ['a', module] }],
      ['ee_link', { modules: [module] }],
    ] as const) {
      const { data } = await server.call(tool, args);
      expect(data.code).toBe('invalid_module_name');
      expect(JSON.stringify(data).length).toBeLessThan(2000);
    }
    expect(snapshotBesideTrail(path)).toEqual(before);
  });

  const targets = () => [
    // An empty text is no target_dir.
    ...HOSTILE.filter((text) => text !== ''),
    path,
    `${path}/linked/..`,
    `${path}/linked/.`,
    `${path}//linked`,
    `${path}/./linked`,
    `${path}/linked/../linked`,
    `${path}/linked\0`,
    `${path}/linked-evil`,
    join(path, 'linked').toUpperCase(),
    'linked',
    join(path, 'src/oca'),
  ];
  it('no target_dir but the allowed one is taken', async () => {
    for (const target_dir of targets()) {
      const { data } = await server.call('oca_link', { module: 'a', target_dir });
      if (target_dir.length > 4096) expect(data.code).toBe('invalid_argument');
      else
        expect([target_dir, data]).toMatchObject([
          target_dir,
          { code: 'target_not_allowed', details: { allowed: [join(path, 'linked')] } },
        ]);
    }
    expect(snapshotBesideTrail(path)).toEqual(before);
  });

  it('no other string argument is a way out either', async () => {
    for (const text of HOSTILE.filter(({ length }) => length < 256)) {
      // Where it is no argument at all.
      const asked = text === '' ? [] : (['repo', 'instance', 'branch'] as const);
      for (const name of asked) {
        expect((await server.call('oca_link', { module: 'a', [name]: text })).data.code).toBe(CODES[name]);
      }
      expect((await server.call('oca_link', { module: 'a', [text]: true })).data.code).toBe(
        'invalid_argument',
      );
    }
    expect(snapshotBesideTrail(path)).toEqual(before);
  });

  it('an argument of slashes, or longer than any path, is refused at once', async () => {
    for (const text of [`${'/'.repeat(4000)}x`, '/'.repeat(300_000)]) {
      const { data } = await server.call('oca_link', {
        module: 'a',
        target_dir: text,
        repo: text,
        instance: text,
      });
      expect(['target_not_allowed', 'invalid_argument', 'unknown_instance']).toContain(data.code);
      expect(JSON.stringify(data).length).toBeLessThan(2000);
    }
  });

  it('any number of unknown arguments gets a short answer', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 19_000 }, (_, index) => [`unknown_argument_${index}`, 1]),
    );
    const { data } = await server.call('oca_link', { module: 'a', ...many });
    expect(data.code).toBe('invalid_argument');
    expect(data.message.length).toBeLessThan(4000);
  });

  it('names that differ by case are different modules', async () => {
    expect((await server.call('oca_link', { module: 'A' })).data).toMatchObject({
      code: 'module_not_found',
      details: { nearest: ['a'] },
    });
  });
});

/** Starts a server in a world, lets something happen, calls, and proves that nothing around was touched. */
async function refused(world: World, config: string, args: object, meanwhile = () => {}): Promise<string> {
  const server = await startServer(['--config', config]);
  meanwhile();
  const before = snapshotBesideTrail(world.path);
  const { data } = await server.call('oca_link', { module: 'a', ...args });
  expect(snapshotBesideTrail(world.path)).toEqual(before);
  const offered = TOOL_NAMES.filter((name) => isOffered(name, null));
  expect((await server.listTools()).length).toBe(offered.length);
  return data.code;
}

describe('hostile trees', () => {
  it('an addons directory whose name continues that of an allowed one is not allowed', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.folder('linked-evil');
    expect(await refused(world, world.config(), { target_dir: world.at('linked-evil') })).toBe(
      'target_not_allowed',
    );
  });

  it('a root whose name continues that of another root is not a root', async () => {
    const world = createWorld();
    world.link(world.module('src/oca-evil/web/a'), 'src/oca/web/a');
    expect(await refused(world, world.config(), {})).toBe('source_outside_roots');
  });

  it('a root that is a symlink is resolved at start, and refused once it leads elsewhere', async () => {
    const world = createWorld();
    const real = world.module('checkouts/web/a');
    world.link(world.at('checkouts'), 'src/oca');
    const server = await startServer(['--config', world.config()]);
    await server.call('oca_link', { module: 'a' });
    expect(readlinkSync(world.at('linked/a'))).toBe(real);
    world.module('trap/web/b');
    renameSync(world.at('src/oca'), world.at('src/was'));
    symlinkSync(world.at('trap'), world.at('src/oca'));
    expect((await server.call('oca_link', { module: 'b' })).data.code).toBe('target_unavailable');
  });

  it('a repository that is a symlink out of the root is not a source', async () => {
    const world = createWorld();
    world.module('elsewhere/web/a');
    world.folder('src/oca');
    world.link(world.at('elsewhere/web'), 'src/oca/web');
    expect(await refused(world, world.config(), {})).toBe('source_outside_roots');
  });

  it('a module folder that leads into another family is refused', async () => {
    const world = createWorld();
    world.folder('src/oca/web');
    world.link(world.module('src/ee/a'), 'src/oca/web/a');
    expect(await refused(world, world.config(), {})).toBe('wrong_family');
  });

  it.each([
    ['a FIFO', (at: string) => void execFileSync('mkfifo', [at])],
    ['a directory', (at: string) => void mkdirSync(at)],
    // Only root may make a device node; for others a link to one has to do.
    [
      'a device',
      (at: string) => {
        if (process.getuid?.() === 0) execFileSync('mknod', [at, 'c', '1', '5']);
        else symlinkSync('/dev/zero', at);
      },
    ],
    ['a link to a device', (at: string) => symlinkSync('/dev/zero', at)],
    ['a link to itself', (at: string) => symlinkSync('__manifest__.py', at)],
    ['a link to standard input', (at: string) => symlinkSync('/dev/stdin', at)],
  ])('%s by the name of a manifest is not opened', async (_, make) => {
    const world = createWorld();
    world.file('src/oca/web/a/__init__.py');
    make(world.at('src/oca/web/a/__manifest__.py'));
    expect(['manifest_missing', 'source_outside_roots']).toContain(await refused(world, world.config(), {}));
  });

  it('a manifest of a gigabyte is refused, not read', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    truncateSync(world.at('src/oca/web/a/__manifest__.py'), 1024 ** 3);
    expect(await refused(world, world.config(), {})).toBe('manifest_unreadable');
  });

  it.each([
    ['deep nesting', `{"a": ${'['.repeat(400_000)}`],
    ['a megabyte of digits', `{"a": ${'9'.repeat(1_000_000)}}`],
    ['an unterminated string', `{"a": "${'x'.repeat(1_000_000)}`],
    ['a megabyte of backslashes', `{"a": "${'\\'.repeat(1_000_000)}`],
    [
      'a hundred thousand keys',
      `{${Array.from({ length: 90_000 }, (_, i) => `"k${i}":0,`).join('')}`,
      'manifest_unreadable',
    ],
    [
      'more names than any module needs',
      `{"name": "a", "depends": [${Array.from({ length: 60_000 }, (_, i) => `"m${i}",`).join('')}]}`,
      'manifest_unreadable',
    ],
  ])('%s in a manifest is a clear error at once', async (_, text, code = 'manifest_invalid') => {
    const world = createWorld();
    world.file('src/oca/web/a/__init__.py');
    world.file('src/oca/web/a/__manifest__.py', text);
    expect(await refused(world, world.config(), {})).toBe(code);
  });

  it.each(['a folder', 'a symlink'])(
    'an addons directory replaced by %s after the start is not written to',
    async (kind) => {
      const world = createWorld();
      world.module('src/oca/web/a');
      world.folder('trap');
      const swap = () => {
        renameSync(world.at('linked'), world.at('moved'));
        if (kind === 'a folder') mkdirSync(world.at('linked'));
        else symlinkSync(world.at('trap'), world.at('linked'));
      };
      expect(await refused(world, world.config(), {}, swap)).toBe('target_unavailable');
      expect(readdirSync(world.at('trap'))).toEqual([]);
    },
  );

  it('a module whose name is that of an existing folder deep in the target is never followed', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.module('linked/a');
    expect(await refused(world, world.config(), { replace: true })).toBe('occupied');
    expect(lstatSync(world.at('linked/a')).isDirectory()).toBe(true);
  });

  it('a file system that is really full leaves everything as it was', async () => {
    const world = createWorld();
    for (const module of ['a', 'b', 'c', 'd']) world.module(`src/oca/web/${module}`);
    const config = world.config();
    // A file system of a few inodes, in a mount namespace of its own. Where the kernel allows none, the third link of
    // the process fails the same way.
    const namespace = mounted('mount -t tmpfs -o nr_inodes=3,size=64k none "$0"', world.at('linked'));
    const script = `const fs = require('node:fs'); const real = fs.symlinkSync; let count = 0;
      fs.symlinkSync = (...args) => {
        if (++count === 3) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        return real(...args);
      };
      require('node:module').syncBuiltinESMExports();`;
    const injected = [process.execPath, ...preload(world, 'full', script)];
    const server = await startServer(['--config', config], { command: canMount() ? namespace : injected });
    const { data } = await server.call('oca_link', { module: ['a', 'b', 'c', 'd'] });
    expect(data).toMatchObject({ code: 'io_error', details: { errno: 'ENOSPC' } });
    // Had anything been left, two links would not fit.
    expect((await server.call('oca_link', { module: ['c', 'd'] })).data.status).toBe('linked');
  });
});

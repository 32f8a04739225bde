import { chmodSync, chownSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { REFUSAL_CODES, type RefusalCode } from '../../src/base/refusal.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { nameHolder, thisProcess } from '../../src/state/holder.ts';
import type { ToolName } from '../../src/tool-table.ts';
import { preload } from '../support/beneath.ts';
import { CLI, startServer } from '../support/server.ts';
import { snapshot, snapshotBesideTrail } from '../support/snapshot.ts';
import { AS_UNPRIVILEGED, unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

interface Case {
  readonly tool?: ToolName;
  readonly args: Record<string, unknown>;
  /** Parameters of the call besides these. */
  readonly params?: Record<string, unknown>;
  /** Prepares what the call meets. */
  readonly given?: (world: World) => void;
  readonly instance?: Record<string, unknown>;
  readonly rest?: Record<string, unknown>;
  /** Runs after the server has started. */
  readonly meanwhile?: (world: World) => void;
  /** Runs before the snapshots are compared. */
  readonly restore?: (world: World) => void;
  /** Programs and arguments in front of the binary. */
  readonly command?: (world: World) => string[];
}

const module = (name: string, manifest: Record<string, unknown> = {}) => ({
  args: { module: name },
  given: (world: World) => void world.module(`src/oca/web/${name}`, manifest),
});

/** An Odoo at an address where nothing listens. */
const ODOO = { url: 'http://127.0.0.1:2', database: 'prod', login: 'admin', password: { file: 'secret' } };

function withSecret(world: World): void {
  chmodSync(world.file('secret', 'sesame'), 0o600);
  world.folder('linked16');
}

/** Answers as an Odoo would whose list has a single module. */
const odooWith = (state: string) => `
  const http = require('node:http');
  const { EventEmitter } = require('node:events');
  const { Readable } = require('node:stream');
  http.request = (url, options, answered) => {
    const request = new EventEmitter();
    request.end = (body) => {
      const { method, args } = JSON.parse(body).params;
      const row = { id: 1, name: 'a', state: '${state}', installed_version: '1', latest_version: '1', auto_install: false };
      const found = { search_read: args[3] === 'ir.module.module' ? [row] : [], fields_get: {} };
      const results = { version: { server_serie: '17.0' }, authenticate: 2, execute_kw: found[args[4]] };
      const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: results[method] });
      const response = Object.assign(Readable.from([Buffer.from(answer)]), { statusCode: 200 });
      setImmediate(answered, response);
    };
    return request;
  };`;

/** Runs the server with something changed beneath it. */
const changed = (name: string, script: string) => (world: World) => [
  process.execPath,
  ...preload(world, name, script),
];

/** Makes symlink() fail, in any environment and as any user. */
const failSymlink = (errno: string) =>
  changed(
    `fail-${errno}`,
    `const fs = require('node:fs');
     fs.symlinkSync = () => { throw Object.assign(new Error('injected'), { code: '${errno}' }); };
     require('node:module').syncBuiltinESMExports();`,
  );

/** At least one way to meet each code; everything but the answer must stay as it is. */
const CASES: Record<RefusalCode, Record<string, Case>> = {
  invalid_argument: {
    'an unknown argument': { args: { module: 'a', modul: ['a'] } },
    'an argument in two spellings': { args: { module: 'a', modules: ['a'] } },
    'a missing argument': { args: {} },
    'an empty list': { args: { module: [] } },
    'too many modules': { args: { module: Array.from({ length: 501 }, (_, index) => `m${index}`) } },
    'a wrong type': { args: { module: 'a', replace: 'yes' } },
    'a number where a list is due': { tool: 'ee_link', args: { modules: 5 } },
    'a list that is cut': { tool: 'ee_link', args: { modules: '["a", "b' } },
    'an unknown series': { args: { module: 'a', branch: '13.0' } },
  },
  invalid_module_name: { 'a path': { args: { module: '../../web' } } },
  unknown_instance: { 'a name nobody configured': { args: { module: 'a', instance: 'staging' } } },
  ambiguous_instance: {
    'two instances of one series': {
      args: { module: 'a', branch: '17.0' },
      given: (world) => void world.folder('other'),
      rest: { instances: undefined },
    },
  },
  target_not_allowed: {
    'a folder beside': { args: { module: 'a', target_dir: '/etc' } },
    'a path that leads back in': { ...module('a'), args: { module: 'a', target_dir: 'linked' } },
  },
  target_unavailable: {
    'an addons directory that is gone': {
      ...module('a'),
      meanwhile: (world) => renameSync(world.at('linked'), world.at('moved')),
      restore: (world) => renameSync(world.at('moved'), world.at('linked')),
    },
    'an addons directory that was replaced, even in a dry run': {
      ...module('a'),
      args: { module: 'a', dry_run: true },
      meanwhile: (world) => {
        renameSync(world.at('linked'), world.at('moved'));
        world.folder('linked');
      },
      restore: (world) => {
        rmdirSync(world.at('linked'));
        renameSync(world.at('moved'), world.at('linked'));
      },
    },
    'a root that leads to another folder': {
      ...module('a'),
      meanwhile: (world) => {
        renameSync(world.at('src/oca'), world.at('src/moved'));
        world.link('moved', 'src/oca');
      },
      restore: (world) => {
        unlinkSync(world.at('src/oca'));
        renameSync(world.at('src/moved'), world.at('src/oca'));
      },
    },
  },
  module_not_found: { 'a name nobody has': { ...module('a'), args: { module: 'nobody_has_it' } } },
  source_unavailable: {
    'a root that is gone': {
      ...module('a'),
      meanwhile: (world) => renameSync(world.at('src/oca'), world.at('src/moved')),
      restore: (world) => renameSync(world.at('src/moved'), world.at('src/oca')),
    },
    'a root that is empty': { args: { module: 'a' }, given: (world) => void world.folder('src/oca') },
  },
  ambiguous_module: {
    'two repositories': {
      args: { module: 'a' },
      given: (world) => {
        world.module('src/oca/web/a');
        world.module('src/oca/crm/a');
      },
    },
  },
  wrong_family: {
    'an Enterprise module to oca_link': {
      args: { module: 'e' },
      given: (world) => void world.module('src/ee/e'),
    },
    'an OCA module to ee_link': { ...module('a'), tool: 'ee_link', args: { modules: ['a'] } },
  },
  manifest_missing: {
    'an empty folder': { args: { module: 'a' }, given: (world) => void world.folder('src/oca/web/a') },
    'a directory by the name of a manifest': {
      args: { module: 'a' },
      given: (world) => void world.folder('src/oca/web/a/__manifest__.py'),
    },
  },
  manifest_unreadable: {
    'not UTF-8': {
      args: { module: 'a' },
      given: (world) =>
        void world.file('src/oca/web/a/__manifest__.py', Buffer.from([0x7b, 0xff, 0x7d]) as never),
    },
  },
  manifest_invalid: {
    'a syntax error': {
      args: { module: 'a' },
      given: (world) => void world.file('src/oca/web/a/__manifest__.py', '{"name": }'),
    },
    'a version Odoo refuses': module('a', { version: '1' }),
  },
  not_importable: {
    'no __init__.py': {
      args: { module: 'a' },
      given: (world) =>
        void world.file('src/oca/web/a/__manifest__.py', '{"name": "A", "license": "AGPL-3"}'),
    },
  },
  not_installable: { 'installable: False': module('a', { installable: false }) },
  breaks_update: { 'an unknown licence': module('a', { license: 'MIT' }) },
  wrong_series: { 'a version of another series': module('a', { version: '16.0.1.0.0' }) },
  dependency_missing: {
    'a dependency nobody has': module('a', { depends: ['nobody_has_it'] }),
    'a dependency that cannot be installed': {
      ...module('a', { depends: ['b'] }),
      rest: { linked: 'installable' },
    },
    'an OCA module that an Enterprise one needs': {
      tool: 'ee_link',
      args: { modules: ['e'] },
      given: (world) => {
        world.module('src/ee/e', { license: 'OEEL-1', depends: ['a'] });
        world.module('src/oca/web/a', { license: 'LGPL-3' });
      },
    },
  },
  dependency_needs_enterprise: {
    'an Enterprise module that an OCA one needs': {
      args: { module: 'a' },
      given: (world) => {
        world.module('src/ee/e', { license: 'OEEL-1' });
        world.module('src/oca/web/a', { license: 'LGPL-3', depends: ['e'] });
      },
    },
    'one that only the list knows': module('a', { depends: ['account_accountant'] }),
  },
  dependency_cycle: {
    'two modules that need one another': {
      args: { module: 'a' },
      given: (world) => {
        world.module('src/oca/web/a', { depends: ['b'] });
        world.module('src/oca/web/b', { depends: ['a'] });
      },
    },
  },
  license_conflict: {
    'LGPL-3 on AGPL-3': {
      args: { module: 'a' },
      instance: { licenses: 'refuse' },
      given: (world) => {
        world.module('src/oca/web/a', { license: 'LGPL-3', depends: ['b'] });
        world.module('src/oca/web/b');
      },
    },
  },
  source_outside_roots: {
    'a folder that is a symlink out of the root': {
      args: { module: 'a' },
      given: (world) => {
        world.folder('src/oca/web');
        world.link(world.module('beyond/a'), 'src/oca/web/a');
      },
    },
    'a manifest that is a symlink to /etc/passwd': {
      args: { module: 'a' },
      given: (world) => {
        world.file('src/oca/web/a/__init__.py');
        world.link('/etc/passwd', 'src/oca/web/a/__manifest__.py');
      },
    },
  },
  occupied: {
    'a real directory': { ...module('a'), rest: { occupied: 'folder' } },
    'a real file': { ...module('a'), rest: { occupied: 'file' } },
  },
  foreign_link: {
    'a link to somewhere else': { ...module('a'), rest: { foreign: '/opt/other/a' } },
    'a dangling link': { ...module('a'), rest: { foreign: 'nowhere' } },
    'a loop': { ...module('a'), rest: { foreign: 'a' } },
    'even with replace': {
      ...module('a'),
      args: { module: 'a', replace: true },
      rest: { foreign: '/opt/other/a' },
    },
  },
  link_exists: {
    'a managed link to another folder': {
      ...module('a'),
      rest: { managed: 'src/oca/web/b' },
    },
  },
  name_conflict: {
    'a link to a module of the other family': {
      args: { module: 'a', replace: true },
      given: (world) => {
        world.module('src/oca/web/a');
        world.module('src/ee/a');
      },
      rest: { managed: 'src/ee/a' },
    },
  },
  still_required: {
    'a module that another one needs': {
      tool: 'oca_unlink',
      args: { modules: ['b'] },
      given: (world) => {
        world.link(world.module('src/oca/web/a', { depends: ['b'] }), 'linked/a');
        world.link(world.module('src/oca/web/b'), 'linked/b');
      },
    },
  },
  still_installed: {
    'a module that the running Odoo has installed': {
      ...{ tool: 'oca_unlink', args: { modules: ['a'] } },
      given(world) {
        withSecret(world);
        world.link(world.module('src/oca/web/a'), 'linked/a');
      },
      instance: { odoo: ODOO },
      command: changed('odoo', odooWith('installed')),
    },
  },
  not_linked: {
    'a module that is not there': { ...module('a'), tool: 'oca_unlink', args: { modules: ['a'] } },
  },
  policy_denied: {
    'a tool the policy denies': {
      args: { module: 'a' },
      rest: { policy: { version: '1', default: 'deny', tools: { ee_link: {} } } },
    },
  },
  approval_required: {
    'a tool that needs an approval': {
      ...module('a'),
      rest: {
        policy: { version: '1', default: 'deny', tools: { oca_link: { action: 'require_approval' } } },
      },
    },
  },
  invalid_request_state: {
    'a state that the server did not make': { ...module('a'), params: { requestState: 'v1.e30.AAAA' } },
  },
  rate_limited: {
    'a limit of none': {
      ...module('a'),
      rest: {
        policy: {
          version: '1',
          default: 'allow',
          tools: { oca_link: { rate_limit: { max: 0, window: 60 } } },
        },
      },
    },
  },
  remote_failed: {
    'a repository that the remote does not have': {
      ...{ tool: 'oca_clone', args: { repos: ['nowhere'] } },
      given: (world) => void world.folder('upstream'),
      rest: { sources: { oca: { url: './upstream' } } },
    },
  },
  no_remote: {
    'a tool for a family without an address': {
      ...{ tool: 'oca_link', args: { module: 'web_responsive', fetch: true } },
    },
  },
  no_place: {
    'an instance whose root is a checkout': {
      ...{ tool: 'oca_clone', args: { repos: ['web'] } },
      given(world) {
        world.folder('upstream');
        world.module('src/oca/a');
      },
      rest: { sources: { oca: { url: './upstream' } } },
    },
  },
  odoo_failed: {
    'an Odoo that is not there': {
      ...{ tool: 'odoo_refresh', args: {} },
      given: withSecret,
      instance: { odoo: ODOO },
    },
  },
  restart_needed: {
    'an upgrade without a restart': {
      ...{ tool: 'odoo_upgrade', args: { modules: ['a'] } },
      given: withSecret,
      instance: { odoo: ODOO },
      command: changed('odoo', odooWith('installed')),
    },
  },
  not_installed: {
    'an upgrade of a module that is not installed': {
      ...{ tool: 'odoo_upgrade', args: { modules: ['a'] } },
      given: withSecret,
      instance: { odoo: ODOO },
      command: changed('odoo', odooWith('uninstalled')),
    },
  },
  no_odoo: {
    'an instance without one': {
      ...{ tool: 'odoo_refresh', args: { instance: 'other' } },
      given: withSecret,
      rest: {
        instances: {
          prod: { series: '17.0', addonsDirs: ['linked'], roots: { oca: ['src/oca'] }, odoo: ODOO },
          other: { series: '16.0', addonsDirs: ['linked16'], roots: { oca: ['src/oca'] } },
        },
      },
    },
  },
  busy: {
    'an addons directory another process is at work in': {
      args: { module: 'a' },
      given(world) {
        world.module('src/oca/web/a');
        const folder = stateFolder({ path: world.folder('linked') } as AddonsDir, 'state');
        world.file(join(folder, `lock.1.${nameHolder(thisProcess())}`));
      },
      // Ten seconds are over sooner.
      command: changed(
        'clock',
        'const now = performance.now.bind(performance); performance.now = () => now() * 50;',
      ),
    },
  },
  cancelled: {
    // Whoever cancels gets no answer; here it only seems so, at the first look after links were made.
    'a call that is given up when its links are made': {
      args: { module: ['a', 'b'] },
      given(world) {
        world.module('src/oca/web/a');
        world.module('src/oca/web/b');
      },
      command: changed(
        'cancel',
        `const fs = require('node:fs');
         const real = fs.symlinkSync;
         let isGivenUp = false;
         fs.symlinkSync = (...args) => { real(...args); isGivenUp = true; };
         require('node:module').syncBuiltinESMExports();
         Object.defineProperty(AbortSignal.prototype, 'aborted', {
           get() { const was = isGivenUp; isGivenUp = false; return was; },
         });`,
      ),
    },
  },
  io_error: {
    'a full disk': { ...module('a'), command: failSymlink('ENOSPC') },
    'a read-only file system': { ...module('a'), command: failSymlink('EROFS') },
    'a directory that may not be written': {
      ...module('a'),
      command: (world) => {
        chmodSync(world.path, 0o755);
        chmodSync(world.at('linked'), 0o555);
        const { uid, gid } = unprivileged;
        if (uid !== undefined) chownSync(world.folder('state'), uid, gid);
        return [process.execPath, ...AS_UNPRIVILEGED];
      },
    },
  },
  internal_error: {
    'a fault in the server': { ...module('a'), rest: { fault: true } },
  },
};

const seen = new Set<string>();

describe.each(Object.entries(CASES))('%s', (code, cases) => {
  it.each(Object.entries(cases))('%s', async (_, test) => {
    const world = createWorld();
    const { occupied, foreign, managed, linked, fault, ...rest } = (test.rest ?? {}) as Record<
      string,
      string
    >;
    test.given?.(world);
    const config = world.config(test.instance, rest);
    if (code === 'ambiguous_instance') twoInstances(world, config);
    if (occupied === 'folder') world.module('linked/a');
    if (occupied === 'file') world.file('linked/a', 'theirs');
    if (foreign !== undefined) world.link(foreign, 'linked/a');
    if (linked !== undefined) world.link(world.module('src/oca/web/b', { [linked]: false }), 'linked/b');
    if (managed !== undefined) world.link(world.at(managed), 'linked/a');
    const command = fault ? faulty(world) : test.command?.(world);
    const before = besideState(world);
    const server = await startServer(['--config', config], {
      ...(command !== undefined && { command }),
      // Only the newest revision of the protocol has such parameters.
      ...(test.params !== undefined && { client: 'SDK 2, pinned' }),
    });
    test.meanwhile?.(world);
    const answer = await server.call(test.tool ?? 'oca_link', test.args, { params: test.params ?? {} });
    test.restore?.(world);
    expect(answer.isError).toBe(true);
    expect(answer.data).toMatchObject({ status: 'refused', code, message: expect.stringMatching(/\S/) });
    expect(answer.text).toContain(`[${code}]`);
    seen.add(code);
    expect(besideState(world)).toEqual(before);
    // The server is still there, and tells nothing it should not.
    expect((await server.listTools()).length).toBeGreaterThan(0);
    const shown = JSON.stringify(answer.result);
    for (const secret of ['/etc', '/opt', 'beyond', CLI, 'at Object.', 'injected'])
      expect(shown).not.toContain(secret);
  });
});

/** Everything but the server's own state, where the lock of a directory stays. */
function besideState(world: World): string[] {
  return snapshot(world.path).filter((line) => !/^state\b/.test(line));
}

function twoInstances(world: World, config: string) {
  const instance = (dir: string) => ({ series: '17.0', addonsDirs: [dir], roots: { oca: ['src/oca'] } });
  const instances = { prod: instance('linked'), test: instance('other') };
  world.file('odoo-link.json', JSON.stringify({ instances, stateDir: 'state' }));
  expect(config).toBe(world.at('odoo-link.json'));
}

/** Makes a call the server relies on throw something unheard of. */
const faulty = changed(
  'fault',
  `const fs = require('node:fs');
     const real = fs.fstatSync;
     fs.fstatSync = (fd, options) => {
       if (options?.bigint) throw new Error('injected: /etc/shadow');
       return real(fd, options);
     };
     require('node:module').syncBuiltinESMExports();`,
);

describe('the refusal codes', () => {
  it('are each provoked by a case above', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(REFUSAL_CODES).sort());
    for (const cases of Object.values(CASES)) expect(Object.keys(cases).length).toBeGreaterThan(0);
  });

  afterAll(() => expect([...seen].sort()).toEqual(Object.keys(REFUSAL_CODES).sort()));
});

describe('a call for several modules', () => {
  it('is refused with every reason at once, and links none', async () => {
    const world = createWorld();
    world.fixtures();
    const server = await startServer([
      '--config',
      world.config({ roots: { oca: ['src/oca', 'src/broken'] } }),
    ]);
    const before = snapshotBesideTrail(world.path);
    const { data } = await server.call('oca_link', {
      module: ['contact_nickname', 'contact_old_field', 'license_unknown', 'nobody_has_it', 'not_ready'],
    });
    expect(data.details.reasons.map(({ code, module }: Record<string, string>) => [code, module])).toEqual([
      ['wrong_series', 'contact_old_field'],
      ['breaks_update', 'license_unknown'],
      ['module_not_found', 'nobody_has_it'],
      ['not_installable', 'not_ready'],
    ]);
    expect(data.message).toMatch(
      /^4 problems; nothing was changed: 1 wrong_series, 1 breaks_update, 1 module_not_found, 1 not_installable\.$/,
    );
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });
});

describe('a wrong argument', () => {
  it.each([
    [
      { modul: 'a' },
      'module is missing; it must be a string or an array. modul is not known here. Did you mean "module"?',
    ],
    [{ module: 'a', dryrun: true }, 'dryrun is not known here. Did you mean "dry_run"?'],
    [{ module: 3 }, 'module must be a string or an array.'],
    [{ module: ['a', 3] }, 'module/1 must be a string.'],
    [
      { module: 'a', branch: '17' },
      'branch must be "14.0" or "15.0" or "16.0" or "17.0" or "18.0" or "19.0". Did you mean "17.0"?',
    ],
  ])('%j is named, with the nearest valid one', async (args, message) => {
    const world = createWorld();
    const server = await startServer(['--config', world.config()]);
    expect((await server.call('oca_link', args)).data.message).toBe(message);
  });
});

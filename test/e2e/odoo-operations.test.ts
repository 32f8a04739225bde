import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type OnDisk,
  type StandInModule,
  type StandInOptions,
  startStandIn,
  userError,
} from '../support/odoo.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const SECRET = 'sesame-open-4';
const BASE: StandInModule = { state: 'installed', installed: '17.0.1.3', onDisk: '17.0.1.3' };
const V = '17.0.1.0.0';
const installed = (version = V, more: Partial<StandInModule> = {}): StandInModule => ({
  state: 'installed',
  installed: version,
  onDisk: version,
  ...more,
});

interface Setting extends Omit<StandInOptions, 'onDisk'> {
  /** What Odoo finds once it has read its list again; `a` needs `base`, and `b` needs `a`. */
  readonly onDisk?: Readonly<Record<string, OnDisk>>;
  readonly instance?: Record<string, unknown>;
  readonly rest?: Record<string, unknown>;
  /** Whether the operator has said how it is restarted. */
  readonly hook?: 'works' | 'fails';
}

const ON_DISK = { a: { version: V, depends: ['base'] }, b: { version: V, depends: ['a'] } };

/** A world with a and b linked, b needing a, and its Odoo. */
async function withOdoo({ onDisk = ON_DISK, instance = {}, rest = {}, hook, ...options }: Setting = {}) {
  let restarts = 0;
  let absent = 0;
  const world = createWorld();
  world.module('src/oca/web/a', { depends: ['base'] });
  world.module('src/oca/web/b', { depends: ['a'] });
  for (const name of ['a', 'b']) world.link(world.at('src/oca/web', name), `linked/${name}`);
  const odoo = await startStandIn({
    password: SECRET,
    onDisk: () => onDisk,
    instead(request, response) {
      if (request.url === '/restart') {
        restarts++;
        // It is away until it has been looked for a few times.
        absent = 3;
        options.missed?.clear();
        response.end();
      } else if (absent > 0) {
        absent--;
        request.socket.destroy();
      } else return false;
      return true;
    },
    ...options,
    modules: { base: BASE, ...options.modules },
  });
  const login = {
    url: odoo.url,
    database: 'prod',
    login: 'admin',
    password: { file: 'secret' },
    ...(hook !== undefined && {
      restart: [process.execPath, '-e', hook === 'fails' ? 'process.exit(1)' : `fetch('${odoo.url}restart')`],
    }),
  };
  world.file('secret', SECRET);
  execFileSync('chmod', ['600', world.at('secret')]);
  const config = world.config({ odoo: login, ...instance }, rest);
  const trail = () =>
    readFileSync(world.at('state/audit.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const server = await startServer(['--config', config]);
  return { world, odoo, config, trail, server, restarts: () => restarts };
}

const pressed = ({ calls }: { readonly calls: readonly string[] }) =>
  calls.filter((call) => !call.startsWith('search_read'));

describe('odoo_install', () => {
  it('installs what is linked with what it needs, and tells what the database says then', async () => {
    const { odoo, server, trail } = await withOdoo();
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toEqual({
      status: 'installed',
      instance: 'prod',
      series: '17.0',
      database: 'prod',
      modules: [
        { module: 'b', action: 'install', why: 'named', state: 'installed', version: V },
        { module: 'a', action: 'install', why: 'needed', state: 'installed', version: V },
      ],
    });
    expect(text).toContain('database prod: installed.');
    expect(text).toContain('- install, since it is needed; now installed: a 17.0.1.0.0');
    expect(pressed(odoo)).toEqual(['update_list', 'button_immediate_install b']);
    const odooOf = { database: 'prod', restarts: false, omitted: 0 };
    const steps = ['b', 'a'].map((module) => ({ module, action: 'install' }));
    expect(trail()).toMatchObject([
      { kind: 'decision', tool: 'odoo_install', decision: 'allow', plan: [], odoo: { ...odooOf, steps } },
      { kind: 'outcome', outcome: 'done', odoo: { ...odooOf, steps } },
    ]);
    for (const shown of [JSON.stringify(trail()), text, server.stderr()]) expect(shown).not.toContain(SECRET);
    const again = await server.call('odoo_install', { modules: ['b'] });
    expect(again.data).toMatchObject({ status: 'already_installed' });
    expect(pressed(odoo)).toHaveLength(2);
  });

  it('tells in a dry run all that would be installed, and does nothing', async () => {
    const along = { version: V, depends: ['base'], comesWith: ['base'] };
    const { odoo, server, world } = await withOdoo({
      modules: {
        sale: installed(),
        a_sale: {
          ...along,
          state: 'uninstalled',
          installed: false,
          onDisk: V,
          depends: ['a', 'sale'],
          comesWith: ['a', 'sale'],
        },
      },
    });
    world.module('src/oca/web/c', { depends: ['b'], auto_install: true });
    world.link(world.at('src/oca/web/c'), 'linked/c');
    const { data, text } = await server.call('odoo_install', { modules: ['b'], dry_run: true });
    expect(data).toMatchObject({
      status: 'planned',
      modules: [
        { module: 'b', why: 'named', version: V },
        { module: 'a', why: 'needed' },
        { module: 'c', why: 'auto_install' },
        { module: 'a_sale', why: 'auto_install' },
      ],
    });
    expect(text).toContain('nothing was changed');
    expect(pressed(odoo)).toEqual([]);
  });

  it('needs approval by the built-in policy, which shows all that Odoo would do', async () => {
    const { odoo, server, config, trail } = await withOdoo({ rest: { policy: undefined } });
    const asked = await server.call('odoo_install', { modules: ['b'] });
    expect(asked.data).toMatchObject({
      code: 'approval_required',
      details: {
        odoo: {
          database: 'prod',
          restarts: false,
          operation: [
            { module: 'b', action: 'install', why: 'named', to: V },
            { module: 'a', action: 'install', why: 'needed', to: V },
          ],
        },
      },
    });
    expect(asked.text).toContain(
      'odoo_install for prod: in the database prod, install b 17.0.1.0.0; install a (needed) needs approval',
    );
    expect(pressed(odoo)).toEqual([]);
    const { id } = (asked.data as { details: { id: string } }).details;
    const { stdout } = await runCli(['approvals', 'approve', id, '--yes', '--config', config]);
    expect(stdout).toContain('install b');
    expect((await server.call('odoo_install', { modules: ['b'] })).data).toMatchObject({
      status: 'installed',
    });
    expect(
      trail().map(({ kind, decision, outcome, approval }) => [kind, decision ?? outcome, approval]),
    ).toEqual([
      ['decision', 'approval', null],
      ['decision', 'allow', id],
      ['outcome', 'done', undefined],
    ]);
  });

  it('needs another approval once Odoo would do something else', async () => {
    const { odoo, server, config } = await withOdoo({ rest: { policy: undefined } });
    const { data } = await server.call('odoo_install', { modules: ['b'] });
    const { id } = (data as { details: { id: string } }).details;
    await runCli(['approvals', 'approve', id, '--yes', '--config', config]);
    odoo.modules.set('more', {
      state: 'uninstalled',
      installed: false,
      onDisk: V,
      depends: ['a'],
      comesWith: ['a'],
    });
    odoo.modules.set('a', { state: 'uninstalled', installed: false, onDisk: V, depends: ['base'] });
    const second = await server.call('odoo_install', { modules: ['b'] });
    expect(second.data).toMatchObject({ code: 'approval_required' });
    expect(second.text).toContain('install more was added to the call');
    expect(pressed(odoo)).toEqual([]);
  });

  it('needs another approval once a link leads to other code of the same version', async () => {
    const { odoo, server, config, world } = await withOdoo({ rest: { policy: undefined } });
    world.module('src/oca/other/a', { depends: ['base'] });
    const { data } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({
      details: {
        odoo: {
          code: [
            { module: 'b', repos: ['web'] },
            { module: 'a', repos: ['web'] },
          ],
        },
      },
    });
    const { id } = (data as { details: { id: string } }).details;
    const { stdout } = await runCli(['approvals', 'show', id, '--config', config]);
    expect(stdout).toMatch(/install +a 17\.0\.1\.0\.0 \(needed\)\n +from web\n/);
    await runCli(['approvals', 'approve', id, '--yes', '--config', config]);
    const linked = await server.call('oca_link', { module: 'a', repo: 'other', replace: true });
    expect(linked.data).toMatchObject({ status: 'linked' });
    const second = await server.call('odoo_install', { modules: ['b'] });
    expect(second.data).toMatchObject({ code: 'approval_required' });
    expect(second.text).toContain('since it was approved, the repository folder of a was replaced');
    expect(pressed(odoo)).toEqual([]);
  });

  it('stops when code has changed while Odoo was restarted or read its list', async () => {
    const world: { change?: () => void } = {};
    const { odoo, server, ...rest } = await withOdoo({
      before(method) {
        if (method === 'update_list') world.change?.();
      },
    });
    world.change = () => {
      rest.world.file(
        'src/oca/web/a/__manifest__.py',
        "{'name': 'other', 'version': '17.0.1.0.0', 'depends': ['base']}",
      );
    };
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'changed' } });
    expect(text).toContain('The code of a has changed since the Odoo of prod was asked');
    expect(pressed(odoo)).toEqual(['update_list']);
    expect((await server.call('odoo_install', { modules: ['b'] })).data).toMatchObject({
      status: 'installed',
    });
  });

  it('is planned anew when a person has agreed to it: meanwhile anything may have changed', async () => {
    const policy = {
      ...{ version: '1', default: 'deny', approval_channel: 'elicit' },
      tools: { odoo_install: { action: 'require_approval' } },
    };
    const { odoo, config } = await withOdoo({ rest: { policy } });
    const questions: string[] = [];
    const server = await startServer(['--config', config], {
      answerForm({ message }) {
        questions.push(message);
        const row = { state: 'uninstalled', installed: false, onDisk: V } as const;
        if (questions.length === 1) odoo.modules.set('more', { ...row, depends: ['a'], comesWith: ['a'] });
        if (questions.length === 1) odoo.modules.set('a', { ...row, depends: ['base'] });
        return { action: 'accept', content: { name: 'b' } };
      },
    });
    const first = await server.call('odoo_install', { modules: ['b'] });
    expect(first.data).toMatchObject({ code: 'approval_required' });
    expect(first.text).toContain('install more was added to the call');
    expect(pressed(odoo)).toEqual([]);
    expect((await server.call('odoo_install', { modules: ['b'] })).data).toMatchObject({
      status: 'installed',
    });
    expect(questions).toEqual([
      expect.stringMatching(
        /install b 17\.0\.1\.0\.0; install a \(needed\)\. b: from web, .*\. Type b to allow it\.$/,
      ),
      expect.stringContaining('install more (auto_install)'),
    ]);
  });

  it.each<[string, Setting, object, string]>([
    ['15.0, which remembers nothing', { series: '15.0', instance: { series: '15.0' } }, {}, '15.0.1.0.0'],
    ['17.0 after a restart', {}, { restarted: true }, V],
  ])(
    'says that Odoo looks elsewhere when it does not list what is there: %s',
    async (_, setting, args, version) => {
      const { odoo, server, world } = await withOdoo({ ...setting, missed: new Set(['a', 'b']) });
      world.module('src/oca/web/a', { depends: ['base'], version });
      world.module('src/oca/web/b', { depends: ['a'], version });
      const { data, text } = await server.call('odoo_install', { modules: ['b'], ...args });
      expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'not_listed', modules: ['b'] } });
      expect(text).toContain('it looks in other folders than odoo.conf says here');
      expect(pressed(odoo)).toEqual(['update_list']);
    },
  );

  it('stops when somebody else has begun something meanwhile: Odoo would go on with that, too', async () => {
    const { odoo, server } = await withOdoo({
      before(method) {
        const row = { state: 'to install', installed: false, onDisk: V } as const;
        if (method === 'update_list') odoo.modules.set('other', { ...row });
      },
    });
    const { data } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'stuck', stuck: ['other'] } });
    expect(pressed(odoo)).toEqual(['update_list']);
  });

  it('does not give up a removal that is unfinished, not even to recover', async () => {
    const { odoo, server } = await withOdoo({ modules: { x: installed(V, { state: 'to remove' }) } });
    const { data, text } = await server.call('odoo_install', {
      modules: ['b'],
      recover: true,
      restarted: true,
    });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'stuck', stuck: ['x'] } });
    expect(text).toContain('goes on with the removal');
    expect(pressed(odoo)).toEqual([]);
  });

  it('says what it has given up when it cannot go on after that', async () => {
    const stuck = { b: { state: 'to install', installed: false, onDisk: V, depends: ['a'] } } as const;
    const { odoo, server, trail } = await withOdoo({
      modules: stuck,
      before(method) {
        if (method === 'update_list') throw userError('Not today.');
      },
    });
    const { data } = await server.call('odoo_install', { modules: ['b'], recover: true, restarted: true });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'user_error', left: ['b'] } });
    expect(pressed(odoo)).toEqual(['button_install_cancel b', 'update_list']);
    expect(trail().at(-1)).toMatchObject({ kind: 'outcome', outcome: 'failed' });
  });

  it('is judged by the policy for all that would be installed, named or not', async () => {
    const rule = { action: 'allow', deny_if: [{ 'args.modules': { eq: 'a' } }] };
    const policy = { version: '1', default: 'allow', tools: { odoo_install: rule } };
    const { odoo, server } = await withOdoo({ rest: { policy } });
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'policy_denied' });
    expect(text).toContain('The call would change more than it names: a.');
    expect((await server.call('odoo_install', { modules: ['b'], dry_run: true })).data).toMatchObject({
      code: 'policy_denied',
    });
    expect(pressed(odoo)).toEqual([]);
  });

  it('is not asked about again when somebody else has installed it meanwhile', async () => {
    const tools = { odoo_install: { action: 'require_approval' } };
    const policy = { version: '1', default: 'deny', approval_channel: 'elicit', tools };
    const { odoo, config, trail } = await withOdoo({ rest: { policy } });
    const server = await startServer(['--config', config], {
      answerForm() {
        for (const name of ['a', 'b']) odoo.modules.set(name, installed());
        return { action: 'accept', content: { name: 'b' } };
      },
    });
    const { data } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ status: 'already_installed' });
    expect(pressed(odoo)).toEqual([]);
    expect(trail().at(-1)).toMatchObject({ outcome: 'done' });
  });

  it('stops when Odoo, having read its list again, would do more than was foreseen', async () => {
    const onDisk = { ...ON_DISK, hidden: { version: V, depends: ['a'], comesWith: ['a'] } };
    const { odoo, server, trail } = await withOdoo({ onDisk });
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'changed' } });
    expect(text).toContain('install hidden');
    expect(pressed(odoo)).toEqual(['update_list']);
    expect(trail().at(-1)).toMatchObject({ kind: 'outcome', outcome: 'refused' });
    expect((await server.call('odoo_install', { modules: ['b'] })).data).toMatchObject({
      status: 'installed',
    });
  });

  it('does not believe that Odoo has done it', async () => {
    const missed = new Set<string>();
    let isFirst = true;
    const { odoo, server, trail } = await withOdoo({
      missed,
      before: (method) => {
        if (method === 'button_immediate_install' && isFirst) missed.add('b');
        isFirst &&= method !== 'button_immediate_install';
      },
    });
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'not_done', left: ['b'] } });
    expect(text).toContain('answered that it is done, and it is not: b is to install');
    expect(text).toContain('recover: true, restarted: true');
    expect(trail().at(-1)).toMatchObject({ kind: 'outcome', outcome: 'failed', code: 'odoo_failed' });
    const stuck = await server.call('odoo_install', { modules: ['b'] });
    expect(stuck.data).toMatchObject({ code: 'odoo_failed', details: { reason: 'stuck', stuck: ['b'] } });
    const denied = await server.call('odoo_install', { modules: ['b'], recover: true });
    expect(denied.data).toMatchObject({ code: 'restart_needed', details: { cause: 'recover' } });
    // It was restarted.
    missed.clear();
    odoo.calls.length = 0;
    const done = await server.call('odoo_install', { modules: ['b'], recover: true, restarted: true });
    expect(done.data).toMatchObject({
      status: 'installed',
      modules: [
        { module: 'b', action: 'install' },
        { module: 'b', action: 'cancel', why: 'stuck' },
      ],
    });
  });

  it.each<[string, Setting, object, object, string]>([
    [
      'what Odoo remembers to be missing',
      { missed: new Set(['a', 'b']) },
      {},
      { code: 'restart_needed', details: { cause: 'not_listed', modules: ['b'] } },
      'it looked for them before they were. It must be restarted first.',
    ],
    [
      'a manifest that Odoo remembers otherwise',
      { modules: { a: { state: 'uninstalled', installed: false, onDisk: '17.0.0.9' } } },
      {},
      { code: 'restart_needed', details: { cause: 'outdated', modules: ['a'] } },
      'remembers other manifests of a',
    ],
    [
      'more modules than any Odoo has',
      {
        modules: Object.fromEntries([
          ['a', { state: 'uninstalled', installed: false, onDisk: V, depends: ['base'] }],
          ...[...Array(3000).keys()].map((at) => [
            `m${at}`,
            { state: 'uninstalled', installed: false, onDisk: V, comesWith: ['a'], depends: ['a'] },
          ]),
        ]),
      },
      {},
      { code: 'odoo_failed', details: { reason: 'too_many' } },
      'would install or upgrade more than 3000 modules',
    ],
    [
      'a module that another excludes',
      { modules: { x: installed(V, { excludes: ['b'] }) } },
      {},
      { code: 'odoo_failed', module: 'x', details: { reason: 'excludes' } },
      'x excludes b',
    ],
    [
      'a dependency that is nowhere',
      { modules: { a: { state: 'uninstalled', installed: false, onDisk: V, depends: ['base'] } } },
      { modules: ['c'] },
      { code: 'dependency_missing', module: 'nowhere', details: { chain: ['c', 'nowhere'] } },
      'c needs nowhere, which is neither in the list of the Odoo of prod nor on its addons path',
    ],
    [
      'a module that is uninstallable',
      {},
      { modules: ['d'] },
      { code: 'not_installable', module: 'd' },
      '`installable` is false',
    ],
    [
      'a Python package that is missing',
      { instance: { python: execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim() } },
      { modules: ['e'] },
      { code: 'odoo_failed', module: 'e', details: { reason: 'external_dependency' } },
      'the Python package no_such_package',
    ],
    [
      'what Odoo refuses',
      {
        before: (method) => {
          if (method === 'button_immediate_install') throw userError('You try to install in vain.');
        },
      },
      {},
      { code: 'odoo_failed', details: { reason: 'user_error' } },
      'refused: "You try to install in vain".',
    ],
  ])('is refused for %s, and installs nothing', async (_, setting, args, refusal, words) => {
    const { odoo, server, world } = await withOdoo(setting);
    world.module('src/oca/web/c', { depends: ['nowhere'] });
    world.module('src/oca/web/d', { installable: false });
    world.module('src/oca/web/e', { external_dependencies: { python: ['no_such_package'] } });
    for (const name of ['c', 'd', 'e']) world.link(world.at('src/oca/web', name), `linked/${name}`);
    const { data, text } = await server.call('odoo_install', { modules: ['b'], ...args });
    expect(data).toMatchObject(refusal);
    expect(data).not.toMatchObject({ details: { left: expect.anything() } });
    expect(text).toContain(words);
    expect([...odoo.modules.values()].filter(({ state }) => state.startsWith('to '))).toEqual([]);
    expect(odoo.modules.get('b')?.state ?? 'uninstalled').toBe('uninstalled');
  });

  it('says when static files wait for a restart, since Odoo says so', async () => {
    const { server, world, odoo } = await withOdoo();
    world.file('src/oca/web/a/static/description/icon.png');
    const { data } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({
      next_steps: [expect.stringContaining('static files of a answer 404')],
    });
    expect(odoo.sent.join('\n')).toContain('/a/static/description/icon.png');
    const other = await withOdoo({ servesStatic: true });
    other.world.file('src/oca/web/a/static/description/icon.png');
    expect((await other.server.call('odoo_install', { modules: ['b'] })).data).not.toHaveProperty(
      'next_steps',
    );
  });

  it('says where it has to be looked when Odoo breaks off in the middle', async () => {
    const { server, trail } = await withOdoo({
      instead(request, _response, body) {
        if (!body.includes('button_immediate_install')) return false;
        request.socket.destroy();
        return true;
      },
    });
    const { data, text } = await server.call('odoo_install', { modules: ['b'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'broke_off', left: ['b'] } });
    expect(text).toContain('b is uninstalled');
    expect(text).toContain('Call odoo_refresh {"modules":["b"]} to see how it ended.');
    expect(trail().at(-1)).toMatchObject({ kind: 'outcome', outcome: 'failed' });
  });

  it('is told as done when Odoo did it without an answer', async () => {
    const { server } = await withOdoo({
      instead: (request, _, body) => {
        if (!body.includes('button_immediate_install')) return false;
        // Done, and then the connection breaks.
        setTimeout(() => request.socket.destroy(), 10);
        return 'run';
      },
    });
    expect((await server.call('odoo_install', { modules: ['b'] })).data).toMatchObject({
      status: 'installed',
    });
  });
});

describe('odoo_upgrade', () => {
  const modules = {
    a: installed('17.0.0.9', { onDisk: V, depends: ['base'] }),
    b: installed(V, { depends: ['a'] }),
  };

  it('takes a restart first, and then also what needs the module', async () => {
    const { odoo, server } = await withOdoo({ modules });
    const first = await server.call('odoo_upgrade', { modules: ['a'] });
    expect(first.data).toMatchObject({ code: 'restart_needed', details: { cause: 'upgrade' } });
    expect(first.text).toContain('Have it restarted, then call again with restarted: true.');
    const planned = await server.call('odoo_upgrade', { modules: ['a'], dry_run: true });
    expect(planned.data).toMatchObject({
      status: 'planned',
      modules: [{ module: 'a' }, { module: 'b' }],
      next_steps: [`${first.data.message} ${first.data.hint}`],
    });
    expect(planned.data.restart).toBeUndefined();
    expect(pressed(odoo)).toEqual([]);
    const { data } = await server.call('odoo_upgrade', { modules: ['a'], restarted: true });
    expect(data).toMatchObject({
      status: 'upgraded',
      modules: [
        { module: 'a', action: 'upgrade', why: 'named', state: 'installed', version: V, before: '17.0.0.9' },
        { module: 'b', action: 'upgrade', why: 'dependent', state: 'installed' },
      ],
    });
    expect(pressed(odoo)).toEqual(['update_list', 'button_immediate_upgrade a']);
  });

  it('says when Odoo had not been restarted, although the call says so', async () => {
    const stale = { a: { version: '17.0.0.9', depends: ['base'] } };
    const { server } = await withOdoo({ modules, onDisk: stale });
    const { data, text } = await server.call('odoo_upgrade', { modules: ['a'], restarted: true });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason: 'not_done', left: ['a'] } });
    expect(text).toContain('a is still 17.0.0.9, with 17.0.1.0.0 on the disk: Odoo runs the old code');
  });

  it('is refused where Odoo still has the old manifest, although the call says that it was restarted', async () => {
    const old = { a: installed('17.0.0.9', { depends: ['base'] }) };
    for (const recover of [false, true]) {
      const { odoo, server } = await withOdoo({ modules: old });
      const { data, text } = await server.call('odoo_upgrade', { modules: ['a'], restarted: true, recover });
      expect(data).toMatchObject({
        code: 'restart_needed',
        details: { cause: 'not_restarted', modules: ['a'] },
      });
      expect(text).toContain('was not restarted after the code of a changed');
      expect(pressed(odoo)).toEqual([]);
    }
    const { server, restarts } = await withOdoo({ modules: old, hook: 'works' });
    const { data } = await server.call('odoo_upgrade', { modules: ['a'], restarted: true });
    expect(data).toMatchObject({ status: 'upgraded', restart: 'done' });
    expect(restarts()).toBe(1);
  });

  it('is refused for what is not installed', async () => {
    const { server } = await withOdoo();
    const { data, text } = await server.call('odoo_upgrade', { modules: ['b'], restarted: true });
    expect(data).toMatchObject({ code: 'not_installed', module: 'b' });
    expect(text).toContain('Call odoo_install {"modules":["b"]}');
  });
});

describe('with a command that restarts Odoo', () => {
  const modules = { a: installed('17.0.0.9', { onDisk: V, depends: ['base'] }) };

  it('an upgrade restarts it first, which the approval shows', async () => {
    const { odoo, server, config, restarts, trail } = await withOdoo({
      modules,
      hook: 'works',
      rest: { policy: undefined },
    });
    const { data, text } = await server.call('odoo_upgrade', { modules: ['a'] });
    expect(data).toMatchObject({ code: 'approval_required', details: { odoo: { restarts: true } } });
    expect(text).toContain('in the database prod, restart Odoo; upgrade a 17.0.0.9 -> 17.0.1.0.0');
    expect(restarts()).toBe(0);
    const { id } = (data as { details: { id: string } }).details;
    await runCli(['approvals', 'approve', id, '--yes', '--config', config]);
    const done = await server.call('odoo_upgrade', { modules: ['a'] });
    expect(done.data).toMatchObject({
      status: 'upgraded',
      restart: 'done',
      modules: [{ module: 'a', version: V }],
    });
    expect(done.text).toContain('Odoo was restarted first.');
    expect(restarts()).toBe(1);
    expect(pressed(odoo)).toEqual(['update_list', 'button_immediate_upgrade a']);
    expect(trail().at(-1)).toMatchObject({ outcome: 'done', odoo: { restarts: true } });
    const { stdout } = await runCli(['audit', 'tail', '--config', config]);
    expect(stdout).toContain('restart Odoo, upgrade a');
  });

  it('an upgrade does not restart it when the call says that it was', async () => {
    const { server, restarts } = await withOdoo({ modules, hook: 'works' });
    const { data } = await server.call('odoo_upgrade', { modules: ['a'], restarted: true });
    expect(data).toMatchObject({ status: 'upgraded' });
    expect(restarts()).toBe(0);
  });

  it('what is stuck is recovered in one call', async () => {
    const missed = new Set(['b']);
    const stuck = { b: { state: 'to install', installed: false, onDisk: V, depends: ['a'] } } as const;
    const { odoo, server, restarts } = await withOdoo({ modules: stuck, missed, hook: 'works' });
    const refused = await server.call('odoo_install', { modules: ['b'] });
    expect(refused.data).toMatchObject({ details: { reason: 'stuck' } });
    expect(refused.text).toContain('call again with recover: true');
    const done = await server.call('odoo_install', { modules: ['b'], recover: true });
    expect(done.data).toMatchObject({ status: 'installed', restart: 'done' });
    expect(restarts()).toBe(1);
    expect(pressed(odoo)).toEqual(['button_install_cancel b', 'update_list', 'button_immediate_install b']);
  });

  it('a call that fails after the restart is paid for: Odoo is not restarted over and over for nothing', async () => {
    const limits = [{ counter: 'upgrades', window: 'hour', max: 2 }];
    const tools = { odoo_upgrade: { action: 'allow', limits } };
    const { server, restarts } = await withOdoo({
      modules,
      hook: 'works',
      rest: { policy: { version: '1', default: 'deny', tools } },
      before(method) {
        if (method === 'update_list') throw userError('not now');
      },
    });
    const codes: unknown[] = [];
    for (let calls = 0; calls < 3; calls++) {
      const { data } = await server.call('odoo_upgrade', { modules: ['a'] });
      codes.push((data as { code: string }).code);
    }
    expect(codes).toEqual(['odoo_failed', 'odoo_failed', 'rate_limited']);
    expect(restarts()).toBe(2);
  });

  it('a restart that fails leaves it at that, and the trail says that something may have changed', async () => {
    const { odoo, server, trail } = await withOdoo({ modules, hook: 'fails' });
    const { data } = await server.call('odoo_upgrade', { modules: ['a'] });
    expect(data).toMatchObject({ code: 'odoo_failed', details: { left: ['the restart'] } });
    expect(pressed(odoo)).toEqual([]);
    expect(trail().at(-1)).toMatchObject({ outcome: 'failed' });
  });
});

describe('on the command line', () => {
  it('installs and upgrades, and says what would be done', async () => {
    const { config, odoo } = await withOdoo();
    const run = (...args: string[]) => runCli(['odoo', ...args, '--config', config]);
    expect((await run('install', 'b', '--dry-run')).stdout).toContain(
      '- install, since it is needed: a 17.0.1.0.0',
    );
    expect(await run('install', 'b')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('- install; now installed: b 17.0.1.0.0'),
    });
    const refused = await run('upgrade', 'b');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('run it again with `--restarted`');
    expect(await run('upgrade', 'b', '--restarted')).toMatchObject({ code: 0 });
    expect(pressed(odoo).at(-1)).toBe('button_immediate_upgrade b');
    expect(await run('install')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('at least one module'),
    });
    expect(await run('status', '--recover')).toMatchObject({ code: 2 });
  });
});

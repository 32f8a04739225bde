import { describe, expect, it } from 'vitest';
import { ok, refused } from '../../../src/base/refusal.ts';
import type { GraphModule } from '../../../src/odoo/module-graph.ts';
import type { OdooClient } from '../../../src/odoo/odoo-client.ts';
import type { OdooConnection } from '../../../src/odoo/odoo-connection.ts';
import { odooFault } from '../../../src/odoo/odoo-fault.ts';
import { lookAround, type ServiceContext } from '../../../src/services/context.ts';
import { carryOutOperation } from '../../../src/services/odoo/carry-out-operation.ts';
import { operateOdoo } from '../../../src/services/odoo/operate-odoo.ts';
import type { OdooOperation, OperationRequest } from '../../../src/services/odoo/operation-work.ts';
import { linkedModule, makeContext, makeInstance } from '../../support/instance.ts';
import {
  connectionTo,
  OdooError,
  type StandInModule,
  type StandInOptions,
  startStandIn,
} from '../../support/odoo.ts';
import { createWorld } from '../../support/world.ts';

const V = '17.0.1.0.0';
const there: StandInModule = { state: 'installed', installed: V, onDisk: V };
const absent: StandInModule = { state: 'uninstalled', installed: false, onDisk: V };
/** An older version of `a` is in the database, and a module that needs it. */
const BEHIND = { a: { ...there, installed: '17.0.0.9' }, dependent: { ...there, depends: ['a'] } };
const REQUEST = { modules: ['a'], restarted: true, recover: false, dry_run: false };

/** An Odoo with `base` installed, and a linked module `a`. */
async function withOdoo(options: StandInOptions, connection: Partial<OdooConnection> = {}) {
  const world = createWorld();
  linkedModule(world, 'oca/web/a');
  const odoo = await startStandIn({ ...options, modules: { base: there, ...options.modules } });
  const instance = makeInstance(world, { odoo: connectionTo(odoo, connection) });
  const run = (
    operation: OdooOperation,
    more: Partial<OperationRequest> = {},
    context: Partial<ServiceContext> = {},
  ) => operateOdoo(operation, { ...REQUEST, ...more }, makeContext(world, [instance], context));
  return { odoo, world, instance, run };
}

describe('what is half done', () => {
  it('is told, although all that was named is installed', async () => {
    const modules = { a: absent, along: { ...absent, depends: ['a'], comesWith: ['a'] } };
    const { run } = await withOdoo({ modules, missed: new Set(['along']) });
    expect(await run('install')).toMatchObject({
      refusal: {
        code: 'odoo_failed',
        message: expect.stringContaining('it is not: along is to install'),
        details: { reason: 'not_done', left: ['along'] },
      },
    });
  });

  it('is told of what had to be upgraded along', async () => {
    const { run, odoo } = await withOdoo({
      modules: BEHIND,
      before(method) {
        const dependent = odoo.modules.get('dependent') as StandInModule;
        if (method === 'button_immediate_upgrade') dependent.state = 'uninstalled';
      },
    });
    expect(await run('upgrade')).toMatchObject({
      refusal: {
        details: { left: ['dependent'] },
        message: expect.stringContaining('dependent is uninstalled'),
      },
    });
  });

  it('is not said to run the old code where Odoo says what failed', async () => {
    const { run, odoo } = await withOdoo({
      modules: BEHIND,
      before(method) {
        if (method !== 'button_immediate_upgrade') return;
        (odoo.modules.get('dependent') as StandInModule).state = 'to upgrade';
        throw new OdooError('builtins.ValueError', 'no view');
      },
    });
    const message = `"no view": a is still 17.0.0.9, with ${V} on the disk and dependent is to upgrade.`;
    expect(await run('upgrade')).toMatchObject({
      refusal: { message: expect.stringContaining(message) },
    });
  });

  it('is not what Odoo chose not to bring along', async () => {
    const modules = { a: absent, along: { ...absent, depends: ['a'], comesWith: ['a'] } };
    const { run, odoo } = await withOdoo({
      modules,
      before(method) {
        const along = odoo.modules.get('along') as StandInModule;
        if (method === 'button_immediate_install') along.comesWith = ['nothing'];
      },
    });
    expect(await run('install')).toMatchObject({ value: { status: 'installed' } });
  });
});

describe('what was given up', () => {
  const modules = { a: absent, x: { ...absent, state: 'to install' } } as const;

  it('is told when the rest is not done: it is another state than before', async () => {
    const { run, odoo } = await withOdoo({
      modules,
      before(method) {
        if (method === 'update_list') throw new OdooError('builtins.ValueError', 'no');
      },
    });
    expect(await run('install', { recover: true })).toMatchObject({
      refusal: { code: 'odoo_failed', details: { reason: 'server_error', left: ['x'] } },
    });
    expect(odoo.modules.get('x')?.state).toBe('uninstalled');
  });

  it('is not told of what Odoo refused to give up', async () => {
    const { run } = await withOdoo({
      modules,
      before(method) {
        if (method === 'button_install_cancel') throw new OdooError('builtins.ValueError', 'no');
      },
    });
    const done = await run('install', { recover: true });
    expect(done).toMatchObject({ refusal: { details: { reason: 'server_error' } } });
    expect(done).not.toMatchObject({ refusal: { details: { left: expect.anything() } } });
  });

  it('is not installed on the quiet: that is another act than the one that was shown', async () => {
    const onDisk = () => ({ x: { version: V, depends: ['a'], comesWith: ['a'] } });
    const { run, odoo } = await withOdoo({ modules, onDisk });
    const first = await run('install', { recover: true });
    expect(first).toMatchObject({ refusal: { details: { reason: 'changed', left: ['x'] } } });
    expect(first).toMatchObject({ refusal: { message: expect.stringContaining('install x') } });
    expect(odoo.modules.get('a')?.state).toBe('uninstalled');
  });

  it('is told when the call is interrupted afterwards', async () => {
    const giveUp = new AbortController();
    const { world, instance } = await withOdoo({});
    // So many that the call lets others have their turn, and finds that it was given up.
    for (let at = 0; at < 100; at++) linkedModule(world, `oca/web/m${at}`);
    const context = makeContext(world, [instance], { signal: giveUp.signal });
    const scope = await lookAround(instance, context);
    const row = { id: 1, installed: null, depends: [], comesWith: null, excludes: [] };
    const graph = new Map<string, GraphModule>([['x', { ...row, name: 'x', state: 'to install' }]]);
    const client = {
      graph: async () => ok(graph),
      press: async () => ok(undefined),
      async updateList() {
        giveUp.abort();
        return refused(odooFault('server_error', 'no'));
      },
    } as unknown as OdooClient;
    const step = { module: 'x', action: 'cancel', why: 'stuck', from: null, to: null } as const;
    const plan = { database: 'prod', restarts: false, operation: [step], code: [] };
    const request = { ...REQUEST, recover: true };
    const work = { operation: 'install', names: [], request, scope, client, context } as const;
    expect(await carryOutOperation(plan, work)).toMatchObject({
      refusal: {
        code: 'cancelled',
        message: expect.stringMatching(/^The call was interrupted, .*: x\.$/),
        details: { left: ['x'] },
      },
    });
  });
});

it.each([
  ['has changes now', true, { refusal: { details: { reason: 'changed' } } }],
  ['may have changes, because git did not answer in time', null, { value: { status: 'installed' } }],
])('code that %s', async (_, dirty, outcome) => {
  const { run } = await withOdoo({ modules: { a: absent } });
  let asked = 0;
  const done = await run(
    'install',
    {},
    {
      guard: { review: async () => ok('as planned'), begin: async () => ok(undefined) },
      readProvenance: async (folders) =>
        folders.map(() => ({ branch: '17.0', commit: 'c', dirty: asked++ === 0 ? false : dirty })),
    },
  );
  expect(done).toMatchObject(outcome);
  expect(asked).toBe(2);
});

it('a restart whose command is not there has changed nothing', async () => {
  const { run } = await withOdoo({ modules: { a: there } }, { restart: ['/nowhere/restart'] });
  const done = await run('upgrade', { restarted: false });
  expect(done).toMatchObject({ refusal: { details: { reason: 'restart_missing' } } });
  expect(done).not.toMatchObject({ refusal: { details: { left: expect.anything() } } });
});

it('Odoo is not made to look for files after an install: they may be gone by then', async () => {
  const { run, odoo } = await withOdoo({ modules: { a: absent } });
  expect(await run('install')).toMatchObject({ value: { status: 'installed' } });
  const after = odoo.sent.slice(odoo.sent.findIndex((one) => one.includes('button_immediate_install')));
  expect(after.length).toBeGreaterThan(1);
  expect(after.join()).not.toContain('installed_version');
});

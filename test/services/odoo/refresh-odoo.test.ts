import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../../src/services/context.ts';
import { describeStates } from '../../../src/services/odoo/odoo-states.ts';
import { odooStatus, refreshOdoo } from '../../../src/services/odoo/refresh-odoo.ts';
import { linkedModule, makeContext, makeInstance, succeeded } from '../../support/instance.ts';
import { connectionTo, OdooError, startStandIn, userError } from '../../support/odoo.ts';
import { createWorld } from '../../support/world.ts';
import { fakeClock } from './fake-clock.ts';

it.each([
  [
    'busy',
    userError('Odoo is currently processing another module operation.'),
    60_000,
    'Call again in a minute. If it is still busy then, an operation may have been interrupted: have Odoo restarted.',
  ],
  [
    'concurrent',
    new OdooError('psycopg2.errors.SerializationFailure', 'could not serialize access'),
    30_000,
    'Call again in half a minute.',
  ],
])('an Odoo that stays %s for as long as it is waited is told with when to call again', async (...row) => {
  const [reason, error, retry_after_ms, hint] = row;
  const fails = (method: string) => {
    if (method === 'update_list') throw error;
  };
  const standIn = await startStandIn({ before: fails });
  const odoo = connectionTo(standIn);
  const world = createWorld();
  const context = makeContext(world, [makeInstance(world, { odoo })]);
  const clock = fakeClock();
  expect(await refreshOdoo({}, context, clock)).toMatchObject({
    refusal: { code: 'odoo_failed', details: { reason }, hint, retry_after_ms },
  });
  expect(clock.pauses).toHaveLength(6);
  expect(standIn.calls).toEqual(Array(7).fill('update_list'));
});

describe('what Odoo says', () => {
  const installed = { state: 'installed', installed: '17.0.0.9', onDisk: '17.0.1.0.0' } as const;

  it('is told of what the policy lets a call tell of, linked, named or installed', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/secret');
    world.module('oca/web/secret_too');
    const modules = { a: installed, secret: installed, secret_too: installed };
    const odoo = connectionTo(await startStandIn({ modules }));
    const mayTell: ServiceContext['mayTell'] = ({ modules }) =>
      modules.some((name) => name.startsWith('secret'))
        ? { ok: false, refusal: { code: 'policy_denied', message: 'no' } }
        : { ok: true, value: undefined };
    const context = makeContext(world, [makeInstance(world, { odoo })], { mayTell });
    for (const request of [{}, { modules: ['a', 'secret', 'secret_too'] }]) {
      const { modules: told, counts, note } = succeeded(await odooStatus(request, context));
      expect([told.map(({ module }) => module), counts]).toEqual([['a'], { installed: 1 }]);
      expect(note).toBe('The policy does not show 2 more entries.');
    }
  });

  it('names what neither Odoo nor any folder has, where only that was asked about: it may be mistyped', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const odoo = connectionTo(await startStandIn({ modules: { a: installed } }));
    const context = makeContext(world, [makeInstance(world, { odoo })]);
    const { modules } = succeeded(await odooStatus({ modules: ['aa', 'a'] }, context));
    expect(modules.find(({ module }) => module === 'aa')).toEqual({
      module: 'aa',
      state: 'not in the list',
      note: expect.stringMatching(
        /nothing on its addons path has that name, either: check the name, or link/,
      ),
    });
  });

  it('makes Odoo look at no manifest that is not there: it would remember that', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) linkedModule(world, `oca/web/${name}`);
    rmSync(world.at('oca/web/b/__manifest__.py'));
    world.link('nowhere', 'oca/web/b/__manifest__.py');
    const standIn = await startStandIn({ modules: { a: installed, b: installed } });
    const context = makeContext(world, [makeInstance(world, { odoo: connectionTo(standIn) })]);
    succeeded(await odooStatus({ modules: ['a', 'b'] }, context));
    const asked = standIn.sent.filter((body) => body.includes('installed_version'));
    expect(asked).toEqual([expect.stringContaining('[["name","in",["a"]]]')]);
  });

  it('is told of what is installed and not linked, without being asked for it', async () => {
    const world = createWorld();
    world.module('oca/web/b');
    const odoo = connectionTo(await startStandIn({ modules: { b: installed, base: installed } }));
    const { modules, counts } = succeeded(
      await odooStatus({}, makeContext(world, [makeInstance(world, { odoo })])),
    );
    expect(counts).toEqual({ installed: 1 });
    expect(modules).toMatchObject([{ module: 'b', note: expect.stringContaining('not linked') }]);
  });

  it('names what is not installed after what is wrong, the first twenty to an agent and all to an operator', async () => {
    const world = createWorld();
    const names = Array.from({ length: 23 }, (_, at) => `m${at}`);
    for (const name of [...names, 'fine', 'old']) linkedModule(world, `oca/web/${name}`);
    const uninstalled = { state: 'uninstalled', installed: false, onDisk: '17.0.1.0.0' } as const;
    const fine = { ...installed, installed: '17.0.1.0.0' };
    const rest = Object.fromEntries(names.map((name) => [name, uninstalled]));
    const modules = { ...rest, fine, old: installed };
    const instances = [makeInstance(world, { odoo: connectionTo(await startStandIn({ modules })) })];
    const agent = succeeded(await odooStatus({}, makeContext(world, instances)));
    expect(agent.counts).toEqual({ installed: 2, uninstalled: 23 });
    expect(agent.modules.map(({ module }) => module)[0]).toBe('old');
    expect(agent.modules.slice(1).map(({ state }) => state)).toEqual(Array(20).fill('uninstalled'));
    expect(agent.left_out).toEqual([{ what: '/modules', items: 3 }]);
    expect(describeStates(agent).at(-1)).toBe('And 3 more modules, not named here.');
    const operator = succeeded(await odooStatus({}, makeContext(world, instances, { isOperator: true })));
    expect(operator.modules).toHaveLength(24);
  });
});

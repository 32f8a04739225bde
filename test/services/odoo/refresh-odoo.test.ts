import { expect, it } from 'vitest';
import { refreshOdoo } from '../../../src/services/odoo/refresh-odoo.ts';
import { makeContext, makeInstance } from '../../support/instance.ts';
import { OdooError, startStandIn, userError } from '../../support/odoo.ts';
import { createWorld } from '../../support/world.ts';
import { fakeClock } from './fake-clock.ts';

it.each([
  [
    'busy',
    userError('Odoo is currently processing another module operation.'),
    60_000,
    'Call again in a minute. If it stays so, an operation was interrupted: restart Odoo.',
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
  const odoo = {
    url: new URL(standIn.url),
    database: 'prod',
    login: 'admin',
    secret: { kind: 'password', value: 'pass-word' },
    restart: null,
    series: '17.0',
  } as const;
  const world = createWorld();
  const context = makeContext(world, [makeInstance(world, { odoo })]);
  const clock = fakeClock();
  expect(await refreshOdoo({}, context, clock)).toMatchObject({
    refusal: { code: 'odoo_failed', details: { reason }, hint, retry_after_ms },
  });
  expect(clock.pauses).toHaveLength(6);
  expect(standIn.calls).toEqual(Array(7).fill('update_list'));
});

import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import {
  describeAnswer,
  StatusAnswerSchema,
  type StatusCall,
  statusAnswer,
} from '../../../src/services/status/status-answer.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../../support/instance.ts';
import { pastOf } from '../../support/past.ts';
import { createWorld, type World } from '../../support/world.ts';

const context = (world: World) => {
  const instances = ['test', 'prod'].map((name) => makeInstance(world, { name, dirs: [name] }));
  return makeContext(world, instances, { readPast: () => ok(pastOf()) });
};

describe('an answer about links', () => {
  it.each<[string, StatusCall, RegExp]>([
    ['what is linked', { instance: 'test' }, /^1 entry in .*test/],
    ['no orphans where none were asked for', { instance: 'test', orphans: false }, /^1 entry in /],
    ['orphans', { instance: 'test', orphans: true, odoo: false }, /^0 orphans \(instance test/],
    ['how two instances differ', { instances: ['test', 'prod'] }, /^1 difference between test .* and prod/],
  ])('is %s', async (_, call, said) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', {}, 'test');
    const answer = succeeded(await statusAnswer(call, context(world)));
    expect(describeAnswer(answer)).toMatch(said);
    expect(StatusAnswerSchema.safeParse(answer).success).toBe(true);
  });

  it.each<[StatusCall, string]>([
    [{ instance: 'test', orphans: true, state: 'ok' }, 'orphans does not go together with state.'],
    [{ instance: 'test', orphans: true, odoo: true }, 'orphans does not go together with odoo.'],
    [{ instances: ['test', 'prod'], orphans: true }, 'instances does not go together with orphans.'],
    [
      { instances: ['test', 'prod'], instance: 'test', state: 'ok' },
      'instances does not go together with instance and state.',
    ],
  ])('is refused for %j', async (call, message) => {
    expect(refusalsOf(await statusAnswer(call, context(createWorld())))).toMatchObject([
      { code: 'invalid_argument', message },
    ]);
  });
});

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DECISIONS, LineSchema, OUTCOMES } from '../../src/audit/record.ts';
import { TIME } from './chained.ts';

const HASH = 'a'.repeat(64);
const chained = { seq: 1, prev: '0'.repeat(64), hash: HASH, time: TIME };
const change = { module: 'web', action: 'create', before: null, after: '/src/web' };
const call = {
  id: randomUUID(),
  principal: 'uid:1',
  client: { name: 'x', version: '1' },
  tool: 'oca_link',
  instance: 'prod',
  modules: ['web'],
};

/** One line of each kind. */
const LINES: Record<string, Record<string, unknown>> = {
  decision: {
    ...chained,
    kind: 'decision',
    ...call,
    decision: 'allow',
    code: null,
    rule: '/default',
    policy: 'abc',
    reservations: [{ counter: 'c', amount: 0, at: 1, reservation: 'r' }],
    approval: null,
    arguments: HASH,
    plan: [change],
  },
  outcome: {
    ...chained,
    kind: 'outcome',
    ...call,
    outcome: 'done',
    code: null,
    links: [change],
    duration_ms: 0,
  },
  omission: { ...chained, kind: 'omission', refusals: 1 },
  recovery: {
    ...chained,
    kind: 'recovery',
    id: randomUUID(),
    principal: 'x',
    directory: '/d',
    links: [change],
    omitted: 0,
  },
  rotation: { ...chained, kind: 'rotation', file: 'audit-1.jsonl' },
  seal: { ...chained, kind: 'seal', bytes: 1, sha256: HASH },
};

const isLine = (value: unknown) => LineSchema.safeParse(value).success;

describe.each(Object.entries(LINES))('a line of the kind %s', (_, line) => {
  it('is understood', () => expect(isLine(line)).toBe(true));

  it('has every member, and no other', () => {
    expect(isLine({ ...line, more: 1 })).toBe(false);
    for (const name of Object.keys(line))
      expect([name, isLine({ ...line, [name]: undefined })]).toEqual([name, false]);
  });

  it.each<[string, unknown]>([
    ['seq', 0],
    ['seq', -1],
    ['seq', 1.5],
    ['seq', '1'],
    ['prev', HASH.slice(1)],
    ['prev', `${HASH}0`],
    ['hash', HASH.toUpperCase()],
    ['hash', null],
    ['time', '2026-01-31'],
    ['time', '2026-01-31T00:00:00.000+01:00'],
    ['kind', 'other'],
  ])('has its place in the chain: %s is not %j', (name, value) => {
    expect(isLine({ ...line, [name]: value })).toBe(false);
  });
});

describe('a line', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ...DECISIONS.map((decision): [string, Record<string, unknown>, boolean] => [
      'decision',
      { decision },
      true,
    ]),
    ...OUTCOMES.map((outcome): [string, Record<string, unknown>, boolean] => ['outcome', { outcome }, true]),
    ...['create', 'replace', 'remove'].map((action): [string, Record<string, unknown>, boolean] => [
      'outcome',
      { links: [{ ...change, action, before: '/a', after: null }] },
      true,
    ]),
    ['decision', { decision: 'maybe' }, false],
    ['decision', { client: null, instance: null, rule: null, code: 'x', approval: 'y' }, true],
    ['decision', { client: { name: 'x' } }, false],
    ['decision', { client: { name: 'x', version: '1', more: 1 } }, false],
    ['decision', { modules: [] }, true],
    ['decision', { modules: ['../web'] }, false],
    ['decision', { modules: [1] }, false],
    ['decision', { id: 'x' }, false],
    ['decision', { arguments: 'x' }, false],
    ['decision', { plan: [{ ...change, action: 'keep' }] }, false],
    ['decision', { plan: [{ ...change, more: 1 }] }, false],
    ['decision', { reservations: [{ counter: 'c', amount: -1, at: 1, reservation: 'r' }] }, false],
    ['decision', { reservations: [{ counter: 'c', amount: 1, at: 1.5, reservation: 'r' }] }, false],
    ['decision', { reservations: [{ counter: 'c', amount: 1, at: 1, reservation: 'r', more: 1 }] }, false],
    ['outcome', { outcome: 'allow' }, false],
    ['outcome', { duration_ms: -1 }, false],
    ['outcome', { duration_ms: 0.5 }, false],
    ['outcome', { links: [{ ...change, module: '' }] }, false],
    ['omission', { refusals: 0 }, false],
    ['recovery', { omitted: -1 }, false],
    ['recovery', { omitted: 7 }, true],
    ['recovery', { id: 'x' }, false],
    ['seal', { bytes: 0 }, false],
    ['seal', { sha256: 'x' }, false],
  ])('of the kind %s with %j is understood: %j', (kind, more, expected) => {
    expect(isLine({ ...LINES[kind], ...more })).toBe(expected);
  });
});

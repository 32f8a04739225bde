import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { rotatedName } from '../../src/audit/files.ts';
import type { Unchained } from '../../src/audit/record.ts';
import { readTail, type TailFilter } from '../../src/audit/tail.ts';
import { createWorld } from '../support/world.ts';
import { omission, rotation, TIME, textsOf } from './chained.ts';

const names = (...given: string[]) => given as ModuleName[];
const change = (module: string) =>
  ({ module: module as ModuleName, action: 'create', before: null, after: '/x' }) as const;
const call = {
  id: randomUUID(),
  principal: 'uid:1',
  client: null,
  tool: 'oca_link',
  instance: null,
  modules: names('web'),
};

const decision = (more: object = {}): Unchained =>
  ({
    time: TIME,
    kind: 'decision',
    ...call,
    decision: 'allow',
    code: null,
    rule: null,
    policy: 'abc',
    reservations: [],
    approval: null,
    arguments: 'a'.repeat(64),
    plan: [change('web')],
    ...more,
  }) as Unchained;
const outcome = (more: object = {}): Unchained =>
  ({
    time: TIME,
    kind: 'outcome',
    ...call,
    outcome: 'done',
    code: null,
    links: [],
    duration_ms: 1,
    ...more,
  }) as Unchained;
const recovery = (more: object = {}): Unchained =>
  ({
    time: TIME,
    kind: 'recovery',
    id: randomUUID(),
    principal: 'uid:1',
    directory: '/d',
    links: [change('web')],
    omitted: 0,
    ...more,
  }) as Unchained;

/** A trail of these lines; `more` is put in at the end as it is. */
function tailOf(lines: readonly Unchained[], most: number, filter?: TailFilter, more = '') {
  const world = createWorld();
  chmodSync(world.file('state/audit.jsonl', textsOf(lines).join('') + more), 0o600);
  const read = readTail(world.at('state'), most, filter);
  if (!read.ok) throw new Error(read.refusal.message);
  const { lastSeq, leftOut } = read.value;
  return { seqs: read.value.lines.map(({ seq }) => seq), lastSeq, leftOut };
}

describe('the last lines of a trail', () => {
  const FIVE = Array.from({ length: 5 }, () => omission());

  it.each([
    [0, []],
    [1, [5]],
    [3, [3, 4, 5]],
    [5, [1, 2, 3, 4, 5]],
    [9, [1, 2, 3, 4, 5]],
  ])('are at most %i, the oldest first', (most, seqs) => {
    const { seqs: found, leftOut } = tailOf(FIVE, most);
    expect([found, leftOut]).toEqual([seqs, 0]);
  });

  it.each([
    [0, [1, 2, 3, 4, 5]],
    [3, [4, 5]],
    [5, []],
    [9, []],
  ])('are those after number %i', (after, seqs) => {
    expect(tailOf(FIVE, 9, { after })).toEqual({ seqs, lastSeq: 5, leftOut: 0 });
  });

  it('are none of an empty trail, or where there is none', () => {
    expect(tailOf([], 9)).toEqual({ seqs: [], lastSeq: 0, leftOut: 0 });
    expect(readTail(createWorld().path, 9)).toEqual({
      ok: true,
      value: { lines: [], lastSeq: 0, leftOut: 0 },
    });
  });

  it('leave out what is no line of a chain, or of another version, and count it', () => {
    const unknown = { time: TIME, kind: 'new', what: 1 } as unknown as Unchained;
    expect(tailOf([...FIVE, unknown, omission()], 3, {}, 'x\n\n')).toEqual({
      seqs: [4, 5, 7],
      lastSeq: 7,
      leftOut: 3,
    });
    expect(tailOf([...FIVE, unknown], 1)).toEqual({ seqs: [5], lastSeq: 6, leftOut: 1 });
    // What a writer is about to end is no line yet.
    expect(tailOf(FIVE, 1, {}, '{"seq":6')).toEqual({ seqs: [5], lastSeq: 5, leftOut: 0 });
  });

  it('keep the members in their order, of which the hash was made', () => {
    const world = createWorld();
    const [text = ''] = textsOf([decision()]);
    chmodSync(world.file('state/audit.jsonl', text), 0o600);
    const read = readTail(world.at('state'), 1);
    expect(read.ok && JSON.stringify(read.value.lines[0])).toBe(text.trimEnd());
  });

  it('come from several files, and no more are read than are needed', () => {
    const world = createWorld();
    const lines = textsOf([omission(), omission(), rotation(), omission(), rotation(), omission()]);
    const files: [string, string[]][] = [
      [rotatedName(2), lines.slice(0, 2)],
      [rotatedName(4), lines.slice(2, 4)],
      ['audit.jsonl', lines.slice(4)],
    ];
    for (const [name, texts] of files) chmodSync(world.file(`state/${name}`, texts.join('')), 0o600);
    const seqs = (most: number, filter?: TailFilter) => {
      const read = readTail(world.at('state'), most, filter);
      return read.ok ? read.value.lines.map(({ seq }) => seq) : read.refusal.code;
    };
    expect([seqs(99), seqs(3), seqs(99, { after: 2 })]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [4, 5, 6],
      [3, 4, 5, 6],
    ]);
    world.link('audit.jsonl', `state/${rotatedName(1)}`);
    expect([seqs(6), seqs(5, { after: 1 }), seqs(7)]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 3, 4, 5, 6],
      'io_error',
    ]);
  });
});

describe('a filter', () => {
  it.each<[TailFilter, Unchained, boolean]>([
    [{}, decision(), true],
    [{}, omission(), true],
    [{}, recovery(), true],
    [{ since: TIME }, decision(), true],
    [{ since: '2026-01-31T00:00:00.001Z' }, decision(), false],
    [{ since: '2026-01-31T00:00:00.001Z' }, omission(), false],
    [{ since: '2026-01-31T00:00:00.001Z' }, recovery(), false],
    [{ tool: 'oca_link' }, decision(), true],
    [{ tool: 'oca_link' }, outcome(), true],
    [{ tool: 'ee_link' }, decision(), false],
    [{ tool: 'ee_link' }, outcome(), false],
    [{ tool: 'oca_link' }, omission(), false],
    [{ tool: 'oca_link' }, rotation(), false],
    [{ tool: 'oca_link' }, recovery(), false],
    [{ module: 'web' }, decision({ plan: [] }), true],
    [{ module: 'sale' }, decision(), false],
    [{ module: 'sale' }, decision({ plan: [change('sale')] }), true],
    [{ module: 'sale' }, decision({ modules: names('web', 'sale') }), true],
    [{ module: 'sale' }, outcome({ links: [change('sale')] }), true],
    [{ module: 'sale' }, outcome(), false],
    [{ module: 'web' }, omission(), false],
    [{ module: 'web' }, recovery(), true],
    [{ module: 'sale' }, recovery(), false],
    [{ module: 'sale' }, recovery({ links: [change('web'), change('sale')] }), true],
    [{ decision: 'allow' }, decision(), true],
    [{ decision: 'deny' }, decision(), false],
    [{ decision: 'deny' }, decision({ decision: 'deny' }), true],
    [{ decision: 'allow' }, outcome(), true],
    [{ decision: 'deny' }, outcome(), false],
    [{ decision: 'allow' }, omission(), false],
    [{ decision: 'allow' }, recovery(), false],
    [{ principal: 'uid:1' }, decision(), true],
    [{ principal: 'uid:2' }, decision(), false],
    [{ principal: 'uid:1' }, outcome(), true],
    [{ principal: 'uid:2' }, outcome(), false],
    [{ principal: 'uid:1' }, omission(), false],
    [{ principal: 'uid:1' }, recovery(), true],
    [{ principal: 'uid:2' }, recovery(), false],
    [
      { tool: 'oca_link', module: 'web', decision: 'allow', principal: 'uid:1', since: TIME },
      decision(),
      true,
    ],
    [{ tool: 'oca_link', module: 'sale', decision: 'allow' }, decision(), false],
    [{ module: 'web', principal: 'uid:2' }, recovery(), false],
  ])('%j of %j: %j', (filter, line, passes) => {
    expect(tailOf([line], 9, filter)).toEqual({ seqs: passes ? [1] : [], lastSeq: 1, leftOut: 0 });
  });
});

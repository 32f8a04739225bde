import { describe, expect, it } from 'vitest';
import { rotatedName } from '../../src/audit/files.ts';
import { readRecent } from '../../src/audit/recent.ts';
import type { Unchained } from '../../src/audit/record.ts';
import { openTrail } from '../../src/audit/trail.ts';
import { SLICE } from '../../src/base/turns.ts';
import { succeeded } from '../support/instance.ts';
import { countTurns, noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';
import { omission, TIME, textsOf } from './chained.ts';
import { allowed, done } from './entries.ts';

const ID = '00000000-0000-4000-8000-000000000000';
const outcome = (modules: string[], more: object = {}): Unchained =>
  ({
    time: TIME,
    kind: 'outcome',
    id: ID,
    principal: 'uid:1',
    client: null,
    tool: 'oca_link',
    instance: 'prod',
    modules,
    outcome: 'done',
    code: null,
    links: [],
    duration_ms: 1,
    ...more,
  }) as unknown as Unchained;
const change = (module: string) => ({ module, action: 'create', before: null, after: '/x' });

/** The modules of each outcome that is read. */
async function read(world: World, module?: string, most?: number) {
  const recent = succeeded(readRecent(world.at('state'), module, noTurns, most));
  const names: string[] = [];
  for await (const { modules, links } of recent.outcomes) {
    names.push([...modules, ...links.map((one) => one.module)].join());
  }
  return { names, isWhole: recent.isWhole };
}

describe('the end of a trail', () => {
  it('is what a server wrote, the newest first', async () => {
    const world = createWorld();
    const trail = openTrail(world.folder('state'), { log: () => {} });
    for (const module of ['a', 'b']) {
      const decided = succeeded(await trail.decide(allowed(module)));
      await decided.conclude(done(module));
    }
    await trail.close();
    expect(await read(world)).toEqual({ names: ['b,b', 'a,a'], isWhole: true });
    expect((await read(world, 'a')).names).toEqual(['a,a']);
  });

  it('goes on in the complete files', async () => {
    const world = createWorld();
    const [first = '', second = ''] = textsOf([outcome(['a']), outcome(['b'])]);
    world.file(`state/${rotatedName(1)}`, first);
    world.file('state/audit.jsonl', second);
    expect((await read(world)).names).toEqual(['b', 'a']);
  });

  it('has the calls that name a module, and those that change it', async () => {
    const world = createWorld();
    const lines = [
      outcome(['m', 'x']),
      outcome(['x'], { links: [change('m')] }),
      outcome(['mm']),
      outcome(['x']),
    ];
    world.file('state/audit.jsonl', textsOf(lines).join(''));
    expect((await read(world, 'm')).names).toEqual(['x,m', 'm,x']);
    // A text of every line, but none of a module.
    for (const name of ['nobody', 'prod', 'oca_link']) expect((await read(world, name)).names).toEqual([]);
  });

  it('is nothing where there is no trail', async () => {
    const world = createWorld();
    world.folder('state');
    expect(await read(world)).toEqual({ names: [], isWhole: true });
  });

  it('is read so far and no further, and says so', async () => {
    const world = createWorld();
    const lines = textsOf(Array.from({ length: 100 }, (_, at) => outcome([`m${at}`])));
    world.file('state/audit.jsonl', lines.join(''));
    const length = lines.slice(-10).join('').length;
    expect((await read(world, undefined, length)).names).toHaveLength(10);
    expect(await read(world, undefined, length - 1)).toMatchObject({ isWhole: false });
    expect((await read(world, undefined, length - 1)).names).toHaveLength(9);
    expect((await read(world, undefined, lines.join('').length)).isWhole).toBe(true);
  });

  it('has no line that others wrote, or that is no outcome', async () => {
    const world = createWorld();
    const [sound = '', changed = ''] = textsOf([outcome(['a']), outcome(['b'])]);
    const lie = { name: '"kind":"outcome"', version: '"m"' };
    const strange = textsOf([outcome(['c'], { more: 1 }), omission(), outcome(['d'], { client: lie })]);
    const text = [sound, changed.replace('"b"', '"m"'), '{"kind":"outcome"}\n', '\0\n', ...strange].join('');
    world.file('state/audit.jsonl', text);
    expect((await read(world)).names).toEqual(['d', 'a']);
    expect((await read(world, 'm')).names).toEqual([]);
  });

  it('cannot be read where something else is in its place', () => {
    const world = createWorld();
    world.folder('state/audit.jsonl');
    expect(readRecent(world.at('state'), undefined, noTurns)).toMatchObject({
      refusal: { code: 'io_error' },
    });
  });

  it('is checked in turns', async () => {
    const world = createWorld();
    world.file('state/audit.jsonl', textsOf(Array(100).fill(outcome(['a']))).join(''));
    const { turns, work, longest } = countTurns();
    const recent = succeeded(readRecent(world.at('state'), undefined, turns));
    for await (const _ of recent.outcomes) work();
    expect(longest()).toBeLessThanOrEqual(SLICE.units / 8);
  });

  it('is looked at in turns, whatever its lines are', async () => {
    const world = createWorld();
    const count = 4096;
    world.file('state/audit.jsonl', '{"kind":"outcome"}\n'.repeat(count));
    const { turns, count: counted } = countTurns();
    const recent = succeeded(readRecent(world.at('state'), 'a', turns));
    expect((await recent.outcomes.next()).done).toBe(true);
    expect(counted()).toBeGreaterThanOrEqual(count / 4 / SLICE.units);
  });

  it('is a limited number of lines, however short they are', async () => {
    const world = createWorld();
    world.file('state/audit.jsonl', textsOf([outcome(['a'])]).join('') + 'x\n'.repeat(100));
    expect(await read(world, 'a', 50_000)).toEqual({ names: ['a'], isWhole: true });
    expect(await read(world, 'a', 100 * 200)).toEqual({ names: [], isWhole: false });
  });

  it('is less of it for one module', async () => {
    const world = createWorld();
    const filler = `${'x'.repeat(1024 * 1024 - 1)}\n`.repeat(4);
    world.file('state/audit.jsonl', textsOf([outcome(['a'])]).join('') + filler);
    expect(await read(world, 'a')).toEqual({ names: [], isWhole: false });
    expect(await read(world)).toEqual({ names: ['a'], isWhole: true });
  });
});

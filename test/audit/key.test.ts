import { createHmac } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hmacArguments, readKey, readOrMakeKey } from '../../src/audit/key.ts';
import { watchChanges } from '../support/changes.ts';
import { nextDescriptor } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

const KEY = Buffer.alloc(32, 7);
const of = (text: string) => createHmac('sha256', KEY).update(text).digest('hex');

describe('the HMAC of arguments', () => {
  it.each<[unknown, string]>([
    [{}, '{}'],
    [[], '[]'],
    [null, 'null'],
    [undefined, 'null'],
    [true, 'true'],
    [1.5, '1.5'],
    ['a"b', '"a\\"b"'],
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: { d: 1, c: [] }, B: 0 }, '{"B":0,"a":{"c":[],"d":1}}'],
    [[3, 1, [2]], '[3,1,[2]]'],
    [[{ b: 1, a: 2 }, 'x'], '[{"a":2,"b":1},"x"]'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [{ a: undefined }, '{}'],
    [[undefined, 1], '[null,1]'],
    [{ 'a"': '\n' }, '{"a\\"":"\\n"}'],
    [{ 10: 1, 9: 2 }, '{"10":1,"9":2}'],
  ])('%j is that of %s', (given, text) => {
    expect(hmacArguments(KEY, given)).toBe(of(text));
  });

  it('is another one with another key', () => {
    expect(hmacArguments(Buffer.alloc(32, 8), {})).not.toBe(hmacArguments(KEY, {}));
  });

  it('is had of what is nested as deep as a message is long', () => {
    let deep: unknown = 0;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(hmacArguments(KEY, deep)).toBe(of(`${'['.repeat(100_000)}0${']'.repeat(100_000)}`));
  });
});

describe('the key', () => {
  const prepare = (text?: string) => {
    const world = createWorld();
    world.folder('state/audit-lock');
    if (text !== undefined) chmodSync(world.file('state/audit.key', text), 0o600);
    return { world, state: world.at('state') };
  };
  const log = () => {};
  const HEX = '0123456789abcdef'.repeat(4);

  it.each<[string, string, boolean]>([
    ['is 64 digits and an end of line', `${HEX}\n`, true],
    ['has no end of line', HEX, false],
    ['has an end of line as on Windows', `${HEX}\r\n`, false],
    ['has capitals', `${HEX.toUpperCase()}\n`, false],
    ['is too short', `${HEX.slice(1)}\n`, false],
    ['is too long', `${HEX}0\n`, false],
    ['has more behind it', `${HEX}\n\n`, false],
    ['has a line before it', `\n${HEX}\n`, false],
    ['is empty', '', false],
  ])('that %s is one: %j', (_, text, isKey) => {
    const { state } = prepare(text);
    const free = nextDescriptor();
    const read = readKey(state, log);
    if (isKey) expect(read).toEqual({ ok: true, value: Buffer.from(HEX, 'hex') });
    else expect(read).toMatchObject({ ok: false, refusal: { code: 'io_error' } });
    expect(nextDescriptor()).toBe(free);
  });

  it('is null while there is none, and an error where it is no file', async () => {
    const { state, world } = prepare();
    expect(readKey(state, log)).toEqual({ ok: true, value: null });
    world.folder('state/audit.key');
    expect(readKey(state, log)).toMatchObject({ refusal: { code: 'io_error' } });
    expect(await readOrMakeKey(state, log)).toMatchObject({ refusal: { code: 'io_error' } });
  });

  it('is closed to others, and that is said', () => {
    const { state, world } = prepare(`${HEX}\n`);
    chmodSync(world.at('state/audit.key'), 0o644);
    const logged: string[] = [];
    readKey(state, (line) => void logged.push(line));
    expect([logged.length, statSync(world.at('state/audit.key')).mode & 0o777]).toEqual([1, 0o600]);
  });

  it('is made once, at random, on the disk, readable by the user alone', async () => {
    const { state, world } = prepare();
    const seen: string[] = [];
    const unwatch = watchChanges({ before: (verb) => void seen.push(verb) });
    onTestFinished(unwatch);
    const made = await readOrMakeKey(state, log);
    unwatch();
    if (!made.ok) throw new Error(made.refusal.message);
    expect(seen).toEqual(['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'fsync']);
    expect(made.value).toHaveLength(32);
    expect(readFileSync(world.at('state/audit.key'), 'utf8')).toBe(`${made.value.toString('hex')}\n`);
    expect(statSync(world.at('state/audit.key')).mode & 0o777).toBe(0o600);
    expect([await readOrMakeKey(state, log), readKey(state, log)]).toEqual([made, made]);
    expect([readdirSync(state).sort(), readdirSync(world.at('state/audit-lock'))]).toEqual([
      ['audit-lock', 'audit.key'],
      [],
    ]);
    expect(await readOrMakeKey(prepare().state, log)).not.toEqual(made);
  });
});

import { renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { createPolicySource } from '../../src/policy/watch.ts';
import { createWorld, type World } from '../support/world.ts';

/** Policies that differ in one letter of a reason, so that their files have the same size. */
const policy = (letter: string) =>
  JSON.stringify({ version: '1', default: 'deny', tools: { oca_link: { reason: letter } } });

/** A source that follows a file, what is in force by its letter, and what the operator was told. */
function follow(world: World, path: string) {
  const loaded = loadPolicy(path);
  if (!loaded.ok) throw new Error(loaded.refusal.join('\n'));
  const told: string[] = [];
  const source = createPolicySource(loaded.value, (line) => told.push(line.replaceAll(world.path, '')));
  return {
    letter: () => source.current().rules.get('oca_link')?.reason,
    hash: () => source.current().hash,
    source,
    told: () => told.splice(0),
  };
}

describe('a policy file that changes', () => {
  it('is in force from the next call on, and the operator is told once', () => {
    const world = createWorld();
    const { letter, hash, told } = follow(world, world.file('policy.json', policy('a')));
    expect([letter(), told()]).toEqual(['a', []]);
    world.file('policy.json', policy('b'));
    expect([letter(), letter()]).toEqual(['b', 'b']);
    expect(told()).toEqual([`/policy.json: the policy ${hash()} is in force.`]);
  });

  it('is told to those who want to know, when it is in force and no sooner', () => {
    const world = createWorld();
    const { letter, source } = follow(world, world.file('policy.json', policy('a')));
    const heard: unknown[] = [];
    for (const who of [1, 2]) source.onChange(() => heard.push([who, letter()]));
    letter();
    world.file('policy.json', '{');
    letter();
    expect(heard).toEqual([]);
    world.file('policy.json', policy('b'));
    letter();
    expect(heard).toEqual([
      [1, 'b'],
      [2, 'b'],
    ]);
    expect(source.isFixed).toBe(false);
  });

  it('is noticed when neither its size nor its time changes', () => {
    const world = createWorld();
    const path = world.file('policy.json', policy('a'));
    utimesSync(path, 1, 1);
    const { letter } = follow(world, path);
    world.file('policy.json', policy('b'));
    utimesSync(path, 1, 1);
    expect(letter()).toBe('b');
  });

  it('is noticed when another file is renamed over it', () => {
    const world = createWorld();
    const { letter } = follow(world, world.file('policy.json', policy('a')));
    for (const next of ['b', 'c', 'a']) {
      renameSync(world.file('next.json', policy(next)), world.at('policy.json'));
      expect(letter()).toBe(next);
    }
  });

  it('is noticed when a symlink on the way to it is swapped, as Kubernetes does with a ConfigMap', () => {
    const world = createWorld();
    world.file('..2026_1/policy.json', policy('a'));
    world.file('..2026_2/policy.json', policy('b'));
    symlinkSync('..2026_1', world.at('..data'));
    symlinkSync('..data/policy.json', world.at('policy.json'));
    const { letter } = follow(world, world.at('policy.json'));
    expect(letter()).toBe('a');
    symlinkSync('..2026_2', world.at('..data_tmp'));
    renameSync(world.at('..data_tmp'), world.at('..data'));
    rmSync(world.at('..2026_1'), { recursive: true });
    expect(letter()).toBe('b');
  });

  it('says nothing when only a comment changes', () => {
    const world = createWorld();
    const { letter, told } = follow(world, world.file('policy.json', policy('a')));
    world.file('policy.json', `// for the agents\n${policy('a')}`);
    expect([letter(), told()]).toEqual(['a', []]);
  });

  it('says that the limiter is chosen when the server starts', () => {
    const world = createWorld();
    const { letter, told } = follow(world, world.file('policy.json', policy('a')));
    const moved = { ...JSON.parse(policy('a')), limiter: { postgres: 'postgres://user:secret@db' } };
    world.file('policy.json', JSON.stringify(moved));
    expect(letter()).toBe('a');
    expect(told()).toEqual(['/policy.json: /limiter is read when the server starts; restart it.']);
  });
});

describe('a version that is not understood', () => {
  const broken = [
    ['an unknown word', policy('b').replace('deny', 'denny'), ':1:16: /default must be'],
    ['half a write', policy('b').slice(0, 40), ':1:'],
    ['nothing yet', '', ':1:1: the file is empty'],
  ] as const;
  it.each(broken)('is reported once, and the one before stays in force: %s', (_, text, problem) => {
    const world = createWorld();
    const { letter, hash, told } = follow(world, world.file('policy.json', policy('a')));
    world.file('policy.json', text);
    expect([letter(), letter(), letter()]).toEqual(['a', 'a', 'a']);
    const lines = told();
    expect(lines[0]).toContain(`/policy.json${problem}`);
    expect(lines.at(-1)).toBe(`/policy.json: invalid; the policy ${hash()} stays in force.`);
    expect(lines.filter((line) => line.endsWith('stays in force.'))).toHaveLength(1);
    world.file('policy.json', policy('b'));
    expect([letter(), told()]).toEqual(['b', [`/policy.json: the policy ${hash()} is in force.`]]);
  });

  it('may be followed by another one, which is reported too', () => {
    const world = createWorld();
    const { letter, told } = follow(world, world.file('policy.json', policy('a')));
    for (const text of ['{', '[', '{']) {
      world.file('policy.json', text);
      expect(letter()).toBe('a');
      expect(told()).not.toEqual([]);
    }
  });

  it('may be put back to the one in force, which is said', () => {
    const world = createWorld();
    const { letter, hash, told } = follow(world, world.file('policy.json', policy('a')));
    world.file('policy.json', '{');
    letter();
    told();
    world.file('policy.json', policy('a'));
    expect([letter(), told()]).toEqual(['a', [`/policy.json: the policy ${hash()} is in force.`]]);
  });

  it.each([
    ['is gone', (path: string) => rmSync(path), 'does not exist.'],
    ['is too large', (path: string) => truncateSync(path, 2 ** 21), 'is larger than 1 MiB.'],
    ['is not text', (path: string) => writeFileSync(path, Buffer.from([0xff])), 'is not UTF-8.'],
  ])('may also be a file that %s', (_, change, problem) => {
    const world = createWorld();
    const { letter, hash, told } = follow(world, world.file('policy.json', policy('a')));
    change(world.at('policy.json'));
    expect([letter(), letter()]).toEqual(['a', 'a']);
    expect(told()).toEqual([
      `/policy.json: the policy ${problem}`,
      `/policy.json: invalid; the policy ${hash()} stays in force.`,
    ]);
    rmSync(world.at('policy.json'), { force: true });
    world.file('policy.json', policy('b'));
    expect(letter()).toBe('b');
  });
});

describe('a policy that is not in a file', () => {
  it.each([null, { version: '1', default: 'allow' }])('stays as it is: %j', (source) => {
    const loaded = loadPolicy(source);
    if (!loaded.ok) throw new Error(loaded.refusal.join('\n'));
    const current = createPolicySource(loaded.value, () => expect.unreachable());
    expect([current.current(), current.isFixed]).toEqual([loaded.value.policy, true]);
    current.onChange(() => expect.unreachable());
  });
});

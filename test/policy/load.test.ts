import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPolicy, parsePolicy, readPolicyFile } from '../../src/policy/load.ts';
import { createWorld } from '../support/world.ts';

const TEXT = '{\n  // For editors.\n  "version": "1",\n  "default": "deny",\n}\n';
const MiB = 1024 * 1024;

function load(source: Parameters<typeof loadPolicy>[0]) {
  const loaded = loadPolicy(source);
  return loaded.ok ? loaded.value : loaded.refusal;
}

describe('a policy', () => {
  it('is the built-in one where none is named', () => {
    expect(load(null)).toMatchObject({ policy: { origin: 'built-in' }, file: null });
  });

  it('is in the configuration, and does not change then', () => {
    expect(load({ version: '1', default: 'deny' })).toMatchObject({
      policy: { origin: 'the configuration' },
      file: null,
    });
    const problems = load({ version: '2', default: 'deny', tools: { oca_link: { action: 'no' } } });
    expect(problems).toEqual([
      expect.stringMatching(/^policy: \/version \S/),
      expect.stringMatching(/^policy: \/tools\/oca_link\/action \S/),
    ]);
  });

  it('is in a file, with comments, whose text is kept to see that it changes', () => {
    const path = createWorld().file('policy.json', TEXT);
    expect(load(path)).toMatchObject({ policy: { origin: path }, file: { path, text: TEXT } });
  });

  it('is not taken from a file that is wrong, and each problem has its place', () => {
    const world = createWorld();
    const [one, other] = [
      world.file('one.json', '{\n  "version": 2\n}'),
      world.file('other.json', '{"version": "1"'),
    ];
    expect(load(one)).toEqual([
      expect.stringMatching(`^${one}:2:\\d+: /version \\S`),
      expect.stringMatching(`^${one}:1:\\d+: /default \\S`),
    ]);
    expect(load(other)).toEqual([expect.stringMatching(`^${other}:1:\\d+`)]);
  });

  it('is refused for what contradicts itself, at its place', () => {
    const limits = [
      { counter: 'c', window: 1, max: 1 },
      { counter: 'c', window: 1, max: 1 },
    ];
    const source = { version: '1', default: 'deny', tools: { oca_link: { limits } } };
    expect(load(source)).toEqual([expect.stringMatching(/^policy: \/tools\/oca_link\/limits\/1 /)]);
    expect(parsePolicy(JSON.stringify(source), 'x')).toEqual({
      ok: false,
      refusal: [expect.stringMatching(/^x:1:\d+: \/tools\/oca_link\/limits\/1 /)],
    });
  });

  it.each<[string, (at: (name: string) => string) => void]>([
    ['is not there', () => {}],
    ['is a folder', (at) => execFileSync('mkdir', [at('policy.json')])],
    ['is a FIFO', (at) => execFileSync('mkfifo', [at('policy.json')])],
    ['is no text', (at) => execFileSync('sh', ['-c', `printf '\\377' > "$0"`, at('policy.json')])],
  ])('is none in a file that %s', (_, make) => {
    const world = createWorld();
    make((name) => world.at(name));
    const path = world.at('policy.json');
    expect(load(path)).toEqual([expect.stringContaining(path)]);
    expect(readPolicyFile(path)).toEqual({ ok: false, refusal: expect.stringContaining(path) });
  });

  it('is read as it is now, from up to a MiB, also behind a link', () => {
    const world = createWorld();
    const path = world.file('policy.json', TEXT);
    world.link('policy.json', 'link.json');
    expect([readPolicyFile(path), readPolicyFile(world.at('link.json'))]).toEqual([
      { ok: true, value: TEXT },
      { ok: true, value: TEXT },
    ]);
    truncateSync(path, MiB);
    expect(readPolicyFile(path)).toHaveProperty('ok', true);
    truncateSync(path, MiB + 1);
    expect(readPolicyFile(path)).toHaveProperty('ok', false);
  });
});

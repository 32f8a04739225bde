import { createHmac, randomUUID } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { createAppender } from '../../src/audit/appender.ts';
import { MAX_LINE_BYTES, toText } from '../../src/audit/chain.ts';
import { lockFolder, openOwn } from '../../src/audit/files.ts';
import { hmacArguments } from '../../src/audit/key.ts';
import { type AuditLine, LineSchema } from '../../src/audit/record.ts';
import { type AuditTrail, openTrail, type TrailOptions } from '../../src/audit/trail.ts';
import { type Verification, verifyTrail } from '../../src/audit/verify.ts';
import { ok } from '../../src/base/refusal.ts';
import { tryLock } from '../../src/state/lock.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import fc from '../support/property.ts';
import { createWorld, type World } from '../support/world.ts';
import { allowed, denied, done, rawLines, readLines, trailFiles, writeCalls } from './entries.ts';
import { patchWrites } from './patch-writes.ts';

let restore = () => {};
function undo(): void {
  restore();
  restore = () => {};
}
afterEach(undo);

interface Opened {
  readonly world: World;
  readonly stateDir: string;
  readonly trail: AuditTrail;
  readonly log: string[];
}

function open(options: Partial<TrailOptions> = {}, world = createWorld()): Opened {
  const log: string[] = [];
  const trail = openTrail(world.at('state'), { log: (line) => log.push(line), ...options });
  onTestFinished(() => trail.close());
  return { world, stateDir: world.at('state'), trail, log };
}

function verify(stateDir: string): Verification {
  const verified = verifyTrail(stateDir);
  if (!verified.ok) throw new Error(verified.refusal.message);
  return verified.value;
}

const kinds = (stateDir: string) => readLines(stateDir).map(({ kind }) => kind);
const modeOf = (path: string) => statSync(path).mode & 0o777;
const unavailable = { code: 'policy_denied', details: { reason: 'audit unavailable' } };

describe('a call', () => {
  it('leaves a decision and an outcome, joined by id, in a file for the server alone', async () => {
    const times = [Date.UTC(2026, 0, 31), Date.UTC(2026, 0, 31, 0, 0, 1)];
    const { world, stateDir, trail } = open({ clock: () => times[0] as number });
    const decided = await trail.decide(allowed());
    if (!decided.ok) throw new Error(decided.refusal.message);
    const { id } = decided.value;
    times.shift();
    expect(await decided.value.conclude(done())).toEqual(ok(undefined));
    const key = Buffer.from(readFileSync(world.at('state/audit.key'), 'utf8').trim(), 'hex');
    const call = {
      id,
      principal: 'uid:1000',
      client: { name: 'test', version: '1' },
      tool: 'oca_link',
      instance: 'prod',
      modules: ['contact_greeting'],
    };
    const change = {
      module: 'contact_greeting',
      action: 'create',
      before: null,
      after: '/src/contact_greeting',
    };
    const lines = readLines(stateDir);
    expect(lines).toEqual([
      {
        seq: 1,
        time: '2026-01-31T00:00:00.000Z',
        kind: 'decision',
        ...call,
        decision: 'allow',
        code: null,
        rule: '/tools/oca_link',
        policy: 'abcdef012345',
        reservations: [{ counter: 'oca_link_rate', amount: 1, at: 1_000_000, reservation: 'r1' }],
        approval: null,
        arguments: hmacArguments(key, { module: 'contact_greeting' }),
        plan: [change],
        prev: '0'.repeat(64),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      {
        seq: 2,
        time: '2026-01-31T00:00:01.000Z',
        kind: 'outcome',
        ...call,
        outcome: 'done',
        code: null,
        links: [change],
        duration_ms: expect.any(Number),
        prev: lines[0]?.hash,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect([modeOf(world.at('state/audit.jsonl')), modeOf(world.at('state/audit.key'))]).toEqual([
      0o600, 0o600,
    ]);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2, openCount: 0, anchor: null });
  });

  it('that is denied leaves one line and waits for no disk', async () => {
    const { stateDir, trail } = open();
    await writeCalls(trail, 1);
    let syncs = 0;
    restore = watchChanges({
      before(verb) {
        if (verb === 'fsync') syncs++;
      },
    });
    expect(await trail.decide(denied())).toMatchObject({ ok: true });
    expect(syncs).toBe(0);
    expect(await trail.decide(allowed())).toMatchObject({ ok: true });
    expect(syncs).toBe(1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4, openCount: 1 });
  });

  it('is on the disk, with its file and folder, before it may go on', async () => {
    const { trail } = open();
    const calls: string[] = [];
    restore = watchChanges({ after: (verb, path) => calls.push(`${verb} ${path.split('/').at(-1)}`) });
    await trail.decide(allowed());
    const [opened = '', folder, ...more] = calls.slice(calls.indexOf('openSync audit.jsonl'));
    const written = more.find((call) => call.startsWith('writeSync'));
    expect([opened, folder]).toEqual(['openSync audit.jsonl', expect.stringMatching(/^fsync/)]);
    expect(more.at(-1)).toBe(written?.replace('writeSync', 'fsync'));
  });

  it('shares its write and its wait for the disk with others that come at the same time', async () => {
    const { stateDir, trail } = open();
    await writeCalls(trail, 1);
    const calls: string[] = [];
    const unwatch = watchChanges({ after: (verb) => verb === 'fsync' && calls.push(verb) });
    const unpatch = patchWrites((write, bytes) => {
      calls.push('write');
      return write(bytes);
    });
    const decided = await Promise.all(Array.from({ length: 50 }, () => trail.decide(allowed())));
    unpatch();
    unwatch();
    expect(decided.every((result) => result.ok)).toBe(true);
    // The first one does not wait for those behind it.
    expect(calls).toEqual(['write', 'fsync', 'write', 'fsync']);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 52, openCount: 50 });
  });

  it('shows what a client says of itself only so far', async () => {
    const { stateDir, trail } = open();
    const client = { name: 'x'.repeat(1e6), version: '\n{"seq":9}\u2028'.repeat(1e5) };
    await trail.decide(allowed('a', { client }));
    const [line] = rawLines(stateDir);
    expect(line?.length).toBeLessThan(2000);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 1 });
  });

  it('leaves lines that are understood again, whatever is in them', async () => {
    const { stateDir, trail } = open();
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ principal: text, rule: text, client: fc.record({ name: text, version: text }) }),
        fc.jsonValue(),
        async (strings, args) => {
          const decided = await trail.decide(allowed('a', { ...strings, args }));
          expect(decided.ok && (await decided.value.conclude(done()))).toEqual(ok(undefined));
        },
      ),
      { numRuns: 50 },
    );
    expect(readLines(stateDir).every((line) => LineSchema.safeParse(line).success)).toBe(true);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 100, openCount: 0 });
  });

  it('is refused when its line would be longer than a line may be', async () => {
    const { stateDir, trail } = open();
    const plan = [
      {
        module: 'a' as ModuleName,
        action: 'create',
        before: null,
        after: 'x'.repeat(MAX_LINE_BYTES),
      } as const,
    ];
    expect(await trail.decide(allowed('a', { plan }))).toMatchObject({ ok: false, refusal: unavailable });
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2 });
  });
});

describe('the arguments', () => {
  it('are HMACs of JSON with sorted keys, however deep they are nested', () => {
    const key = Buffer.alloc(32);
    const hmacOf = (json: string) => createHmac('sha256', key).update(json).digest('hex');
    const args = { b: [1, [], { z: null, a: '"' }], a: {}, left_out: undefined };
    expect(hmacArguments(key, args)).toBe(hmacOf('{"a":{},"b":[1,[],{"a":"\\"","z":null}]}'));
    const deep = `${'['.repeat(300_000)}${']'.repeat(300_000)}`;
    expect(hmacArguments(key, JSON.parse(deep))).toBe(hmacOf(deep));
  });

  it('are there as an HMAC alone, the same for the same arguments in any order', async () => {
    const { stateDir, trail } = open();
    await trail.decide(denied({ args: { module: 'secret_thing', nested: [{ b: 1, a: 2 }] }, modules: [] }));
    await trail.decide(denied({ args: { nested: [{ a: 2, b: 1 }], module: 'secret_thing' }, modules: [] }));
    await trail.decide(denied({ args: { nested: [{ a: 2, b: 2 }], module: 'secret_thing' }, modules: [] }));
    await trail.decide(denied({ args: undefined }));
    expect(rawLines(stateDir).join()).not.toContain('secret_thing');
    const hmacs = readLines(stateDir).map((line) => line.kind === 'decision' && line.arguments);
    expect(hmacs[0]).toBe(hmacs[1]);
    expect(new Set(hmacs).size).toBe(3);
  });

  it('have other HMACs with another key', () => {
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    expect(hmacArguments(a, {})).not.toBe(hmacArguments(b, {}));
    expect(hmacArguments(a, [])).not.toBe(hmacArguments(a, {}));
    expect(hmacArguments(a, { 10: 1, 9: 2 })).toBe(hmacArguments(a, { 9: 2, 10: 1 }));
    expect(hmacArguments(a, undefined)).toBe(hmacArguments(a, null));
  });
});

describe('the key', () => {
  it('stays the same for another process', async () => {
    const first = open();
    await first.trail.decide(denied());
    const key = readFileSync(first.world.at('state/audit.key'), 'utf8');
    await open({}, first.world).trail.decide(denied());
    expect(readFileSync(first.world.at('state/audit.key'), 'utf8')).toBe(key);
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    const [a, b] = readLines(first.stateDir).map((line) => line.kind === 'decision' && line.arguments);
    expect(a).toBe(b);
  });

  it('keeps calls from going on when it makes no sense, until it is moved away', async () => {
    const { world, trail } = open();
    world.file('state/audit.key', 'short');
    expect(await trail.decide(allowed())).toMatchObject({
      ok: false,
      refusal: { ...unavailable, hint: expect.stringContaining('audit.key') },
    });
    rmSync(world.at('state/audit.key'));
    expect(await trail.decide(allowed())).toMatchObject({ ok: true });
  });
});

describe('the file', () => {
  it.each(['audit.jsonl', 'audit.key'])('%s is not followed when it is a symlink', async (name) => {
    const { world, trail } = open();
    world.folder('state');
    world.file('theirs', 'theirs');
    for (const target of [world.at('theirs'), world.at('nothing')]) {
      symlinkSync(target, world.at('state', name));
      expect(await trail.decide(allowed())).toMatchObject({
        ok: false,
        refusal: { ...unavailable, message: expect.stringContaining(`${name} in the state directory`) },
      });
      rmSync(world.at('state', name));
    }
    expect([readFileSync(world.at('theirs'), 'utf8'), existsSync(world.at('nothing'))]).toEqual([
      'theirs',
      false,
    ]);
    expect(await trail.decide(allowed())).toMatchObject({ ok: true });
  });

  it('is refused when it is a folder', async () => {
    const { world, trail } = open();
    world.folder('state/audit.jsonl');
    expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
  });

  it('is closed to others when it was open to them, and that is said', async () => {
    const { world, trail, log } = open();
    world.file('state/audit.jsonl');
    chmodSync(world.at('state/audit.jsonl'), 0o664);
    await writeCalls(trail, 2);
    expect(modeOf(world.at('state/audit.jsonl'))).toBe(0o600);
    expect(log).toEqual([
      'audit: audit.jsonl was accessible to other users (mode 664); the server set its mode to 600.',
    ]);
  });

  it('is gone on with by another process, and by the first one after that', async () => {
    const first = open();
    const second = open({}, first.world);
    for (let round = 0; round < 3; round++) {
      await writeCalls(first.trail, 2);
      await writeCalls(second.trail, 1);
    }
    expect(verify(first.stateDir)).toMatchObject({ isSound: true, lines: 18, openCount: 0 });
  });

  it('is begun anew when an operator has moved it away', async () => {
    const { world, stateDir, trail } = open();
    await writeCalls(trail, 2);
    renameSync(world.at('state/audit.jsonl'), world.at('archive.jsonl'));
    await writeCalls(trail, 1);
    expect(readLines(stateDir).map(({ seq }) => seq)).toEqual([1, 2]);
    rmSync(stateDir, { recursive: true });
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2 });
  });
});

describe('rotation', () => {
  it('keeps the chain over any number of files, and removes nothing', async () => {
    const { world, stateDir, trail } = open({ maxBytes: 3000 });
    await writeCalls(trail, 20);
    const files = trailFiles(stateDir);
    expect(files.length).toBeGreaterThan(5);
    const lines = readLines(stateDir);
    const rotations = lines.filter(({ kind }) => kind === 'rotation');
    expect(rotations).toEqual(
      files.slice(0, -1).map((file) => expect.objectContaining({ kind: 'rotation', file })),
    );
    expect(files.slice(0, -1)).toEqual(
      rotations.map(({ seq }) => `audit-${String(seq - 1).padStart(16, '0')}.jsonl`),
    );
    expect(verify(stateDir)).toMatchObject({
      isSound: true,
      lines: 40 + rotations.length,
      files,
      openCount: 0,
    });
    for (const file of files) {
      expect(statSync(world.at('state', file)).size).toBeLessThanOrEqual(3000);
      expect(modeOf(world.at('state', file))).toBe(0o600);
    }
  });

  it('is noticed by a process that had the file open', async () => {
    const first = open();
    await writeCalls(first.trail, 2);
    await writeCalls(open({ maxBytes: 1 }, first.world).trail, 1);
    await writeCalls(first.trail, 1);
    expect(verify(first.stateDir)).toMatchObject({ isSound: true, openCount: 0 });
    expect(trailFiles(first.stateDir).length).toBe(3);
  });

  it('is completed by the next writer when one was killed in the middle of it', async () => {
    const first = open();
    await writeCalls(first.trail, 2);
    renameSync(first.world.at('state/audit.jsonl'), first.world.at('state/audit-0000000000000004.jsonl'));
    await writeCalls(open({}, first.world).trail, 1);
    expect(kinds(first.stateDir).slice(4)).toEqual(['rotation', 'decision', 'outcome']);
    expect(verify(first.stateDir)).toMatchObject({ isSound: true, lines: 7, openCount: 0 });
  });

  it.each(['renameSync', 'fsync', 'a file that is there'])(
    'that fails (%s) keeps no line from being written, and overwrites nothing',
    async (failing) => {
      const first = open();
      await writeCalls(first.trail, 1);
      const { world, stateDir, trail, log } = open({ maxBytes: 1 }, first.world);
      const there = world.file('state/audit-0000000000000002.jsonl', 'theirs');
      if (failing !== 'a file that is there') {
        rmSync(there);
        let count = 0;
        restore = watchChanges({
          before(verb, path) {
            if (verb !== failing || path.includes('lock.')) return;
            // Opening the file takes an fsync of its folder.
            if (++count === (verb === 'fsync' ? 2 : 1)) throw systemError('EPERM');
          },
        });
      }
      await writeCalls(trail, 3);
      undo();
      expect(log).toEqual([
        expect.stringMatching(/^audit: audit\.jsonl cannot be renamed to audit-0.*keeps growing/),
      ]);
      if (existsSync(there)) {
        expect(readFileSync(there, 'utf8')).toBe('theirs');
        rmSync(there);
      }
      expect(verify(stateDir)).toMatchObject({
        isSound: true,
        lines: 8,
        files: ['audit.jsonl'],
        openCount: 0,
      });
    },
  );
});

describe('a line that was torn', () => {
  it('is sealed by the next writer, at whatever byte it was cut', async () => {
    const world = createWorld();
    const start = open({}, world);
    await writeCalls(start.trail, 2);
    const whole = readFileSync(world.at('state/audit.jsonl'));
    const lastLine = whole.subarray(whole.lastIndexOf('\n', -2) + 1);
    const cuts = [1, 2, 50, lastLine.length - 75, lastLine.length - 2];
    for (const cut of cuts) {
      writeFileSync(world.at('state/audit.jsonl'), whole.subarray(0, whole.length - lastLine.length + cut));
      expect(verify(start.stateDir)).toMatchObject({
        isSound: true,
        head: { seq: 3 },
        torn: [{ file: 'audit.jsonl', line: 4, bytes: cut }],
        openCount: 1,
      });
      const { trail } = open({}, world);
      await writeCalls(trail, 1);
      expect(kinds(start.stateDir)).toEqual([
        'decision',
        'outcome',
        'decision',
        'seal',
        'decision',
        'outcome',
      ]);
      expect(verify(start.stateDir)).toMatchObject({
        isSound: true,
        head: { seq: 6 },
        torn: [{ file: 'audit.jsonl', line: 4, bytes: cut }],
        openCount: 1,
      });
    }
  });

  it('can be followed by a seal that is torn as well, any number of times', async () => {
    const { world, stateDir, trail } = open();
    await writeCalls(trail, 1);
    for (let time = 0; time < 5; time++) {
      appendFileSync(world.at('state/audit.jsonl'), `\t{"seq":3,"time":"2026-0\0\t${time}`);
      expect(verify(stateDir)).toMatchObject({ isSound: true, head: { seq: 2 } });
    }
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({
      isSound: true,
      lines: 5,
      head: { seq: 5 },
      torn: [{ line: 3 }],
    });
  });

  it('is sealed at the very beginning of a trail, and of a file that continues one', async () => {
    const first = open();
    first.world.file('state/audit.jsonl', '{"seq":1,');
    await writeCalls(first.trail, 1);
    expect(kinds(first.stateDir)).toEqual(['seal', 'decision', 'outcome']);
    renameSync(first.world.at('state/audit.jsonl'), first.world.at('state/audit-0000000000000003.jsonl'));
    first.world.file('state/audit.jsonl', '{"seq":4,');
    await writeCalls(first.trail, 1);
    expect(kinds(first.stateDir).slice(3)).toEqual(['seal', 'rotation', 'decision', 'outcome']);
    expect(verify(first.stateDir)).toMatchObject({
      isSound: true,
      lines: 7,
      torn: [{ bytes: 9 }, { bytes: 9 }],
    });
  });

  it('is not a line that has lost no more than its end: it stays what it was', async () => {
    const { world, stateDir, trail } = open();
    await writeCalls(trail, 1);
    truncateSync(world.at('state/audit.jsonl'), statSync(world.at('state/audit.jsonl')).size - 1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2, torn: [], openCount: 0 });
    await writeCalls(trail, 1);
    expect(kinds(stateDir)).toEqual(['decision', 'outcome', 'decision', 'outcome']);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4 });
  });
});

describe('a file that was changed', () => {
  it('is gone on with behind its last sound line; that is said, and verification fails', async () => {
    const { world, stateDir, trail, log } = open();
    await writeCalls(trail, 2);
    const text = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    writeFileSync(world.at('state/audit.jsonl'), text.replace(/"done"(?=[^\n]*\n$)/, '"failed"'));
    await writeCalls(trail, 1);
    expect(log).toEqual([
      expect.stringContaining('changed lines at the end of audit.jsonl: 1'),
      expect.stringContaining('was the last one and no longer exists'),
    ]);
    expect(verify(stateDir)).toMatchObject({
      isSound: false,
      problems: [{ kind: 'inserted', file: 'audit.jsonl', line: 4 }],
    });
  });

  it('without any sound line is not gone on with', async () => {
    const { world, stateDir, trail } = open();
    world.file('state/audit.jsonl', 'notes of somebody\n');
    expect(await trail.decide(allowed())).toMatchObject({
      ok: false,
      refusal: { ...unavailable, hint: expect.stringContaining('move audit.jsonl away') },
    });
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toBe('notes of somebody\n');
    expect(verify(stateDir)).toMatchObject({ isSound: false, problems: [{ kind: 'edited', line: 1 }] });
  });

  it('is not gone on with when the complete file before it makes no sense', async () => {
    const { world, trail } = open();
    world.file('state/audit-0000000000000004.jsonl', 'notes\n');
    expect(await trail.decide(allowed())).toMatchObject({
      ok: false,
      refusal: { hint: expect.stringContaining('move audit-0000000000000004.jsonl away') },
    });
  });
});

describe('a line that cannot be written', () => {
  const failing = (verb: string, code: string) => {
    restore = watchChanges({
      before(name, path) {
        if (name === verb && !path.includes('lock.')) throw systemError(code);
      },
    });
  };

  it.each([
    ['writeSync', 'ENOSPC', 'the disk is full'],
    ['writeSync', 'EDQUOT', 'the disk quota is used up'],
    ['writeSync', 'EROFS', 'the file system is read-only'],
    ['fsync', 'EIO', 'the disk reports an error'],
  ])(
    '(%s: %s) refuses the call, and the next one goes on when that has passed',
    async (verb, code, meaning) => {
      const { stateDir, trail } = open();
      await writeCalls(trail, 1);
      failing(verb, code);
      expect(await trail.decide(allowed())).toMatchObject({
        ok: false,
        refusal: {
          code: 'policy_denied',
          message: `The audit trail cannot be written. The state directory cannot be used: ${meaning}.`,
          details: { reason: 'audit unavailable', errno: code },
        },
      });
      undo();
      await writeCalls(trail, 1);
      // A line that is written but perhaps not on the disk stays: nothing was done because of it.
      expect(verify(stateDir)).toMatchObject({ isSound: true, openCount: verb === 'fsync' ? 1 : 0 });
    },
  );

  it.each([
    ['mkdirSync', 'EROFS'],
    ['mkdirSync', 'EACCES'],
    ['openSync', 'EACCES'],
    ['renameSync', 'EROFS'],
  ])('because the state directory is of no use (%s: %s) refuses every call', async (verb, code) => {
    const { world, trail } = open();
    failing(verb, code);
    for (let call = 0; call < 3; call++) {
      expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
    }
    undo();
    expect(existsSync(world.at('state/audit.jsonl'))).toBe(false);
    expect(await trail.decide(allowed())).toMatchObject({ ok: true });
  });

  it('because a file stands where the state directory should be refuses every call', async () => {
    const { world, trail } = open();
    world.file('state');
    expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
  });

  it('is taken back when only a part of it was written', async () => {
    const { world, stateDir, trail } = open();
    await writeCalls(trail, 1);
    const before = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    restore = patchWrites((write, bytes) => {
      write(bytes.subarray(0, 100));
      throw systemError('ENOSPC');
    });
    expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
    undo();
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toBe(before);
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4, torn: [] });
  });

  it('is sealed when a part of it was written and cannot be taken back', async () => {
    const { stateDir, trail, log } = open();
    await writeCalls(trail, 1);
    const unpatch = patchWrites((write, bytes) => {
      write(bytes.subarray(0, 100));
      throw systemError('ENOSPC');
    });
    failing('ftruncateSync', 'EPERM');
    expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
    undo();
    unpatch();
    expect(log).toEqual([
      expect.stringContaining('an incomplete line remains at the end of audit.jsonl (EPERM)'),
    ]);
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({
      isSound: true,
      head: { seq: 5 },
      torn: [{ line: 3, bytes: 100 }],
    });
  });

  it('is written on where the system takes only a part at a time', async () => {
    const { stateDir, trail } = open();
    restore = patchWrites((write, bytes) => write(bytes.subarray(0, 100)));
    await writeCalls(trail, 2);
    undo();
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4, openCount: 0 });
  });

  it('is refused where the system takes nothing at all', async () => {
    const { trail } = open();
    restore = patchWrites(() => 0);
    expect(await trail.decide(allowed())).toMatchObject({ ok: false, refusal: unavailable });
  });

  it('because others write all the time may be tried again', async () => {
    const { stateDir, trail } = open({ waitMs: 30 });
    await writeCalls(trail, 1);
    const lock = tryLock(lockFolder(stateDir));
    expect(await trail.decide(allowed())).toMatchObject({
      ok: false,
      refusal: { ...unavailable, retry_after_ms: 1000 },
    });
    lock?.release();
    await writeCalls(trail, 1);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4 });
  });

  it('is not written by a process that stood still until another one took its lock', async () => {
    const { world, stateDir, trail } = open();
    await writeCalls(trail, 1);
    const before = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    const appender = createAppender(stateDir, { log: () => {}, clock: Date.now, maxBytes: 1e9 });
    onTestFinished(() => appender.close());
    const line = toText({ time: new Date().toISOString(), kind: 'rotation', file: 'x' });
    const lost = { touch: () => false, release: () => {} };
    expect(await appender.append([line], lost)).toMatchObject({ ok: false, refusal: { code: 'busy' } });
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toBe(before);
  });
});

describe('an outcome that cannot be written', () => {
  it('goes to the log in full, and is written before the next line that can be', async () => {
    const { stateDir, trail, log } = open();
    const calls = await Promise.all([trail.decide(allowed('a')), trail.decide(allowed('b'))]);
    restore = watchChanges({
      before(verb) {
        if (verb === 'writeSync') throw systemError('ENOSPC');
      },
    });
    for (const call of calls) {
      expect(call.ok && (await call.value.conclude(done()))).toMatchObject({
        ok: false,
        refusal: unavailable,
      });
    }
    undo();
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(
      /^audit: an outcome could not be written yet .*the disk is full.*"outcome":"done"/,
    );
    await trail.decide(denied());
    const lines = readLines(stateDir) as (AuditLine & { id: string })[];
    expect(lines.map(({ kind }) => kind)).toEqual(['decision', 'decision', 'outcome', 'outcome', 'decision']);
    const ids = lines.map(({ id }) => id);
    expect(ids.slice(2, 4).sort()).toEqual(ids.slice(0, 2).sort());
    expect(verify(stateDir)).toMatchObject({ isSound: true, openCount: 0 });
  });

  it('is written at the end if nothing comes before', async () => {
    const { stateDir, trail } = open();
    const call = await trail.decide(allowed());
    restore = watchChanges({
      before(verb) {
        if (verb === 'writeSync') throw systemError('ENOSPC');
      },
    });
    expect(call.ok && (await call.value.conclude(done()))).toMatchObject({ ok: false });
    undo();
    await trail.close();
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2, openCount: 0 });
  });
});

it('an outcome may not be written twice', async () => {
  const { stateDir, trail } = open();
  const call = await trail.decide(allowed());
  if (!call.ok) throw new Error(call.refusal.message);
  await call.value.conclude(done());
  await expect(call.value.conclude(done())).rejects.toThrow('concluded already');
  expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2 });
});

it('a line has no more than it should of the objects it was made from', async () => {
  const { stateDir, trail } = open();
  const { plan, ...entry } = allowed();
  const more = { ...entry, plan: plan.map((change) => ({ ...change, source: '/secret' })), token: 'secret' };
  const call = await trail.decide({ ...more, client: { name: 'a', version: '1', title: 'secret' } as never });
  if (!call.ok) throw new Error(call.refusal.message);
  await call.value.conclude({ ...done(), links: more.plan, stack: 'secret' } as never);
  expect(rawLines(stateDir).join()).not.toContain('secret');
  expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 2 });
});

describe('a flood of refusals', () => {
  const flood = async (trail: AuditTrail, count: number) => {
    for (let call = 0; call < count; call++) expect(await trail.decide(denied())).toMatchObject({ ok: true });
  };
  const omitted = (stateDir: string) =>
    readLines(stateDir).flatMap((line) => (line.kind === 'omission' ? [line.refusals] : []));

  it('leaves sixty lines a minute, and the number of the others before the next line', async () => {
    let now = 0;
    const { stateDir, trail } = open({ monotonic: () => now });
    await flood(trail, 100);
    expect(kinds(stateDir)).toEqual(Array(60).fill('decision'));
    now = 59_999;
    await flood(trail, 5);
    await writeCalls(trail, 1);
    expect(kinds(stateDir).slice(60)).toEqual(['omission', 'decision', 'outcome']);
    now = 60_000;
    await flood(trail, 61);
    expect(kinds(stateDir).slice(63)).toEqual(Array(60).fill('decision'));
    await trail.close();
    expect(kinds(stateDir).slice(123)).toEqual(['omission']);
    expect(omitted(stateDir)).toEqual([45, 1]);
    expect(verify(stateDir)).toMatchObject({ isSound: true, openCount: 0 });
  });

  it('is told later when it cannot be told now', async () => {
    const { world, stateDir, trail } = open();
    await flood(trail, 70);
    renameSync(world.at('state/audit.jsonl'), world.at('aside'));
    mkdirSync(world.at('state/audit.jsonl'));
    expect(await trail.decide(allowed())).toMatchObject({ ok: false });
    rmSync(world.at('state/audit.jsonl'), { recursive: true });
    renameSync(world.at('aside'), world.at('state/audit.jsonl'));
    await writeCalls(trail, 1);
    expect(omitted(stateDir)).toEqual([10]);
  });

  it('never costs a call that is allowed its line', async () => {
    const { stateDir, trail } = open();
    await flood(trail, 200);
    await writeCalls(trail, 100);
    expect(kinds(stateDir).filter((kind) => kind === 'outcome')).toHaveLength(100);
  });
});

describe('closing', () => {
  it('waits for the lines under way, and for the disk', async () => {
    const { stateDir, trail } = open();
    await writeCalls(trail, 1);
    const synced: string[] = [];
    restore = watchChanges({ after: (verb, path) => verb === 'fsync' && synced.push(path) });
    const decided = trail.decide(denied());
    await trail.close();
    expect(verify(stateDir)).toMatchObject({ lines: 3 });
    expect(synced).toHaveLength(1);
    expect(await decided).toMatchObject({ ok: true });
  });

  it('of a trail nobody wrote to makes nothing', async () => {
    const { world, trail } = open();
    await trail.close();
    expect(existsSync(world.at('state'))).toBe(false);
  });
});

describe('a recovery', () => {
  const changes = Array.from({ length: 300 }, (_, index) => ({
    module: `m${index}` as ModuleName,
    action: 'create' as const,
    before: null,
    after: `/src/m${index}`,
  }));
  const entry = { id: randomUUID(), principal: 'uid:1', directory: '/linked', changes };

  it('has a line of bounded length, which is on the disk when it may begin', async () => {
    const { stateDir, trail } = open();
    await writeCalls(trail, 1);
    const calls: string[] = [];
    restore = watchChanges({ before: (verb) => void calls.push(verb) });
    expect(await trail.recover(entry)).toMatchObject({ ok: true });
    expect(calls.filter((verb) => /^(writeSync|fsync)$/.test(verb))).toEqual(['writeSync', 'fsync']);
    expect(readLines(stateDir).slice(2)).toMatchObject([
      { kind: 'recovery', id: entry.id, directory: '/linked', links: { length: 250 }, omitted: 50 },
    ]);
    expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 3, openCount: 0 });
  });

  it('may not begin when its line cannot be written', async () => {
    const { world, trail } = open();
    world.folder('state/audit.jsonl');
    expect(await trail.recover(entry)).toMatchObject({ ok: false, refusal: unavailable });
  });
});

it('a hard link to a file that others may read is not taken for the trail, and not closed to them', async () => {
  const { world, trail } = open();
  world.folder('state');
  const theirs = world.file('theirs', '');
  linkSync(theirs, world.at('state/audit.jsonl'));
  expect(await trail.decide(allowed())).toMatchObject({
    ok: false,
    refusal: { ...unavailable, message: expect.stringContaining('is a hard link to a file of other users') },
  });
  expect([modeOf(theirs), readFileSync(theirs, 'utf8')]).toEqual([0o644, '']);
});

it.each(['audit.jsonl', 'audit.key'])('%s of another user is not taken by a server', async (name) => {
  const { stateDir, trail } = open();
  await writeCalls(trail, 1);
  const own = statSync(join(stateDir, name)).uid;
  vi.spyOn(process, 'geteuid').mockReturnValue(own + 1);
  onTestFinished(() => void vi.restoreAllMocks());
  expect(openOwn(stateDir, name, constants.O_RDONLY, () => {})).toMatchObject({
    refusal: { message: `${name} in the state directory belongs to another user (uid ${own}).` },
  });
});

it('a hard link to a file of the trail is not in the way', async () => {
  const { world, stateDir, trail } = open();
  await writeCalls(trail, 1);
  mkdirSync(world.at('backup'));
  linkSync(world.at('state/audit.jsonl'), world.at('backup/audit.jsonl'));
  await writeCalls(trail, 1);
  expect(lstatSync(world.at('backup/audit.jsonl')).nlink).toBe(2);
  expect(verify(stateDir)).toMatchObject({ isSound: true, lines: 4 });
});

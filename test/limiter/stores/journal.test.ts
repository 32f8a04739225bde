import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { LimiterStore } from '../../../src/limiter/store.ts';
import { createJournalStore, journalStore } from '../../../src/limiter/stores/journal.ts';
import { HEAD_BYTES } from '../../../src/limiter/stores/journal-fold.ts';
import { openJournalFolder } from '../../../src/limiter/stores/journal-folder.ts';
import { encodeRecords, RECORD_BYTES } from '../../../src/limiter/stores/journal-record.ts';
import { hostClock, monotonicUs, type Stamp } from '../../../src/state/clock.ts';
import { createWorld } from '../../support/world.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { admit, charge, refuse, remaining } from '../stores.ts';

const HOUR_MS = 3_600_000;
const hour = charge(3, HOUR_MS);

/** A state directory with a journal in which one of three admissions an hour is left. */
async function startedState(): Promise<{ state: string; folder: string; file: string; store: LimiterStore }> {
  const state = createWorld().at('state');
  const store = createJournalStore(state);
  await admit(store, hour);
  await (await admit(store, hour)).secured();
  const folder = join(state, 'limits');
  return { state, folder, file: join(folder, '1.journal'), store };
}

async function reasonOf(store: LimiterStore): Promise<string> {
  const reserved = await store.reserve([hour]);
  if ('unavailable' in reserved) return reserved.unavailable;
  throw new Error(`expected the store to be unavailable, not ${JSON.stringify(reserved)}`);
}

describe('the journal', () => {
  it('is made for its owner alone, with all folders above it', async () => {
    const { folder, file } = await startedState();
    const modes = [folder, file].map((path) => (statSync(path).mode & 0o777).toString(8));
    expect(modes).toEqual(['700', '600']);
    expect(readdirSync(folder)).toEqual(['1.journal']);
  });

  it('is read by a new process to where the last one left it', async () => {
    const { state } = await startedState();
    const next = createJournalStore(state);
    await admit(next, hour);
    const [standing] = await refuse(next, hour);
    expect(standing?.retryAfterMs).toBeGreaterThan(HOUR_MS - 30_000);
  });

  it('counts by the monotonic clock of the host, whatever process and generation', async () => {
    const folder = createWorld().at('state', 'limits');
    const parts = () => ({ folder: openJournalFolder(folder), clock: hostClock(), sealAfter: -512 });
    const processes = [journalStore(parts), journalStore(parts)] as const;
    let before = monotonicUs();
    for (let call = 0; call < 6; call++) {
      const { takings } = await admit(processes[call % 2] as LimiterStore, charge(9, HOUR_MS));
      expect(takings[0]?.at).toBeGreaterThanOrEqual(before);
      before = monotonicUs();
      expect(takings[0]?.at).toBeLessThanOrEqual(before);
    }
    expect(readdirSync(folder)).not.toEqual(['1.journal']);
  });

  it('is not written to by callers who are refused', async () => {
    const { store, file } = await startedState();
    await admit(store, hour);
    await refuse(store, hour);
    const { size } = statSync(file);
    for (let call = 0; call < 2000; call++) await refuse(store, hour);
    expect(statSync(file).size).toBe(size);
  });

  it('stays small, however much is reserved and given back', async () => {
    const folder = createWorld().at('state', 'limits');
    const parts = () => ({
      folder: openJournalFolder(folder),
      clock: hostClock(),
      sealAfter: 64 * RECORD_BYTES,
    });
    const store = journalStore(parts);
    await admit(store, hour);
    const generations = new Set<string>();
    for (let call = 0; call < 500; call++) {
      await (await admit(store, hour)).release();
      for (const name of readdirSync(folder)) generations.add(name);
    }
    expect(generations.size).toBeGreaterThan(10);
    const [only, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(statSync(join(folder, only as string)).size).toBeLessThan(100 * RECORD_BYTES);
    expect(await remaining(journalStore(parts), hour)).toEqual([2]);
  });

  it('has no part in the folder but its generations, and clears away what a killed process left', async () => {
    const { folder, state } = await startedState();
    const left = join(folder, '.0123456789abcdef.journal');
    for (const name of [left, join(folder, 'notes.txt')]) writeFileSync(name, '');
    expect(await remaining(createJournalStore(state), hour)).toEqual([1]);
    expect(readdirSync(folder)).toEqual(['1.journal', 'notes.txt']);
  });
});

describe('a step of the wall clock', () => {
  it.each([
    ['an hour ahead', HOUR_MS],
    ['an hour back', -HOUR_MS],
    ['a day ahead', 24 * HOUR_MS],
    ['a day back', -24 * HOUR_MS],
  ])('%s admits nobody and keeps nobody out, in this process or the next', async (_, step) => {
    const { store, state } = await startedState();
    await admit(store, hour);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + step });
    try {
      for (const process of [store, createJournalStore(state)]) {
        const [standing] = await refuse(process, hour);
        expect(standing?.retryAfterMs).toBeLessThanOrEqual(HOUR_MS);
        expect(standing?.retryAfterMs).toBeGreaterThan(HOUR_MS - 30_000);
      }
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a reboot', () => {
  const at = (boot: string, minutes: number, wallMinutes: number): Stamp => {
    return { boot: boot.padEnd(8), at: minutes * 60_000_000, wall: wallMinutes * 60_000 };
  };
  /** Three admissions at an uptime of nine hours, and then a process of another boot. */
  const rebooted = async (now: Stamp) => {
    const disk = new SimulatedDisk();
    let clock = at('first', 540, 10_000);
    const parts = () => ({ folder: disk, clock: () => clock, sealAfter: 1024 });
    const before = journalStore(parts);
    for (let call = 0; call < 3; call++) await admit(before, hour);
    clock = now;
    return { store: journalStore(parts), set: (later: Stamp) => (clock = later) };
  };

  it('counts what was admitted before it as if it had been at the boot', async () => {
    const { store, set } = await rebooted(at('second', 20, 10_030));
    expect((await refuse(store, hour))[0]?.retryAfterMs).toBe(40 * 60_000);
    set(at('second', 60, 10_070));
    await admit(store, hour);
  });

  it.each([
    ['an hour ahead', 60],
    ['a day ahead', 1440],
  ])('with a wall clock set %s admits nobody', async (_, step) => {
    const { store } = await rebooted(at('second', 20, 10_030 + step));
    expect((await refuse(store, hour))[0]?.retryAfterMs).toBe(40 * 60_000);
  });

  it.each([
    ['an hour back', 60],
    ['a day back', 1440],
  ])(
    'with a wall clock set %s counts an hour from the first call, and is exact about it',
    async (_, step) => {
      const { store, set } = await rebooted(at('second', 20, 10_030 - step));
      expect((await refuse(store, hour))[0]?.retryAfterMs).toBe(60 * 60_000);
      set(at('second', 79.999, 0));
      await refuse(store, hour);
      set(at('second', 80, 0));
      await admit(store, hour);
    },
  );

  it('after a loss of power still knows every admission anybody was told of', async () => {
    for (const kept of [0, 1]) {
      const disk = new SimulatedDisk();
      let clock = at('first', 1, 1);
      const parts = () => ({ folder: disk, clock: () => clock, sealAfter: 1024 });
      const store = journalStore(parts);
      const [first] = [await admit(store, hour), await admit(store, hour)];
      // Not synced: it may be lost, and then counts.
      await first?.release();
      disk.losePower(kept);
      clock = at('second', 1, 2);
      expect(await remaining(journalStore(parts), hour)).toEqual([kept === 1 ? 2 : 1]);
    }
  });
});

describe('an admission', () => {
  const open = (disk: SimulatedDisk, boot: string) =>
    journalStore(() => ({
      folder: disk,
      clock: () => ({ boot: boot.padEnd(8), at: 60_000_000, wall: 60_000 }),
      sealAfter: 1024,
    }));

  it('is answered before it is on the disk, and is there when it says so', async () => {
    for (const isSecured of [false, true]) {
      const disk = new SimulatedDisk();
      const reservation = await admit(open(disk, 'first'), hour);
      let finish = () => {};
      disk.syncing = new Promise((resolve) => {
        finish = resolve;
      });
      const second = await admit(open(disk, 'first'), hour);
      if (isSecured) {
        const answer = second.secured();
        expect(await Promise.race([answer, 'waiting'])).toBe('waiting');
        finish();
        expect(await answer).toBeNull();
      }
      disk.losePower(0);
      disk.syncing = null;
      expect(await reservation.secured()).toBeNull();
      expect(await remaining(open(disk, 'second'), hour)).toEqual([isSecured ? 1 : 2]);
    }
  });

  it('is still vouched for when the mark of an earlier one is written after its own', async () => {
    const disk = new SimulatedDisk();
    let finish = () => {};
    disk.syncing = new Promise((resolve) => {
      finish = resolve;
    });
    const earlier = await admit(open(disk, 'first'), hour);
    disk.syncing = null;
    const later = await admit(open(disk, 'first'), hour);
    await later.secured();
    finish();
    await earlier.secured();
    disk.newest().length -= RECORD_BYTES;
    expect(await reasonOf(open(disk, 'first'))).toContain('was cut short');
  });

  it('counts for everybody at once, whether it is on the disk or not', async () => {
    const disk = new SimulatedDisk();
    disk.syncing = new Promise(() => {});
    await admit(open(disk, 'first'), hour);
    expect(await remaining(open(disk, 'first'), hour)).toEqual([2]);
  });

  it('is unavailable when the disk fails, and can be given back', async () => {
    const disk = new SimulatedDisk();
    disk.syncing = Promise.reject(new Error('EIO: i/o error'));
    const store = open(disk, 'first');
    const reservation = await admit(store, hour);
    expect(await reservation.secured()).toEqual({ unavailable: 'EIO: i/o error' });
    await reservation.release();
    expect(await remaining(store, hour)).toEqual([3]);
  });
});

describe('a journal that is not what was written', () => {
  it('admits nobody too many when any byte of it has changed, and mostly nobody at all', async () => {
    const { state, file } = await startedState();
    const whole = readFileSync(file);
    for (let offset = 0; offset < whole.length; offset++) {
      const bytes = Buffer.from(whole);
      bytes[offset] = (bytes[offset] as number) ^ 0x10;
      writeFileSync(file, bytes);
      const reserved = await createJournalStore(state).reserve([{ ...hour, amount: 2 }]);
      // One mark less vouches for the length; the counts are not in it.
      const isMark = offset >= RECORD_BYTES && offset < HEAD_BYTES;
      expect(Object.keys(reserved)).toEqual([isMark ? 'refused' : 'unavailable']);
    }
    writeFileSync(file, whole);
    expect(await remaining(createJournalStore(state), hour)).toEqual([1]);
  });

  it('keeps a new process out when it was cut, at whatever length', async () => {
    const { state, file } = await startedState();
    const whole = readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      expect(await createJournalStore(state).reserve([hour])).toHaveProperty('unavailable');
    }
  });

  it.each([
    ['cut', (file: string) => truncateSync(file, statSync(file).size - RECORD_BYTES), 'was cut short'],
    ['emptied', (file: string) => truncateSync(file, 0), 'has a damaged head'],
    [
      'appended to by somebody else',
      (file: string) => appendFileSync(file, Buffer.alloc(64)),
      'damaged after byte',
    ],
    ['given half a record', (file: string) => appendFileSync(file, Buffer.alloc(32)), 'ends within a record'],
    ['removed', (file: string) => rmSync(file), 'was removed while it was in use'],
    [
      'removed with its folder',
      (file: string) => rmSync(join(file, '..'), { recursive: true }),
      'was removed while it was in use',
    ],
    [
      'replaced by a copy of an earlier one',
      (file: string) => {
        const bytes = readFileSync(file);
        rmSync(file);
        writeFileSync(file, bytes.subarray(0, -RECORD_BYTES), { mode: 0o600 });
      },
      'was removed while it was in use',
    ],
    [
      'put aside with its folder',
      (file: string) => {
        renameSync(join(file, '..'), join(file, '../../aside'));
        mkdirSync(join(file, '..'), { mode: 0o700 });
      },
      'was removed while it was in use',
    ],
  ])('keeps out a process that is using it: %s', async (_, change, reason) => {
    const { store, file } = await startedState();
    change(file);
    expect(await reasonOf(store)).toContain(reason);
    expect(await store.standings([hour])).toHaveProperty('unavailable');
  });

  it('keeps a process out for good once it has seen that, and says what to do', async () => {
    const { store, file } = await startedState();
    const whole = readFileSync(file);
    truncateSync(file, whole.length - RECORD_BYTES);
    await reasonOf(store);
    writeFileSync(file, whole);
    expect(await reasonOf(store)).toBe(
      'generation 1 was cut short; stop the servers and remove the folder "limits" to start with fresh budgets',
    );
  });

  it('does not fold what was written behind a seal that a killed process left without a successor', async () => {
    const { state, file, folder } = await startedState();
    appendFileSync(file, encodeRecords([{ kind: 'seal', ...hostClock()() }]));
    appendFileSync(file, 'the rest of a write that came too late');
    const [one, other] = [createJournalStore(state), createJournalStore(state)];
    await admit(one, hour);
    await refuse(other, hour);
    expect(readdirSync(folder)).toEqual(['2.journal']);
  });
});

describe('a disk', () => {
  const parts = (disk: SimulatedDisk) => () => ({
    folder: disk,
    clock: () => ({ boot: 'the boot', at: 1, wall: 1 }),
    sealAfter: 1024,
  });
  const fail = (code: string) => () => {
    throw Object.assign(new Error(`${code}: it cannot be written`), { code });
  };

  it.each(['ENOSPC', 'EROFS', 'EIO', 'EDQUOT'])(
    'that fails with %s refuses calls until it works again',
    async (code) => {
      const disk = new SimulatedDisk();
      disk.onWrite = fail(code);
      const store = journalStore(parts(disk));
      expect(await reasonOf(store)).toContain(code);
      disk.onWrite = () => {};
      await admit(store, hour);
      const reservation = await admit(store, hour);
      disk.onWrite = fail(code);
      expect(await reasonOf(store)).toContain(code);
      // What cannot be given back stays taken.
      await reservation.release();
      disk.onWrite = () => {};
      expect(await remaining(store, hour)).toEqual([1]);
      await admit(store, hour);
      // Nothing has to be written to refuse.
      disk.onWrite = fail(code);
      await refuse(store, hour);
    },
  );

  it('that shows a length before the bytes, or half of a mark, is looked at again', async () => {
    const disk = new SimulatedDisk();
    const store = journalStore(parts(disk));
    await admit(store, hour);
    let looks = 0;
    disk.onRead = (bytes, from) => {
      if (from === 0 && bytes.length === HEAD_BYTES) bytes.fill(0, 3 * RECORD_BYTES);
      else if (looks++ % 2 === 0) bytes.fill(0, bytes.length - RECORD_BYTES);
    };
    expect(await remaining(journalStore(parts(disk)), hour)).toEqual([2]);
    expect(looks).toBe(2);
    await admit(store, hour);
  });

  it('that is full in the middle of several charges takes none of them', async () => {
    const disk = new SimulatedDisk();
    const store = journalStore(parts(disk));
    const pair = [charge(5, 100, { key: 'a' }), charge(5, 100, { key: 'b' })];
    await admit(store, ...pair);
    disk.capacity = RECORD_BYTES;
    expect(await store.reserve(pair)).toEqual({ unavailable: 'the disk is full' });
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(await remaining(store, ...pair)).toEqual([4, 4]);
    await admit(store, ...pair);
    expect(await remaining(journalStore(parts(disk)), ...pair)).toEqual([3, 3]);
  });

  it('that takes no more of a real file refuses calls', () => {
    const state = createWorld().at('state');
    const script = `
      import { createJournalStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/limiter/stores/journal.ts'))};
      const limit = { counter: 'c', max: 1000, windowMs: 3600000 };
      const store = createJournalStore(${JSON.stringify(state)});
      const answers = [];
      for (let call = 0; call < 60; call++) {
        const reserved = await store.reserve([{ limit, key: 'k', amount: 1, mode: 'enforce' }]);
        answers.push('unavailable' in reserved ? reserved.unavailable : 'admitted');
      }
      process.stdout.write(JSON.stringify(answers));`;
    // Files of this process end at two blocks, whatever a block is to this shell; the signal would end it instead.
    const limited = 'trap "" XFSZ; ulimit -f 2; exec "$0" "$@"';
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const output = execFileSync('sh', ['-c', limited, process.execPath, ...args], {
      encoding: 'utf8',
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const answers = JSON.parse(output) as string[];
    const admitted = answers.filter((answer) => answer === 'admitted').length;
    expect(admitted).toBeGreaterThan(3);
    expect(answers.slice(admitted).every((answer) => /full|EFBIG/.test(answer))).toBe(true);
    expect(answers.length - admitted).toBeGreaterThan(10);
  });

  it.each([
    ['a state directory that cannot be made', '/sys/limiter'],
    ['a state directory that is a file', '/etc/hostname'],
  ])('refuses calls for %s', async (_, path) => {
    expect(await createJournalStore(path).reserve([hour])).toHaveProperty('unavailable');
  });
});

describe('a folder that others could write to', () => {
  it.each([
    [
      'open to its group',
      (folder: string) => mkdirSync(folder, { recursive: true, mode: 0o770 }),
      'can be written by other users (mode 770)',
    ],
    ['open to be read', (folder: string) => mkdirSync(folder, { recursive: true, mode: 0o750 }), 'mode 700'],
    [
      'a link to another place',
      (folder: string) => {
        mkdirSync(join(folder, '../../elsewhere'), { recursive: true, mode: 0o700 });
        mkdirSync(join(folder, '..'));
        symlinkSync('../elsewhere', folder);
      },
      'is a symlink',
    ],
  ])('is not used: %s', async (_, make, reason) => {
    const state = createWorld().at('state');
    make(join(state, 'limits'));
    if (reason.includes('770')) chmodSync(join(state, 'limits'), 0o770);
    expect(await reasonOf(createJournalStore(state))).toContain(reason);
  });

  it('is not used: a generation that is a link', async () => {
    const { state, file } = await startedState();
    renameSync(file, join(state, 'elsewhere'));
    symlinkSync('../elsewhere', file);
    expect(await reasonOf(createJournalStore(state))).toContain(`is not a regular file of the server's user`);
  });
});

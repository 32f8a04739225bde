import { spawnSync } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Holder, isDead, nameHolder, parseHolder, thisProcess } from '../../src/state/holder.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';

const NOW = 1_800_000_000_000;
const SILENCE_MS = 60_000;
/** A process id that no process has, unless a test says so. */
const PID = 4_194_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

/** A line of /proc/PID/stat (proc(5)), with the start in its 22nd field. */
const stat = (started: string, state = 'S', name = 'node') =>
  `${PID} (${name}) ${state} ${Array.from({ length: 18 }, (_, at) => at + 100).join(' ')} ${started} 999 1000\n`;

/** As if the files of /proc said something else; null where one cannot be read. */
function pretend(files: Readonly<Record<string, string | null>>): void {
  patchFs('readFileSync', (real) => (path: string, encoding: 'utf8') => {
    const text = files[path];
    if (text === null) throw systemError('EACCES');
    return text ?? real(path, encoding);
  });
}

/** As if there was a process with this id. */
function pretendProcess(text: string | null, kill: () => true = () => true): void {
  vi.spyOn(process, 'kill').mockImplementation(kill);
  pretend({ [`/proc/${PID}/stat`]: text });
}

/** The same questions to a process that has not yet looked at itself. */
async function afresh() {
  vi.resetModules();
  return await import('../../src/state/holder.ts');
}

describe('a holder as a part of a name', () => {
  it.each<[string, Holder | null]>([
    ['12.345.ab-c.678', { pid: 12, started: '345', boot: 'ab-c', namespace: '678' }],
    ['1...', { pid: 1, started: '', boot: '', namespace: '' }],
    ['0...', null],
    ['012.345.ab.678', null],
    ['-1.345.ab.678', null],
    ['.345.ab.678', null],
    ['12.x.ab.678', null],
    ['12.345.a/b.678', null],
    ['12.345.ab.x', null],
    ['12.345.ab', null],
    ['12.345.ab.678.9', null],
    ['x12.345.ab.678', null],
    ['free', null],
    ['', null],
  ])('%j is that of %j', (name, holder) => {
    expect(parseHolder(name)).toEqual(holder);
    if (holder !== null) expect(nameHolder(holder)).toBe(name);
  });

  it('is that of this process, which says it the same way each time', () => {
    const own = thisProcess();
    expect(own.pid).toBe(process.pid);
    expect(parseHolder(nameHolder(own))).toEqual(own);
    expect(thisProcess()).toBe(own);
  });

  it('says when this process started, and where', () => {
    if (process.platform !== 'linux') return;
    const { boot, namespace, started } = thisProcess();
    expect(boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(namespace).toMatch(/^\d+$/);
    expect(started).toMatch(/^\d*$/);
  });

  it('says nothing of what cannot be had', async () => {
    pretend({ '/proc/sys/kernel/random/boot_id': null, [`/proc/${process.pid}/stat`]: null });
    patchFs('readlinkSync', () => () => {
      throw systemError('ENOENT');
    });
    const { thisProcess } = await afresh();
    expect(thisProcess()).toEqual({ pid: process.pid, started: '', boot: '', namespace: '' });
  });

  it.each([
    ['monotonic 0 0\nboottime 0 0\n', '777'],
    ['monotonic 5 0\nboottime 5 0\n', ''],
    [null, ''],
  ])('says a start only with the clocks of the host: %j', async (offsets, started) => {
    pretend({ '/proc/self/timens_offsets': offsets, [`/proc/${process.pid}/stat`]: stat('777') });
    const { thisProcess } = await afresh();
    expect(thisProcess().started).toBe(started);
  });
});

describe('a holder of the same machine', () => {
  const own = thisProcess();
  const holder = { ...own, pid: PID, started: '777' };
  const hasStart = own.started !== '';
  const silent = () => NOW - SILENCE_MS - 1;

  it('is this process, which is not dead however long it was silent', () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    expect(isDead(own, NOW)).toBe(false);
    if (hasStart) expect(isDead(own, 0)).toBe(false);
  });

  it('is dead when its process has ended, however lately it showed itself', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    expect(isDead({ ...own, pid }, Date.now())).toBe(true);
  });

  it.each<[string, string | null, boolean]>([
    ['has its start', stat('777'), false],
    ['has its start, and a name of brackets and blanks', stat('777', 'S', 'a) Z 1 (b'), false],
    ['started at another time', stat('778'), true],
    ['is a zombie', stat('777', 'Z'), true],
    ['is dead to its parent', stat('777', 'X'), true],
    ['is stopped', stat('777', 'T'), false],
    ['cannot be looked at', null, false],
  ])('is looked up by its id, where a process %s', (_, text, expected) => {
    // In a time namespace it goes by signs of life.
    if (!hasStart) return;
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    pretendProcess(text);
    // Its sign of life has no say.
    for (const sign of [NOW, silent()]) expect(isDead(holder, sign)).toBe(expected);
  });

  it.each([
    ['EPERM', false],
    ['ESRCH', true],
  ])('is looked up where a signal fails with %s: dead is %j', (code, expected) => {
    if (!hasStart) return;
    pretendProcess(stat('777'), () => {
      throw systemError(code);
    });
    expect(isDead(holder, Date.now())).toBe(expected);
  });

  it.each([
    [0, false],
    [-SILENCE_MS, false],
    [-SILENCE_MS - 1, true],
    [SILENCE_MS, false],
    [SILENCE_MS + 1, true],
  ])('whose start is not known goes by its last sign, %i ms from now: dead is %j', (age, expected) => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    pretendProcess(stat('777'));
    expect(isDead({ ...holder, started: '' }, NOW + age)).toBe(expected);
    // It has ended whatever it showed.
    pretendProcess(stat('777', 'Z'));
    expect(isDead({ ...holder, started: '' }, NOW + age)).toBe(true);
  });

  it('goes by its last sign for a process whose clocks are shifted', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    vi.spyOn(process, 'kill').mockReturnValue(true);
    pretend({ '/proc/self/timens_offsets': 'monotonic 5 0\n', [`/proc/${PID}/stat`]: stat('777') });
    const { isDead } = await afresh();
    expect([isDead(holder, NOW), isDead(holder, silent())]).toEqual([false, true]);
    // Its start would be another number here.
    expect(isDead({ ...holder, started: '1' }, NOW)).toBe(false);
  });
});

describe('a holder elsewhere', () => {
  const own = thisProcess();
  const hasHostClocks = own.started !== '';
  const rows: [string, Partial<Holder>][] = [
    ['another machine', { boot: 'another' }],
    ['a container', { namespace: '1' }],
  ];

  it.each(rows)('on %s goes by its last sign alone', (_, holder) => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    pretendProcess(stat('777', 'Z'));
    for (const [age, expected] of [
      [0, false],
      [-SILENCE_MS, false],
      [-SILENCE_MS - 1, true],
      [SILENCE_MS, false],
      [SILENCE_MS + 1, true],
    ] as const) {
      expect([age, isDead({ ...own, pid: PID, ...holder }, NOW + age)]).toEqual([age, expected]);
    }
  });

  /** As if the machine had started so many seconds ago. */
  function startedAgo(seconds: number): void {
    const { uptime } = os;
    onTestFinished(() => {
      os.uptime = uptime;
      syncBuiltinESMExports();
    });
    os.uptime = () => seconds;
    syncBuiltinESMExports();
  }

  it('is dead when it ran before the machine was started', () => {
    if (!hasHostClocks) return;
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    startedAgo(10);
    const before = { ...own, boot: 'another' };
    expect(isDead(before, NOW - 10_000)).toBe(false);
    expect(isDead(before, NOW - 10_001)).toBe(true);
    // The same start of the machine: that tells nothing.
    expect(isDead({ ...own, namespace: '1' }, NOW - 10_001)).toBe(false);
  });

  it('is not judged by the start of the machine where clocks are shifted', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW);
    startedAgo(10);
    pretend({ '/proc/self/timens_offsets': 'monotonic 5 0\n' });
    const { isDead } = await afresh();
    expect(isDead({ ...own, boot: 'another' }, NOW - 10_001)).toBe(false);
  });
});

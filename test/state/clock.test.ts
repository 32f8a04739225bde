import { spawnSync } from 'node:child_process';
import type { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostClock, readClocks } from '../../src/state/clock.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

const offsets = (seconds: number) =>
  `monotonic  ${String(seconds).padStart(10)}         0\nboottime   ${String(seconds).padStart(10)}         0\n`;

/** The boot as it is named when a file of /proc says something else, or cannot be read. */
function bootWith(path: string, read: () => string): string {
  const undo = patchFs('readFileSync', (real: typeof readFileSync) => (file: string) => {
    return file === path ? read() : real(file, 'utf8');
  });
  try {
    return hostClock()().boot;
  } finally {
    undo();
  }
}

describe('a boot', () => {
  it('is another one with another boot id, and in a time namespace with other offsets', () => {
    const own = hostClock()().boot;
    expect(hostClock()().boot).toBe(own);
    const names = [
      own,
      bootWith('/proc/sys/kernel/random/boot_id', () => 'another\n'),
      // The number of the namespace is the same each time: it is given anew when one has ended.
      ...[1, 7200, 14_400].map((seconds) => bootWith('/proc/self/timens_offsets', () => offsets(seconds))),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(Buffer.byteLength(name, 'latin1')).toBe(8);
  });

  it('has no name where its clocks cannot be told', () => {
    const failing = () => {
      throw systemError('EACCES');
    };
    expect(() => bootWith('/proc/self/timens_offsets', failing)).toThrow('EACCES');
    const missing = () => {
      throw systemError('ENOENT');
    };
    expect(bootWith('/proc/self/timens_offsets', missing)).toHaveLength(8);
  });
});

describe('the clocks of a process', () => {
  it.each([
    [offsets(0), false],
    [offsets(1), true],
    [offsets(-5), true],
    ['monotonic           0         0\nboottime            9         0\n', true],
    ['monotonic           0         1\nboottime           0         0\n', true],
    ['', false],
  ])('are those of the host, or shifted: %j', (text, areShifted) => {
    expect(readClocks(() => text)).toMatchObject({ areShifted });
  });

  it('are named by their offsets and by their namespace', () => {
    patchFs('readlinkSync', () => () => 'time:[1]');
    const one = readClocks(() => offsets(0)).name;
    expect(readClocks(() => offsets(0)).name).toBe(one);
    expect(readClocks(() => offsets(3)).name).not.toBe(one);
    patchFs('readlinkSync', () => () => 'time:[2]');
    expect(readClocks(() => offsets(0)).name).not.toBe(one);
  });

  it('are read from /proc', () => {
    const asked: string[] = [];
    patchFs('readFileSync', () => (path: string) => {
      asked.push(path);
      return offsets(7);
    });
    expect(readClocks()).toMatchObject({ areShifted: true });
    expect(asked).toEqual(['/proc/self/timens_offsets']);
  });

  it('are those of the host on a system without time namespaces', () => {
    const missing = () => {
      throw systemError('ENOENT');
    };
    patchFs('readlinkSync', () => missing);
    expect(readClocks(missing)).toEqual({ name: ' ', areShifted: false });
  });

  it('cannot be told where one of the two cannot be read', () => {
    const closed = () => {
      throw systemError('EACCES');
    };
    expect(() => readClocks(closed)).toThrow('EACCES');
    patchFs('readlinkSync', () => closed);
    expect(() => readClocks(() => offsets(0))).toThrow('EACCES');
  });
});

/** Only root may make a time namespace, and not on every kernel; elsewhere the offsets are put in the place of real ones. */
const canShift = spawnSync('unshare', ['-T', '--monotonic', '1', 'true']).status === 0;

describe('a budget of four an hour', () => {
  it('is one budget for processes that run one after the other in time namespaces hours apart', () => {
    const world = createWorld();
    const journal = join(import.meta.dirname, '../../src/limiter/stores/journal.ts');
    const program = world.file(
      'reserve.mts',
      `import fs from 'node:fs';
       import { syncBuiltinESMExports } from 'node:module';
       const seconds = Number(process.argv[2]);
       if (${!canShift}) {
         const { readFileSync } = fs;
         const { hrtime } = process;
         fs.readFileSync = (path, ...rest) => path === '/proc/self/timens_offsets' ? String(seconds) : readFileSync(path, ...rest);
         process.hrtime = () => { const [s, ns] = hrtime(); return [s + seconds, ns]; };
         syncBuiltinESMExports();
       }
       const { createJournalStore } = await import(${JSON.stringify(journal)});
       const store = createJournalStore(${JSON.stringify(world.at('state'))});
       const limit = { counter: 'c', max: 4, windowMs: 3_600_000 };
       let admitted = 0;
       for (let call = 0; call < 6; call++) {
         const reserved = await store.reserve([{ limit, key: 'k', amount: 1, mode: 'enforce' }]);
         if ('reservation' in reserved) admitted++;
       }
       process.stdout.write(String(admitted));`,
    );
    const admitted = [7200, 14_400, 21_600].map((seconds) => {
      const through = canShift ? ['unshare', '-T', '--monotonic', String(seconds)] : [];
      const [command, ...args] = [...through, process.execPath, '--import', 'tsx', program, String(seconds)];
      const { stdout, stderr } = spawnSync(command as string, args, {
        encoding: 'utf8',
        cwd: import.meta.dirname,
        env: { ...process.env, TSX_DISABLE_CACHE: '1' },
      });
      expect(stderr).toBe('');
      return Number(stdout);
    });
    expect(admitted).toEqual([4, 0, 0]);
  });
});

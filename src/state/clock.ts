import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';

/** A moment on this host. */
export interface Stamp {
  /** Identifies the boot: stamps of different boots cannot be compared. Eight bytes, one character each. */
  readonly boot: string;
  /** Microseconds of the monotonic clock, which all processes of a boot share and which cannot be set. */
  readonly at: number;
  /** Milliseconds of the wall clock, which can be set to any value at any time. */
  readonly wall: number;
}

/** Microseconds of the monotonic clock, rounded up, so that no one acts before the returned moment. */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.ceil(nanoseconds / 1000);
}

/**
 * Makes a function that reads this host's clocks.
 * @throws A system error if the boot cannot be identified.
 */
export function hostClock(): () => Stamp {
  const boot = createHash('sha256').update(bootId()).digest().subarray(0, 8).toString('latin1');
  return () => ({ boot, at: monotonicUs(), wall: Date.now() });
}

function bootId(): string {
  if (process.platform === 'darwin') {
    return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' });
  }
  // Other clocks count as another boot.
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readClocks().name;
}

/**
 * The clocks of this process. In its own time namespace (time_namespaces(7)), which a container may have, the monotonic
 * clock, the uptime and the start times of processes are shifted, while the boot id is the host's.
 */
export interface Clocks {
  /**
   * Identifies the clocks: equal for two processes of a boot only if they read the same clocks. The number of the
   * namespace alone is not enough, because it is reused.
   */
  readonly name: string;
  /** Whether they differ from the host's clocks, or may differ. */
  readonly areShifted: boolean;
}

/**
 * Identifies the clocks of this process.
 * @param read Reads a file in /proc, for tests.
 * @returns The clocks; on a system without time namespaces, the host's.
 * @throws A system error if they cannot be identified.
 */
export function readClocks(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): Clocks {
  const offsets = orNone(() => read('/proc/self/timens_offsets'));
  const namespace = orNone(() => readlinkSync('/proc/self/ns/time'));
  return { name: `${namespace} ${offsets}`, areShifted: /[1-9]/.test(offsets) };
}

function orNone(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

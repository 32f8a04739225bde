import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readClocks } from './time-namespace.ts';

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

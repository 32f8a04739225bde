import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readClocks } from './time-namespace.ts';

/** A moment on this host. */
export interface Stamp {
  /** The boot this was read in: readings of different boots cannot be compared. Eight bytes, one character each. */
  readonly boot: string;
  /** Microseconds of the monotonic clock, which every process of a boot shares and nobody can set. */
  readonly at: number;
  /** Milliseconds of the wall clock, which may be set to anything at any time. */
  readonly wall: number;
}

/** Microseconds of the monotonic clock, rounded up: whoever acts on the reading does so when that moment has come. */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.ceil(nanoseconds / 1000);
}

/** A reader of this host's clocks. Throws where a boot cannot be told from the one before it. */
export function hostClock(): () => Stamp {
  const boot = createHash('sha256').update(bootId()).digest().subarray(0, 8).toString('latin1');
  return () => ({ boot, at: monotonicUs(), wall: Date.now() });
}

function bootId(): string {
  if (process.platform === 'darwin') {
    return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' });
  }
  // With other clocks it is as good as another boot.
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readClocks().name;
}

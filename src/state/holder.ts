import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { errnoOf } from '../base/paths.ts';
import { readClocks } from './clock.ts';

/**
 * Identifies the process that holds a lock, so that others can tell whether it still runs. A process id alone is not
 * enough: it is reused after its process has ended, and means another process in a container or on another machine.
 */
export interface Holder {
  readonly pid: number;
  /**
   * When the process started, in ticks since the machine's boot. Empty, like the other fields, if unknown; also empty in
   * a time namespace, where other processes read a different number.
   */
  readonly started: string;
  /** Identifies the machine and its boot. */
  readonly boot: string;
  /** The process id namespace; each container has its own. */
  readonly namespace: string;
}

/** How long a holder that cannot be inspected may show no sign of life before it counts as dead. */
const SILENCE_MS = 60_000;

let own: { readonly holder: Holder; readonly hasHostClocks: boolean } | undefined;

/** This process. */
export function thisProcess(): Holder {
  return lookAtOwn().holder;
}

function lookAtOwn(): NonNullable<typeof own> {
  if (own !== undefined) return own;
  // Only with the host's clocks do times since boot mean the same in this process and in others.
  const hasHostClocks = orNull(() => !readClocks().areShifted) ?? false;
  const holder = {
    pid: process.pid,
    started: (hasHostClocks && readProcess(process.pid)?.started) || '',
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '',
    // As `pid:[4026531836]`.
    namespace: orNull(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')) ?? '',
  };
  own = { holder, hasHostClocks };
  return own;
}

/** A process that this one has started; it may have ended already. */
export function childProcess(pid: number): Holder {
  const { holder, hasHostClocks } = lookAtOwn();
  return { ...holder, pid, started: (hasHostClocks && readProcess(pid)?.started) || '' };
}

/** A holder as part of a file name. */
export function nameHolder({ pid, started, boot, namespace }: Holder): string {
  return [pid, started, boot, namespace].join('.');
}

/** The holder in a file name; null if it is not valid. */
export function parseHolder(name: string): Holder | null {
  const [, pid, started, boot, namespace] = /^([1-9]\d*)\.(\d*)\.([\w-]*)\.(\d*)$/.exec(name) ?? [];
  if (pid === undefined) return null;
  return { pid: Number(pid), started, boot, namespace } as Holder;
}

/**
 * Whether a holder no longer runs.
 *
 * In the same namespace of the same machine this is certain. Of any other process (in a container, or on another machine
 * that mounts the same state directory) only the last sign of life is known. If the machine was restarted, that sign is
 * older than its uptime.
 * @param lastSign When the holder last showed a sign of life, in milliseconds since 1970.
 */
export function isDead(holder: Holder, lastSign: number): boolean {
  const { holder: self, hasHostClocks } = lookAtOwn();
  const now = Date.now();
  // The absolute difference: a clock may have been set back, or be fast on another machine.
  const isSilent = Math.abs(now - lastSign) > SILENCE_MS;
  if (holder.boot === self.boot && holder.namespace === self.namespace)
    return !isRunning(holder, isSilent, hasHostClocks);
  return isSilent || (hasHostClocks && holder.boot !== self.boot && lastSign < now - uptime() * 1000);
}

function isRunning({ pid, started }: Holder, isSilent: boolean, hasHostClocks: boolean): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    if (errnoOf(error) === 'ESRCH') return false;
  }
  const found = readProcess(pid);
  if (found?.hasEnded) return false;
  // Without its start time the process cannot be told from a later one with the same id.
  if (started === '' || !hasHostClocks) return !isSilent;
  // Null: it exists but is hidden from this process.
  return found === null || found.started === started;
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)), counted after the name, which may contain any characters. */
function readProcess(pid: number): { started: string; hasEnded: boolean } | null {
  return orNull(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended and only waits for its parent.
    return { started: fields[19] as string, hasEnded: fields[0] === 'Z' || fields[0] === 'X' };
  });
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

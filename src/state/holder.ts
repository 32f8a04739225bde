import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { errnoOf } from '../base/paths.ts';
import { readClocks } from './time-namespace.ts';

/**
 * Which process holds a lock, so that others can tell whether it still runs. A process id alone would not do: it is
 * given anew after its process has ended, and means another process in a container or on another machine.
 */
export interface Holder {
  readonly pid: number;
  /**
   * When the process started, in ticks since the machine did; empty, as the others, where that cannot be had, and in a
   * time namespace, where others read another number.
   */
  readonly started: string;
  /** Which start of which machine. */
  readonly boot: string;
  /** The process id namespace: containers have one each. */
  readonly namespace: string;
}

/** How long a holder that cannot be looked at may be silent before it counts as dead. */
const SILENCE_MS = 60_000;

let own: { readonly holder: Holder; readonly hasHostClocks: boolean } | undefined;

/** This process. */
export function thisProcess(): Holder {
  return lookAtOwn().holder;
}

function lookAtOwn(): NonNullable<typeof own> {
  if (own !== undefined) return own;
  // Only then do times since the start of the machine mean the same to this process as to others.
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

/** A holder as a part of a file name. */
export function nameHolder({ pid, started, boot, namespace }: Holder): string {
  return [pid, started, boot, namespace].join('.');
}

/** The holder a file name tells of; null when it makes no sense. */
export function parseHolder(name: string): Holder | null {
  const [, pid, started, boot, namespace] = /^([1-9]\d*)\.(\d*)\.([\w-]*)\.(\d*)$/.exec(name) ?? [];
  if (pid === undefined) return null;
  return { pid: Number(pid), started, boot, namespace } as Holder;
}

/**
 * Whether a holder cannot be at work any more.
 *
 * On the same machine and in the same namespace that is certain. Of a process elsewhere (in a container, or on another
 * machine that mounts the same state directory) only its sign of life can be seen. After a restart of the machine that
 * sign is older than the machine's uptime.
 * @param lastSign When the holder last showed that it is alive, in milliseconds since 1970.
 */
export function isDead(holder: Holder, lastSign: number): boolean {
  const { holder: self, hasHostClocks } = lookAtOwn();
  const now = Date.now();
  // A clock may have been set back, or run ahead on another machine.
  const isSilent = Math.abs(now - lastSign) > SILENCE_MS;
  if (holder.boot === self.boot && holder.namespace === self.namespace)
    return !isRunning(holder, isSilent, hasHostClocks);
  return isSilent || (hasHostClocks && holder.boot !== self.boot && lastSign < now - uptime() * 1000);
}

function isRunning({ pid, started }: Holder, isSilent: boolean, hasHostClocks: boolean): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is one, of another user.
    if (errnoOf(error) === 'ESRCH') return false;
  }
  const found = readProcess(pid);
  if (found?.hasEnded) return false;
  // Without its start nothing tells the process from a later one with its id.
  if (started === '' || !hasHostClocks) return !isSilent;
  // Null: it is there but hidden from us.
  return found === null || found.started === started;
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)), counted from behind the name, which may hold anything. */
function readProcess(pid: number): { started: string; hasEnded: boolean } | null {
  return orNull(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie only waits for its parent to take notice.
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

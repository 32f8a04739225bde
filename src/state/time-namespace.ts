import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';

/**
 * Which clocks this process has. In a time namespace of their own (time_namespaces(7)), as containers may have one, the
 * monotonic clock, the uptime and the start times of processes are shifted, while the boot id is that of the host.
 */
export interface Clocks {
  /**
   * Names the clocks: equal for two processes of a boot only if they read the same ones. The number of a namespace would
   * not do, since the next one is given it anew.
   */
  readonly name: string;
  /** Whether they are not those of the host, or perhaps not. */
  readonly areShifted: boolean;
}

/**
 * Looks which clocks this process has.
 * @param read Reads a file of /proc, for tests.
 * @returns Them; on a system without time namespaces, those of the host.
 * @throws A system error when that cannot be told.
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

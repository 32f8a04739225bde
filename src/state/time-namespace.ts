import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';

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

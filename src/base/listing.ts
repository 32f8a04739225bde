import { type Dirent, opendirSync } from 'node:fs';
import { stopAtShortage } from './interruption.ts';
import type { Turns } from './turns.ts';

/**
 * Lists a folder without blocking other calls, however many entries it has.
 * @param take Converts an entry to a result; undefined leaves it out.
 * @returns The results, in the order of the file system.
 * @throws A system error if the folder cannot be listed; Interruption.
 */
export async function listFolder<T>(
  folder: string,
  turns: Turns,
  take: (entry: Dirent) => T | undefined,
): Promise<T[]> {
  const taken: T[] = [];
  // Waits before opening the folder, so that a thousand simultaneous calls do not keep a thousand folders open.
  await turns.spend();
  try {
    const dir = opendirSync(folder);
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
        const kept = take(entry);
        if (kept !== undefined) taken.push(kept);
        const pause = turns.spend();
        if (pause !== undefined) await pause;
      }
    } finally {
      dir.closeSync();
    }
  } catch (error) {
    stopAtShortage(error);
    throw error;
  }
  return taken;
}

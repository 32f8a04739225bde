import { type Dirent, opendirSync } from 'node:fs';
import { stopAtShortage } from './interruption.ts';
import type { Turns } from './turns.ts';

/**
 * Lists a folder, however many entries it has.
 * @param take What is kept of an entry; undefined for nothing.
 * @returns What was kept, in the order of the file system.
 * @throws A system error when the folder cannot be listed, or an Interruption.
 */
export async function listFolder<T>(
  folder: string,
  turns: Turns,
  take: (entry: Dirent) => T | undefined,
): Promise<T[]> {
  const taken: T[] = [];
  // Whoever has to wait does so before the folder is open: a thousand calls at once must not keep a thousand open.
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

import { renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { discardOwn, writeNew } from './folder.ts';
import { draftName } from './layout.ts';

/**
 * Replaces a file of the state directory, or makes it: whoever reads it meanwhile finds the old or the new one, whole.
 * @throws A system error; the old file is still there then.
 */
export function replaceFile(path: string, text: string): void {
  const draft = join(dirname(path), draftName());
  try {
    writeNew(draft, Buffer.from(text));
    renameSync(draft, path);
  } catch (error) {
    discardOwn(draft);
    throw error;
  }
}

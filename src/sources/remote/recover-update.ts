import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readTextInside } from '../../base/read-inside.ts';
import { trackingRef } from './ready-checkout.ts';
import { undoUpdate } from './undo-update.ts';
import type { UpdateFolder } from './update-folder.ts';
import { takeOver } from './update-note.ts';

/** How it went: `mixed` as in {@link undoUpdate}, `locked` if another process is at it. */
export type Recovered = 'undone' | 'mixed' | 'locked';

/**
 * Undoes an update that was interrupted, see {@link fastForward}: the checkout is then as it was before, or, if only the end was
 * missing, at the new commit.
 * @param folder Of a checkout with an interrupted update.
 * @throws A system error.
 */
export async function recoverUpdate(folder: UpdateFolder): Promise<Recovered> {
  const { checkout, scratch } = folder;
  const { git, commit, branch, interrupted } = checkout;
  if (interrupted === null) return 'undone';
  folder.goThrough();
  const note = takeOver(git, interrupted, scratch);
  if (note === null) return 'locked';
  let isOver = false;
  try {
    // The branch moves last.
    if (commit === interrupted.after) isOver = true;
    else if (commit === interrupted.before) isOver = (await undoUpdate(folder, interrupted)) !== 'mixed';
    if (!isOver) return 'mixed';
    for (const ref of [trackingRef(branch), `refs/heads/${branch}`]) {
      removeLock(git.common, ref, (text) => text === `${interrupted.after}\n`);
    }
    removeLock(git.common, 'shallow', (text) => /^(?:[0-9a-f]{40,64}\n)+$/.test(text));
    return 'undone';
  } finally {
    if (isOver) note.release();
    else note.giveUp();
  }
}

/** Removes the lock of a file, if it is what the update would have put there. */
function removeLock(gitFolder: string, name: string, isOurs: (text: string) => boolean): void {
  const file = readTextInside(gitFolder, `${name}.lock`, MOST_BYTES);
  if (file !== null && file !== 'absent' && isOurs(file.text)) rmSync(join(gitFolder, `${name}.lock`));
}
const MOST_BYTES = 1024 * 1024;

import { MiB } from '../../base/bounded-file.ts';
import { readTextInside } from '../../base/read-inside.ts';
import type { UpdateFolder } from './update-folder.ts';

/**
 * Where the history of a shallow clone ends once new commits are in it: where it did before, and where that of the new ones
 * does. What git fetched may also end earlier than the clone does, or go on behind its ends; the clone stays as it is.
 * @returns The text of the file `shallow` (gitrepository-layout(5)), or that it stays the same; null if it cannot be told.
 */
export async function shallowEnds(
  folder: UpdateFolder,
): Promise<{ readonly text: string } | 'the same' | null> {
  const before = linesIn(folder.checkout.git.common);
  const fetched = linesIn(folder.path);
  if (before === null || fetched === null) return null;
  const added = fetched.filter((commit) => !before.includes(commit));
  if (added.length === 0) return 'the same';
  // Git notes ends that it did not get, too.
  const which = ['rev-list', '--no-walk', '--ignore-missing', ...added];
  const there = await folder.run(which);
  const known = await folder.run(which, { isWithoutNew: true });
  if (there === null || known === null) return null;
  const old = new Set(known.split('\n'));
  const ends = there.split('\n').filter((commit) => commit !== '' && !old.has(commit));
  return ends.length === 0 ? 'the same' : { text: `${[...before, ...ends].join('\n')}\n` };
}

/** The commits in the file; none if there is no such file. */
function linesIn(folder: string): string[] | null {
  const file = readTextInside(folder, 'shallow', MiB);
  if (file === null || file === 'absent') return file === null ? null : [];
  const lines = file.text.split('\n').filter((line) => line !== '');
  return lines.every((line) => /^[0-9a-f]{40,64}$/.test(line)) ? lines : null;
}

import type { GitFolder } from './git-folder.ts';
import { plainValue, readSettings } from './git-settings.ts';

/** What a checkout's own configuration says of where it comes from, and of itself. */
export interface Origin {
  /** The address of the remote `origin`, from which git would fetch; null if there is none, or it is not understood. */
  readonly url: string | null;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Reads where a checkout comes from, as data: nothing is fetched from there.
 * @returns Null if its configuration cannot be understood, see {@link readSettings}.
 */
export function readOrigin(git: Pick<GitFolder, 'path' | 'common'>): Origin | null {
  let url: string | null = null;
  const settings = readSettings(git, (section, name, key, value) => {
    // Of several, git fetches from the first.
    if (section === 'remote' && name === 'origin' && key === 'url') url ??= plainValue(value);
  });
  return settings === null ? null : { url, settings };
}

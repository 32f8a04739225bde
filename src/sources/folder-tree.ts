import { createHash } from 'node:crypto';
import { opendirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { errnoOf, isInside } from '../base/paths.ts';
import { lstatExactly, stampFrom } from '../base/stamp.ts';
import type { Turns } from '../base/turns.ts';

/** The state of everything on disk that a comparison of a folder with its commit depends on. */
export interface TreeState {
  /** Two looks with the same key saw the same. */
  readonly key: string;
  /** When any of it last changed, in milliseconds since 1970. */
  readonly changedAt: number;
  /** The same for the list of what lies in the folders above it. */
  readonly changedAbove: number;
  /** The files with attributes (gitattributes(5)) in it and above it, relative to the top of the work tree. */
  readonly attributes: readonly string[];
}

/** More than nearly every module has; git looks at so many in less time than this takes. */
const MOST_ENTRIES = 2000;

/**
 * Looks at every entry of a folder, and at the rules above it that git goes by: which files are ignored, and attributes.
 * @param folder The real path of a folder in the work tree.
 * @param worktree The top of the work tree.
 * @returns Null if the folder is not in the work tree, has more than {@link MOST_ENTRIES}, contains another repository, is
 *   not all of one file system, or cannot be read.
 * @throws Interruption
 */
export async function lookAtTree(folder: string, worktree: string, turns: Turns): Promise<TreeState | null> {
  // The folder may have been replaced since its repository was found.
  if (!isInside(folder, worktree)) return null;
  const look = new Look(worktree);
  for (let above = folder; above !== worktree; ) {
    above = dirname(above);
    if (!look.lookAbove(above)) return null;
  }
  const queue = [folder];
  for (const current of queue) {
    const before = look.entries;
    const isRead = look.lookInto(current, (inner) => queue.push(inner));
    if (!isRead) return null;
    await turns.spend(look.entries - before);
  }
  return look.state();
}

/** What is not named here is of no account, or, like a link to rules, not followed by git. */
const RULES = ['.gitignore', '.gitattributes'];

class Look {
  readonly #worktree: string;
  readonly #device: bigint | undefined;
  readonly #lines: string[] = [];
  readonly #attributes: string[] = [];
  #changedAt = 0;
  #changedAbove = 0;
  entries = 0;

  constructor(worktree: string) {
    this.#worktree = worktree;
    this.#device = lstatExactly(worktree)?.dev;
  }

  lookAbove(folder: string): boolean {
    const stats = lstatExactly(folder);
    if (stats === null) return false;
    this.#changedAbove = Math.max(this.#changedAbove, stampFrom(stats).changedAt);
    return RULES.every((name) => this.#note(join(folder, name), true));
  }

  lookInto(folder: string, onFolder: (path: string) => void): boolean {
    if (!this.#note(folder, false)) return false;
    const inner: string[] = [];
    try {
      const listing = opendirSync(folder);
      try {
        for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
          if (++this.entries > MOST_ENTRIES) return false;
          if (entry.name === '.git') {
            if (folder === this.#worktree) continue;
            // What is in it decides whether git takes the folder around it for another repository.
            return false;
          }
          const path = `${folder}/${entry.name}`;
          if (entry.isDirectory()) onFolder(path);
          else inner.push(path);
        }
      } finally {
        listing.closeSync();
      }
    } catch (error) {
      stopAtShortage(error);
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
    return inner.every((path) => this.#note(path, false));
  }

  state(): TreeState {
    const key = createHash('sha256').update(this.#lines.join('\n')).digest('base64');
    return {
      key,
      changedAt: this.#changedAt,
      changedAbove: this.#changedAbove,
      attributes: this.#attributes,
    };
  }

  /** @returns False for what is not there and should be, or lies on another file system, which may have another clock. */
  #note(path: string, mayBeAbsent: boolean): boolean {
    const stats = lstatExactly(path);
    if (stats === null) return mayBeAbsent;
    if (stats.dev !== this.#device) return false;
    const { key, changedAt } = stampFrom(stats);
    this.#lines.push(`${path}\0${key}`);
    this.#changedAt = Math.max(this.#changedAt, changedAt);
    if (path.endsWith('/.gitattributes')) this.#attributes.push(relative(this.#worktree, path));
    return true;
  }
}

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { proveFolder } from '../state/proof.ts';
import type { ObjectFolder } from './git-objects.ts';
import type { ReadFile } from './read-inside.ts';

/** All that git is given to read of a repository beside its objects and its work tree. */
export interface GitFolderContents {
  /** The text of HEAD. */
  readonly head: string;
  /** The text of the configuration. */
  readonly config: string;
  /** Copies of the repository's files, by their path in the git folder. */
  readonly files: ReadonlyMap<string, ReadFile>;
  /** Where objects may be read. */
  readonly objects: readonly ObjectFolder[];
}

/**
 * Makes a git folder of the server's own, with no refs and no objects, and removes it when the work is done.
 *
 * Objects are lent by folders that hold nothing but symlinks to packs and loose objects: `info/`, which could send git
 * elsewhere, is not among them. What git would write goes into this folder.
 * The calls are synchronous: a millisecond of the loop, where each wait for one of them would take as long.
 * @param work Gets the folder's path and those of the lent objects.
 * @returns What the work returns; null where others can write to the folder for temporary files, or to one above.
 * @throws A system error where there is no room for temporary files.
 */
export async function withPrivateGitFolder<T>(
  { head, config, files, objects }: GitFolderContents,
  work: (path: string, lent: readonly string[]) => Promise<T>,
): Promise<T | null> {
  const path = mkdtempSync(join(resolve(tmpdir()), 'odoo-link-git-'));
  try {
    // Whoever can put another folder in its place decides what git is configured to run.
    if (proveFolder(path, path) !== null) return null;
    for (const name of ['refs', 'objects', 'info']) mkdirSync(join(path, name));
    writeFileSync(join(path, 'HEAD'), head);
    writeFileSync(join(path, 'config'), config);
    for (const [name, { bytes, modified }] of files) {
      writeFileSync(join(path, name), bytes);
      // Git compares a file anew that is not older than the index, to the second: it may have changed since.
      utimesSync(join(path, name), modified, modified);
    }
    const lent = objects.map((_, index) => join(path, `lent${index}`));
    for (const [index, folder] of lent.entries()) {
      mkdirSync(folder);
      const { path: real, parts } = objects[index] as ObjectFolder;
      for (const part of parts) symlinkSync(join(real, part), join(folder, part));
    }
    return await work(path, lent);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

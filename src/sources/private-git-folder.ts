import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ReadFile } from '../base/read-inside.ts';
import { proveFolder } from '../state/proof.ts';
import type { ObjectFolder } from './git-objects.ts';

/** Everything of a repository that git can read, apart from the work tree. */
export interface GitFolderContents {
  /** The text of HEAD. */
  readonly head: string;
  /** The text of the configuration. */
  readonly config: string;
  /** Copies of the repository's files, by their path in the git folder. */
  readonly files: ReadonlyMap<string, ReadFile>;
  /** The folders from which objects may be read. */
  readonly objects: readonly ObjectFolder[];
}

/** A private git folder: nothing in it comes from elsewhere unseen. */
export interface PrivateGitFolder {
  readonly path: string;
  /** Folders from which git may read the repository's objects. */
  readonly lent: readonly string[];
  /** Removes it. */
  close(): void;
}

/**
 * Creates a private git folder, with no refs and no objects.
 *
 * Git reads objects through folders that contain only symlinks to packs and loose objects: `info/`, which could lead git
 * to other folders, is left out. Anything that git writes goes into the private folder.
 * The calls are synchronous: all of them take about a millisecond, as much as waiting for a single one would.
 * @returns Null if other users can write to the folder for temporary files or one above it.
 * @throws A system error if there is no space for temporary files.
 */
export function openPrivateGitFolder({
  head,
  config,
  files,
  objects,
}: GitFolderContents): PrivateGitFolder | null {
  const path = mkdtempSync(join(resolve(tmpdir()), 'odoo-link-git-'));
  const close = () => rmSync(path, { recursive: true, force: true });
  try {
    // A user who can replace the folder decides what git is configured to run.
    if (proveFolder(path, path) !== null) {
      close();
      return null;
    }
    for (const name of ['refs', 'objects', 'info']) mkdirSync(join(path, name));
    writeFileSync(join(path, 'HEAD'), head);
    writeFileSync(join(path, 'config'), config);
    for (const [name, { bytes, modified }] of files) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), bytes);
      // Git compares the contents of files that are not older than the index (in seconds), as they may have changed since.
      utimesSync(join(path, name), modified, modified);
    }
    const lent = objects.map((_, index) => join(path, `lent${index}`));
    for (const [index, folder] of lent.entries()) {
      mkdirSync(folder);
      const { path: real, parts } = objects[index] as ObjectFolder;
      for (const part of parts) symlinkSync(join(real, part), join(folder, part));
    }
    return { path, lent, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Lends a private git folder to a piece of work, see {@link openPrivateGitFolder}, and removes it afterwards.
 * @param work Gets the paths of the folder and of its object folders.
 * @returns The result of the work; null if there cannot be such a folder.
 * @throws A system error if there is no space for temporary files.
 */
export async function withPrivateGitFolder<T>(
  contents: GitFolderContents,
  work: (path: string, lent: readonly string[]) => Promise<T>,
): Promise<T | null> {
  const folder = openPrivateGitFolder(contents);
  if (folder === null) return null;
  try {
    return await work(folder.path, folder.lent);
  } finally {
    folder.close();
  }
}

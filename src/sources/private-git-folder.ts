import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadFile } from './read-inside.ts';

/** All that git is given to read of a repository beside its objects and its work tree. */
export interface GitFolderContents {
  /** The text of HEAD. */
  readonly head: string;
  /** The text of the configuration. */
  readonly config: string;
  /** Copies of the repository's files, by their path in the git folder. */
  readonly files: ReadonlyMap<string, ReadFile>;
}

/**
 * Makes a git folder of the server's own, with no refs and no objects, and removes it when the work is done.
 * @param work Gets the folder's path.
 * @throws A system error where there is no room for temporary files.
 */
export async function withPrivateGitFolder<T>(
  { head, config, files }: GitFolderContents,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'odoo-link-git-'));
  try {
    for (const name of ['refs', 'objects', 'info']) await mkdir(join(path, name));
    await writeFile(join(path, 'HEAD'), head);
    await writeFile(join(path, 'config'), config);
    for (const [name, { bytes, modified }] of files) {
      await writeFile(join(path, name), bytes);
      // Git compares a file anew that is not older than the index, to the second: it may have changed since.
      const seconds = Math.floor(modified / 1000);
      await utimes(join(path, name), seconds, seconds);
    }
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

import { delimiter, join } from 'node:path';
import { type ReadObjects, startReader } from './batch-reader.ts';
import { objectFormat } from './comparison-config.ts';
import type { GitFolder } from './git-folder.ts';
import { provenObjects } from './git-objects.ts';
import { readSettings } from './git-settings.ts';
import { withPrivateGitFolder } from './private-git-folder.ts';
import { findGit, PRIVATE_ENVIRONMENT } from './run-git.ts';

/** The most bytes of one object, and of all that are read at once. */
const LIMITS = { mostEach: 1024 * 1024, most: 16 * 1024 * 1024 };

/**
 * Lends the objects of a repository to one git process, which reads as many as are asked for: git has nothing of the repository
 * but its objects, see {@link withPrivateGitFolder}. Nothing is fetched, and nothing replaces an object.
 * @param limit In milliseconds.
 * @returns What the work returns; null if the repository's objects may not be read, or there is no git.
 */
export async function withObjects<T>(
  git: GitFolder,
  limit: number,
  work: (read: ReadObjects) => Promise<T>,
): Promise<T | null> {
  const [program, settings, objects] = [findGit(process.env.PATH), readSettings(git), provenObjects(git)];
  if (program === null || settings === null || objects === null) return null;
  const format = objectFormat(settings);
  if (!['sha1', 'sha256'].includes(format)) return null;
  const config = `[core]\nrepositoryformatversion = ${format === 'sha1' ? 0 : 1}\nbare = true\n${format === 'sha1' ? '' : '[extensions]\nobjectFormat = sha256\n'}`;
  const contents = { head: 'ref: refs/heads/none\n', config, files: new Map(), objects };
  return withPrivateGitFolder(contents, async (path, lent) => {
    const environment = {
      ...PRIVATE_ENVIRONMENT,
      GIT_DIR: path,
      GIT_OBJECT_DIRECTORY: join(path, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: lent.join(delimiter),
    };
    const reader = startReader(program, { cwd: path, environment, limit }, LIMITS);
    try {
      return await work(reader.read);
    } finally {
      await reader.end();
    }
  });
}

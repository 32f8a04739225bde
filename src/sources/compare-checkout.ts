import { readdirSync, realpathSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { type ReadFile, readInside } from '../base/read-inside.ts';
import { comparisonConfig, objectFormat } from './comparison-config.ts';
import type { GitFolder } from './git-folder.ts';
import { type Head, replacesObjects } from './git-head.ts';
import { MOST_INDEX_BYTES, readIndexFacts } from './git-index.ts';
import { provenObjects } from './git-objects.ts';
import { readSettings } from './git-settings.ts';
import { type GitFolderContents, withPrivateGitFolder } from './private-git-folder.ts';
import { findGit, type GitRun, printsAnything } from './run-git.ts';

/** The largest index that is read, in bytes: about 80,000 files. */
/** The largest other file that is copied for git, in bytes. */
const MOST_RULES_BYTES = 256 * 1024;
const MOST_SUBMODULES = 1000;

/**
 * Whether a folder of a checkout differs from its commit, including untracked files.
 *
 * Git does the comparison, but in a private git folder of the server: git gets the work tree, the objects, a copy of the
 * index and the rules for ignored files, and reads no configuration, hooks or refs of the repository. If an exact answer
 * would need a program that the repository names, the answer is null.
 * @param limit How long git may take, in milliseconds.
 * @returns Null if the answer is not certain.
 */
export async function isChanged(
  git: GitFolder,
  head: Head,
  folder: string,
  limit: number,
): Promise<boolean | null> {
  const inside = relative(git.worktree, realpathSync(folder));
  const where = inside === '' ? [] : [`:(top,literal)${inside}`];
  return withReadableGit(git, head, limit, async (program, run, submodules) => {
    const [isConverted, differs, isStaged] = await Promise.all([
      printsAnything(program, [...CONVERTED, ...where], run),
      printsAnything(program, [...STATUS, ...where], run),
      head.commit !== null && printsAnything(program, [...STAGED, ...where], run),
    ]);
    if (isConverted !== false || differs !== false) return isConverted === false ? differs : null;
    if (isStaged !== false) return isStaged;
    if (head.commit === null && submodules.length > 0) return true;
    return submodules.every((name) => isEmptyFolder(join(git.worktree, name))) ? false : null;
  });
}

/**
 * Lets git read a repository by way of a private git folder, see {@link isChanged}.
 * @param work Gets the path of git, how to run it, and the paths of submodules.
 * @returns Null if there is no git, or something that affects its answers could not be read.
 */
export async function withReadableGit<T>(
  git: GitFolder,
  head: Head,
  limit: number,
  work: (program: string, run: GitRun, submodules: readonly string[]) => Promise<T>,
): Promise<T | null> {
  const program = findGit(process.env.PATH);
  const contents = gatherContents(git, head);
  if (program === null || contents === null) return null;
  const { submodules, ...given } = contents;
  return withPrivateGitFolder(given, (path, lent) => {
    const environment = {
      ...ENVIRONMENT,
      GIT_DIR: path,
      GIT_WORK_TREE: git.worktree,
      GIT_OBJECT_DIRECTORY: join(path, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: lent.join(delimiter),
      GIT_INDEX_FILE: join(path, 'index'),
    };
    return work(program, { cwd: git.worktree, environment, limit }, submodules);
  });
}

/** The whole environment of git. It has no PATH, because git starts no other programs here. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  // Otherwise `git status` would refresh the index.
  GIT_OPTIONAL_LOCKS: '0',
  // Missing objects are not fetched.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_TERMINAL_PROMPT: '0',
  // For objects or an index that claim to be huge.
  GIT_ALLOC_LIMIT: '512m',
  LC_ALL: 'C',
};

/**
 * Lists tracked files that git must convert with a program or with iconv before comparing them: their attributes name a
 * filter or an encoding (gitattributes(5)). Git does the other conversions (`text`, `eol`, `ident`) itself.
 */
const CONVERTED = [
  'ls-files',
  '-z',
  '--',
  ':(top,exclude,attr:!filter !working-tree-encoding)',
  ':(top,exclude,attr:-filter !working-tree-encoding)',
];

/** Compares the index with the commit, including the commits of submodules. */
const STAGED = ['diff-index', '--cached', '--ignore-submodules=none', 'HEAD', '--'];

/** Submodules are ignored: git would start git in them, with their own configuration. */
const STATUS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--untracked-files=normal',
  '--no-renames',
  '--ignore-submodules=all',
  '--',
];

/** @returns Null if something that affects the comparison could not be read. */
function gatherContents(
  git: GitFolder,
  { commit }: Head,
): (GitFolderContents & { submodules: readonly string[] }) | null {
  const settings = readSettings(git);
  const config = settings === null ? null : comparisonConfig(git, settings);
  if (settings === null || config === null) return null;
  const hashBytes = objectFormat(settings) === 'sha256' ? 32 : 20;
  if (commit !== null && commit.length !== 2 * hashBytes) return null;
  const objects = provenObjects(git);
  if (objects === null) return null;
  const files = new Map<string, ReadFile>();
  const take = (folder: string, name: string, most: number) => {
    const file = readInside(folder, name, most);
    if (file !== null && file !== 'absent') files.set(name, file);
    return file;
  };
  const rules = [
    take(git.common, 'info/exclude', MOST_RULES_BYTES),
    take(git.common, 'info/attributes', MOST_RULES_BYTES),
    take(git.path, 'info/sparse-checkout', MOST_RULES_BYTES),
  ];
  // Where history ends, for those who ask for it.
  take(git.common, 'shallow', MOST_RULES_BYTES);
  if (rules.includes(null) || replacesObjects(git)) return null;
  const submodules: string[] = [];
  for (let name: string | null = 'index'; name !== null; ) {
    const index = take(git.path, name, MOST_INDEX_BYTES);
    if (index === 'absent' && name === 'index') break;
    const facts = index === null || index === 'absent' ? null : readIndexFacts(index.bytes, hashBytes);
    if (facts === null || submodules.push(...facts.submodules) > MOST_SUBMODULES) return null;
    name = facts.shared === null || name !== 'index' ? null : `sharedindex.${facts.shared}`;
  }
  return { head: `${commit ?? 'ref: refs/heads/unborn'}\n`, config, files, objects, submodules };
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}

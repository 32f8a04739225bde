import { readdirSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { errnoOf, isInside, realpathOrNull } from '../base/paths.ts';
import { readTextInside } from '../base/read-inside.ts';
import { MOST_RULES_BYTES, type RepositoryFacts, readGitContents } from './git-contents.ts';
import type { GitFolder } from './git-folder.ts';
import type { Head } from './git-head.ts';
import { withPrivateGitFolder } from './private-git-folder.ts';
import { findGit, type GitRun, PRIVATE_ENVIRONMENT, readRecords } from './run-git.ts';

/** The most files with attributes that are read. */
const MOST_ATTRIBUTES = 100;
/** The most folders that are named to git; for more it compares the whole repository. */
const MOST_FOLDERS = 500;
/** Of a repository with a smaller index, in bytes, git compares everything in some ten milliseconds: about 8,000 files. */
const SMALL_INDEX = 1024 * 1024;
/** The most changes that are told of a whole repository. */
const MOST_CHANGES = 1000;

/** What is asked about folders of a checkout. */
export interface ChangeQuestion {
  /** Real paths. */
  readonly folders: readonly string[];
  /** Whether git may compare the whole repository, if that takes little longer. */
  readonly mayAskAll?: boolean;
  /** The files with attributes in a folder and above it, relative to the work tree; null if that is not known. */
  attributesOf(folder: string): readonly string[] | null;
}

/** How folders differ from the commit. */
export interface Changes {
  /**
   * Whether each folder differs, including untracked files; null if an exact answer would need a program that the
   * repository names. A folder of which git said nothing is missing.
   */
  readonly answers: ReadonlyMap<string, boolean | null>;
  /** What differs in the whole repository, if that was asked and could be told; paths relative to the work tree. */
  readonly all: {
    readonly paths: readonly string[];
    /** The files with attributes that were taken into account. */
    readonly attributes: readonly string[];
  } | null;
}

const UNKNOWN: Changes = { answers: new Map(), all: null };

/**
 * Whether folders of a checkout differ from its commit.
 *
 * Git does the comparison, in one process for all of them, but in a private git folder of the server: git gets the work
 * tree, the objects, a copy of the index and the rules for ignored files, and reads no configuration, hooks or refs of the
 * repository. Only about files with a filter or an encoding, and about submodules, git is asked another question.
 * @param limit How long git may take, in milliseconds.
 */
export async function findChanges(
  git: GitFolder,
  head: Head,
  { folders, mayAskAll = false, attributesOf }: ChangeQuestion,
  limit: number,
): Promise<Changes> {
  const asked = folders.flatMap((path): AskedFolder[] => {
    const real = realpathOrNull(path);
    // A folder may have been replaced since its repository was found.
    if (real === null || !isInside(real, git.worktree)) return [];
    return [{ path, inside: relative(git.worktree, real), attributes: attributesOf(path) }];
  });
  if (asked.length === 0) return UNKNOWN;
  const changes = await withReadableGit(git, head, limit, async (program, run, facts) => {
    const doubtful = asked.filter((folder) => mayConvert(folder, git, facts));
    const isAll = mayAskAll && doubtful.length === 0 && isPlainAndSmall(git, facts);
    const submodules = facts.submodules.filter((path) => asked.some((one) => isAbout(one, path)));
    const mayBeStaged = submodules.length > 0 || facts.hasModulesFile;
    const ask = (args: readonly string[], among: readonly AskedFolder[]) => {
      return pathsFrom(program, [...args, ...pathspecsOf(among)], run, among);
    };
    const askStaged = async () => (head.commit === null ? [] : ask(STAGED, asked));
    const [changed, converted, early] = await Promise.all([
      isAll ? pathsFrom(program, STATUS, run, null) : ask(STATUS, asked),
      doubtful.length > 0 ? ask(CONVERTED, doubtful) : [],
      mayBeStaged ? askStaged() : [],
    ]);
    // Submodules that were described in the commit may be gone.
    const isLate = !mayBeStaged && changed?.includes(MODULES_FILE) === true;
    const staged = isLate ? await askStaged() : early;
    if (changed === null || converted === null || staged === null) return UNKNOWN;
    const judge = (folder: AskedFolder): boolean | null => {
      const isTouched = (paths: readonly string[]) => paths.some((path) => isAbout(folder, path));
      if (isTouched(converted)) return null;
      if (isTouched(changed) || isTouched(staged)) return true;
      const own = submodules.filter((path) => isAbout(folder, path));
      if (head.commit === null && own.length > 0) return true;
      return own.every((name) => isEmptyFolder(join(git.worktree, name))) ? false : null;
    };
    const answers = new Map(asked.map((folder) => [folder.path, judge(folder)]));
    const isTold = isAll && !isLate && changed.length <= MOST_CHANGES;
    return { answers, all: isTold ? { paths: changed, attributes: facts.attributes } : null };
  });
  return changes ?? UNKNOWN;
}

interface AskedFolder {
  readonly path: string;
  /** Relative to the top of the work tree; empty for the top itself. */
  readonly inside: string;
  readonly attributes: readonly string[] | null;
}

const isAbout = ({ inside }: AskedFolder, path: string) => isInOrAround(path, inside);

/**
 * Whether a path is a folder's, lies in it, or contains it: git names an untracked folder instead of what is in it.
 * @param path Relative to the top of the work tree; `inside` as well.
 */
export function isInOrAround(path: string, inside: string): boolean {
  if (path === inside || path === '' || inside === '') return true;
  return path.startsWith(`${inside}/`) || inside.startsWith(`${path}/`);
}

function pathspecsOf(folders: readonly AskedFolder[]): string[] {
  if (folders.length > MOST_FOLDERS || folders.some(({ inside }) => inside === '')) return [];
  return [...folders.map(({ inside }) => inside), MODULES_FILE].map((path) => `:(top,literal)${path}`);
}

/** See gitmodules(5). It is asked about with every folder. */
const MODULES_FILE = '.gitmodules';

/**
 * Runs git and returns the paths it prints.
 * @param folders What is asked about: one path of each is enough, and git is ended then. Null for everything.
 * @returns Null if git failed. {@link MODULES_FILE} may be among them.
 */
async function pathsFrom(
  program: string,
  args: readonly string[],
  run: GitRun,
  folders: readonly AskedFolder[] | null,
): Promise<string[] | null> {
  const paths: string[] = [];
  let left = folders;
  const take = (record: string) => {
    const path = (args[0] === 'status' ? record.replace(STATE, '') : record).replace(/\/$/, '');
    const rest = left?.filter((folder) => !isAbout(folder, path)) ?? null;
    if (rest === null || rest.length < (left?.length ?? 0) || path === MODULES_FILE) paths.push(path);
    left = rest;
    return left?.length === 0;
  };
  return (await readRecords(program, args, run, take)) ? paths : null;
}

/** What stands before the path in a record of `git status --porcelain=v2` (git-status(1)). */
const STATE = /^(?:\? |1 (?:\S+ ){7}|u (?:\S+ ){9})/;

/** Whether files of a folder may have attributes for which git must convert them with a program or with iconv. */
function mayConvert(
  { inside, attributes }: AskedFolder,
  { worktree, common }: GitFolder,
  { attributes: tracked }: RepositoryFacts,
): boolean {
  if (attributes === null) return true;
  const relevant = tracked.filter((path) => isInOrAround(dirname(path).replace(/^\.$/, ''), inside));
  return mayNameConversion({ worktree, common }, [...new Set([...relevant, ...attributes])]);
}

/**
 * Whether the rules of a checkout, or one of its files with attributes, may name a program or an encoding.
 * @param attributes The files' paths, relative to the top.
 */
export function mayNameConversion(
  { worktree, common }: Pick<GitFolder, 'worktree' | 'common'>,
  attributes: readonly string[],
): boolean {
  return namesConversion(common, 'info/attributes', false) || nameConversion(worktree, attributes);
}

function isPlainAndSmall({ worktree }: GitFolder, facts: RepositoryFacts): boolean {
  const { submodules, attributes, hasModulesFile, indexBytes } = facts;
  return (
    submodules.length === 0 &&
    !hasModulesFile &&
    indexBytes < SMALL_INDEX &&
    !nameConversion(worktree, attributes)
  );
}

/** Whether one of these files names a conversion; where it is missing, git takes it from the index. */
function nameConversion(worktree: string, paths: readonly string[]): boolean {
  return paths.length > MOST_ATTRIBUTES || paths.some((path) => namesConversion(worktree, path, true));
}

/** Whether a file with attributes names a filter or an encoding, or cannot be read. */
function namesConversion(folder: string, name: string, whenAbsent: boolean): boolean {
  const file = readTextInside(folder, name, MOST_RULES_BYTES);
  if (file === 'absent') return whenAbsent;
  return file === null || /filter|working-tree-encoding/.test(file.text);
}

/**
 * Lets git read a repository by way of a private git folder, see {@link findChanges}.
 * @param work Gets the path of git, how to run it, and what is known of the repository.
 * @returns Null if there is no git, or something that affects its answers could not be read.
 */
export async function withReadableGit<T>(
  git: GitFolder,
  head: Head,
  limit: number,
  work: (program: string, run: GitRun, facts: RepositoryFacts) => Promise<T>,
): Promise<T | null> {
  const program = findGit(process.env.PATH);
  const contents = readGitContents(git, head);
  if (program === null || contents === null) return null;
  const { facts, ...given } = contents;
  return withPrivateGitFolder(given, (path, lent) => {
    const environment = {
      ...PRIVATE_ENVIRONMENT,
      GIT_DIR: path,
      GIT_WORK_TREE: git.worktree,
      GIT_OBJECT_DIRECTORY: join(path, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: lent.join(delimiter),
      GIT_INDEX_FILE: join(path, 'index'),
    };
    return work(program, { cwd: git.worktree, environment, limit }, facts);
  });
}

/**
 * Lists tracked files that git must convert with a program or with iconv before comparing them: their attributes name a
 * filter or an encoding (gitattributes(5)). Git does the other conversions (`text`, `eol`, `ident`) itself.
 */
export const CONVERTED = [
  'ls-files',
  '-z',
  '--',
  ':(top,exclude,attr:!filter !working-tree-encoding)',
  ':(top,exclude,attr:-filter !working-tree-encoding)',
];

/** Compares the index with the commit, including the commits of submodules. */
const STAGED = ['diff-index', '--cached', '--name-only', '-z', '--ignore-submodules=none', 'HEAD', '--'];

/**
 * Compares the work tree with the index, and the index with the commit. Submodules are ignored: git would start git in
 * them, with their own configuration.
 */
const STATUS = [
  'status',
  '--porcelain=v2',
  '-z',
  '--untracked-files=normal',
  '--no-renames',
  '--ignore-submodules=all',
  '--',
];

export function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}

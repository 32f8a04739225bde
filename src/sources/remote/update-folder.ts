import { copyFileSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { type RepositoryFacts, readGitContents } from '../git-contents.ts';
import { stateOf } from '../kept-changes.ts';
import { openPrivateGitFolder, type PrivateGitFolder } from '../private-git-folder.ts';
import { findGit, type GitRun, outputOf, PRIVATE_ENVIRONMENT } from '../run-git.ts';
import { talkingConfig, talkingEnvironment } from './git-folder-for.ts';
import type { ReadyCheckout } from './ready-checkout.ts';
import type { Remote } from './remote.ts';
import type { RemoteFault } from './remote-fault.ts';
import { openStaging, type Staging } from './staging.ts';
import { type Talking, talk } from './talk.ts';

/**
 * What git works with when it updates a checkout: a private git folder, as for comparisons, so that nothing of the checkout's
 * own configuration is read, and a folder for new objects in the checkout's git folder, from where they can be renamed
 * to their place.
 */
export interface UpdateFolder {
  readonly checkout: ReadyCheckout;
  /** What the state of its git folder was, see {@link stateOf}. */
  readonly seen: string;
  readonly facts: RepositoryFacts;
  /** The private git folder. Its index is a copy of the checkout's. */
  readonly path: string;
  /** A folder on the checkout's file system. */
  readonly scratch: string;
  /** Where git puts new objects. */
  readonly objects: string;
  /** Runs git, see {@link outputOf}. */
  run(args: readonly string[], options?: RunOptions): Promise<string | null>;
  /** Runs git and returns the records it prints, each of which ends with a NUL; null if it failed. */
  list(args: readonly string[], options?: RunOptions): Promise<string[] | null>;
  /** The path of git, and how to run it, for other functions. */
  readonly program: string;
  readonly terms: GitRun;
  /** Lets git talk with the remote. */
  talk(
    args: readonly string[],
    terms: Omit<Talking, 'remote' | 'cwd' | 'environment'>,
  ): ReturnType<typeof talk>;
  /** From here on git is not ended when the call is cancelled: what it begins is not left half-way. */
  goThrough(): void;
  close(): Promise<void>;
}

interface RunOptions {
  /** Another index than the copy: its path, or its name in the private folder. */
  readonly index?: string;
  /** Another work tree than the checkout's. */
  readonly worktree?: string;
  /** Without the objects that were fetched. */
  readonly isWithoutNew?: boolean;
  readonly onStart?: (pid: number) => void;
}

/** An index that git splits would be based on a file in the private folder (git-update-index(1), "Split Index"). */
const WHOLE_INDEX = '[core]\n\tsplitIndex = false\n';

/**
 * Opens a folder for the update of a checkout.
 * @param terms How long each git may take, and what ends it.
 * @returns The folder, which must be closed; or why there is none.
 * @throws A system error.
 */
export async function openUpdateFolder(
  checkout: ReadyCheckout,
  remote: Remote,
  { limit, signal }: Pick<Talking, 'limit' | 'signal'>,
): Promise<Result<UpdateFolder, RemoteFault | 'unknown'>> {
  const { git, branch, commit } = checkout;
  const program = findGit(process.env.PATH);
  if (program === null) return refused({ kind: 'no_git', said: '' });
  const seen = stateOf(git, { branch, commit }).key;
  const contents = readGitContents(git, { branch, commit });
  if (contents === null) return refused('unknown');
  const { facts, ...given } = contents;
  // The later of two values counts.
  const config = `${talkingConfig(remote)}${given.config}${WHOLE_INDEX}`;
  const folder = openPrivateGitFolder({ ...given, head: `ref: refs/heads/${branch}\n`, config });
  if (folder === null) return refused('unknown');
  let staging: Staging | null = null;
  try {
    staging = openStaging(git.path);
    const objects = join(staging.folder, 'objects');
    mkdirSync(join(objects, 'pack'), { recursive: true });
    mkdirSync(join(folder.path, 'refs', 'heads'));
    // What git says it has already when it asks the remote for more.
    writeFileSync(join(folder.path, 'refs', 'heads', branch), `${commit}\n`);
    return ok(folderOf({ checkout, seen, facts, remote, program, limit, signal, folder, staging, objects }));
  } catch (error) {
    folder.close();
    await staging?.close();
    throw error;
  }
}

/**
 * Copies the index to the checkout's file system. The copy has its time, see git's "racy-git".
 * @param name Tells it from others of the same update.
 * @returns Its path.
 */
export function copyIndex({ path, scratch }: UpdateFolder, name: string): string {
  const [index, copy] = [join(path, 'index'), join(scratch, name)];
  copyFileSync(index, copy);
  const seconds = Math.floor(statSync(index).mtimeMs / 1000);
  utimesSync(copy, seconds, seconds);
  return copy;
}

interface Parts extends Pick<UpdateFolder, 'checkout' | 'seen' | 'facts' | 'program' | 'objects'> {
  readonly remote: Remote;
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly folder: PrivateGitFolder;
  readonly staging: Staging;
}

function folderOf({
  checkout,
  seen,
  facts,
  remote,
  program,
  limit,
  signal,
  folder,
  staging,
  objects,
}: Parts): UpdateFolder {
  let isCancellable = true;
  const places = {
    GIT_DIR: folder.path,
    GIT_WORK_TREE: checkout.git.worktree,
    GIT_OBJECT_DIRECTORY: objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: folder.lent.join(delimiter),
  };
  const termsOf = ({
    index = 'index',
    worktree = checkout.git.worktree,
    isWithoutNew = false,
  }: RunOptions): GitRun => ({
    cwd: worktree,
    limit,
    signal: isCancellable ? signal : undefined,
    environment: {
      ...PRIVATE_ENVIRONMENT,
      ...places,
      GIT_WORK_TREE: worktree,
      ...(isWithoutNew && { GIT_OBJECT_DIRECTORY: join(folder.path, 'objects') }),
      GIT_INDEX_FILE: resolve(folder.path, index),
    },
  });
  const run: UpdateFolder['run'] = (args, options = {}) =>
    outputOf(program, args, termsOf(options), options.onStart);
  return {
    ...{
      checkout,
      seen,
      facts,
      path: folder.path,
      scratch: staging.folder,
      objects,
      program,
      terms: termsOf({}),
    },
    run,
    list: async (args, options) => (await run(args, options))?.split('\0').slice(0, -1) ?? null,
    talk: (args, terms) => {
      const environment = { ...talkingEnvironment(remote), ...places };
      return talk(args, { ...terms, remote, cwd: checkout.git.worktree, environment });
    },
    goThrough() {
      isCancellable = false;
    },
    async close() {
      folder.close();
      await staging.close();
    },
  };
}

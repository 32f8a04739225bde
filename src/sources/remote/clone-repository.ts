import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOrNull } from '../../base/paths.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { findGit, outputOf, PRIVATE_ENVIRONMENT } from '../run-git.ts';
import { inConfig, makeGitFolder, talkingConfig, talkingEnvironment } from './git-folder-for.ts';
import { measureTree } from './measure-tree.ts';
import { addressOf, type Remote } from './remote.ts';
import type { RemoteFault, RemoteFaultKind } from './remote-fault.ts';
import { hasRoomFor, packedBytes, watchRoom } from './room.ts';
import { type GitProgress, talk } from './talk.ts';
import type { Terms } from './tip.ts';

/** A clone that is asked for. */
export interface CloneOrder extends Terms {
  readonly remote: Remote;
  /** A checked name, see {@link isRepositoryName}. */
  readonly repo: string;
  /** A series: never text of a caller or a remote. */
  readonly branch: string;
  /** The commit that must be at the tip of the branch; without it, any may be. */
  readonly commit?: string;
  /** Whether the branch's whole history is fetched, not only its last commit. */
  readonly isFull: boolean;
  /** The folder in which it appears when it is complete. */
  readonly root: string;
  /** A folder on the same file system in which it is put together. */
  readonly staging: string;
  /** The most bytes it may take, objects and files together. */
  readonly maxBytes: number;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
}

export interface Cloned {
  readonly path: string;
  readonly commit: string;
  /** Of its objects and files. */
  readonly bytes: number;
}

/**
 * Wins over the attributes of the repository (gitattributes(5)): files are as they were measured. `$Id$` would become twelve times
 * as long, an encoding make four bytes of one.
 */
const PLAIN = '* -text -ident -working-tree-encoding\n';

/**
 * Clones a branch of a repository: it appears whole or not at all. Git runs nothing of it, neither hooks nor filters, and checks
 * out no submodule; its final configuration is a plain one.
 * @returns What was cloned, or why not: then nothing of it is left but what `staging` contains.
 * @throws A system error of the root or the staging folder.
 */
export async function cloneRepository(order: CloneOrder): Promise<Result<Cloned, RemoteFault>> {
  const { remote, repo, branch, isFull, root, staging, maxBytes, limit, signal, onProgress } = order;
  const until = performance.now() + limit;
  const worktree = join(staging, repo);
  const git = join(worktree, '.git');
  mkdirSync(worktree);
  makeGitFolder(git, branch, talkingConfig(remote));
  const watch = watchRoom(join(git, 'objects'), maxBytes);
  const ref = `refs/remotes/origin/${branch}`;
  const fetched = await talk(
    [
      ...['fetch', '--no-tags', '--no-recurse-submodules', ...(isFull ? [] : ['--depth=1'])],
      ...[addressOf(remote, repo), `+refs/heads/${branch}:${ref}`],
    ],
    {
      ...{ remote, cwd: worktree, limit, signal, watch, onProgress },
      environment: { ...talkingEnvironment(remote), GIT_DIR: git, GIT_WORK_TREE: worktree },
    },
  );
  if (!fetched.ok) return fetched;
  // What was fetched just before git ended.
  const late = watch();
  if (late !== null) return failed(late);
  const checkedOut = await checkOut(order, git, worktree, until);
  if (!checkedOut.ok) return checkedOut;
  finish(order, git);
  const path = join(root, repo);
  if (signal?.aborted === true) return failed('cancelled');
  if (lstatOrNull(path) !== null) return failed('broken', `a file or folder named ${repo} has appeared`);
  renameSync(worktree, path);
  return ok({ path, ...checkedOut.value });
}

/**
 * Writes the files of the branch into the work tree, once they are known to be few and small enough.
 * @param until When git is ended, on the clock of `performance.now()`.
 */
async function checkOut(
  { branch, commit: wanted, maxBytes, signal }: CloneOrder,
  git: string,
  worktree: string,
  until: number,
): Promise<Result<Pick<Cloned, 'commit' | 'bytes'>, RemoteFault>> {
  const program = findGit(process.env.PATH);
  if (program === null) return failed('no_git');
  const environment = { ...PRIVATE_ENVIRONMENT, GIT_DIR: git, GIT_WORK_TREE: worktree };
  const run = () => ({
    cwd: worktree,
    environment,
    limit: Math.max(1, Math.round(until - performance.now())),
    signal,
  });
  const unless = (said: string) => {
    if (signal?.aborted === true) return failed('cancelled');
    return performance.now() < until ? failed('broken', said) : failed('too_slow');
  };
  const tip = `refs/remotes/origin/${branch}^{commit}`;
  const said = await outputOf(program, ['rev-parse', '--verify', tip], run());
  const commit = said?.trim() ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return failed('no_branch');
  if (wanted !== undefined && wanted !== commit) return failed('moved');
  const files = await measureTree(program, commit, run());
  if (!files.ok) return files.refusal === null ? unless('its tree cannot be listed') : refused(files.refusal);
  const packs = packedBytes(join(git, 'objects'));
  if (packs + files.value.room > maxBytes) return failed('too_large');
  if (!hasRoomFor(files.value.room, worktree)) return failed('no_space');
  writeFileSync(join(git, 'refs', 'heads', branch), `${commit}\n`);
  writeFileSync(join(git, 'info', 'attributes'), PLAIN);
  const written = await outputOf(program, ['read-tree', '-m', '-u', commit], run());
  // Git refuses names such as `.git/config`, and files in folders that are symlinks.
  if (written === null) return unless('its files cannot be checked out');
  return ok({ commit, bytes: packs + files.value.bytes });
}

/** Replaces the configuration by the one that `git clone` would have written, and removes what fetching left. */
function finish({ remote, repo, branch }: CloneOrder, git: string): void {
  const refs = `refs/heads/${branch}:refs/remotes/origin/${branch}`;
  writeFileSync(
    join(git, 'config'),
    `${[
      '[core]',
      '\trepositoryformatversion = 0',
      `\tfilemode = ${process.platform !== 'win32'}`,
      '\tbare = false',
      '\tlogallrefupdates = true',
      '[remote "origin"]',
      `\turl = ${inConfig(addressOf(remote, repo))}`,
      `\tfetch = +${refs}`,
      `[branch "${branch}"]`,
      '\tremote = origin',
      `\tmerge = refs/heads/${branch}`,
    ].join('\n')}\n`,
  );
  rmSync(join(git, 'FETCH_HEAD'), { force: true });
  rmSync(join(git, 'info', 'attributes'), { force: true });
}

function failed(kind: RemoteFaultKind, said = ''): { readonly ok: false; readonly refusal: RemoteFault } {
  return refused({ kind, said });
}

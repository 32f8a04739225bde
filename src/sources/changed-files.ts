import { join } from 'node:path';
import { lstatOrNull } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { withReadableGit } from './compare-checkout.ts';
import type { GitFolder } from './git-folder.ts';
import { type Head, readHead, readRef } from './git-head.ts';
import { type GitRun, outputOf } from './run-git.ts';

/** How long git may take, in milliseconds: nobody waits but a CI. */
const PATIENCE_MS = 60_000;

/**
 * Finds the files of a checkout that a branch touches: those that differ from the commit where the branch left its base,
 * as they are in the work tree now, and untracked ones. Git reads the repository as for `isChanged`: none of its
 * configuration, hooks or programs.
 * @param base A branch, remote branch, tag or commit, as `git diff BASE...HEAD` takes it.
 * @returns Paths from the top of the work tree, also of files that were removed; or what is wrong, as a sentence.
 */
export async function findChangedFiles(git: GitFolder, base: string): Promise<Result<string[], string>> {
  const head = readHead(git);
  if (head?.commit == null) return refused(`${git.worktree} has no commit that can be read.`);
  const { commit } = head;
  const found = await withReadableGit(git, head, PATIENCE_MS, async (program, run) => {
    const ask = (...args: string[]) => outputOf(program, args, run);
    const start = await commitOf(git, { ...head, commit }, base, program, run);
    if (start === null) return refused(describeUnknown(git, base));
    const fork = (await ask('merge-base', start, commit))?.trim() ?? '';
    if (fork === '') return refused(describeUnrelated(git, base));
    const [changed, untracked] = await Promise.all([ask(...DIFF, fork, '--'), ask(...UNTRACKED)]);
    if (changed === null || untracked === null)
      return refused(`git cannot compare ${git.worktree} with ${quoted(base)}.`);
    return ok(`${changed}${untracked}`.split('\0').filter((path) => path !== ''));
  });
  return (
    found ??
    refused(
      `${git.worktree} cannot be compared: git is missing, or the repository has settings that are not followed.`,
    )
  );
}

/** Submodules count as changed if they are at another commit; git does not look into them. */
const DIFF = [
  'diff',
  '--name-only',
  '-z',
  '--no-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--ignore-submodules=dirty',
];
const UNTRACKED = ['ls-files', '-z', '--others', '--exclude-standard', '--full-name'];

/** The commit that a revision names: refs are read here, as git has none; git does the rest. */
async function commitOf(
  git: GitFolder,
  { commit }: Head,
  base: string,
  program: string,
  run: GitRun,
): Promise<string | null> {
  const [, name = '', steps = ''] = /^(.*?)((?:[~^][0-9]*)*)$/s.exec(base) ?? [];
  // The order of gitrevisions(7).
  const refs = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'].map(
    (prefix) => `${prefix}${name}`,
  );
  const named = name === 'HEAD' || name === '@' ? commit : firstOf(refs, (ref) => readRef(git, ref) ?? null);
  const start = named ?? (/^[0-9a-f]{4,64}$/i.test(name) ? name : null);
  if (start === null || steps.length > 100) return null;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${start}${steps}^{commit}`];
  return (await outputOf(program, args, run))?.trim() ?? null;
}

function firstOf<T>(items: readonly string[], find: (item: string) => T | null): T | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

function isShallow({ common }: GitFolder): boolean {
  return lstatOrNull(join(common, 'shallow')) !== null;
}

function describeUnknown(git: GitFolder, base: string): string {
  const text = `${quoted(base)} names no commit of ${git.worktree}`;
  if (readRef(git, `refs/remotes/origin/${base}`))
    return `${text}; did you mean ${quoted(`origin/${base}`)}?`;
  const branch = base.replace(/^origin\//, '');
  const way = isShallow(git)
    ? 'The clone is shallow: fetch its whole history (actions/checkout with fetch-depth: 0, GitLab with GIT_DEPTH: 0).'
    : `Fetch it first: git fetch origin ${quoted(branch)}.`;
  return `${text}. ${way}`;
}

function describeUnrelated(git: GitFolder, base: string): string {
  const text = `${quoted(base)} and HEAD have no common commit in ${git.worktree}`;
  if (!isShallow(git)) return `${text}: their histories are unrelated.`;
  return `${text}: the clone is shallow. Fetch its whole history: actions/checkout with fetch-depth: 0, GitLab with GIT_DEPTH: 0, or git fetch --unshallow.`;
}

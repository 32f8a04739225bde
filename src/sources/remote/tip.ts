import { join } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { makeGitFolder, talkingConfig, talkingEnvironment } from './git-folder-for.ts';
import { addressOf, type Remote } from './remote.ts';
import type { RemoteFault } from './remote-fault.ts';
import { type Talking, talk } from './talk.ts';

/** What a call that talks with a remote brings along. */
export type Terms = Pick<Talking, 'limit' | 'signal'>;

/**
 * The commit at the tip of a branch of a repository, as the remote has it now.
 * @param scratch A folder in which a git folder may be made.
 * @returns Its full hash, or why it cannot be had.
 */
export async function tipOf(
  remote: Remote,
  repo: string,
  branch: string,
  scratch: string,
  terms: Terms,
): Promise<Result<string, RemoteFault>> {
  const ref = branchRef(branch);
  const tips = await tipsOf(remote, repo, [ref], scratch, terms);
  if (!tips.ok) return tips;
  const found = tips.value.get(ref);
  return found === undefined ? refused({ kind: 'no_branch', said: '' }) : ok(found);
}

/** The full name of a branch. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/**
 * What refs of a repository point to, as the remote has it now.
 * @param refs Full names, or `HEAD`.
 * @param scratch A folder in which a git folder may be made.
 * @returns The full hash of each that is there; or why they cannot be had.
 */
export async function tipsOf(
  remote: Remote,
  repo: string,
  refs: readonly string[],
  scratch: string,
  terms: Terms,
): Promise<Result<ReadonlyMap<string, string>, RemoteFault>> {
  const folder = join(scratch, `${repo}.tip`);
  makeGitFolder(folder, 'none', talkingConfig(remote));
  const environment = { ...talkingEnvironment(remote), GIT_DIR: folder };
  const ask = (...patterns: string[]) =>
    talk(['ls-remote', addressOf(remote, repo), ...patterns], {
      remote,
      cwd: scratch,
      environment,
      ...terms,
    });
  const said = await ask(...refs, 'HEAD');
  if (!said.ok) return said;
  if (said.value === '') {
    // Git takes the page of a proxy or a login for a repository without branches.
    const all = await ask('refs/heads/*');
    if (!all.ok) return all;
    if (all.value === '') return refused({ kind: 'broken', said: 'it lists no branches' });
  }
  const tips = new Map<string, string>();
  for (const line of said.value.split('\n')) {
    const [, hash, ref] = /^([0-9a-f]{64}|[0-9a-f]{40})\t(.+)$/.exec(line) ?? [];
    // Git takes a name as the end of a ref's name, too.
    if (hash !== undefined && ref !== undefined && refs.includes(ref)) tips.set(ref, hash);
  }
  return ok(tips);
}

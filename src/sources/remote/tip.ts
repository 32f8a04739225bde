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
  const folder = join(scratch, `${repo}.tip`);
  makeGitFolder(folder, branch, talkingConfig(remote));
  const environment = { ...talkingEnvironment(remote), GIT_DIR: folder };
  const args = ['ls-remote', '--refs', addressOf(remote, repo), `refs/heads/${branch}`];
  const said = await talk(args, { remote, cwd: scratch, environment, ...terms });
  if (!said.ok) return said;
  const commit = new RegExp(
    `^([0-9a-f]{64}|[0-9a-f]{40})\trefs/heads/${branch.replaceAll('.', '\\.')}$`,
    'm',
  );
  const found = commit.exec(said.value)?.[1];
  return found === undefined ? refused({ kind: 'no_branch', said: '' }) : ok(found);
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findGitFolder, type GitFolder } from '../../src/sources/git-folder.ts';
import { fastForward, type NotMoved } from '../../src/sources/remote/fast-forward.ts';
import type { Obstacle } from '../../src/sources/remote/obstacle.ts';
import { type Looked, prepareUpdate } from '../../src/sources/remote/prepare-update.ts';
import { type ReadyCheckout, readyForUpdate } from '../../src/sources/remote/ready-checkout.ts';
import { recoverUpdate } from '../../src/sources/remote/recover-update.ts';
import { parseAddress, type Remote, repositoryAt } from '../../src/sources/remote/remote.ts';

/** A remote at an address, without credentials. */
export function remoteAt(address: string, more: Partial<Remote> = {}): Remote {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(parsed.refusal);
  return { ...parsed.value, credentials: null, credentialHelper: null, ...more };
}

/** A checkout that is to be updated. */
export interface Subject {
  /** The root it lies in. */
  readonly root: string;
  readonly path: string;
  /** Where repositories are. */
  readonly address: string;
  /** A folder for what git needs; made if it is missing. */
  readonly scratch: string;
  readonly branch?: string;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export function gitOf({ path, root }: Subject): GitFolder {
  const git = findGitFolder(path, root);
  if (git === null) throw new Error(`${path} is not a checkout of git`);
  return git;
}

/** Whether it is ready, as far as that can be told without git. */
export function ready(subject: Subject): ReadyCheckout | Obstacle {
  const { root, address, branch = '17.0' } = subject;
  const remote = remoteAt(address);
  const nameAt = (url: string) => repositoryAt(remote, url);
  const result = readyForUpdate(gitOf(subject), root, branch, nameAt, remote.host);
  return result.ok ? result.value : result.refusal;
}

/** What is to be done about it; a folder that this opens must be closed. */
export async function look(subject: Subject): Promise<Looked> {
  const { address, scratch, maxBytes = 1e9, signal } = subject;
  const checkout = ready(subject);
  if ('kind' in checkout) return { kind: 'obstacle', obstacle: checkout, tip: '' };
  mkdirSync(scratch, { recursive: true });
  const order = { remote: remoteAt(address), maxBytes, limit: 60_000, signal };
  return prepareUpdate(checkout, order, scratch);
}

/** What became of an update. */
export type Updated =
  | Exclude<Looked, { kind: 'update' }>
  | { readonly kind: 'moved'; readonly after: string; readonly commits: number | null }
  | { readonly kind: 'not moved'; readonly why: NotMoved | 'mixed' };

/** Updates a checkout; undoes an update that was interrupted first. */
export async function update(subject: Subject, before?: () => void): Promise<Updated> {
  const looked = await look(subject);
  if (looked.kind !== 'update') return looked;
  const { folder, after, commits } = looked.update;
  try {
    if (folder.checkout.interrupted !== null) {
      const recovered = await recoverUpdate(folder);
      return recovered === 'undone' ? update(subject) : { kind: 'not moved', why: 'mixed' };
    }
    before?.();
    const moved = await fastForward(folder, after);
    return moved.ok ? { kind: 'moved', after, commits } : { kind: 'not moved', why: moved.refusal };
  } finally {
    await folder.close();
  }
}

/** The subject of most tests: `root/web`, from `upstream`. */
export function webIn(world: { at(...parts: string[]): string }): Subject {
  const root = world.at('root');
  return { root, path: join(root, 'web'), address: world.at('upstream'), scratch: world.at('scratch') };
}

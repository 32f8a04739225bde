import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { trackingRef } from './ready-checkout.ts';
import { addressOf, type Remote } from './remote.ts';
import type { RemoteFault } from './remote-fault.ts';
import { packedBytes, watchRoom } from './room.ts';
import type { GitProgress, Talking } from './talk.ts';
import type { UpdateFolder } from './update-folder.ts';

/** How a branch at the remote stands to the commit that is checked out. */
export interface Fetched {
  /** Its tip. */
  readonly commit: string;
  /** How many commits it has that the checkout does not, and the other way round. */
  readonly behind: number;
  readonly ahead: number;
}

/** What a fetch may take. */
export interface FetchOrder extends Pick<Talking, 'limit' | 'signal'> {
  readonly remote: Remote;
  /** The most bytes that the repository may take. */
  readonly maxBytes: number;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
}

/**
 * Fetches the branch of a checkout from the remote, into the folder of an update.
 *
 * A shallow clone stays one: without a bound git would fetch the whole history of every branch that was merged since
 * (git-fetch(1), "--shallow-since"). So it gets what was committed since its own commit; if the two do not meet there,
 * because a commit is dated earlier, more.
 * @returns How the branch stands to the checkout, or why it could not be fetched.
 */
export async function fetchBranch(
  folder: UpdateFolder,
  { remote, maxBytes, limit, signal, onProgress }: FetchOrder,
): Promise<Result<Fetched, RemoteFault>> {
  const { checkout, objects } = folder;
  const { branch, commit, git, repo } = checkout;
  const room = maxBytes - packedBytes(`${git.common}/objects`);
  const watch = watchRoom(objects, room);
  const ref = trackingRef(branch);
  let result: Result<Fetched, RemoteFault> = refused({ kind: 'broken', said: '' });
  for (const [index, bound] of (checkout.isShallow ? await boundsOf(folder) : [[]]).entries()) {
    if (index > 0) forgetFetched(folder, ref);
    const fetched = await folder.talk(
      [
        ...['fetch', '--no-tags', '--no-recurse-submodules', ...bound],
        ...[addressOf(remote, repo), `+refs/heads/${branch}:${ref}`],
      ],
      { limit, signal, watch, onProgress },
    );
    result = fetched.ok ? await compare(folder, commit, ref) : fetched;
    // A remote may not know how to bound a history by dates.
    const isWorthMore = result.ok
      ? result.value.ahead > 0 && result.value.behind > 0
      : result.refusal.kind === 'broken';
    if (!isWorthMore) return result;
  }
  return result;
}

/**
 * Makes the folder what it was before a fetch. Git does not get further from a history that was bounded by dates: it notes ends
 * that it did not get ("error in object: unshallow").
 */
function forgetFetched({ checkout, path, objects }: UpdateFolder, ref: string): void {
  copyFileSync(join(checkout.git.common, 'shallow'), join(path, 'shallow'));
  for (const name of [ref, 'FETCH_HEAD']) rmSync(join(path, name), { force: true });
  rmSync(join(objects, 'pack'), { recursive: true });
  mkdirSync(join(objects, 'pack'));
}

/** How much is fetched of a shallow clone's branch, until it meets the commit that is checked out. */
async function boundsOf(folder: UpdateFolder): Promise<string[][]> {
  const { commit, tracked } = folder.checkout;
  // Own commits are later than what they are based on.
  const known = [commit, ...(tracked === null ? [] : [tracked])];
  const dates = await folder.run(['log', '--no-walk', '--format=%ct', ...known]);
  const since = Math.min(...(dates ?? '').split('\n').filter(Boolean).map(Number));
  const bySince = Number.isFinite(since) ? [[`--shallow-since=${since}`]] : [];
  return [...bySince, ...DEPTHS.map((depth) => [`--depth=${depth}`])];
}
/** Some months, and some years, of the repositories of the OCA. */
const DEPTHS = [100, 1000];

async function compare(
  folder: UpdateFolder,
  commit: string,
  ref: string,
): Promise<Result<Fetched, RemoteFault>> {
  const tip = (await folder.run(['rev-parse', '--verify', `${ref}^{commit}`]))?.trim() ?? '';
  // Such as a shallow repository, from which git takes nothing that ends in its middle.
  if (!/^[0-9a-f]{40,64}$/.test(tip))
    return refused({ kind: 'damaged', said: 'its branch came without its history' });
  const counts = await folder.run(['rev-list', '--left-right', '--count', `${commit}...${tip}`]);
  const [, ahead, behind] = /^(\d+)\t(\d+)\n$/.exec(counts ?? '') ?? [];
  if (ahead === undefined) return refused({ kind: 'broken', said: 'its commits cannot be compared' });
  return ok({ commit: tip, ahead: Number(ahead), behind: Number(behind) });
}

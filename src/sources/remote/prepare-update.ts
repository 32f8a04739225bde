import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { type Fetched, type FetchOrder, fetchBranch } from './fetch-branch.ts';
import { measureTree, roomOf } from './measure-tree.ts';
import type { Obstacle } from './obstacle.ts';
import type { ReadyCheckout } from './ready-checkout.ts';
import type { RemoteFault } from './remote-fault.ts';
import { hasRoomFor, packedBytes } from './room.ts';
import { clearStaging } from './staging.ts';
import { tipOf } from './tip.ts';
import { listChanges, type TreeChange } from './tree-changes.ts';
import { openUpdateFolder, type UpdateFolder } from './update-folder.ts';
import { moveObstacle, workTreeObstacle } from './work-tree-obstacle.ts';

/** An update that can be made: what it changes is known, and is there. */
export interface PreparedUpdate {
  readonly folder: UpdateFolder;
  /** The commit to which the checkout would be moved. */
  readonly after: string;
  /** When that was committed, in ISO 8601. */
  readonly date: string | null;
  /** How many commits come; null if the history is not known that far. */
  readonly commits: number | null;
  readonly changes: readonly TreeChange[];
  /** The sizes of all files of the new commit, by path. */
  readonly files: ReadonlyMap<string, number>;
}

/** What is to be done about a checkout. */
export type Looked =
  /** `ahead`: how many commits it has that the remote does not. */
  | { readonly kind: 'same'; readonly ahead: number }
  | { readonly kind: 'obstacle'; readonly obstacle: Obstacle; readonly tip: string }
  | { readonly kind: 'fault'; readonly fault: RemoteFault }
  | { readonly kind: 'update'; readonly update: PreparedUpdate };

/**
 * Asks the remote about the branch of a checkout, and prepares the update if there is something new. Nothing of the checkout
 * changes: what is fetched is kept beside its objects.
 * @param scratch A private folder.
 * @returns What is to be done; the folder of an update must be closed.
 * @throws A system error.
 */
export async function prepareUpdate(
  checkout: ReadyCheckout,
  order: FetchOrder,
  scratch: string,
): Promise<Looked> {
  const { remote, limit, signal } = order;
  const { git, repo, branch, commit, interrupted } = checkout;
  await clearStaging(git.path);
  // Two checkouts may have the same repository.
  const place = mkdtempSync(join(scratch, 'tip-'));
  const tip = await tipOf(remote, repo, branch, place, { limit, signal });
  if (!tip.ok) return { kind: 'fault', fault: tip.refusal };
  if (tip.value === commit && interrupted === null) return { kind: 'same', ahead: 0 };
  const opened = await openUpdateFolder(checkout, remote, { limit, signal });
  if (!opened.ok) {
    if (opened.refusal !== 'unknown') return { kind: 'fault', fault: opened.refusal };
    return { kind: 'obstacle', obstacle: { kind: 'unknown' }, tip: tip.value };
  }
  let isKept = false;
  try {
    const looked = await lookInside(opened.value, order, tip.value);
    isKept = looked.kind === 'update';
    return looked;
  } finally {
    if (!isKept) await opened.value.close();
  }
}

async function lookInside(folder: UpdateFolder, order: FetchOrder, tip: string): Promise<Looked> {
  const { checkout } = folder;
  const { commit, interrupted } = checkout;
  const obstacle = interrupted === null ? await workTreeObstacle(folder) : null;
  if (obstacle !== null) return { kind: 'obstacle', obstacle, tip };
  const fetched = await fetchBranch(folder, order);
  if (!fetched.ok) return { kind: 'fault', fault: fetched.refusal };
  const { ahead, behind } = fetched.value;
  if (behind === 0 && interrupted === null) return { kind: 'same', ahead };
  if (ahead > 0 && behind > 0)
    return {
      kind: 'obstacle',
      obstacle: await whyDiverged(folder, fetched.value),
      tip: fetched.value.commit,
    };
  // Of one that was interrupted, that may be all there is to undo.
  const after = behind === 0 ? commit : fetched.value.commit;
  const files = await measure(folder, after, order.maxBytes);
  if (!files.ok) return { kind: 'fault', fault: files.refusal };
  const changes = await listChanges(folder, commit, after);
  const broken = { kind: 'broken', said: 'its changes cannot be listed' } as const;
  if (changes === null) return { kind: 'fault', fault: broken };
  // Such a file cannot be found, to see whether another one is in its place.
  const odd = interrupted === null ? changes.filter(({ path }) => path.includes(UNREADABLE)) : [];
  if (odd.length > 0)
    return {
      kind: 'obstacle',
      obstacle: { kind: 'odd_names', about: odd.map(({ path }) => path) },
      tip: after,
    };
  // Ends of lines may become two bytes of one.
  const room = changes.reduce((sum, { path }) => sum + 2 * roomOf(files.value.get(path) ?? 0), 0);
  if (!hasRoomFor(room, checkout.git.worktree))
    return { kind: 'fault', fault: { kind: 'no_space', said: '' } };
  const inTheWay = interrupted === null ? await moveObstacle(folder, commit, after, changes) : null;
  if (inTheWay !== null) return { kind: 'obstacle', obstacle: inTheWay, tip: after };
  const date = (await folder.run(['log', '-1', '--format=%cI', after]))?.trim() ?? null;
  // Where history was cut, commits that came from elsewhere cannot be told from old ones.
  const commits = checkout.isShallow ? null : behind;
  return { kind: 'update', update: { folder, after, date, commits, changes, files: files.value } };
}

/** What stands in a name for bytes that are not UTF-8. */
const UNREADABLE = '\ufffd';

/** The sizes of the files of a commit, if the repository may be so large. */
async function measure(
  { checkout, objects, program, terms }: UpdateFolder,
  commit: string,
  maxBytes: number,
): Promise<Result<Map<string, number>, RemoteFault>> {
  const files = new Map<string, number>();
  const measured = await measureTree(program, commit, terms, ({ path, size }) => files.set(path, size));
  if (!measured.ok) return refused(measured.refusal ?? { kind: 'broken', said: 'its tree cannot be listed' });
  const packs = packedBytes(join(checkout.git.common, 'objects')) + packedBytes(objects);
  return packs + measured.value.room > maxBytes ? refused({ kind: 'too_large', said: '' }) : ok(files);
}

/** Whose commits keep a branch from being moved forward: the checkout's own, or those that the remote has dropped. */
async function whyDiverged(folder: UpdateFolder, { ahead, commit }: Fetched): Promise<Obstacle> {
  const { tracked, commit: own, isShallow } = folder.checkout;
  const count = async (from: string, without: string) => {
    const said = await folder.run(['rev-list', '--count', from, `^${without}`]);
    return said === null ? null : Number(said);
  };
  if (tracked === null) return { kind: 'diverged', about: ahead };
  const [ofOwn, dropped] = [await count(own, tracked), await count(tracked, commit)];
  if (ofOwn === 0) return { kind: isShallow ? 'not_met' : 'rewritten' };
  if (dropped === 0 && ofOwn !== null) return { kind: 'own_commits', about: ofOwn };
  return { kind: 'diverged', about: ahead };
}

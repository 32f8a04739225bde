import { Interruption } from '../../base/interruption.ts';
import { errnoOf } from '../../base/paths.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { asSentence, quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { describeObstacle, type Obstacle, remedyFor } from '../../sources/remote/obstacle.ts';
import { type Looked, prepareUpdate } from '../../sources/remote/prepare-update.ts';
import { type ReadyCheckout, readyForUpdate } from '../../sources/remote/ready-checkout.ts';
import { ocaRepositoryAt, type Remote, type Remotes, repositoryAt } from '../../sources/remote/remote.ts';
import { meaningOf } from '../../state/failures.ts';
import type { ServiceContext } from '../context.ts';
import type { FoundCheckout } from './found-checkouts.ts';
import type { PlannedUpdate } from './module-effects.ts';
import { refuseRemote } from './remote-refusals.ts';
import type { TellProgress } from './tell-progress.ts';
import type { UpdateReport } from './update-report.ts';

/** How many checkouts are looked at, or moved, at the same time. */
export const MOST_AT_ONCE = 4;

/** What an update of checkouts works with. */
export interface UpdateWork {
  readonly instance: Instance;
  readonly remote: Remote;
  readonly limits: Pick<Remotes, 'maxBytes' | 'timeoutMs'>;
  /** A private folder for what git needs to ask remotes. */
  readonly scratch: string;
  readonly context: ServiceContext;
  /** Tells how far a checkout is, from 0 to 100. */
  readonly tell: TellProgress<FoundCheckout>;
}

/** What is to be done about checkouts. */
export interface UpdatePlan {
  /** Their folders must be closed, see {@link closeAll}. */
  readonly updates: readonly PlannedUpdate[];
  readonly upToDate: readonly FoundCheckout[];
  readonly leftAlone: readonly { readonly checkout: FoundCheckout; readonly obstacle: Obstacle }[];
  readonly failed: readonly Refusal[];
}

/**
 * Asks the remote about checkouts, several at a time, and prepares the updates of those that have something new.
 * @throws A system error.
 */
export async function planUpdates(
  checkouts: readonly FoundCheckout[],
  work: UpdateWork,
): Promise<UpdatePlan> {
  const updates: PlannedUpdate[] = [];
  const upToDate: FoundCheckout[] = [];
  const leftAlone: { checkout: FoundCheckout; obstacle: Obstacle }[] = [];
  const failed: Refusal[] = [];
  try {
    await sideBySide(checkouts, MOST_AT_ONCE, async (checkout) => {
      const ready = readyOf(checkout, work);
      if ('kind' in ready) {
        leftAlone.push({ checkout, obstacle: ready });
        return work.tell(checkout, 100, `${checkout.repo} is left alone`);
      }
      const looked = await lookAtCalmly(checkout, ready, work).catch((error: unknown) => {
        if (error instanceof Interruption) throw error;
        return refusalOf(checkout, error);
      });
      if ('code' in looked) failed.push(looked);
      else if (looked.kind === 'fault')
        failed.push(
          refuseRemote(checkout.repo, 'fetched', work.remote, looked.fault, work.context.isOperator),
        );
      else if (looked.kind === 'same') upToDate.push(checkout);
      else if (looked.kind === 'obstacle') leftAlone.push({ checkout, obstacle: looked.obstacle });
      else updates.push({ checkout, update: looked.update });
      if ('code' in looked || looked.kind !== 'update')
        work.tell(checkout, 100, `${checkout.repo} is looked at`);
    });
  } catch (error) {
    await closeAll(updates);
    throw error;
  }
  const order = <T>(items: readonly T[], checkoutOf: (item: T) => FoundCheckout) =>
    [...items].sort((a, b) => checkouts.indexOf(checkoutOf(a)) - checkouts.indexOf(checkoutOf(b)));
  return {
    updates: order(updates, ({ checkout }) => checkout),
    upToDate: order(upToDate, (checkout) => checkout),
    leftAlone: order(leftAlone, ({ checkout }) => checkout),
    failed,
  };
}

/** Removes what updates keep beside the checkouts. */
export async function closeAll(updates: readonly PlannedUpdate[]): Promise<void> {
  for (const { update } of updates) await update.folder.close();
}

/** Looks at a checkout that may be updated, see {@link prepareUpdate}. */
export function lookAt(checkout: FoundCheckout, ready: ReadyCheckout, work: UpdateWork): Promise<Looked> {
  const { remote, limits, context } = work;
  const order = {
    ...{ remote, maxBytes: limits.maxBytes, limit: limits.timeoutMs, signal: context.signal },
    onProgress: ({ stage, percent }: { stage: string; percent: number }) =>
      work.tell(checkout, percent * 0.8, `${checkout.repo}: ${stage}`),
  };
  return prepareUpdate(ready, order, work.scratch);
}

/** The same again, where the checkout was moved meanwhile: what seemed to be in the way were the files of another update. */
async function lookAtCalmly(
  checkout: FoundCheckout,
  ready: ReadyCheckout,
  work: UpdateWork,
): Promise<Looked> {
  const looked = await lookAt(checkout, ready, work);
  if (looked.kind !== 'obstacle') return looked;
  const now = readyOf(checkout, work);
  if ('kind' in now) return { ...looked, obstacle: now };
  return now.commit === ready.commit ? looked : lookAt(checkout, now, work);
}

/**
 * The refusal for a system error of a checkout, or an interruption.
 * @throws The error if it is neither, but a bug.
 */
export function refusalOf({ repo }: FoundCheckout, error: unknown): Refusal {
  if (error instanceof Interruption) return { ...error.refusal, details: { ...error.refusal.details, repo } };
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  const message = `${quoted(repo)} could not be updated: ${meaningOf(error)}.`;
  const hint = "Ask the operator to let the server's user write there.";
  return refuse('io_error', message, { hint, details: { repo, errno } }).refusal;
}

/** Whether a checkout can be updated, as far as its git folder tells. */
export function readyOf(
  { git, root, family }: FoundCheckout,
  { remote, instance }: Pick<UpdateWork, 'remote' | 'instance'>,
): ReadyCheckout | Obstacle {
  if (git === null) return { kind: 'no_git' };
  const isOca = family !== 'ee';
  // Who has a mirror of the OCA may have cloned from the OCA itself before.
  const nameAt = (url: string) => repositoryAt(remote, url) ?? (isOca ? ocaRepositoryAt(url) : null);
  const ready = readyForUpdate(git, root.path, instance.series, nameAt, remote.host);
  return ready.ok ? ready.value : ready.refusal;
}

/** A checkout that is left alone, as it is told. */
export function tellLeftAlone(
  checkout: FoundCheckout,
  obstacle: Obstacle,
): UpdateReport['left_alone'][number] {
  const { repo } = checkout;
  const problem = asSentence(`${quoted(repo)} ${describeObstacle(obstacle)}`);
  return { repo, problem, remedy: remedyFor(obstacle) };
}

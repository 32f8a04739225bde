import { type Refusal, refuse } from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { asSentence, quoted } from '../../base/text.ts';
import { fastForward, type NotMoved } from '../../sources/remote/fast-forward.ts';
import { describeObstacle, type Obstacle, remedyFor } from '../../sources/remote/obstacle.ts';
import { recoverUpdate } from '../../sources/remote/recover-update.ts';
import type { FoundCheckout } from './found-checkouts.ts';
import type { PlannedUpdate } from './module-effects.ts';
import { lookAt, MOST_AT_ONCE, readyOf, refusalOf, type UpdateWork } from './plan-updates.ts';
import { refuseRemote } from './remote-refusals.ts';

/**
 * Moves checkouts forward, several at a time; each wholly or not at all.
 * @returns Why some were not, by checkout.
 */
export async function applyUpdates(
  updates: readonly PlannedUpdate[],
  work: UpdateWork,
): Promise<ReadonlyMap<FoundCheckout, Refusal>> {
  const failed = new Map<FoundCheckout, Refusal>();
  await sideBySide(updates, MOST_AT_ONCE, async (planned) => {
    const { checkout } = planned;
    // What was moved stays, and is told and counted, whatever becomes of the others.
    const refusal = await applyOne(planned, work).catch((error: unknown) => refusalOf(checkout, error));
    if (refusal !== null) failed.set(checkout, refusal);
    work.tell(checkout, 100, refusal === null ? `${checkout.repo} is updated` : `${checkout.repo} failed`);
  });
  return failed;
}

async function applyOne({ checkout, update }: PlannedUpdate, work: UpdateWork): Promise<Refusal | null> {
  const { remote, context } = work;
  const { folder, after } = update;
  if (context.signal?.aborted === true)
    return refuseRemote(checkout.repo, 'updated', remote, { kind: 'cancelled', said: '' });
  if (folder.checkout.interrupted !== null) return recoverAndUpdate({ checkout, update }, work);
  const moved = await fastForward(folder, after);
  return moved.ok ? null : await whyNotMoved(checkout, after, moved.refusal, work);
}

/** Undoes an update that was interrupted, and does what is planned. */
async function recoverAndUpdate(
  { checkout, update }: PlannedUpdate,
  work: UpdateWork,
): Promise<Refusal | null> {
  const recovered = await recoverUpdate(update.folder);
  if (recovered === 'locked') return failedBy(checkout, { kind: 'git_running', about: ['index.lock'] });
  if (recovered === 'mixed') return failedBy(checkout, { kind: 'half_done' });
  const ready = readyOf(checkout, work);
  if ('kind' in ready) return failedBy(checkout, ready);
  if (ready.commit === update.after) return null;
  const looked = await lookAt(checkout, ready, work);
  try {
    if (looked.kind === 'same') return null;
    if (looked.kind === 'obstacle') return failedBy(checkout, looked.obstacle);
    const isOther = looked.kind === 'update' && looked.update.after !== update.after;
    if (looked.kind === 'fault' || isOther) {
      const fault = looked.kind === 'fault' ? looked.fault : ({ kind: 'moved', said: '' } as const);
      return refuseRemote(checkout.repo, 'fetched', work.remote, fault, work.context.isOperator);
    }
    const moved = await fastForward(looked.update.folder, update.after);
    return moved.ok ? null : await whyNotMoved(checkout, update.after, moved.refusal, work);
  } finally {
    if (looked.kind === 'update') await looked.update.folder.close();
  }
}

function failedBy({ repo }: FoundCheckout, obstacle: Obstacle): Refusal {
  const message = asSentence(`${quoted(repo)} ${describeObstacle(obstacle)}`);
  const isLeft = obstacle.kind === 'half_done';
  const details = { repo, ...(isLeft && { left: [repo] }) };
  return refuse(isLeft ? 'io_error' : 'busy', message, { hint: remedyFor(obstacle), details }).refusal;
}

/** Null if somebody else has moved it there meanwhile. */
async function whyNotMoved(
  checkout: FoundCheckout,
  after: string,
  why: NotMoved,
  work: UpdateWork,
): Promise<Refusal | null> {
  const ready = readyOf(checkout, work);
  if (!('kind' in ready) && ready.commit === after) return null;
  if (why === 'locked')
    return failedBy(checkout, 'kind' in ready ? ready : { kind: 'git_running', about: ['index.lock'] });
  if (why === 'half done') return failedBy(checkout, { kind: 'half_done' });
  const { repo } = checkout;
  const [code, message, hint] =
    why === 'touched'
      ? (['busy', 'was changed while it was looked at', 'Make the same call again.'] as const)
      : ([
          'io_error',
          'could not be written, and is as it was',
          'Ask the operator to check the disk, and who may write there.',
        ] as const);
  return refuse(code, `${quoted(repo)} ${message}.`, { hint, details: { repo } }).refusal;
}

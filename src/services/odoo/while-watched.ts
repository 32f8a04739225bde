import { counted } from '../../base/text.ts';
import type { OperationPlan } from '../../odoo/operation-plan.ts';
import type { OperationWork } from './operation-work.ts';
import { inSeconds } from './while-busy.ts';

/** How often it is told how long Odoo has been at work, in milliseconds. */
const TELL_MS = 5000;

/**
 * Does something long in Odoo, and tells meanwhile how long it has taken, and how many modules are done if Odoo tells: an Odoo with one
 * process answers nobody while it installs, so one question waits until it does.
 * @param limit How long it may take, in milliseconds.
 */
export async function whileWatched<T>(
  { operation }: OperationPlan,
  { client, context }: Pick<OperationWork, 'client' | 'context'>,
  limit: number,
  task: () => Promise<T>,
): Promise<T> {
  const { onProgress } = context;
  if (onProgress === undefined) return task();
  const names = operation.filter(({ action }) => action !== 'cancel').map(({ module }) => module);
  const begun = performance.now();
  const ended = new AbortController();
  let said = 'Odoo is at work';
  let isAsking = false;
  const ask = async () => {
    isAsking = true;
    const known = await client.modules(names, new Set(), { limit, signal: ended.signal });
    isAsking = false;
    if (!known.ok) return;
    const done = known.value.filter(({ state }) => state === 'installed').length;
    said = `${done} of ${counted(names.length, 'module')} done`;
  };
  const ticking = setInterval(() => {
    onProgress(inSeconds(performance.now() - begun), inSeconds(limit), said);
    // What is asked besides must not end the server.
    if (!isAsking) ask().catch(() => {});
  }, TELL_MS);
  try {
    return await task();
  } finally {
    clearInterval(ticking);
    ended.abort();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationPlan } from '../../odoo/operation-plan.ts';
import type { OperationWork } from './operation-work.ts';

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
  let done: number | null = null;
  const tell = () => {
    const spent = Math.round((performance.now() - begun) / 1000);
    const counted = done === null ? 'Odoo is at work' : `${done} of ${names.length} modules are done`;
    onProgress(spent, Math.round(limit / 1000), counted);
  };
  const watch = async () => {
    while (!ended.signal.aborted) {
      const known = await client.modules(names, new Set(), { limit, signal: ended.signal });
      if (known.ok) done = known.value.filter(({ state }) => state === 'installed').length;
      await sleep(TELL_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  };
  const heartbeat = setInterval(tell, TELL_MS);
  const watching = watch();
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    ended.abort();
    await watching;
  }
}

import type { PastCall, PastCalls } from '../context.ts';

/** How a link that came along came to be. */
export interface Along {
  /** When the call that made it ended, ISO 8601 in UTC, and how long it took, in milliseconds. */
  readonly time: string;
  readonly durationMs: number;
  /** The modules that the call named. */
  readonly named: readonly string[];
}

/** Whether somebody asked for a link. A name without an origin was linked by nobody that the trail knows. */
export type Origin = 'asked' | Along;

/**
 * Finds out which linked modules were asked for, and which came along with others. A module that any call since it was linked
 * has named was asked for, whether or not it was linked already then.
 * @param names Modules that are linked now.
 */
export async function readOrigins(
  names: Iterable<string>,
  instance: string,
  { outcomes }: Pick<PastCalls, 'outcomes'>,
): Promise<ReadonlyMap<string, Origin>> {
  const open = new Set(names);
  const origins = new Map<string, Origin>();
  /** The newest change of a name whose origin is not found yet. */
  const latest = new Map<string, PastCall>();
  const settle = (name: string, origin: Origin | null) => {
    if (open.delete(name) && origin !== null) origins.set(name, origin);
  };
  if (open.size === 0) return origins;
  for await (const call of outcomes) {
    if (call.instance !== instance || call.outcome !== 'done') continue;
    const isLink = call.tool.endsWith('_link');
    for (const name of isLink ? call.modules : []) settle(name, 'asked');
    for (const { module, action } of call.links) {
      if (!open.has(module)) continue;
      // What was removed is linked again by somebody that the trail does not know.
      if (action === 'remove') settle(module, null);
      const { time, duration_ms } = latest.get(module) ?? call;
      if (action === 'replace' && !latest.has(module)) latest.set(module, call);
      if (action === 'create') settle(module, { time, durationMs: duration_ms, named: call.modules });
    }
    if (open.size === 0) break;
  }
  return origins;
}

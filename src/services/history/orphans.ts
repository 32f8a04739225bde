import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { dependsOf } from '../../addons/assess.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { toolsOf } from '../../addons/roots.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { LinkedModule } from '../linked-modules.ts';
import type { Along, Origin } from './origins.ts';

/** A managed link that came along with others and that nothing linked needs any more. */
export interface Orphan {
  readonly module: LinkedModule;
  readonly along: Along;
}

/** What a link came to be by, as far as can be told from the trail and the link itself. */
export type OriginOf = (module: LinkedModule) => 'asked' | 'unknown' | Along;

/**
 * Judges links by what the audit trail says. Links that something else made since are of unknown origin: the command line,
 * which keeps no trail, or a person.
 */
export function judgeOrigins(origins: ReadonlyMap<string, Origin>): OriginOf {
  return (module) => {
    const origin = isManaged(module) ? origins.get(module.name) : undefined;
    if (origin === undefined || origin === 'asked') return origin ?? 'unknown';
    return isMadeBy(module, origin) ? origin : 'unknown';
  };
}

/** Whether a tool may remove it. */
export function isManaged({ entry, family, name }: LinkedModule): boolean {
  return entry.kind === 'link' && toolsOf(family) !== null && isModuleName(name);
}

/** Clocks and file systems are not exact. */
const TOLERANCE_MS = 2000;

/** Whether a link was made while the call ran that the trail names. */
function isMadeBy({ dir, name }: LinkedModule, { time, durationMs }: Along): boolean {
  try {
    const { mtimeMs } = lstatSync(join(dir.path, name));
    const end = Date.parse(time) + TOLERANCE_MS;
    return mtimeMs <= end && mtimeMs >= end - durationMs - 2 * TOLERANCE_MS;
  } catch {
    return false;
  }
}

/**
 * Finds the links that nobody asked for and that nothing linked needs: neither a module that was asked for, nor one of unknown
 * origin, nor one that Odoo loads at start, nor what any of them needs.
 * @param linked All linked modules of the instance.
 */
export async function findOrphans(
  linked: readonly LinkedModule[],
  originOf: OriginOf,
  { odooConf }: Pick<Instance, 'odooConf'>,
  turns: Turns,
): Promise<Orphan[]> {
  const serverWide = new Set(odooConf?.serverWide);
  const along = new Map<LinkedModule, Along>();
  const byName = groupByName(linked);
  const needed = new Set<string>();
  for (const module of linked) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const origin = originOf(module);
    if (origin === 'asked' || origin === 'unknown' || serverWide.has(module.name)) needed.add(module.name);
    else along.set(module, origin);
  }
  // Iterating over a Set includes what is added meanwhile.
  for (const name of needed) {
    for (const { assessment } of byName.get(name) ?? []) {
      for (const dependency of dependsOf(assessment)) {
        const pause = turns.spend(1 / 4);
        if (pause !== undefined) await pause;
        if (byName.has(dependency)) needed.add(dependency);
      }
    }
  }
  return [...along].flatMap(([module, origin]) => (needed.has(module.name) ? [] : { module, along: origin }));
}

/** Linked modules by name; a name is there twice if it is linked in two addons directories. */
export function groupByName(linked: readonly LinkedModule[]): ReadonlyMap<string, readonly LinkedModule[]> {
  const byName = new Map<string, LinkedModule[]>();
  for (const module of linked) {
    const known = byName.get(module.name);
    if (known === undefined) byName.set(module.name, [module]);
    else known.push(module);
  }
  return byName;
}

import type { PathView } from '../../addons/on-path.ts';
import type { Turns } from '../../base/turns.ts';
import { shownName } from '../own-words.ts';
import type { LinkedExcludes } from './linked-excludes.ts';

/** Two modules that Odoo will not install together (`odoo/addons/base/models/ir_module.py`, `exclusion_ids`). */
export interface Exclusion {
  /** The module whose manifest excludes the other. */
  readonly module: string;
  readonly other: string;
}

/** How many modules are counted together. */
const MANY = 64;
/** No one reads more, and a hostile manifest can exclude any number of modules. */
const MOST_EXCLUSIONS = 1000;

/**
 * Finds modules that exclude one another, among those of a plan and those already linked.
 * @param planned Modules that are about to be linked.
 * @param linked All linked modules of the instance.
 * @returns Each pair once for each manifest that names it; at most a thousand.
 */
export async function findExclusions(
  planned: readonly { readonly name: string; readonly excludes: readonly string[] }[],
  linked: readonly LinkedExcludes[],
  view: PathView,
  turns: Turns,
): Promise<Exclusion[]> {
  const names = new Set(planned.map(({ name }) => name));
  const isThere = new Set(names);
  const others: { name: string; excludes: readonly string[] }[] = [];
  for (const [index, { name, excludes }] of linked.entries()) {
    // Counting takes longer than that.
    const pause = index % MANY === 0 ? turns.spend(MANY / 16) : undefined;
    if (pause !== undefined) await pause;
    isThere.add(name);
    if (excludes.length > 0 && !names.has(name)) others.push({ name, excludes });
  }
  const found: Exclusion[] = [];
  for (const { name, excludes } of [...planned, ...others]) {
    for (const other of new Set(excludes)) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      if (other === name || !(isThere.has(other) || view.find(other) !== null)) continue;
      if (found.length === MOST_EXCLUSIONS) return found;
      found.push({ module: name, other });
    }
  }
  return found;
}

export function describeExclusion({ module, other }: Exclusion): string {
  return `${shownName(module)} excludes ${shownName(other)}: Odoo does not install both in one database.`;
}

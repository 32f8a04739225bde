import type { PathView } from '../../addons/on-path.ts';
import type { Instance } from '../../config/instance.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { shownName } from '../own-words.ts';

/** Two modules that Odoo will not install together (`odoo/addons/base/models/ir_module.py`, `exclusion_ids`). */
export interface Exclusion {
  /** The one whose manifest says so. */
  readonly module: string;
  readonly other: string;
}

/**
 * Finds modules that exclude one another, among those of a plan and those that are linked.
 * @param planned Modules that are about to be linked.
 * @returns Each pair once for each manifest that names it.
 */
export function findExclusions(
  planned: readonly { readonly name: string; readonly excludes: readonly string[] }[],
  instance: Instance,
  view: PathView,
): Exclusion[] {
  const names = new Set(planned.map(({ name }) => name));
  const linked = readLinkedModules(instance);
  const others = (linked.ok ? linked.value : []).flatMap(({ name, assessment }) => {
    return names.has(name) ? [] : [{ name, excludes: assessment?.judgement?.fields?.excludes ?? [] }];
  });
  const isThere = new Set([...names, ...others.map(({ name }) => name)]);
  return [...planned, ...others].flatMap(({ name, excludes }) => {
    const met = excludes.filter(
      (other) => other !== name && (isThere.has(other) || view.find(other) !== null),
    );
    return [...new Set(met)].map((other) => ({ module: name, other }));
  });
}

export function describeExclusion({ module, other }: Exclusion): string {
  return `${shownName(module)} excludes ${shownName(other)}: Odoo does not install both in one database.`;
}

import * as z from 'zod';
import { assessFolder } from '../../addons/assess.ts';
import { CONFLICT_KINDS, type Conflict, type ConflictKind, nameConflict } from '../../addons/conflicts.ts';
import { shortened } from '../../addons/dependencies.ts';
import { describeLicenses, effectiveLicense, judgeLicenses } from '../../addons/licenses.ts';
import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import { READING, type Scope } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { message, shownName } from '../own-words.ts';
import { describeExclusion, findExclusions } from './exclusions.ts';
import { excludesOf } from './linked-excludes.ts';

export const conflictKind = z.enum(Object.keys(CONFLICT_KINDS) as [ConflictKind, ...ConflictKind[]]);

/** A {@link Conflict} in a report. */
export const conflictSchema = z.strictObject({
  kind: conflictKind,
  module: z.string(),
  message,
  offers: z.array(
    z.strictObject({
      family: z.enum(FAMILIES),
      repo: z.string().nullable(),
      path: z.string().nullable().describe('Null when only a built-in list has the name.'),
    }),
  ),
});

/** What conflicts are found in. */
export interface ConflictScope extends Scope {
  /** All linked modules of the instance. */
  readonly linked: readonly LinkedModule[];
}

/** The conflicts of one module: other offers of its name, licences, modules it excludes, circles. */
export async function findModuleConflicts(
  name: string,
  family: Family | null,
  fields: ManifestFields | null,
  cycles: readonly (readonly string[])[],
  scope: ConflictScope,
): Promise<Conflict[]> {
  const { view, linked, turns } = scope;
  const offers = isModuleName(name) ? await findOffers(name, scope.sources) : [];
  const named = nameConflict(
    name,
    offers.map((offer) => ({ family: offer.family, repo: offer.repository.name, path: offer.path })),
    scope.sources,
  );
  const asked = [{ name, excludes: fields?.excludes ?? [] }];
  const exclusions = await findExclusions(asked, linked.map(excludesOf), view, turns);
  return [
    ...(named === null ? [] : [named]),
    ...exclusions
      .filter(({ module, other }) => module === name || other === name)
      .map((exclusion) => toConflict('excludes', exclusion.module, describeExclusion(exclusion))),
    ...(fields === null ? [] : await licenseConflicts(name, family, fields, scope)),
    ...cycles.map((cycle) => toConflict('cycle', cycle[0] as string, describeCycle(cycle))),
  ];
}

/** The dependencies of a module whose licences, or the operator, do not allow it; at most two hundred. */
export async function licenseConflicts(
  name: string,
  family: Family | null,
  { license, depends }: ManifestFields,
  scope: ConflictScope,
): Promise<Conflict[]> {
  const own = effectiveLicense(family, license);
  const conflicts: Conflict[] = [];
  for (const dependency of depends) {
    await scope.turns.spend(READING);
    const other = await licenseOf(dependency, scope);
    const finding = other === null ? null : judgeLicenses(own, other, scope.instance.licenses);
    if (other === null || finding === null) continue;
    const pair = [
      { module: name, license: own },
      { module: dependency, license: other },
    ] as const;
    conflicts.push(toConflict('license', name, describeLicenses(...pair, finding)));
    if (conflicts.length === MOST_CONFLICTS) break;
  }
  return conflicts;
}

/** No one reads more for one module. */
const MOST_CONFLICTS = 200;

/** The licence of the module that Odoo would load by a name, or else of one that a root offers; null if there is neither. */
async function licenseOf(name: string, { instance, sources, view }: ConflictScope): Promise<string | null> {
  const onPath = view.find(name);
  if (onPath !== null) {
    return effectiveLicense(onPath.family, onPath.assessment?.judgement?.fields?.license ?? '');
  }
  const [offer] = isModuleName(name) ? await findOffers(name, sources) : [];
  if (offer === undefined) return sources.lists.enterprise.has(name) ? 'OEEL-1' : null;
  return effectiveLicense(
    offer.family,
    assessFolder(name, offer.path, instance.roots, instance.series).judgement?.fields?.license ?? '',
  );
}

export function describeCycle(cycle: readonly string[]): string {
  return `${shortened(cycle).map(shownName).join(' -> ')} depend on one another in a circle.`;
}

export function toConflict(kind: ConflictKind, module: string, message: string): Conflict {
  return { kind, module, message, offers: [] };
}

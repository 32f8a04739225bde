import * as z from 'zod';
import { assessFolder } from '../../addons/assess.ts';
import {
  CONFLICT_KINDS,
  type Conflict,
  type ConflictKind,
  type ModuleOffer,
  nameConflict,
} from '../../addons/conflicts.ts';
import { shortened } from '../../addons/dependencies.ts';
import { NODE_STATES } from '../../addons/graph.ts';
import { effectiveLicense } from '../../addons/licenses.ts';
import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import { READING, type Scope } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import type { DependencyTree } from '../modules/dependency-tree.ts';
import { message, shownName } from '../own-words.ts';
import { type LicensePair, licensePairs } from './license-pairs.ts';
import { type ModuleScope, type ModulesInQuestion, moduleExclusions } from './module-exclusions.ts';

/** Where a module is. */
export const modulePlace = z.enum(NODE_STATES);
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
  other: z
    .strictObject({
      module: z.string(),
      state: modulePlace,
      family: z.enum(FAMILIES).nullable(),
      repo: z.string().nullable(),
    })
    .exactOptional()
    .describe('The other module of a pair, and where it is.'),
});

/** What conflicts are found in. */
export interface ConflictScope extends Scope {
  /** All linked modules of the instance. */
  readonly linked: readonly LinkedModule[];
}

/**
 * The conflicts of modules, before they are linked as after it: other offers of their names; modules that they exclude or
 * that exclude them; licences, of what they need too; circles.
 * @returns The conflicts, and how many more exclusions there are than anybody reads.
 */
export async function findModuleConflicts(
  { asked, tree }: ModulesInQuestion,
  scope: ModuleScope,
): Promise<{ conflicts: Conflict[]; more: number }> {
  const named: Conflict[] = [];
  for (const { name } of asked) named.push(...(await nameConflicts(name, scope)));
  const excluded = await moduleExclusions({ asked, tree }, scope);
  const conflicts = [
    ...named,
    ...excluded.conflicts,
    ...(await treeLicenses(tree, scope)),
    ...tree.cycles.map((cycle) => toConflict('cycle', cycle[0] as string, describeCycle(cycle))),
  ];
  return { conflicts, more: excluded.more };
}

async function nameConflicts(name: string, { sources }: Scope): Promise<Conflict[]> {
  const offers = isModuleName(name) ? await findOffers(name, sources) : [];
  const withheld = new Set<ModuleOffer>();
  const places = offers.map((offer) => {
    const place = { family: offer.family, repo: offer.repository.name, path: offer.path };
    if (sources.discretion?.mayShow(name, offer) === false) withheld.add(place);
    return place;
  });
  const named = nameConflict(name, places, sources, withheld);
  return named === null ? [] : [named];
}

/** The licences of modules and of what they need; at most two hundred. */
async function treeLicenses({ reached }: DependencyTree, { instance, turns }: Scope): Promise<Conflict[]> {
  const licenses = new Map(reached.map(({ name, value }) => [name, value.license]));
  const pairs = licensePairs(reached, (name) => licenses.get(name) ?? null, instance.licenses, turns);
  return toConflicts(pairs);
}

/** The dependencies of a module whose licences, or the operator, do not allow it; at most two hundred. */
export async function licenseConflicts(
  name: string,
  family: Family | null,
  { license, depends }: ManifestFields,
  scope: ConflictScope,
): Promise<Conflict[]> {
  const licenseFor = async (other: string) => {
    if (other === name) return effectiveLicense(family, license);
    await scope.turns.spend(READING);
    return licenseOf(other, scope);
  };
  return toConflicts(licensePairs([{ name, depends }], licenseFor, scope.instance.licenses, scope.turns));
}

async function toConflicts(pairs: AsyncIterable<LicensePair>): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for await (const { module, message } of pairs) {
    conflicts.push(toConflict('license', module, message));
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

import { assessFolder } from '../../addons/assess.ts';
import { type Conflict, nameConflict } from '../../addons/conflicts.ts';
import { effectiveLicense, mayBuildOn } from '../../addons/licenses.ts';
import { findOffers, type Sources } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import type { PathView } from '../../addons/on-path.ts';
import type { Family } from '../../addons/roots.ts';
import type { Instance } from '../../config/instance.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import { describeLicenseConflict } from '../link/judge-licenses.ts';
import { shownName } from '../own-words.ts';
import { describeExclusion, findExclusions } from './exclusions.ts';

/** Where conflicts are looked for. */
export interface ConflictScope {
  readonly instance: Instance;
  readonly sources: Sources;
  readonly view: PathView;
}

/** What gets in the way of one module: other offers of its name, its licence, modules it excludes, cycles. */
export function findModuleConflicts(
  name: string,
  family: Family | null,
  fields: ManifestFields | null,
  cycles: readonly (readonly string[])[],
  scope: ConflictScope,
): Conflict[] {
  const offers = isModuleName(name) ? findOffers(name, scope.sources) : [];
  const named = nameConflict(
    name,
    offers.map((offer) => ({ family: offer.family, repo: offer.repository.name, path: offer.path })),
    scope.sources,
  );
  const exclusions = findExclusions([{ name, excludes: fields?.excludes ?? [] }], scope.instance, scope.view);
  return [
    ...(named === null ? [] : [named]),
    ...exclusions
      .filter(({ module, other }) => module === name || other === name)
      .map((exclusion) => toConflict('excludes', exclusion.module, describeExclusion(exclusion))),
    ...(fields === null ? [] : licenseConflicts(name, family, fields, scope)),
    ...cycles.map((cycle) =>
      toConflict('cycle', cycle[0] as string, `${cycle.map(shownName).join(' -> ')} need one another.`),
    ),
  ];
}

/** The dependencies of a module whose licences it may not build on. */
export function licenseConflicts(
  name: string,
  family: Family | null,
  { license, depends }: ManifestFields,
  scope: ConflictScope,
): Conflict[] {
  const own = effectiveLicense(family, license);
  return depends.flatMap((dependency) => {
    const other = licenseOf(dependency, scope);
    if (other === null || mayBuildOn(own, other)) return [];
    return [toConflict('license', name, describeLicenseConflict(name, own, dependency, other))];
  });
}

/** The licence of what Odoo would load by a name, or of what a root offers; null where neither is there. */
function licenseOf(name: string, { instance, sources, view }: ConflictScope): string | null {
  const onPath = view.find(name);
  if (onPath !== null) {
    return effectiveLicense(onPath.family, onPath.assessment?.judgement?.fields?.license ?? '');
  }
  const [offer] = isModuleName(name) ? findOffers(name, sources) : [];
  if (offer === undefined) return sources.lists.enterprise.has(name) ? 'OEEL-1' : null;
  return effectiveLicense(
    offer.family,
    assessFolder(name, offer.path, instance.roots, instance.series).judgement?.fields?.license ?? '',
  );
}

export function toConflict(kind: Conflict['kind'], module: string, message: string): Conflict {
  return { kind, module, message, offers: [] };
}

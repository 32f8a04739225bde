import { join } from 'node:path';
import { assessModule, readModule } from '../addons/assess.ts';
import { type DependencyState, reportDependencies } from '../addons/dependencies.ts';
import { findOffers, type Offer, type Sources, toolCall } from '../addons/lookup.ts';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import { type Family, familyOf } from '../addons/roots.ts';
import { findOnPath, type SearchEntry } from '../addons/search-path.ts';
import type { Instance } from '../config/instance.ts';
import { quoted } from '../text.ts';
import type { LinkFacts, LinkReport, Warning } from './link-call.ts';

export interface LinkDependencies {
  readonly satisfied: LinkReport['satisfied'];
  /** Missing ones that could be linked next. */
  readonly unmet: readonly { readonly module: string; readonly family: Family }[];
  readonly warnings: readonly Warning[];
}

/** What the modules depend on: found already, or to be had somewhere, or nowhere. */
export function reportLinkDependencies(facts: LinkFacts, path: readonly SearchEntry[]): LinkDependencies {
  const { request, modules, instance, sources } = facts;
  if (!request.with_dependencies) return { satisfied: [], unmet: [], warnings: [] };
  const offers = new Map<string, Offer | null>();
  const stateOf = (name: string): DependencyState => {
    if (!isModuleName(name)) return { kind: 'unmet', depends: [] };
    const found = whereSatisfied(name, facts, path);
    if (found !== null) return found;
    const offer = bestOffer(name, facts.request.family, sources);
    offers.set(name, offer);
    return { kind: 'unmet', depends: offer === null ? [] : dependsOf(name, offer, instance) };
  };
  const planned = modules.map(({ source, fields }) => ({ name: source.name, depends: fields.depends }));
  const { satisfied, unmet, unexamined } = reportDependencies(planned, stateOf);
  const warnings = unmet.map(({ module, chain }) => {
    const where = whereFrom(module, offers.get(module) ?? null, facts);
    const message = `${chain.join(' -> ')} needs ${quoted(module)}, which is not linked: ${where}`;
    return { code: 'dependency_not_linked', module, message };
  });
  if (unexamined > 0) {
    const message = `${unexamined} more dependencies were not looked at.`;
    warnings.push({ code: 'dependency_not_linked', module: planned[0]?.name ?? '', message });
  }
  const offered = unmet.flatMap(({ module }) => {
    const offer = offers.get(module) ?? null;
    return offer === null ? [] : [{ module, family: offer.family }];
  });
  return { satisfied, unmet: offered, warnings };
}

function whereSatisfied(
  name: ModuleName,
  { instance, sources: { lists } }: LinkFacts,
  path: readonly SearchEntry[],
) {
  const entry = findOnPath(name, path, instance.series);
  if (entry !== null) {
    // A folder of addons_path that is neither a root nor an addons directory is none of the caller's business.
    const shown = entry.kind === 'addons_path' ? null : join(entry.path, name);
    return { kind: 'satisfied', by: entry.kind, path: shown } as const;
  }
  const hasCore = instance.roots.some(({ family }) => family === 'core');
  if (hasCore || !lists.community.has(name)) return null;
  return { kind: 'satisfied', by: 'core_list', path: null } as const;
}

/** The module's own family first: that is what the tool that was called can link. */
function bestOffer(name: ModuleName, family: 'oca' | 'ee', sources: Sources): Offer | null {
  const offers = findOffers(name, sources);
  return offers.find((offer) => offer.family === family) ?? offers[0] ?? null;
}

function dependsOf(name: ModuleName, offer: Offer, { series, roots }: Instance): readonly string[] {
  const isAllowed = (path: string) => familyOf(path, roots) === offer.family;
  const { judgement } = assessModule(readModule(name, offer.path, series, isAllowed));
  return judgement?.fields?.depends ?? [];
}

function whereFrom(module: string, offer: Offer | null, { sources: { lists } }: LinkFacts): string {
  if (offer !== null)
    return `the repository ${quoted(offer.repository.name)} has it, call ${toolCall(offer.family, module)}.`;
  if (lists.enterprise.has(module))
    return 'it is an Odoo Enterprise module, and no configured root holds it.';
  return 'no configured root holds it; ask the operator to check out its repository.';
}

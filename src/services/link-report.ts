import { join } from 'node:path';
import { assessModule, readModule } from '../addons/assess.ts';
import { type DependencyState, reportDependencies } from '../addons/dependencies.ts';
import { modulesIn } from '../addons/discover.ts';
import { findOffers, type Offer, type Sources, toolCall } from '../addons/lookup.ts';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import { findRealpathOfFile } from '../addons/python-files.ts';
import { familyOf } from '../addons/roots.ts';
import { findOnPath, type SearchEntry, searchPath } from '../addons/search-path.ts';
import type { Instance } from '../config/instance.ts';
import type { LinkPlan } from '../links/plan.ts';
import type { LinkRequest, VouchedModule } from './link-modules.ts';
import { nextSteps } from './next-steps.ts';

/** What a link call did, or would do: the result of `oca_link` and `ee_link`. */
export interface LinkReport {
  readonly status: 'linked' | 'already_linked' | 'planned';
  readonly instance: string;
  readonly series: string;
  readonly target_dir: string;
  readonly links: readonly ReportedLink[];
  /** Dependencies that Odoo finds already, and where; `path` is null outside the configured folders. */
  readonly satisfied: readonly { module: string; by: string; path: string | null }[];
  readonly external_dependencies: { python: string[]; bin: string[] };
  readonly warnings: readonly Warning[];
  readonly next_steps: readonly string[];
}

export interface ReportedLink {
  readonly module: string;
  readonly action: 'create' | 'replace' | 'keep';
  /** The path of the link and of the folder it leads to. */
  readonly link: string;
  readonly source: string;
  readonly family: 'oca' | 'ee';
  readonly repo: string | null;
  /** Git provenance, null outside git. */
  readonly branch: string | null;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly version: string;
  readonly license: string;
  readonly auto_install: boolean;
  /** Empty for a module the caller asked for. */
  readonly required_by: readonly string[];
}

export interface Warning {
  readonly code: string;
  readonly module: string;
  readonly message: string;
}

export interface LinkFacts {
  readonly plan: LinkPlan;
  readonly modules: readonly VouchedModule[];
  readonly request: LinkRequest;
  readonly instance: Instance;
  readonly sources: Sources;
  readonly lists: { readonly community: ReadonlySet<string>; readonly enterprise: ReadonlySet<string> };
}

/** Describes a plan before it is carried out: what is linked, what is still missing, what to do next. */
export function describeLinks(facts: LinkFacts): LinkReport {
  const { plan, modules, request, instance } = facts;
  const path = searchPath(instance);
  const links = describe(facts);
  const { satisfied, unmet } = dependencies(facts, path);
  const changes = links.some(({ action }) => action !== 'keep');
  return {
    status: request.dry_run ? 'planned' : changes ? 'linked' : 'already_linked',
    instance: instance.name,
    series: instance.series,
    target_dir: plan.dir.path,
    links,
    satisfied,
    external_dependencies: {
      python: [...new Set(modules.flatMap(({ fields }) => fields.externalDependencies.python))].sort(),
      bin: [...new Set(modules.flatMap(({ fields }) => fields.externalDependencies.bin))].sort(),
    },
    warnings: [
      ...unmet.map(({ warning }) => warning),
      ...modules.flatMap((module) => moduleWarnings(module, facts)),
      ...pathWarnings(facts, path),
    ],
    next_steps: nextSteps({
      instance,
      links,
      unmet: unmet.flatMap(({ offer, module }) => (offer === null ? [] : [{ module, family: offer.family }])),
      wasEmpty: modulesIn(plan.dir.path).length === 0,
    }),
  };
}

function describe({ plan, modules }: LinkFacts): ReportedLink[] {
  return plan.links.map(({ module, action, source }, index) => {
    const { fields, provenance } = modules[index] as VouchedModule;
    return {
      module,
      action,
      link: join(plan.dir.path, module),
      source: source.path,
      family: source.family as 'oca' | 'ee',
      repo: source.repository.name,
      branch: provenance?.branch ?? null,
      commit: provenance?.commit ?? null,
      dirty: provenance?.dirty ?? null,
      version: fields.version,
      license: fields.license,
      auto_install: fields.autoInstall !== false,
      required_by: [],
    };
  });
}

/** What the modules depend on: found already, or to be had somewhere, or nowhere. */
function dependencies(facts: LinkFacts, path: readonly SearchEntry[]) {
  const { request, modules, instance, sources } = facts;
  if (!request.with_dependencies) return { satisfied: [], unmet: [] };
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
  const { satisfied, unmet } = reportDependencies(planned, stateOf);
  return {
    satisfied,
    unmet: unmet.map(({ module, chain }) => {
      const offer = offers.get(module) ?? null;
      const message = `${chain.join(' -> ')} needs ${module}, which is not linked: ${whereFrom(module, offer, facts)}`;
      return { module, offer, warning: { code: 'dependency_not_linked', module, message } };
    }),
  };
}

function whereSatisfied(name: ModuleName, { instance, lists }: LinkFacts, path: readonly SearchEntry[]) {
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

function whereFrom(module: string, offer: Offer | null, { lists }: LinkFacts): string {
  if (offer !== null)
    return `the repository ${offer.repository.name} has it, call ${toolCall(offer.family, module)}.`;
  if (lists.enterprise.has(module))
    return 'it is an Odoo Enterprise module, and no configured root holds it.';
  return 'no configured root holds it; ask the operator to check out its repository.';
}

/** What is worth knowing about a module that may be linked all the same. */
function moduleWarnings({ source, problems }: VouchedModule, { sources }: LinkFacts): Warning[] {
  const module = source.name;
  const warnings: Warning[] = problems
    .filter(({ level }) => level === 'warning')
    .map(({ code, message, line }) => ({
      code,
      module,
      message: line === undefined ? message : `line ${line}: ${message}`,
    }));
  const other = findOffers(module, sources).find(({ family }) => family !== source.family);
  if (other !== undefined) {
    const message = `${other.repository.name} (${other.family}) offers a module of this name too; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  }
  const file = findRealpathOfFile(source.path);
  if (file !== null) {
    const message = `${file} uses realpath(__file__), which leads out of the addons path when the module is a link.`;
    warnings.push({ code: 'realpath_of_file', module, message });
  }
  return warnings;
}

/** A link that Odoo would not see: its name is taken earlier, or its directory is not on the path at all. */
function pathWarnings({ plan, instance, lists }: LinkFacts, path: readonly SearchEntry[]): Warning[] {
  const warnings: Warning[] = [];
  const position = path.findIndex((entry) => entry.path === plan.dir.path);
  const hasCore = path.some(({ kind }) => kind === 'core');
  for (const { module } of plan.links) {
    const earlier = findOnPath(module, path.slice(0, position), instance.series);
    const inCore = earlier?.kind === 'core' || (earlier === null && !hasCore && lists.community.has(module));
    if (earlier === null && !inCore) continue;
    const where = inCore ? 'in Odoo Community' : 'earlier on the addons path';
    const message = `Odoo has a module of this name ${where}; the link may never be looked at.`;
    warnings.push({ code: 'shadowed', module, message });
  }
  return warnings;
}

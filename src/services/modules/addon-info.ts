import { basename, join } from 'node:path';
import { type Assessment, assessFolder, dependsOf } from '../../addons/assess.ts';
import { renderGraph } from '../../addons/graph.ts';
import { findOffers, type Offer, tellApart } from '../../addons/lookup.ts';
import { checkNames, type ModuleName } from '../../addons/module-name.ts';
import type { PathView } from '../../addons/on-path.ts';
import { isCalledAny } from '../../addons/owners.ts';
import { type Family, settingOf, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { ok, type Refusal, type Refused, type Result, refuse } from '../../base/refusal.ts';
import { TOOLS } from '../../base/surface.ts';
import { capitalised, quoted, quotedField } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import { askOnce, checkoutOf } from '../../sources/provenance.ts';
import { findModuleConflicts } from '../conflicts/module-conflicts.ts';
import { type FoundPlace, lookAround, type ServiceContext, surfaceAt } from '../context.ts';
import { linkModules } from '../link/link-modules.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { locateModule } from '../locate-module.ts';
import { adaptedVersion, shownLicense, shownName, shownVersion } from '../own-words.ts';
import { type RequestOf, selectTarget } from '../select-target.ts';
import { createEntryStates, type StateOf } from '../status/entry-state.ts';
import { dependencyTree } from './dependency-tree.ts';
import type { AddonInfo } from './describe-info.ts';

export type InfoRequest = RequestOf<'addon_info'>;

/** The most characters of a text that are shown: more than an honest manifest has. */
const MOST_TEXT = 1000;
/** The most characters of a graph in a tool's answer, which has room for more than that. */
const MOST_DRAWN = 6000;

/**
 * Collects everything known about a module: its manifest, the verdict, what it needs, where it is linked.
 * @returns The facts, or `module_not_found` or `ambiguous_module`.
 */
export async function addonInfo(request: InfoRequest, context: ServiceContext): Promise<Result<AddonInfo>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const names = checkNames([request.module], (context.surface ?? TOOLS).argument('module'), context.surface);
  if (!names.ok) return names;
  const { instance } = target.value;
  const [name] = names.value as [ModuleName];
  const surface = surfaceAt(instance, context);
  const scope = await lookAround(instance, context, surface);
  const { sources, view, turns } = scope;
  const chosen = await chooseOffer(name, request, sources);
  if (!chosen.ok) return chosen;
  const offer = chosen.value;
  const found =
    offer === null
      ? findElsewhere(name, request, view, sources)
      : { family: offer.family, assessment: assessFolder(name, offer.path, instance.roots, instance.series) };
  if (found === null) return notFound(name, request, sources);
  const { family, assessment } = found;
  const told = context.mayTell?.(placeOfOffer(name, family, offer));
  if (told?.ok === false) return told;
  const repo = offer?.repository.name ?? null;
  const linked = await readLinkedModules(instance, turns);
  if (!linked.ok) return linked;
  const tree = await dependencyTree(name, dependsOf(assessment), { family, repo }, scope);
  const stateOf = await createEntryStates(instance, linked.value, view, surface, turns);
  const fields = assessment?.judgement?.fields ?? null;
  const inWhat = { ...scope, linked: linked.value };
  const conflicts = await findModuleConflicts(name, family, fields, tree.cycles, inWhat);
  const readProvenance = askOnce(context.readProvenance);
  // First, because it asks about all repositories at the same time, including this one.
  const linkable = await askWhetherLinkable(name, family, request, { ...context, readProvenance });
  const provenance = offer === null ? null : await readProvenance(checkoutOf(offer.path), offer.root.path);
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    module: name,
    family,
    repo,
    path: offer?.path ?? null,
    ...describeAssessment(assessment),
    ...linkable,
    branch: provenance?.branch == null ? null : quoted(provenance.branch),
    commit: provenance?.commit ?? null,
    dirty: provenance?.dirty ?? null,
    linked: whereLinked(name, linked.value, stateOf),
    needed_by: await whoNeeds(name, linked.value, turns),
    dependencies: tree.nodes,
    conflicts,
    graph:
      request.graph === undefined
        ? null
        : renderGraph(tree.nodes, request.graph, context.isOperator ? undefined : MOST_DRAWN),
    ...(tree.unexamined > 0 && { left_out: [{ what: '/dependencies', items: tree.unexamined }] as const }),
  });
}

async function whoNeeds(name: string, linked: readonly LinkedModule[], turns: Turns): Promise<string[]> {
  const dependents = new Set<string>();
  for (const other of linked) {
    if (dependsOf(other.assessment).includes(name)) dependents.add(shownName(other.name));
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return [...dependents];
}

async function chooseOffer(
  name: ModuleName,
  { family, repo }: InfoRequest,
  sources: Sources,
): Promise<Result<Offer | null>> {
  const all = await findOffers(name, sources);
  const offers = all.filter(({ family: own, repositories }) => {
    return (
      (repo === undefined || isCalledAny(repositories, repo)) && (family === undefined || own === family)
    );
  });
  const [first, ...others] = offers;
  if (others.length === 0) {
    if (first !== undefined || all.length === 0) return ok(first ?? null);
    const where = all.map((offer) => `${quoted(offer.repository.name)} (${offer.family})`).join(', ');
    return refuse('module_not_found', `No ${name} matches the given family and repo.`, {
      module: name,
      details: { offers: all.map((offer) => ({ family: offer.family, repo: offer.repository.name })) },
      hint: `It is in ${where}.`,
    });
  }
  const families = new Set(offers.map((offer) => offer.family));
  const choice = families.size > 1 ? { family: first?.family } : { repo: tellApart(offers)[0] };
  return refuse('ambiguous_module', `${name} exists in ${offers.length} places.`, {
    module: name,
    details: { offers: offers.map((offer) => ({ family: offer.family, repo: offer.repository.name })) },
    hint: `${capitalised(sources.surface.again(choice))}, or with another of them.`,
  });
}

function placeOfOffer(name: string, family: Family | null, offer: Offer | null): FoundPlace {
  if (offer === null) return { modules: [name], family, repos: [] };
  const repos = offer.repositories.map((repository) => repository.name);
  return { modules: [...new Set([name, basename(offer.path)])], family, repos };
}

/** Looks for a module that no root offers on Odoo's addons path and in the built-in list. */
function findElsewhere(
  name: ModuleName,
  { family, repo }: InfoRequest,
  view: PathView,
  { lists }: Sources,
): { family: Family | null; assessment: Assessment | null } | null {
  const onPath = view.find(name);
  const listed = lists.enterprise.has(name) ? ({ family: 'ee', assessment: null } as const) : null;
  const found = onPath ?? listed;
  return found === null || repo !== undefined || (family !== undefined && family !== found.family)
    ? null
    : found;
}

/** The refusal for an unknown module: that of a link call if it explains more. */
async function notFound(name: ModuleName, { family }: InfoRequest, sources: Sources): Promise<Refused> {
  const tools = family === undefined ? (['oca', 'ee'] as const) : [toolsOf(family) ?? 'oca'];
  const explained: Refused[] = [];
  for (const tool of tools) {
    // Without a root of the family there is nothing to explain.
    const asked = sources.roots.some((root) => toolsOf(root.family) === tool)
      ? await locateModule(name, tool, sources)
      : null;
    if (asked?.ok === false && isExplained(asked.refusal)) explained.push(asked);
  }
  // An empty root of one family explains nothing while another family has modules.
  const isAll = explained.length === tools.length;
  const first = explained.find(({ refusal }) => isAll || refusal.details?.fault !== 'empty');
  if (first !== undefined) return first;
  const near = await sources.namesLike(name, 'oca', 'ee');
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(', ')}?`
      : `Ask the operator to check out its repository under ${settingOf('oca', sources.roots)}.`;
  return refuse('module_not_found', `No configured root contains ${name}.`, {
    module: name,
    details: { nearest: near },
    hint,
  });
}

/** Whether a refusal says more than that the module was not found. */
function isExplained({ code, details }: Refusal): boolean {
  return code === 'module_not_found' ? details?.nearest === undefined : code !== 'wrong_family';
}

function describeAssessment(assessment: Assessment | null) {
  const judgement = assessment?.judgement ?? null;
  const fields = judgement?.fields ?? null;
  return {
    verdict: judgement?.verdict ?? (assessment === null ? null : ('invisible' as const)),
    problems: judgement?.problems ?? [],
    manifest:
      fields === null
        ? null
        : {
            name: quotedField(fields.name, MOST_TEXT),
            summary: quotedField(fields.summary, MOST_TEXT),
            version: shownVersion(fields),
            ...adaptedVersion(fields),
            license: shownLicense(fields.license),
            category: quotedField(fields.category, MOST_TEXT),
            application: fields.application,
            auto_install:
              typeof fields.autoInstall === 'boolean'
                ? fields.autoInstall
                : fields.autoInstall.map(shownName),
            depends: fields.depends.map(shownName),
            excludes: fields.excludes.map(shownName),
            external_dependencies: {
              python: fields.externalDependencies.python.map((name) => quoted(name)),
              bin: fields.externalDependencies.bin.map((name) => quoted(name)),
            },
          },
  };
}

function whereLinked(name: string, linked: readonly LinkedModule[], stateOf: StateOf): AddonInfo['linked'] {
  const entries = linked.filter((module) => module.name === name);
  return entries.map((module) => {
    const isShown = module.folder !== null && (module.family !== null || module.entry.kind === 'occupied');
    return {
      link: join(module.dir.path, name),
      state: stateOf(module).state,
      source: isShown ? module.folder : null,
    };
  });
}

/** Asks what the link tool of its family would answer. */
async function askWhetherLinkable(
  name: ModuleName,
  family: Family | null,
  { repo, ...selection }: InfoRequest,
  context: ServiceContext,
): Promise<Pick<AddonInfo, 'linkable' | 'reasons'>> {
  const tools = toolsOf(family);
  if (tools === null) {
    return {
      linkable: false,
      reasons: ['It is neither an OCA nor an Enterprise module, so no tool links it.'],
    };
  }
  const options = { with_dependencies: true, replace: false, dry_run: true };
  const { instance, branch } = selection;
  const request = { instance, branch, repo, family: tools, modules: [name], argument: 'module', ...options };
  const asked = await linkModules(request, context);
  if (asked.ok) return { linkable: true, reasons: [] };
  const { message, details } = asked.refusal;
  const reasons = details?.reasons as readonly Refusal[] | undefined;
  return { linkable: false, reasons: reasons?.map((reason) => reason.message) ?? [message] };
}

import { hasEntry } from '../../addons/folder-look.ts';
import { renderGraph } from '../../addons/graph.ts';
import { checkNames, type ModuleName } from '../../addons/module-name.ts';
import { toolsOf } from '../../addons/roots.ts';
import { ok, type Refusal, type Refused, type Result, refused } from '../../base/refusal.ts';
import { type Surface, TOOLS } from '../../base/surface.ts';
import { asSentence, inWords, quoted } from '../../base/text.ts';
import { askOnce } from '../../sources/provenance.ts';
import { findModuleConflicts } from '../conflicts/module-conflicts.ts';
import { type FoundPlace, lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { askForStates, type InOdoo } from '../odoo/in-odoo.ts';
import { otherInstances } from '../other-instances.ts';
import { findOtherRoots } from '../other-roots.ts';
import { type RequestOf, selectTarget } from '../select-target.ts';
import { createEntryStates } from '../status/entry-state.ts';
import { foundPlace, withDiscretion } from '../telling.ts';
import { type Searcher, withWhereabouts } from '../whereabouts.ts';
import { describeAbsent, findAbsent } from './absent-info.ts';
import { type DependencyTree, dependencyTree } from './dependency-tree.ts';
import { type FoundModule, findModule } from './find-module.ts';
import type { AddonInfo } from './info-schema.ts';
import { askWhetherLinkable } from './linkable.ts';
import type { Asked, Look } from './look.ts';
import { describeOne } from './one-info.ts';
import { describeSeveral } from './several-info.ts';
import { treeRequirements } from './tree-requirements.ts';

export type InfoRequest = RequestOf<'addon_info'>;

/** The most characters of a graph in a tool's answer, which has room for more than that. */
const MOST_DRAWN = 6000;
/** The same of what Odoo says. */
const ROOM_IN_ODOO = 5000;

/**
 * Collects everything known about a module: its manifest, the verdict, what it and all that it needs need, what it would
 * conflict with, where it is linked. Of several modules, what is worth knowing before they are linked together.
 * @returns The facts; or `module_not_found` or `ambiguous_module` for a single module.
 */
export async function addonInfo(request: InfoRequest, context: ServiceContext): Promise<Result<AddonInfo>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { surface: reader = TOOLS } = context;
  const names = checkNames([request.module].flat(), reader.argument('module'), reader);
  if (!names.ok) return names;
  const { instance } = target.value;
  const surface = surfaceAt(instance, context);
  const scope = withDiscretion(await lookAround(instance, context, surface), context);
  const asked: Asked[] = [];
  for (const name of names.value) asked.push({ name, found: await findModule(name, request, scope) });
  const elsewhere = otherInstances(instance, context, scope.turns);
  const [only] = asked.length === 1 ? asked : [];
  const tool = toolsOf(request.family ?? 'oca') ?? 'oca';
  const searcher = { instance: instance.name, sources: scope.sources, look: elsewhere, tool };
  if (only?.found.ok === false) {
    const { refusal } = await tellWhereabouts(only.found, searcher);
    const absent = await findAbsent(only.name, only.found.refusal, { sources: scope.sources, elsewhere });
    if (absent === null) return refused(await tellOfEntries(refusal, only.name, scope));
    const told = context.mayTell?.(absent.place);
    if (told?.ok === false) return told;
    const look = await lookAtLinked(names.value, { ...scope, elsewhere }, context, surface);
    if (!look.ok) return look;
    const { name, series } = instance;
    const found = await describeAbsent(absent, refusal, look.value, context);
    const said = await askOdooOf(names.value, request, look.value, context);
    return ok({ status: 'ok', instance: name, series, conflicts: [], graph: null, ...found, ...said });
  }
  for (const { found } of asked) {
    const told = found.ok ? context.mayTell?.(placeOf(found.value)) : undefined;
    if (told?.ok === false) return told;
  }
  const looked = await lookAtLinked(names.value, { ...scope, elsewhere }, context, surface);
  if (!looked.ok) return looked;
  const look = looked.value;
  const { readProvenance } = look;
  const modules = asked.flatMap(({ found }) => (found.ok ? [found.value] : []));
  const tree = await dependencyTree(modules, scope);
  const inCommon = {
    ...(await describeTree(asked, tree, request, look, context)),
    ...(await askOdooOf(await namesTold(asked, scope), request, look, context)),
  };
  // First, because it asks about all modules at the same time.
  const linkable = await askWhetherLinkable(modules, request.repo, scope, { ...context, readProvenance });
  const [first] = modules;
  return ok(
    only !== undefined && first !== undefined
      ? { ...inCommon, ...(await describeOne(first, tree, linkable, look, context)) }
      : { ...inCommon, ...(await describeSeveral(await tellAll(asked, searcher), tree, linkable, look)) },
  );
}

/** Those of the names that may be told: where the modules that were found are has been told already. */
async function namesTold(asked: readonly Asked[], { sources }: Scope): Promise<ModuleName[]> {
  const told: ModuleName[] = [];
  for (const { name, found } of asked)
    if (found.ok || (await sources.discretion?.mayName(name)) !== false) told.push(name);
  return told;
}

/** With `odoo`, what the running Odoo says of the modules; of all of them in one question. */
async function askOdooOf(
  names: readonly ModuleName[],
  { odoo }: InfoRequest,
  look: Look,
  context: ServiceContext,
): Promise<{ readonly odoo?: InOdoo }> {
  if (odoo !== true) return {};
  const linked = new Set(look.linked.map(({ name }) => name));
  const asked = { names, linked, isNamed: true, withRest: false, room: ROOM_IN_ODOO };
  return { odoo: await askForStates(asked, look, context) };
}

/** What is linked, and in which state. */
async function lookAtLinked(
  names: readonly string[],
  scope: Scope & Pick<Look, 'elsewhere'>,
  context: ServiceContext,
  surface: Surface,
): Promise<Result<Look>> {
  const { instance, turns, view, sources } = scope;
  const linked = await readLinkedModules(instance, turns, instance.addonsDirs, sources.look);
  if (!linked.ok) return linked;
  const named = linked.value.filter(({ name }) => names.includes(name));
  const otherOf = await findOtherRoots(named, instance, context, turns);
  const stateOf = await createEntryStates(instance, linked.value, view, { surface, sources, otherOf }, turns);
  return ok({ ...scope, linked: linked.value, stateOf, readProvenance: askOnce(context.readProvenance) });
}

async function tellWhereabouts({ refusal }: Refused, searcher: Searcher): Promise<Refused> {
  const [told] = await withWhereabouts([refusal], searcher);
  return refused(told ?? refusal);
}

/** A link that leads nowhere, or a folder, may have the name of a module that was not found. */
async function tellOfEntries(
  refusal: Refusal,
  name: ModuleName,
  { instance, sources }: Scope,
): Promise<Refusal> {
  const dirs: string[] = [];
  for (const { path } of instance.addonsDirs) {
    const listing = await sources.look.list(path);
    if (listing !== null && hasEntry(listing, name)) dirs.push(path);
  }
  if (dirs.length === 0) return refusal;
  const message = `${asSentence(refusal.message)} ${inWords(dirs.map(quoted))} ${dirs.length === 1 ? 'has' : 'have'} an entry of that name.`;
  const hint = `${sources.surface.call('link_status', { module: name })} to see what is wrong with it. ${refusal.hint ?? ''}`;
  return { ...refusal, message, hint: hint.trim() };
}

/** The modules, with what is known of those that were not found. Where other instances have them has a place of its own. */
async function tellAll(asked: readonly Asked[], searcher: Searcher): Promise<Asked[]> {
  const refusals = asked.flatMap(({ found }) => (found.ok ? [] : [found.refusal]));
  const told = await withWhereabouts(refusals, { ...searcher, look: async () => [] });
  return asked.map(({ name, found }) => {
    return { name, found: found.ok ? found : refused(told.shift() ?? found.refusal) };
  });
}

/** What is told of all modules of a call together. */
async function describeTree(
  asked: readonly Asked[],
  tree: DependencyTree,
  { graph }: InfoRequest,
  look: Look,
  { catalogOf, isOperator }: ServiceContext,
) {
  const { instance } = look;
  const inQuestion = asked.map(({ name, found }) => {
    return { name, fields: (found.ok ? found.value.assessment?.judgement?.fields : null) ?? null };
  });
  const catalog = await catalogOf(instance).refresh();
  const requirements = await treeRequirements(tree, instance);
  const { conflicts, more } = await findModuleConflicts({ asked: inQuestion, tree }, { ...look, catalog });
  const left_out = [
    ...(tree.unexamined > 0 ? [{ what: '/dependencies', items: tree.unexamined } as const] : []),
    ...(more > 0 ? [{ what: '/conflicts', items: more } as const] : []),
  ];
  return {
    status: 'ok' as const,
    instance: instance.name,
    series: instance.series,
    conflicts,
    ...(requirements !== null && { requirements }),
    graph: graph === undefined ? null : renderGraph(tree.nodes, graph, isOperator ? undefined : MOST_DRAWN),
    ...(left_out.length > 0 && { left_out }),
  };
}

function placeOf({ name, family, offer }: FoundModule): FoundPlace {
  return offer === null ? { modules: [name], family, repos: [] } : foundPlace(name, offer);
}

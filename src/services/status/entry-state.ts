import { constants } from 'node:fs';
import { basename } from 'node:path';
import { dependsOf } from '../../addons/assess.ts';
import { closeOver } from '../../addons/dependencies.ts';
import { GIVE_ACCESS } from '../../addons/manifest-file.ts';
import { isModuleName } from '../../addons/module-name.ts';
import type { ModuleOnPath, PathView } from '../../addons/on-path.ts';
import { isSound, shownPath } from '../../addons/on-path.ts';
import { describeFault, faultOf } from '../../addons/root-faults.ts';
import { rootOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { realpathOfBroken } from '../../base/follow.ts';
import { accessErrno, describeErrno } from '../../base/paths.ts';
import type { Refusal } from '../../base/refusal.ts';
import { type Surface, TOOLS } from '../../base/surface.ts';
import { asSentence, quoted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import { describeForeign } from '../../links/inspect-entry.ts';
import type { LinkState } from '../../links/link-states.ts';
import { isSince, SERIES } from '../../manifest/series.ts';
import { seriesOfBranch } from '../../sources/branch-series.ts';
import { branchOf, checkoutOf } from '../../sources/provenance.ts';
import { READING } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { describeOther, type OtherOf } from '../other-roots.ts';
import { remedyForGone } from './gone.ts';
import { type Knowledge, remedyForMissing } from './missing.ts';
import { findMissing, type UnmetNames } from './offered.ts';
import type { Remedy } from './remedy.ts';

/**
 * The state of an entry, what is wrong with it, and what to do. The sentences do not name the entry, so that they can be told once
 * of many.
 */
export interface EntryState extends Remedy {
  readonly state: LinkState;
  readonly problem?: string;
}

/** Tells the state of an entry. */
export type StateOf = (module: LinkedModule) => EntryState;

/** Whom the states of entries are told. */
export interface Reader {
  /** What remedies are written for. */
  readonly surface?: Surface;
  /** Where missing modules are looked for, for remedies; null if nobody reads these. */
  readonly sources?: Sources | null;
  /** Into which other instance's root an entry leads. */
  readonly otherOf?: OtherOf;
}

/**
 * Makes a function that tells the states of an instance's entries. It reads each repository once, and follows dependencies all the
 * way down: a module cannot be installed if anything below it is missing.
 * @param linked All linked modules of the instance.
 * @param reader Whom it is told.
 */
export async function createEntryStates(
  instance: Instance,
  linked: readonly LinkedModule[],
  view: PathView,
  { surface = TOOLS, sources = null, otherOf = () => null }: Reader,
  turns: Turns,
): Promise<StateOf> {
  view.learn(linked);
  const branches = new Map<string, string | null>();
  const checkouts = new Map<string, string>();
  for (const { folder, checkout } of linked) {
    if (folder !== null && checkout !== undefined) checkouts.set(folder, checkout);
  }
  const branchAt = (folder: string) => {
    const root = rootOf(folder, instance.roots);
    if (root === null) return null;
    const checkout = checkouts.get(folder) ?? checkoutOf(folder);
    if (!branches.has(checkout)) branches.set(checkout, branchOf(checkout, root.path));
    return branches.get(checkout) ?? null;
  };
  const otherBranch = (folder: string) => {
    const branch = branchAt(folder);
    const made = branch === null ? null : seriesOfBranch(branch);
    return made === null || made === instance.series ? null : branch;
  };
  const unmet = await findUnmet(linked, instance, view, otherBranch, turns);
  const sought = await findMissing(linked, { unmet, view, otherBranch }, instance, sources, turns);
  const known = { view, otherBranch, unmet, sought, surface, sources, otherOf };
  return (module) => stateOfEntry(module, instance, known) ?? stateOfModule(module, instance, known);
}

/** Finds the names that are missing, cannot be installed, are in a circle, or need such a name. */
async function findUnmet(
  linked: readonly LinkedModule[],
  instance: Instance,
  view: PathView,
  otherBranch: Knowledge['otherBranch'],
  turns: Turns,
): Promise<UnmetNames> {
  const resolve = async (name: string) => {
    await turns.spend(READING);
    const onPath = view.find(name);
    const isCore = onPath?.by === 'core' || onPath?.family === 'core';
    const isUsable = onPath !== null && isSound(onPath) && (isCore || !isOnOtherBranch(onPath, otherBranch));
    return { value: isUsable, depends: isCore ? [] : dependsOf(onPath?.assessment ?? null) };
  };
  // An entry that leads to no module of a root has a state whatever its dependencies are.
  const names = new Set<string>();
  for (const module of linked) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (stateOfEntry(module, instance, null) === null) names.add(module.name);
  }
  const asked: { name: string; value: boolean; depends: readonly string[] }[] = [];
  for (const name of names) asked.push({ name, ...(await resolve(name)) });
  const { reached, cycles } = await closeOver(asked, resolve, turns);
  const requiredBy = new Map(reached.map((module) => [module.name, module.requiredBy]));
  const unmet = new Set([...cycles.flat(), ...reached.flatMap(({ name, value }) => (value ? [] : [name]))]);
  // Iterating over a Set includes what is added meanwhile.
  for (const name of unmet) {
    for (const dependent of requiredBy.get(name) ?? []) {
      unmet.add(dependent);
      const pause = turns.spend();
      if (pause !== undefined) await pause;
    }
  }
  return { names: unmet, isKnown: (name) => requiredBy.has(name) };
}

function isOnOtherBranch({ folder }: ModuleOnPath, otherBranch: Knowledge['otherBranch']): boolean {
  return folder !== null && otherBranch(folder) !== null;
}

/**
 * The state that the entry alone decides; null if it depends on the module.
 * @param known For remedies.
 */
function stateOfEntry(
  module: LinkedModule,
  instance: Instance,
  known: Pick<Knowledge, 'sought' | 'sources' | 'otherOf'> | null,
): EntryState | null {
  const { name, entry, family, folder } = module;
  const { addonsDirs } = instance;
  if (entry.kind === 'occupied') {
    const remedy = 'Ask the operator to replace it with a link, if its repository is under a root.';
    return { state: 'real_directory', problem: 'It is a real directory, not a link.', remedy };
  }
  if (family === null) {
    const other = known?.otherOf(module) ?? null;
    if (other !== null) {
      const { where, remedy } = describeOther(other, instance);
      return { state: 'other_instance', problem: `It ${where}.`, remedy };
    }
    const shown = addonsDirs.map(({ path }) => path);
    const problem = `It ${describeForeign(entry, shown)}.`;
    return { state: 'foreign', problem, remedy: remedyForForeign(entry) };
  }
  if (folder === null) return { state: 'broken', ...whyBroken(module, instance, known) };
  if (basename(folder) === name) return null;
  const problem = `It leads to the folder of another module, ${quoted(basename(folder))}.`;
  return { state: 'broken', problem, ...remedyForBroken(module, known) };
}

function remedyForForeign({ source, isBeyond }: Extract<LinkedModule['entry'], { kind: 'link' }>): string {
  if (isBeyond) return 'Ask the operator to see whether `paths` in the configuration lacks a folder.';
  return source === null
    ? 'Ask the operator to remove it.'
    : 'Ask the operator to remove it, or to add the folder it leads to as a root.';
}

/**
 * Why the folder of a link is not found: its root may be gone, the server may not read it, or Odoo may see it at another path than
 * the link has.
 */
function whyBroken(
  module: LinkedModule,
  { roots, paths }: Instance,
  known: Pick<Knowledge, 'sought' | 'sources'> | null,
): Omit<EntryState, 'state'> {
  const { dir, entry } = module;
  if (entry.kind === 'link' && entry.meant !== undefined) {
    if (paths?.toOdoo(entry.meant) == null) return { problem: UNSEEN, remedy: REMEDY_FOR_UNSEEN };
    const problem = 'Its text is a path of this host, and Odoo sees that folder at another path.';
    return { problem, ...remedyForBroken(module, known) };
  }
  const target = entry.kind === 'link' ? realpathOfBroken(dir.path, entry.target, paths) : null;
  const root = target === null ? null : rootOf(target, roots);
  const fault = root === null ? null : faultOf(root);
  if (root !== null && fault !== null) {
    const { message, hint } = describeFault(root, fault);
    return { problem: message, remedy: hint };
  }
  const errno = target === null ? null : accessErrno(target, constants.F_OK);
  if (errno === 'EACCES')
    return { problem: `The folder it leads to ${describeErrno(errno)}.`, remedy: GIVE_ACCESS };
  return { problem: 'The folder it leads to does not exist.', ...remedyForBroken(module, known) };
}

const WRITE_ANEW = 'Ask the operator to run `odoo-link-mcp repair`, which writes such links anew.';
const UNSEEN =
  'Odoo does not see the folder it leads to: that lies in no folder that `paths` in the configuration maps.';
const REMEDY_FOR_UNSEEN = 'Ask the operator to mount it where Odoo runs, and to add that to `paths`.';

function remedyForBroken(
  { name, family, entry }: LinkedModule,
  known: Pick<Knowledge, 'sought' | 'sources'> | null,
): Omit<EntryState, 'state'> {
  if (!isModuleName(name)) return { remedy: 'Ask the operator to remove it.' };
  const found = remedyForGone(name, family, known?.sought.get(name), known?.sources ?? null);
  // Such a link says which folder is meant, so that is not to be chosen again.
  if (entry.kind === 'link' && entry.meant !== undefined) return { remedy: WRITE_ANEW };
  if (found.call?.replace !== true) return found;
  return { ...found, remedy: `${found.remedy} \`odoo-link-mcp repair\` does that for all links.` };
}

/** Judges the module that a link leads to. */
function stateOfModule(module: LinkedModule, instance: Instance, known: Knowledge): EntryState {
  const { name, dir, folder, assessment } = module;
  const { odooConf } = instance;
  const { view, otherBranch, unmet } = known;
  const earlier = view.findBefore(name, dir.path);
  if (earlier !== null) {
    const path = shownPath(earlier);
    const where = path === null ? '' : ` at ${path}`;
    const what =
      earlier.by === 'core' || earlier.by === 'core_list' ? 'a module of Odoo Community' : 'another module';
    const remedy = 'Remove one of the two: Odoo loads only the first.';
    return { state: 'shadowed', problem: `Odoo finds ${what} of this name first${where}.`, remedy };
  }
  const branch = otherBranch(folder as string);
  if (branch !== null) {
    const problem = `Its repository is on branch ${quoted(branch)}, which is for another series.`;
    return { state: 'wrong_series', problem, ...remedyForBranch(module, branch, instance, known) };
  }
  const [refusal] = assessment?.refusals ?? [];
  // What Odoo loads at start need not be installable.
  const isLoaded = refusal?.code === 'not_installable' && odooConf?.serverWide.includes(name) === true;
  if (refusal !== undefined && !isLoaded) {
    const state = refusal.code === 'wrong_series' ? 'wrong_series' : 'verdict';
    return { state, problem: asSentence(withoutName(refusal, name)), remedy: remedyForRefusal(refusal) };
  }
  const missing = dependsOf(assessment).filter((needed) => unmet.names.has(needed) || !unmet.isKnown(needed));
  if (missing.length === 0) return { state: 'ok' };
  const shown = missing.slice(0, MOST_SHOWN).map((needed) => {
    if (!unmet.isKnown(needed)) return `${quoted(needed)} (not checked: there are too many)`;
    return `${quoted(needed)}${view.find(needed) === null ? '' : ' (which Odoo cannot install)'}`;
  });
  const more = missing.length > MOST_SHOWN ? ` and ${missing.length - MOST_SHOWN} more` : '';
  const problem = `It needs ${shown.join(', ')}${more}.`;
  return { state: 'missing_dependency', problem, remedy: remedyForMissing(missing, known) };
}

/** What to do about a link into a checkout of another series. */
function remedyForBranch(
  { name, family }: LinkedModule,
  branch: string,
  { name: instance, series }: Instance,
  { sought, sources }: Knowledge,
): Remedy {
  const found = sought.get(name);
  if (found !== undefined && 'offered' in found) return remedyForGone(name, family, found, sources);
  const made = SERIES.find((one) => one === seriesOfBranch(branch));
  const isLater = made !== undefined && isSince(made, series);
  const move = isLater
    ? ` Or, if ${instance} moves to Odoo ${made}, ask the operator to set its series in the configuration.`
    : '';
  return { remedy: `Check out the branch ${series} of its repository.${move}` };
}

/** What a refusal says of a module, without its name: the same of many modules. */
function withoutName({ code, message, details }: Refusal, name: string): string {
  if (code === 'wrong_series' && typeof details?.made_for === 'string') {
    const [, besides = ''] = message.split(' Besides, ');
    return `Its version says that it was made for Odoo ${details.made_for}.${besides === '' ? '' : ` Besides, ${besides}`}`;
  }
  return message.replace(`The manifest of ${name} `, 'Its manifest ').replace(new RegExp(`^${name} `), 'It ');
}

/** What to do about a linked module; a hint of a refusal may be about linking it. */
function remedyForRefusal({ code, hint }: Refusal): string {
  if (code === 'not_installable')
    return 'Unlink it, unless Odoo loads it at start: then server_wide_modules in odoo.conf must name it.';
  return hint ?? 'Fix the module, or unlink it.';
}

/** How many missing dependencies of one module are named. */
const MOST_SHOWN = 20;

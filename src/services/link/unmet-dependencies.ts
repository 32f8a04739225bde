import { type Closure, type ReachedModule, shortened } from '../../addons/dependencies.ts';
import { findOffers, linkCall, noEnterprise } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { type ModuleOnPath, shownPath } from '../../addons/on-path.ts';
import { settingOf, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { asSentence, counted, inWords, quoted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import { MOST_MODULES } from '../../tool-arguments.ts';
import type { Known, Unmet } from './link-call.ts';

/** The parts of a refusal of an unmet dependency. */
interface Told {
  readonly name: string;
  /** What needs it: the beginning of a sentence. */
  readonly needs: string;
  readonly details: { readonly chain: readonly string[] };
}

/**
 * A refusal for each dependency that cannot be met, with the chain of modules that leads to it.
 * @param family The family that is linked. Modules of the other family are linked only by their own tool.
 */
export async function refuseUnmet(
  closure: Closure<Known>,
  family: ToolFamily,
  sources: Sources,
  turns: Turns,
): Promise<Refusal[]> {
  const other = family === 'oca' ? 'ee' : 'oca';
  const unmet: { reached: ReachedModule<Unmet>; isOther: boolean; isOffered: boolean }[] = [];
  for (const reached of closure.reached) {
    if (!isUnmet(reached)) continue;
    const { name, value } = reached;
    const offered = value.because === 'not_found' && (await isOffered(name, other, sources));
    const isListed = other === 'ee' && sources.lists.enterprise.has(name);
    const isOther = value.because === 'not_found' && (offered || isListed);
    unmet.push({ reached, isOther, isOffered: offered });
    await turns.spend();
  }
  // One call for all of them, so that the caller needs only two.
  const names = unmet.filter((one) => one.isOffered).map(({ reached }) => reached.name);
  const call = `${linkCall(other, firstOf(names), sources.surface)} first, then repeat this call.`;
  const refusals: Refusal[] = [];
  const isOne = closure.reached.filter(({ name }) => closure.isAsked(name)).length < 2;
  for (const { reached, isOther, isOffered: offered } of unmet) {
    const { name, value } = reached;
    const chain = shortened(closure.chainTo(name));
    await turns.spend(8);
    const told = { name, needs: `${chain.join(' -> ')} needs ${quoted(name)}`, details: { chain } };
    const refusal = isOther
      ? refuseOther(told, other, offered ? call : null, sources)
      : value.because === 'no_name'
        ? refuseName(told)
        : value.because === 'unsound'
          ? refuseUnsound(told, value.onPath, value.isReplaceable, sources)
          : refuseSource(told, value.refusal, family, sources);
    // Limited, because a hostile tree may lack ten thousand modules.
    const isTold = !isOne && refusals.length < MOST_TOLD;
    const asked = isTold ? await askedFor(name, closure, turns) : [];
    refusals.push(
      alsoNeeded(
        refusal,
        asked.filter((one) => one !== chain[0]),
      ),
    );
  }
  if (closure.unexamined === 0) return refusals;
  const message = `${counted(closure.unexamined, 'more dependency was', 'more dependencies were')} not checked: there are more than any Odoo instance has.`;
  const hint = 'Link fewer modules in one call.';
  return [...refusals, refuse('dependency_missing', message, { hint }).refusal];
}

/** The modules of the call that need one, directly or through others. */
async function askedFor(name: string, closure: Closure<Known>, turns: Turns): Promise<string[]> {
  const asked: string[] = [];
  const seen = new Set([name]);
  // Iterating over a Set includes what is added meanwhile.
  for (const at of seen) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (at !== name && closure.isAsked(at)) asked.push(at);
    for (const above of closure.requiredBy(at)) seen.add(above);
  }
  return asked;
}

/** As many refusals as an answer has. */
const MOST_TOLD = 20;
/** How many other modules of the call are told to need one. */
const MOST_OTHERS = 20;
const MOST_NAMED = 5;

/** Says which other modules of the call need the same one: a caller who leaves out the first would be refused again. */
function alsoNeeded(refusal: Refusal, others: readonly string[]): Refusal {
  if (others.length === 0) return refusal;
  const more = others.length - MOST_NAMED;
  const names = [...others.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])];
  return {
    ...refusal,
    message: `${asSentence(refusal.message)} ${inWords(names)} ${others.length === 1 ? 'needs' : 'need'} it, too.`,
    details: { ...refusal.details, also_needed_by: others.slice(0, MOST_OTHERS) },
  };
}

/** The most characters of the names in a hint. A call for these is refused for the next ones. */
const MOST_CHARACTERS = 5000;

/** As many names as one call takes and a hint has room for; at least one, if there is one. */
function firstOf(names: readonly string[]): readonly string[] {
  let room = MOST_CHARACTERS;
  const end = names.findIndex((name, at) => {
    room -= name.length + 3;
    return at === MOST_MODULES || (at > 0 && room < 0);
  });
  return end < 0 ? names : names.slice(0, end);
}

function isUnmet(reached: ReachedModule<Known>): reached is ReachedModule<Unmet> {
  return reached.value.kind === 'unmet';
}

async function isOffered(name: string, family: ToolFamily, sources: Sources): Promise<boolean> {
  return (
    isModuleName(name) && (await findOffers(name, sources)).some((offer) => toolsOf(offer.family) === family)
  );
}

/** @param call The hint with the call that links the module; null if no root contains it. */
function refuseOther(
  { name, needs, details }: Told,
  other: ToolFamily,
  call: string | null,
  { roots, surface }: Sources,
): Refusal {
  const hint = call ?? noEnterprise(roots);
  const asked = surface.tool(`${other === 'ee' ? 'oca' : 'ee'}_link`);
  if (other === 'ee') {
    const message = `${needs}, a module of Odoo Enterprise, which ${asked} never links.`;
    return refuse('dependency_needs_enterprise', message, { module: name, details, hint }).refusal;
  }
  const message = `${needs}, an OCA module, which ${asked} never links.`;
  return refuse('dependency_missing', message, { module: name, details, hint }).refusal;
}

function refuseName({ name, needs, details }: Told): Refusal {
  const hint = 'Fix the manifest: depends takes technical names of modules.';
  const message = `${needs}, which is not a valid module name.`;
  return refuse('dependency_missing', message, { module: quoted(name), details, hint }).refusal;
}

function refuseUnsound(
  { name, needs, details }: Told,
  onPath: ModuleOnPath,
  isReplaceable: boolean,
  { surface }: Sources,
): Refusal {
  const path = shownPath(onPath);
  const where = path === null ? 'on its addons path' : `at ${path}`;
  const reason = onPath.assessment?.refusals[0]?.message ?? '';
  const message = `${needs}, which Odoo finds ${where} but cannot install: ${reason}`;
  const hint = `Fix or remove ${name} there first${isReplaceable ? `, or ${surface.again({ replace: true })}` : ''}.`;
  return refuse('dependency_missing', message, { module: name, details, hint }).refusal;
}

/** What is wrong with the source of a dependency, and what needs it. */
function refuseSource(
  { name, needs, details }: Told,
  refusal: Refusal,
  family: ToolFamily,
  { roots, surface }: Sources,
): Refusal {
  const operator = `Ask the operator to check out its repository under ${settingOf(family, roots)}`;
  if (refusal.code === 'wrong_family') {
    const message = `${needs}, a module of Odoo Community, which is missing from the configured core root.`;
    const hint = `Ask the operator to run \`odoo-link-mcp doctor\`: ${settingOf('core', roots)} is not all of Odoo, or is of another series.`;
    return refuse('dependency_missing', message, { module: name, details, hint }).refusal;
  }
  if (refusal.code === 'module_not_found' && refusal.details?.nearest === undefined) {
    const isAbout = refusal.message.startsWith(`${name} `);
    const message = isAbout
      ? `${needs}, which ${refusal.message.slice(name.length + 1)}`
      : `${needs}. ${refusal.message}`;
    return { ...refusal, code: 'dependency_missing', message, details };
  }
  if (refusal.code === 'module_not_found') {
    const near = (refusal.details?.nearest ?? []) as readonly string[];
    const [only] = near;
    if (only !== undefined && only.toLowerCase() === name.toLowerCase()) {
      const message = `${needs}, but the module is called ${only}: Odoo tells upper case from lower case.`;
      const hint = `Fix the manifest: write ${only} in depends.`;
      return refuse('dependency_missing', message, {
        module: name,
        details: { ...details, nearest: near },
        hint,
      }).refusal;
    }
    const hint = `${operator}.${near.length > 0 ? ` Or did the manifest mean ${near.join(', ')}?` : ''}`;
    const message = `${needs}, which no configured root contains.`;
    return refuse('dependency_missing', message, {
      module: name,
      details: { ...details, nearest: near },
      hint,
    }).refusal;
  }
  const [repo] = (refusal.details?.repos ?? []) as readonly string[];
  const isChoice = family === 'oca' && repo !== undefined;
  const first = `${surface.call('oca_link', { module: name, repo })} first, or with another of the repositories.`;
  const hint = isChoice ? first : refusal.hint;
  return {
    ...refusal,
    message: `${asSentence(refusal.message)} (${needs}.)`,
    details: { ...refusal.details, ...details },
    ...(hint !== undefined && { hint }),
  };
}

/** Where what linked modules miss can be had: in the roots, or else by what is known of it. */
import { basename } from 'node:path';
import { assessFolder, dependsOf } from '../../addons/assess.ts';
import { findOffers, tellApart } from '../../addons/lookup.ts';
import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import type { PathView } from '../../addons/on-path.ts';
import { type Family, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { scopeOf, type Trace, traceModule } from '../trace-module.ts';

/** A module that a root has; of several families, one that has tools. */
export interface OfferedModule {
  readonly family: Family;
  /** The repositories that a call has to choose from; one, if there is nothing to choose. */
  readonly repos: readonly string[];
  /** Why it could not be linked; null if nothing keeps it from that. */
  readonly refusal: Refusal | null;
}

/** What is known of a name: what a root offers, or else its trace. */
export type SoughtModule = { readonly offered: OfferedModule } | { readonly trace: Trace };
export type SoughtModules = ReadonlyMap<string, SoughtModule>;

/** What is known about the names that linked modules need. */
export interface UnmetNames {
  /** Names that cannot be installed, for any reason. */
  readonly names: ReadonlySet<string>;
  /** Whether a name was checked; if there are more than any instance has, some are not. */
  isKnown(name: string): boolean;
}

/** How many names are looked for: more than are ever missing at once, but a hostile manifest can name ten thousand. */
const MOST_SOUGHT = 2000;
/** Units of work for looking for one, see {@link Turns.spend}. */
const SEEKING = 4;

/** What is known when names are looked for. */
interface Seekers {
  readonly unmet: UnmetNames;
  readonly view: PathView;
  /** The branch of a folder's repository if it is for another series; otherwise null. */
  otherBranch(folder: string): string | null;
}

/**
 * Looks for the modules behind links that lead nowhere or to another series, and for those that linked modules need and Odoo
 * does not find.
 * @param sources Null if nobody asks.
 */
export async function findMissing(
  linked: readonly LinkedModule[],
  seekers: Seekers,
  { roots, series }: Pick<Instance, 'roots' | 'series'>,
  sources: Sources | null,
  turns: Turns,
): Promise<SoughtModules> {
  const found = new Map<string, SoughtModule>();
  if (sources === null) return found;
  for (const name of await namesSought(linked, seekers, turns)) {
    await turns.spend(SEEKING);
    found.set(name, await seekModule(name, { roots, series }, sources));
  }
  return found;
}

async function namesSought(
  linked: readonly LinkedModule[],
  { unmet, view, otherBranch }: Seekers,
  turns: Turns,
): Promise<ModuleName[]> {
  const sought = new Set<string>();
  for (const { name, folder, family, assessment } of linked) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const isElsewhere = folder === null || basename(folder) !== name || otherBranch(folder) !== null;
    if (family !== null && isElsewhere) sought.add(name);
    for (const needed of dependsOf(assessment)) {
      if (sought.size < MOST_SOUGHT && unmet.names.has(needed) && view.find(needed) === null)
        sought.add(needed);
    }
  }
  return [...sought].slice(0, MOST_SOUGHT).filter(isModuleName);
}

/** What a root offers under a name, or else what is known of it. */
export async function seekModule(
  name: ModuleName,
  instance: Pick<Instance, 'roots' | 'series'>,
  sources: Sources,
): Promise<SoughtModule> {
  const offered = await offeredIn(name, instance, sources);
  return offered === null ? { trace: await traceModule(name, scopeOf(sources)) } : { offered };
}

/** What the roots offer under a name that may be told of; null for nothing. */
async function offeredIn(
  name: ModuleName,
  { roots, series }: Pick<Instance, 'roots' | 'series'>,
  sources: Sources,
): Promise<OfferedModule | null> {
  const all = (await findOffers(name, sources)).filter(
    (offer) => sources.discretion?.mayShow(name, offer) !== false,
  );
  const first = all.find(({ family }) => toolsOf(family) !== null) ?? all[0];
  if (first === undefined) return null;
  const { family } = first;
  const offers = all.filter((offer) => toolsOf(offer.family) === toolsOf(family));
  // All of them, if the first one is on a branch for another series, see `findOffers`.
  const made = sources.seriesOf(first);
  if (made !== null && made !== series) return null;
  const [refusal = null] = assessFolder(name, first.path, roots, series).refusals;
  return { family, repos: tellApart(offers), refusal };
}

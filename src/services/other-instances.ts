import * as z from 'zod';
import { assessFolder } from '../addons/assess.ts';
import { findOffers } from '../addons/lookup.ts';
import type { ModuleName } from '../addons/module-name.ts';
import { haveMoved } from '../addons/root-faults.ts';
import { FAMILIES } from '../addons/roots.ts';
import { readSources, type Sources } from '../addons/sources.ts';
import { quoted } from '../base/text.ts';
import type { Turns } from '../base/turns.ts';
import type { Instance } from '../config/instance.ts';
import { SERIES, type Series } from '../manifest/series.ts';
import type { ServiceContext } from './context.ts';
import { ownWords, type ReportOf, shownVersion } from './own-words.ts';
import { foundPlace } from './telling.ts';

/** Where a module lies on disk for another instance. */
export const ElsewhereSchema = z.strictObject({
  instance: z.string(),
  series: z.enum(SERIES),
  family: z.enum(FAMILIES),
  repo: z.string(),
  version: ownWords.exactOptional(),
  installable: z.literal(false).exactOptional(),
});

export type Elsewhere = ReportOf<typeof ElsewhereSchema>;

/** How many places of one module are told. */
const MOST_TOLD = 10;

/** Looks for a module under the roots of the other instances. @param here Its folder in this instance, if it has one. */
export type LookElsewhere = (name: ModuleName, here?: string) => Promise<readonly Elsewhere[]>;

/**
 * Makes a function that looks for modules under the roots of all instances but one. An instance is left out if the policy
 * would not let `addon_info` tell of the module there, or if one of its roots has moved.
 */
export function otherInstances(
  instance: Instance,
  { instances, mayTell }: Pick<ServiceContext, 'instances' | 'mayTell'>,
  turns: Turns,
): LookElsewhere {
  const others = instances.filter((other) => other !== instance);
  const read = new Map<Instance, Promise<Sources | null>>();
  const sourcesOf = (other: Instance) => {
    const known =
      read.get(other) ??
      (haveMoved(other.roots) ? Promise.resolve(null) : readSources(other.roots, other.series, turns));
    read.set(other, known);
    return known;
  };
  return async (name, here) => {
    const found: Elsewhere[] = [];
    for (const other of others) {
      const sources = await sourcesOf(other);
      for (const offer of sources === null ? [] : await findOffers(name, sources)) {
        const { path, family, repository } = offer;
        if (path === here || mayTell?.(foundPlace(name, offer), other).ok === false) continue;
        const { judgement, refusals } = assessFolder(name, path, other.roots, other.series);
        const fields = judgement?.fields;
        found.push({
          instance: other.name,
          series: other.series,
          family,
          repo: repository.name,
          ...(fields != null && { version: shownVersion(fields) }),
          ...(refusals.length > 0 && { installable: false }),
        });
        if (found.length === MOST_TOLD) return found;
      }
    }
    return found;
  };
}

/** The instance that does not have a module, for {@link describeElsewhere}. */
interface Here {
  readonly name: string;
  readonly series: Series;
  /** The repositories under its roots. */
  readonly repositories: readonly { readonly name: string }[];
}

/**
 * Who else has a module that this instance does not have, and what follows from that, as sentences.
 * @param found At least one.
 */
export function describeElsewhere(module: string, found: readonly Elsewhere[], here: Here): string {
  const [first] = found;
  if (first === undefined) throw new Error('nothing was found elsewhere');
  const others = found.slice(1, MOST_NAMED).map(({ instance, series }) => `${instance} (${series})`);
  const also =
    others.length > 0 ? `, as ${others.length === 1 ? 'has' : 'have'} ${others.join(' and ')}` : '';
  const version = first.version === undefined ? '' : ` ${first.version}`;
  const repo = quoted(first.repo);
  const told = `The instance ${first.instance} (Odoo ${first.series}) has ${module}${version} (${first.family}) in ${repo}${also}.`;
  const isHere = here.repositories.some(({ name }) => name === first.repo);
  if (!isHere) return `${told} Ask the operator to check out ${repo} for ${here.name}.`;
  if (first.series === here.series)
    return `${told} The checkout of ${repo} for ${here.name} does not contain it: ask the operator to update that.`;
  return `${told} ${repo} is checked out for ${here.name}, too, without it: as far as that checkout goes, ${module} does not exist for ${here.series}.`;
}

const MOST_NAMED = 4;

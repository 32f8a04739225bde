/** Where a module is that no root has: what it is called in a series, and which of OCA's repositories has it there. */
import type { CoreLists } from '../addons/core-lists.ts';
import { findOffers } from '../addons/lookup.ts';
import { isModuleName } from '../addons/module-name.ts';
import { describeLater, earlierNames, laterNames, type NameChange } from '../addons/name-changes.ts';
import { type Root, toolsOf } from '../addons/roots.ts';
import type { Sources } from '../addons/sources.ts';
import { dateInWords } from '../base/text.ts';
import { isSince, type Series } from '../manifest/series.ts';
import type { KnownSeries, ModuleIndex } from '../sources/module-index.ts';

/** What is looked at to trace a module. */
export interface TraceScope {
  /** The series in which it is looked for. */
  readonly series: Series;
  readonly lists: CoreLists;
  readonly index: ModuleIndex;
  readonly repositories: readonly {
    readonly name: string;
    readonly path: string;
    readonly root: Pick<Root, 'family'>;
  }[];
  /** The repository in the roots that offers a module under the name it has now; null if none does that may be told of. */
  offeredBy(name: string): Promise<string | null>;
}

/** Where a module is under the name that it has in the series. */
export type Place =
  | { readonly kind: 'odoo'; readonly edition: 'Community' | 'Enterprise' }
  /** Under a root. */
  | { readonly kind: 'offered'; readonly repo: string }
  | IndexedPlace
  | { readonly kind: 'nowhere' };

/** In repositories of the OCA, or on a branch that a checkout holds. */
export interface IndexedPlace {
  readonly kind: 'indexed';
  readonly repos: readonly string[];
  /** Whether a root has the first of them, without the module. */
  readonly isCheckedOut: boolean;
  /** The day, month or year in which that was so, in words. */
  readonly asOf: string;
  /** The branch of a checkout under a root that has the module, such as `origin/17.0`. */
  readonly branch?: string;
  /** Whether its manifest is known to say that it cannot be installed, or cannot be read. */
  readonly isUninstallable: boolean;
}

/** What is known of a module. */
export interface Trace {
  /** What became of its name, in order; or, `isBack`, what it was called before, newest change first. */
  readonly changes: readonly NameChange[];
  readonly isBack: boolean;
  /** Its name in the series. */
  readonly name: string;
  readonly place: Place;
  /** The other series that have it; only where nothing says what has become of it. */
  readonly others: readonly KnownSeries[];
  /** The day, month or year of what is known of the series as a whole, in words. */
  readonly asOf: string;
}

/** The scope of a call's sources: what they offer under another name, as far as it may be told. */
export function scopeOf(sources: Sources): TraceScope {
  const { series, lists, index, repositories, seriesOf } = sources;
  const isMeant = (made: string | null) => made === null || made === series;
  return {
    series,
    lists,
    index,
    repositories: repositories.filter((one) => isMeant(seriesOf(one))),
    async offeredBy(name) {
      const offers = isModuleName(name) ? await findOffers(name, sources) : [];
      const shown = offers.find((offer) => sources.discretion?.mayShow(name, offer) !== false);
      return shown?.repository.name ?? null;
    },
  };
}

/**
 * Traces a module that no root has. The index tells what was so on a day; that a module is not in it means only that
 * it is not known.
 * @param from A series in which a module of that name is known: changes before it are about another one. Without it, the last
 *   one that the index knows.
 */
export async function traceModule(name: string, scope: TraceScope, from?: Series): Promise<Trace> {
  const { series, index } = scope;
  const { asOf } = await index.of(series);
  const told = { changes: [], isBack: false, name, others: [], asOf: dateInWords(asOf) };
  const place = await placeOf(name, scope);
  if (place.kind === 'indexed') return { ...told, place };
  const all = await index.seriesOf(name);
  const lastKnown = from ?? all.findLast((known) => isSince(series, known.series))?.series;
  const later = await laterNames(name, series, lastKnown);
  const isBack = later.length === 0;
  const changes = isBack ? await earlierNames(name, series) : later;
  const last = changes.at(-1);
  if (last === undefined) return { ...told, place: { kind: 'nowhere' }, others: all };
  const now = isBack ? last.from : last.to;
  return { ...told, changes, isBack, name: now, place: await placeOf(now, scope, true) };
}

/** @param isOther Whether it is not the name that was asked for, of which it is known that no root has it. */
async function placeOf(name: string, scope: TraceScope, isOther = false): Promise<Place> {
  const { series, lists, index, repositories } = scope;
  if (isOther && lists.enterprise.has(name)) return { kind: 'odoo', edition: 'Enterprise' };
  if (isOther && lists.community.has(name)) return { kind: 'odoo', edition: 'Community' };
  const repo = isOther ? await scope.offeredBy(name) : null;
  if (repo !== null) return { kind: 'offered', repo };
  const known = (await index.of(series)).named(name);
  const others = known.length > 0 ? [] : await index.others(series);
  const all = [...known, ...others.flatMap((other) => other.named(name))];
  const [first] = all;
  if (first === undefined) return { kind: 'nowhere' };
  const { checkout } = first;
  return {
    kind: 'indexed',
    repos: all.map((one) => one.repo),
    isCheckedOut: repositories.some((own) => {
      if (checkout !== undefined) return own.path === checkout.path;
      return own.name === first.repo && toolsOf(own.root.family) === 'oca';
    }),
    asOf: dateInWords(first.asOf),
    isUninstallable: first.installable === false,
    ...(checkout !== undefined && { branch: checkout.branch }),
  };
}

/** What became of a name, as sentences; empty if it has not changed. */
export function describeChanges({ changes, isBack }: Trace): string {
  const last = changes.at(-1);
  if (last === undefined || !isBack) return describeLater(changes);
  return `${last.to} is called ${last.from} before ${last.since}.`;
}

/** Whether a module was merged into another one on its way. */
export function isMerged({ changes }: Trace): boolean {
  return changes.some(({ kind }) => kind === 'merged');
}

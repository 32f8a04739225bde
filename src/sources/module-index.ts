/**
 * Which of the OCA's repositories have a module, from all places where something is known of it: what the checkouts on this host
 * hold wins over what was fetched, and that over what is built in.
 */
import { SERIES, type Series } from '../manifest/series.ts';
import { type IndexedModule, makeIndex, readOcaIndex, type SeriesIndex } from './oca-index.ts';

/** What one place knows of a series. */
export interface LayerIndex extends SeriesIndex {
  /** The repositories of which it knows all modules, and as of when, in ISO 8601: what is not among these is not there. */
  readonly covered: ReadonlyMap<string, string>;
}

/** A place from which modules are known. */
export interface IndexLayer {
  /** @returns The same object as long as it knows the same; null for nothing. */
  of(series: Series): Promise<LayerIndex | null>;
  /** What it knows of repositories that are not the OCA's. */
  others?(series: Series): Promise<SeriesIndex>;
}

/** In which series a module is known. */
export interface KnownSeries {
  readonly series: Series;
  readonly repos: readonly string[];
}

/** What is known of the modules of each series. Nothing is read before it is asked for. */
export interface ModuleIndex {
  of(series: Series): Promise<SeriesIndex>;
  /** What checkouts say that are not the OCA's: of the company's own repositories, and of Odoo Enterprise. */
  others(series: Series): Promise<readonly SeriesIndex[]>;
  /** Where a module of the OCA is known, the oldest series first. */
  seriesOf(name: string): Promise<readonly KnownSeries[]>;
}

const NO_REPOSITORY: ReadonlyMap<string, string> = new Map();
const builtIn = new WeakMap<SeriesIndex, LayerIndex>();

/** What is built in, which is not known to be all of any repository. */
export const BUILT_IN: IndexLayer = {
  async of(series) {
    const index = await readOcaIndex(series);
    const layer = builtIn.get(index) ?? { ...index, covered: NO_REPOSITORY };
    builtIn.set(index, layer);
    return layer;
  },
};

/**
 * Puts places together, see {@link layered}.
 * @param layers The ones that win first; the last one knows something of each series.
 * @param isTold Which modules are told of; all if it is left out.
 */
export function createModuleIndex(
  layers: readonly IndexLayer[],
  isTold?: (module: IndexedModule) => boolean,
): ModuleIndex {
  const known = new Map<Series, Promise<SeriesIndex>>();
  const told = (index: SeriesIndex) => (isTold === undefined ? index : filtered(index, isTold));
  const read = async (series: Series) => {
    const all = await Promise.all(layers.map((layer) => layer.of(series)));
    return told(layered(all.filter((one) => one !== null)));
  };
  const of = (series: Series) => {
    const index = known.get(series) ?? read(series);
    known.set(series, index);
    return index;
  };
  return {
    of,
    async others(series) {
      const all = await Promise.all(layers.map((layer) => layer.others?.(series)));
      return all.filter((one) => one !== undefined).map(told);
    },
    seriesOf: (name) => seriesOf(name, of),
  };
}

/** The same index without some modules. */
export function withoutModules(index: ModuleIndex, isGone: (module: IndexedModule) => boolean): ModuleIndex {
  const isTold = (module: IndexedModule) => !isGone(module);
  const of = async (series: Series) => filtered(await index.of(series), isTold);
  return {
    of,
    others: async (series) => (await index.others(series)).map((one) => filtered(one, isTold)),
    seriesOf: (name) => seriesOf(name, of),
  };
}

async function seriesOf(
  name: string,
  of: (series: Series) => Promise<SeriesIndex>,
): Promise<readonly KnownSeries[]> {
  const all = await Promise.all(SERIES.map(of));
  return all
    .map(({ series, reposOf }) => ({ series, repos: reposOf(name) }))
    .filter(({ repos }) => repos.length > 0);
}

function filtered(index: SeriesIndex, isTold: (module: IndexedModule) => boolean): SeriesIndex {
  const named = (name: string) => index.named(name).filter(isTold);
  return {
    ...index,
    get modules() {
      return index.modules.filter(isTold);
    },
    named,
    reposOf: (name) => named(name).map(({ repo }) => repo),
  };
}

/** What was put together before, by the first of its parts: ten thousand modules take longer than a whole search. */
const made = new WeakMap<LayerIndex, { readonly rest: readonly LayerIndex[]; readonly index: SeriesIndex }>();

/**
 * What all places together know of a series. Where several know a module, the first one wins: a later one only adds a second
 * repository of that name where it knows the first one's, too, and so not an older place of the module. Where the first one
 * knows all of a repository, and newer, what a later one says of modules in there is out of date.
 */
export function layered(layers: readonly LayerIndex[]): SeriesIndex {
  const [first, ...rest] = layers;
  if (first === undefined) throw new Error('no place knows anything of the series');
  if (rest.length === 0) return first;
  const before = made.get(first);
  if (before !== undefined && isSame(before.rest, rest)) return before.index;
  const below = layered(rest);
  const added = below.modules.filter((module) => doesAdd(module, first, below));
  // Where the first one knows everything that the others know something of, what it does not have is not known to be anywhere.
  const isWhole = below.modules.every(({ repo }) => first.covered.has(repo));
  const asOf = isWhole ? first.asOf : below.asOf;
  const index = makeIndex(first.series, asOf, [...first.modules, ...added]);
  made.set(first, { rest, index });
  return index;
}

function isSame(one: readonly LayerIndex[], other: readonly LayerIndex[]): boolean {
  return one.length === other.length && one.every((layer, at) => layer === other[at]);
}

function doesAdd({ name, repo, asOf }: IndexedModule, above: LayerIndex, below: SeriesIndex): boolean {
  const wins = above.reposOf(name);
  if (wins.includes(repo)) return false;
  const day = above.covered.get(repo);
  // A month or a year may mean its last day.
  if (day !== undefined && day.slice(0, asOf.length) > asOf) return false;
  const others = below.reposOf(name);
  return wins.length === 0 || wins.some((one) => others.includes(one));
}

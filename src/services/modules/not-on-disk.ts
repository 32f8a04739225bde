import { isCalledAny } from '../../addons/owners.ts';
import { tellingWords, termOf } from '../../catalog/terms.ts';
import type { IndexedModule, SeriesIndex } from '../../sources/oca-index.ts';

/** What is searched for among the modules that are in no root. */
export interface IndexQuery {
  readonly query: string;
  /** Only modules of this repository. */
  readonly repo?: string | undefined;
  /** Whether a module is in a root, or may not be told of. */
  isLeftOut(module: IndexedModule): boolean;
}

/** The modules that were found, and as of when that is known. */
export interface NotOnDisk {
  /** The first of them. */
  readonly modules: readonly { readonly module: string; readonly repo: string; readonly branch?: string }[];
  readonly more: number;
  /** The oldest day, month or year of what is listed, as in ISO 8601. */
  readonly asOf: string;
}

/** How many are listed: they are a hint where to look, not a result. */
const MOST_LISTED = 10;
/** Shorter words are the beginning of too many others. */
const SHORTEST = 3;

/**
 * Finds modules of the OCA that an index knows, by name alone: each word of the query must be the
 * beginning of a word of the name, or mean the same.
 * @param read Reads the index; not called where the query says too little.
 * @returns The module with that very name first, then shorter names first; null if there is none.
 */
export async function findNotOnDisk(
  { query, repo, isLeftOut }: IndexQuery,
  read: () => Promise<SeriesIndex>,
): Promise<NotOnDisk | null> {
  const words = tellingWords(query);
  if (words.length === 0 ? repo === undefined : words.every(({ length }) => length < SHORTEST)) return null;
  const index = await read();
  const terms = words.map(termOf);
  const isMeant = ({ parts }: Parted) =>
    words.every((word, at) => parts.some((part) => part.word.startsWith(word) || part.term === terms[at]));
  const found: IndexedModule[] = [];
  for (const one of partsOf(index)) {
    if (!isMeant(one)) continue;
    const { module } = one;
    const isThere = repo === undefined || isCalledAny([{ name: module.repo, path: '' }], repo);
    if (isThere && !isLeftOut(module)) found.push(module);
  }
  if (found.length === 0) return null;
  const exact = words.join('_');
  const sorted = found.toSorted(
    (a, b) =>
      Number(b.name === exact) - Number(a.name === exact) ||
      a.name.length - b.name.length ||
      (a.name < b.name ? -1 : 1),
  );
  const listed = sorted.slice(0, MOST_LISTED);
  const modules = listed.map(({ name, repo, checkout }) => {
    return { module: name, repo, ...(checkout !== undefined && { branch: checkout.branch }) };
  });
  const [asOf = index.asOf] = listed.map((one) => one.asOf).sort();
  return { modules, more: found.length - listed.length, asOf };
}

/** A module, with the words of its name and what is compared of them. */
interface Parted {
  readonly module: IndexedModule;
  readonly parts: readonly { readonly word: string; readonly term: string }[];
}

/** Kept with the index: the stems of ten thousand words take longer than a whole search. */
const parted = new WeakMap<SeriesIndex, readonly Parted[]>();

function partsOf(index: SeriesIndex): readonly Parted[] {
  const known = parted.get(index);
  if (known !== undefined) return known;
  const terms = new Map<string, string>();
  const partOf = (word: string) => {
    const term = terms.get(word) ?? termOf(word);
    terms.set(word, term);
    return { word, term };
  };
  const made = index.modules.map((module) => ({ module, parts: module.name.split('_').map(partOf) }));
  parted.set(index, made);
  return made;
}

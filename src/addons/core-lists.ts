import { readFacts } from '../facts.ts';
import { SERIES, type Series } from '../manifest/series.ts';

/** Module names by Odoo edition. */
export interface CoreLists {
  readonly community: ReadonlySet<string>;
  readonly enterprise: ReadonlySet<string>;
}

const loaded = new Map<Series, CoreLists>();

/** The names of the modules Odoo itself ships in a series, for instances without a `core` or `ee` root. */
export async function coreLists(series: Series): Promise<CoreLists> {
  const known = loaded.get(series);
  if (known !== undefined) return known;
  const data = await readLists();
  // One letter per series: c for Community, e for Enterprise, - where the module does not exist.
  const column = data.series.indexOf(series);
  const named = (letter: string) => {
    return new Set(
      Object.entries(data.modules).flatMap(([name, letters]) => (letters[column] === letter ? [name] : [])),
    );
  };
  const lists = { community: named('c'), enterprise: named('e') };
  loaded.set(series, lists);
  return lists;
}

interface ListedNames {
  readonly series: readonly Series[];
  readonly modules: Readonly<Record<string, string>>;
}

const readLists = () => readFacts<ListedNames>('core-addons');

/**
 * Says in which other series a name is one of Odoo's own modules: `was a module of Odoo Community up to 16.0`.
 * @returns With the last earlier series that has it. Null for a module of the series itself, and for a name that Odoo has in
 *   no series.
 */
export async function describeOtherSeries(
  name: string,
  series: Series,
): Promise<{ readonly said: string; readonly upTo: Series | undefined } | null> {
  const { series: columns, modules } = await readLists();
  const letters = Object.hasOwn(modules, name) ? [...(modules[name] as string)] : [];
  const here = columns.indexOf(series);
  if (letters.length === 0 || letters[here] !== '-') return null;
  const isThere = (letter: string) => letter !== '-';
  const before = letters.slice(0, here).findLastIndex(isThere);
  const after = letters.findIndex((letter, column) => column > here && isThere(letter));
  const edition = (column: number) => `Odoo ${letters[column] === 'e' ? 'Enterprise' : 'Community'}`;
  const upTo = columns[before];
  if (upTo !== undefined) return { said: `was a module of ${edition(before)} up to ${upTo}`, upTo };
  const isLast = columns[after] === SERIES.at(-1) || letters.slice(after).every(isThere);
  const said = `is a module of ${edition(after)} ${isLast ? `from ${columns[after]} on` : `in ${columns[after]}`}`;
  return { said, upTo };
}

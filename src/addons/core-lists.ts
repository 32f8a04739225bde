import type { Series } from '../manifest/series.ts';

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
  const { default: data } = await import('../data/core-addons.json', { with: { type: 'json' } });
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

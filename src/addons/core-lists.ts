import type { Series } from '../manifest/series.ts';

interface CoreLists {
  readonly community: ReadonlySet<string>;
  readonly enterprise: ReadonlySet<string>;
}

const loaded = new Map<Series, CoreLists>();

/** The names of the modules Odoo itself ships in a series, for instances without a `core` or `ee` root. */
export async function coreLists(series: Series): Promise<CoreLists> {
  const known = loaded.get(series);
  if (known !== undefined) return known;
  const { default: data } = await import('../data/core-addons.json', { with: { type: 'json' } });
  const lists = { community: new Set(data[series].community), enterprise: new Set(data[series].enterprise) };
  loaded.set(series, lists);
  return lists;
}

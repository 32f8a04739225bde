/**
 * Builds a catalog in a fresh process, searches it, and prints the figures as JSON. With a third argument it may write
 * to the tree, and measures how soon an edit is found too.
 */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Root } from '../../src/addons/roots.ts';
import { createCatalog } from '../../src/catalog/catalog.ts';
import { createFolderWatch } from '../../src/catalog/watch.ts';
import type { Instance } from '../../src/config/instance.ts';
import type { Series } from '../../src/manifest/series.ts';
import { searchAddons } from '../../src/services/modules/search-addons.ts';

/** Milliseconds, but for the counts and the bytes. */
export interface SearchFigures {
  modules: number;
  watches: number;
  cold: number;
  /** The first search, which builds the catalog and judges all modules. */
  first: number;
  searches: number[];
  edits: number[];
  heap: number;
}

const QUERIES = [
  'sale',
  'account',
  'financial report',
  'stock picking',
  'invoice',
  'web_',
  'l10n',
  'qweb',
  '',
];

async function main([tree, series, mayWrite]: [string, Series, string?]): Promise<SearchFigures> {
  const roots: Root[] = [{ family: 'oca', path: realpathSync(tree) }];
  const instance: Instance = {
    name: 'bench',
    series,
    addonsDirs: [],
    roots,
    odooConf: null,
    linkStyle: 'absolute',
    paths: null,
    licenses: { conflicts: 'warn', lgpl_on_proprietary: 'allow' },
    python: null,
  };
  const watch = createFolderWatch();
  const catalog = createCatalog(roots, series, watch);
  const context = { instances: [instance], catalogOf: () => catalog, stateDir: '/nonexistent' };
  const search = async (query: string) => {
    const start = performance.now();
    const result = await searchAddons({ query }, context);
    if (!result.ok) throw new Error(result.refusal.message);
    return performance.now() - start;
  };
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const { modules } = await catalog.refresh();
  const cold = performance.now() - start;
  const first = cold + (await search('sale'));
  for (let watched = -1; watched !== watch.size; await sleep(500)) watched = watch.size;
  await search('sale');
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - before;
  const searches: number[] = [];
  for (let index = 0; index < 900; index++)
    searches.push(await search(QUERIES[index % QUERIES.length] as string));
  const edits: number[] = [];
  for (let index = 0; mayWrite !== undefined && index < 50; index++) {
    const module = modules[(index * 37) % modules.length];
    const file = join(module?.path as string, '__manifest__.py');
    writeFileSync(file, `${readFileSync(file, 'utf8')}#`);
    edits.push(await search('sale'));
  }
  return { modules: modules.length, watches: watch.size, cold, first, searches, edits, heap };
}

process.stdout.write(JSON.stringify(await main(process.argv.slice(2) as [string, Series, string?])));

/**
 * Measures the search on real repositories: how often it has a module that a consultant would accept among the first 1, 5
 * and 10, and what it costs, in processor time, so that a busy machine shows the same. For trying the program; not part of the tests.
 *
 *   npm run try:search -- [--queries FILE] [--missed] TREE SERIES [TREE SERIES]...
 *
 * TREE is a folder of checkouts of the OCA's repositories. FILE has the queries, as search-queries.json beside this file;
 * those were written as a customer would put them, before any result was seen. With --missed, it lists what was not among
 * the first five.
 *
 * Exits with 1 when a query has no result.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Root } from '../../src/addons/roots.ts';
import { createCatalog } from '../../src/catalog/catalog.ts';
import { createFolderWatch } from '../../src/catalog/watch.ts';
import type { Instance } from '../../src/config/instance.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { searchAddons } from '../../src/services/modules/search-addons.ts';

interface Query {
  readonly series: string;
  readonly query: string;
  /** Any of them is a good answer. */
  readonly expected: readonly string[];
}

const { values, positionals } = parseArgs({
  options: {
    queries: { type: 'string', default: join(import.meta.dirname, 'search-queries.json') },
    missed: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const queries: Query[] = JSON.parse(readFileSync(values.queries, 'utf8'));
/** Where the first good answer was for each query, from 0; Infinity for nowhere. */
const ranks: number[] = [];
let withoutResult = 0;

for (let at = 0; at < positionals.length; at += 2) {
  const [tree, name] = positionals.slice(at);
  const series = SERIES.find((known) => known === name);
  if (tree === undefined || series === undefined)
    throw new Error('usage: search.ts TREE SERIES [TREE SERIES]...');
  const roots: Root[] = [{ family: 'oca', path: realpathSync(tree) }];
  const instance: Instance = {
    name: 'real',
    series,
    addonsDirs: [],
    roots,
    odooConf: null,
    linkStyle: 'absolute',
    paths: null,
    licenses: { conflicts: 'warn', lgpl_on_proprietary: 'allow' },
    python: null,
  };
  const catalog = createCatalog(roots, series, createFolderWatch());
  const context = { instances: [instance], catalogOf: () => catalog, stateDir: '/nonexistent' };
  const search = async (query: string) => {
    const start = process.cpuUsage();
    const result = await searchAddons({ query, limit: 10 }, context);
    if (!result.ok) throw new Error(result.refusal.message);
    const { user, system } = process.cpuUsage(start);
    return { ms: (user + system) / 1000, report: result.value };
  };
  const { modules } = await catalog.refresh();
  const first = await search('web_responsive');
  const heap = heapUsed();
  const words = await search('words that no module has');
  const index = heapUsed() - heap;
  const times: number[] = [];
  for (const { query, expected } of queries.filter((one) => one.series === series)) {
    await search(query);
    const { ms, report } = await search(query);
    times.push(ms);
    if (report.total === 0) withoutResult++;
    const found = report.modules.map(({ module }) => module);
    const rank = found.findIndex((module) => expected.includes(module));
    ranks.push(rank === -1 ? Number.POSITIVE_INFINITY : rank);
    if (values.missed && (rank === -1 || rank >= 5)) {
      console.log(`${query}\n  wanted ${expected.join(', ')}\n  found  ${found.slice(0, 5).join(', ')}`);
    }
  }
  times.sort((a, b) => a - b);
  console.log(
    `${series}: ${modules.length} modules; first search by name ${first.ms.toFixed(0)} ms, first in words ` +
      `${words.ms.toFixed(0)} ms, index ${(index / 1024 ** 2).toFixed(1)} MiB; a query ` +
      `${times[times.length >> 1]?.toFixed(1)} ms (median), ${times.at(-1)?.toFixed(1)} ms (slowest)`,
  );
  catalog.close();
}

const hits = (most: number) => ranks.filter((rank) => rank < most).length;
const share = (most: number) => `${hits(most)} (${((100 * hits(most)) / ranks.length).toFixed(0)}%)`;
console.log(
  `${ranks.length} queries; a good answer first: ${share(1)}, among five: ${share(5)}, among ten: ${share(10)}`,
);
console.log(`without result: ${withoutResult}`);
process.exitCode = withoutResult === 0 ? 0 : 1;

/** After a garbage collection, if node was started with --expose-gc. */
function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

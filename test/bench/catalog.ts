/** Builds the catalog six times and prints how many modules it has, and the milliseconds of the first and the last. */
import { realpathSync } from 'node:fs';
import { buildCatalog } from '../../src/catalog/catalog.ts';
import type { Series } from '../../src/manifest/series.ts';

const [tree, series] = process.argv.slice(2) as [string, Series];
const roots = [{ family: 'oca', path: realpathSync(tree) }] as const;
const durations: number[] = [];
let count = 0;
for (let build = 0; build < 6; build++) {
  const start = performance.now();
  count = (await buildCatalog(roots, series)).length;
  durations.push(performance.now() - start);
}
process.stdout.write(`${count} ${durations[0]} ${durations.at(-1)}`);

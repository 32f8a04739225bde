/**
 * Measures the index of the OCA's modules that is built in: its size, what it costs to read and to ask, and how many modules of real
 * repositories it knows. Then what the checkouts say on their branches costs. For trying the program; not part of the tests.
 *
 *   npm run try:index -- TREE SERIES [TREE SERIES]...
 *
 * TREE is a folder of checkouts of the OCA's repositories.
 */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { assessFolder } from '../../src/addons/assess.ts';
import { repositoriesIn } from '../../src/addons/discover.ts';
import { lookAtFolders } from '../../src/addons/folder-look.ts';
import { modulesIn } from '../../src/addons/module-folders.ts';
import type { Root } from '../../src/addons/roots.ts';
import { takeTurns } from '../../src/base/turns.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { checkoutLayer } from '../../src/sources/checkout-layer.ts';
import { BUILT_IN, createModuleIndex } from '../../src/sources/module-index.ts';
import { readOcaIndex } from '../../src/sources/oca-index.ts';

const DATA = join(import.meta.dirname, '../../src/data');

async function timed<T>(work: () => Promise<T> | T): Promise<{ ms: number; value: T }> {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

console.log('| series | file | modules | first read | a lookup |\n| --- | --- | --- | --- | --- |');
for (const series of SERIES) {
  const { size } = statSync(join(DATA, `oca-index-${series}.json`));
  const { ms, value } = await timed(() => readOcaIndex(series));
  const names = value.modules.map(({ name }) => name);
  const rounds = 100;
  const asked = await timed(() => {
    for (let round = 0; round < rounds; round++) for (const name of names) value.reposOf(name);
  });
  const each = (asked.ms * 1e6) / (rounds * names.length);
  console.log(
    `| ${series} | ${(size / 1024).toFixed(0)} KiB | ${names.length} | ${ms.toFixed(1)} ms | ${each.toFixed(0)} ns |`,
  );
}

const positionals = process.argv.slice(2);
for (let at = 0; at < positionals.length; at += 2) {
  const [tree, name] = positionals.slice(at);
  const series = SERIES.find((known) => known === name);
  if (tree === undefined || series === undefined)
    throw new Error('usage: index.ts TREE SERIES [TREE SERIES]...');
  const turns = takeTurns();
  const roots: Root[] = [{ family: 'oca', path: realpathSync(tree) }];
  const repositories = await repositoriesIn(roots, turns, lookAtFolders(roots, turns));
  const index = await readOcaIndex(series);
  const count = {
    all: 0,
    installable: 0,
    known: 0,
    knownInstallable: 0,
    elsewhere: 0,
    unknown: [] as string[],
  };
  for (const repository of repositories) {
    for (const module of await modulesIn(repository.path, turns)) {
      const path = join(repository.path, module);
      const isInstallable = assessFolder(module, path, roots, series).refusals.length === 0;
      const repos = index.reposOf(module);
      const isKnown = repos.includes(repository.name);
      count.all++;
      if (isInstallable) count.installable++;
      if (isKnown) count.known++;
      if (isKnown && isInstallable) count.knownInstallable++;
      if (!isKnown && repos.length > 0) count.elsewhere++;
      if (!isKnown && isInstallable) count.unknown.push(`${repository.name}/${module}`);
    }
  }
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  console.log(
    `\n${series}: ${repositories.length} repositories, ${count.all} modules, ${count.installable} installable. Known in their repository: ` +
      `${count.known} (${percent(count.known, count.all)}); of the installable ones ${count.knownInstallable} ` +
      `(${percent(count.knownInstallable, count.installable)}); known in another repository alone: ${count.elsewhere}. ` +
      `Not known, such as ${count.unknown.slice(0, 5).join(', ')}.`,
  );
  const ask = () => createModuleIndex([checkoutLayer(repositories, takeTurns()), BUILT_IN]).of(series);
  const first = await timed(ask);
  const again: number[] = [];
  for (let round = 0; round < 21; round++) again.push((await timed(ask)).ms);
  const median = again.toSorted((a, b) => a - b)[10] as number;
  const held = first.value.modules.filter(({ checkout }) => checkout !== undefined).length;
  console.log(
    `What its checkouts hold: ${held} modules; read in ${first.ms.toFixed(0)} ms, again in ${median.toFixed(1)} ms.`,
  );
}

/** Figures of whole plans: the closure of the deepest module, and hundreds of links in one transaction. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modulesIn } from '../../src/addons/module-folders.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { createPathView } from '../../src/addons/on-path.ts';
import { readSources, type Sources } from '../../src/addons/sources.ts';
import { ok } from '../../src/base/refusal.ts';
import { takeTurns } from '../../src/base/turns.ts';
import type { Instance } from '../../src/config/instance.ts';
import { openAddonsDir } from '../../src/links/addons-dir.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir } from '../../src/links/change-addons-dir.ts';
import { inspectEntry } from '../../src/links/inspect-entry.ts';
import { planLinks } from '../../src/links/plan-links.ts';
import type { Series } from '../../src/manifest/series.ts';
import { type Resolution, resolveModules } from '../../src/services/link/resolve-modules.ts';
import { ANY_STATE } from '../support/batch.ts';

const LINKS = 500;

/** One row of the report: what was measured, the figure, and the target where there is one. */
export type Report = (what: string, figure: string, target?: string) => void;

/** @param scratch An empty folder to work in. */
export async function benchPlans(
  tree: string,
  series: Series,
  scratch: string,
  report: Report,
): Promise<void> {
  const linked = join(scratch, 'plans-linked');
  mkdirSync(linked);
  const opened = openAddonsDir(linked);
  if (!opened.ok) throw new Error(opened.refusal);
  const dir = opened.value;
  const roots = [{ family: 'oca', path: realpathSync(tree) }] as const;
  const shared = {
    addonsDirs: [dir],
    odooConf: null,
    linkStyle: 'absolute',
    paths: null,
    licenses: { conflicts: 'warn', lgpl_on_proprietary: 'allow' },
    python: null,
  };
  const instance = { name: 'bench', series, roots, ...shared } as Instance;
  const resolve = (name: string, sources: Sources): Promise<Resolution> => {
    const view = createPathView(instance, sources.lists);
    const request = { family: 'oca', with_dependencies: true, replace: false } as const;
    return resolveModules([name as ModuleName], request, {
      instance,
      dir,
      sources,
      view,
      turns: takeTurns(),
    });
  };
  await benchClosure(instance, resolve, report);
  await benchTransaction(instance, join(scratch, 'plans-state'), report);
}

async function benchClosure(
  { roots, series }: Instance,
  resolve: (name: string, sources: Sources) => Promise<Resolution>,
  report: Report,
): Promise<void> {
  const sources = await readSources(roots, series, takeTurns());
  const resolved: (Resolution & { name: string })[] = [];
  for (const name of await sources.moduleNames('oca'))
    resolved.push({ name, ...(await resolve(name, sources)) });
  const whole = resolved.filter(({ refusals }) => refusals.length === 0);
  const sizes = whole.map(({ name, modules }) => ({ name, size: modules.length }));
  const deepest = sizes.reduce((a, b) => (b.size > a.size ? b : a));
  const durations: number[] = [];
  for (let round = 0; round < 21; round++) {
    const start = performance.now();
    await resolve(deepest.name, await readSources(roots, series, takeTurns()));
    durations.push(performance.now() - start);
  }
  const median = durations.toSorted((a, b) => a - b)[10] as number;
  const what = `(g) closure of ${deepest.name}, the module that needs most: ${deepest.size} modules found, read and judged`;
  report(what, `${median.toFixed(1)} ms`);
}

async function benchTransaction(instance: Instance, stateDir: string, report: Report): Promise<void> {
  const { roots, series, addonsDirs } = instance;
  const [dir] = addonsDirs;
  const options = { stateDir, rules: instance, recordRecovery: async () => ok(undefined) };
  if (dir === undefined) throw new Error('there is no addons directory');
  const sources = await readSources(roots, series, takeTurns());
  const found: { name: string; path: string; family: string }[] = [];
  for (const { path } of sources.repositories) {
    for (const name of await modulesIn(path, takeTurns()))
      found.push({ name, path: join(path, name), family: 'oca' });
  }
  const distinct = [...new Map(found.map((source) => [source.name, source])).values()].slice(0, LINKS);
  const ratios: number[] = [];
  const ours: number[] = [];
  const script = join(stateDir, '../links.sh');
  writeFileSync(script, distinct.map(({ name, path }) => `ln -s '${path}' '${dir.path}/${name}'\n`).join(''));
  const empty = () => {
    for (const name of readdirSync(dir.path)) rmSync(join(dir.path, name));
  };
  for (let pair = 0; pair < 7; pair++) {
    let start = performance.now();
    const wanted = distinct.map((source) => ({
      source: source as never,
      state: ANY_STATE,
      entry: inspectEntry(dir, source.name, instance),
    }));
    const { plan } = planLinks(dir, wanted, instance, { replace: false });
    const done = await changeAddonsDir(dir, options, (locked) => applyPlan(locked, plan));
    if (!done.ok) throw new Error(done.refusal.message);
    const transaction = performance.now() - start;
    empty();
    start = performance.now();
    execFileSync('sh', [script]);
    ratios.push(transaction / (performance.now() - start));
    ours.push(transaction);
    empty();
  }
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[3] as number;
  const figure = `${middle(ratios).toFixed(2)}x (${middle(ours).toFixed(0)} ms)`;
  report(`(h) ${LINKS} links in one transaction: time against as many \`ln -s\` in one shell`, figure);
}

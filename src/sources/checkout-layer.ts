import type { Turns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';
import { recallModules } from './branch-modules.ts';
import type { HeldBranch } from './git-branches.ts';
import {
  type HeldCheckout,
  isWhole,
  type ListedRepository,
  readCheckouts,
  seriesOf,
} from './held-checkouts.ts';
import type { IndexLayer, LayerIndex } from './module-index.ts';
import { type IndexedModule, makeIndex } from './oca-index.ts';

/**
 * What the checkouts under an instance's roots say of modules, on any branch that they hold: their own branches, and those of
 * remotes as they were fetched last. What has been read of a commit is remembered; where reading takes too long, the rest is left to a
 * later call.
 * @param repositories As the roots list them.
 * @param turns The call's turns.
 */
export function checkoutLayer(repositories: readonly ListedRepository[], turns: Turns): IndexLayer {
  let checkouts: Promise<readonly HeldCheckout[]> | undefined;
  const read = async (isWanted: (checkout: HeldCheckout) => boolean) => {
    checkouts ??= readCheckouts(repositories, turns);
    return (await checkouts).filter(isWanted);
  };
  return {
    async of(series) {
      const ours = await read((checkout) => checkout.isOfOca);
      return ours.length === 0 ? null : indexOf(series, ours);
    },
    others: async (series) => indexOf(series, await read((checkout) => !checkout.isOfOca)),
  };
}

interface Made {
  readonly checkouts: readonly HeldCheckout[];
  /** How many branches are known: some may be read later. */
  readonly known: number;
  readonly layer: LayerIndex;
}

/** The layers that were made last, by series and first repository. */
const made = new Map<string, Made>();
const MOST_MADE = 100;

function indexOf(series: Series, checkouts: readonly HeldCheckout[]): LayerIndex {
  const used = checkouts.map((checkout) => ({ checkout, branches: branchesFor(series, checkout) }));
  const known = used.reduce((sum, { branches }) => sum + branches.length, 0);
  const key = `${series} ${checkouts.length} ${checkouts[0]?.repository.path}`;
  const before = made.get(key);
  const isSame = before?.known === known && before.checkouts.every((one, at) => one === checkouts[at]);
  if (before !== undefined && isSame) return before.layer;
  const covered = new Map<string, string>();
  const modules: IndexedModule[] = [];
  for (const { checkout, branches } of used) modules.push(...modulesOf(checkout, branches, covered));
  const layer = { ...makeIndex(series, '', modules), covered };
  if (made.size >= MOST_MADE) made.clear();
  made.set(key, { checkouts, known, layer });
  return layer;
}

/** The branches for a series of which the modules are known. */
function branchesFor(series: Series, { git, branches }: HeldCheckout): readonly HeldBranch[] {
  return branches.filter(
    ({ name, commit }) => seriesOf(name) === series && recallModules(git, commit) !== undefined,
  );
}

/** The newest branch that has a module tells of it; one of the series itself before those on which something is prepared. */
function modulesOf(
  { repository, git, repo }: HeldCheckout,
  branches: readonly HeldBranch[],
  covered: Map<string, string>,
): IndexedModule[] {
  const read = branches.map((branch) => {
    const { day, modules } = recallModules(git, branch.commit) ?? { day: '', modules: [] };
    return { branch, day, modules };
  });
  const rank = (a: string, b: string) => Number(a > b) - Number(a < b);
  read.sort((a, b) => Number(isWhole(b.branch)) - Number(isWhole(a.branch)) || rank(b.day, a.day));
  const found = new Map<string, IndexedModule>();
  for (const { branch, day, modules } of read) {
    if (isWhole(branch) && (covered.get(repo) ?? '') < day) covered.set(repo, day);
    for (const name of modules) {
      const checkout = { path: repository.path, branch: branch.label };
      if (!found.has(name)) found.set(name, { name, repo, depends: null, asOf: day, checkout });
    }
  }
  return [...found.values()];
}

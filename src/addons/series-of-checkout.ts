/** Which series the checkout of a module is for, by its branch: where several have a name, those of another series step back. */
import { seriesOfBranch } from '../sources/branch-series.ts';
import { branchOf, checkoutOf } from '../sources/provenance.ts';
import type { Root } from './roots.ts';

/** A folder in a root; null outside all roots. */
interface Placed {
  readonly path: string;
  readonly root: Root | null;
}

/** Tells the series in the name of the branch that a folder's checkout is on; null where it names none. */
export type SeriesOfCheckout = (placed: Placed) => string | null;

/** Makes a function that reads the HEAD of each checkout once, for a single call. */
export function readSeriesOfCheckouts(): SeriesOfCheckout {
  const known = new Map<string, string | null>();
  return ({ path, root }) => {
    if (root === null) return null;
    const checkout = checkoutOf(path);
    const before = known.get(checkout);
    if (before !== undefined) return before;
    const branch = branchOf(checkout, root.path);
    const series = branch === null ? null : seriesOfBranch(branch);
    known.set(checkout, series);
    return series;
  };
}

/**
 * Of several folders with one name, those that an instance of a series may mean: a checkout whose branch is of another series
 * steps back while there is one of which that is not known. What would be refused anyway makes no name ambiguous.
 * @returns All of them if there is one only, or if all are of other series.
 */
export function notOfOtherSeries<T extends Placed>(
  folders: readonly T[],
  series: string,
  seriesOf: SeriesOfCheckout,
): readonly T[] {
  if (folders.length < 2) return folders;
  const meant = folders.filter((folder) => [null, series].includes(seriesOf(folder)));
  return meant.length > 0 ? meant : folders;
}

/** What modules were called in other series, and what they were merged into. The source of the facts is OpenUpgrade. */

import { readFacts } from '../facts.ts';
import { SERIES, type Series } from '../manifest/series.ts';

/** What a name became, or was, by a series. */
export interface NameChange {
  readonly kind: 'renamed' | 'merged';
  readonly from: string;
  readonly to: string;
  /** The first series with the new name. */
  readonly since: Series;
}

type ChangesFile = Readonly<
  Record<string, Readonly<Record<'renamed' | 'merged', Readonly<Record<string, string>>>>>
>;

const readChanges = () => readFacts<ChangesFile>('module-renames');

/**
 * What became of a name up to a series, in order.
 * @param lastKnown The last series that has a module of that name; what is said of earlier ones is about another module.
 * @returns Empty if nothing is known to have changed.
 */
export async function laterNames(
  name: string,
  series: Series,
  lastKnown?: Series,
): Promise<readonly NameChange[]> {
  const known = await readChanges();
  const found: NameChange[] = [];
  let current = name;
  const first = lastKnown === undefined ? 0 : SERIES.indexOf(lastKnown) + 1;
  for (const since of SERIES.slice(first, SERIES.indexOf(series) + 1)) {
    for (const kind of ['renamed', 'merged'] as const) {
      const names = known[since]?.[kind];
      const to = names !== undefined && Object.hasOwn(names, current) ? names[current] : undefined;
      if (to === undefined) continue;
      found.push({ kind, from: current, to, since });
      current = to;
      break;
    }
  }
  return found;
}

/**
 * What a name was called in an earlier series, newest change first.
 * @returns Empty if nothing is known to have changed. What was merged into it is not among them.
 */
export async function earlierNames(name: string, series: Series): Promise<readonly NameChange[]> {
  const known = await readChanges();
  const found: NameChange[] = [];
  let current = name;
  for (const since of SERIES.slice(SERIES.indexOf(series) + 1).toReversed()) {
    const names = Object.entries(known[since]?.renamed ?? {});
    const from = names.find(([, to]) => to === current)?.[0];
    if (from === undefined) continue;
    found.push({ kind: 'renamed', from, to: current, since });
    current = from;
  }
  return found;
}

/** What became of a name, as sentences. */
export function describeLater(changes: readonly NameChange[]): string {
  return changes
    .map(({ kind, from, to, since }) => {
      return kind === 'renamed'
        ? `${from} is called ${to} from ${since} on.`
        : `${from} was merged into ${to} with ${since}.`;
    })
    .join(' ');
}

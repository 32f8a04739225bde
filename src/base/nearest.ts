/**
 * Edit distance for "did you mean": swapping two neighbours, an insertion, a deletion and a substitution cost one each
 * (optimal string alignment).
 * @param limit For a larger distance the function stops early and returns `limit + 1`.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] as number) + 1);
      }
      current.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}

/** Collects the words most similar to a given one from candidates offered one by one. */
export interface Nearest {
  offer(candidate: string): void;
  /** The most similar words, nearest first. */
  best(most: number): string[];
}

/**
 * Finds the words that are one slip away from a given one: equal but for case and for `-` or `_`, else one edit away (see
 * {@link editDistance}). A wider search suggests names that have nothing to do with the one that was meant.
 *
 * The parts between underscores must be alike, too: of three characters or more if they differ. `l10n_fr` and `l10n_br`
 * are two modules, and so are `sale` and `sale_x`.
 */
export function slipsOf(word: string): Nearest {
  const wanted = plain(word);
  const equal = new Set<string>();
  const near = new Set<string>();
  return {
    offer(candidate) {
      const other = plain(candidate);
      if (wanted.length > MOST_CHARACTERS) return;
      if (wanted === other) equal.add(candidate);
      else if (isSlip(wanted, other)) near.add(candidate);
    },
    best(most) {
      return [...(equal.size > 0 ? equal : near)].sort().slice(0, most);
    },
  };
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

function isSlip(wanted: string, other: string): boolean {
  if (editDistance(wanted, other, 1) > 1) return false;
  const [parts, others] = [wanted.split('_'), other.split('_')];
  // A separator was left out or added: `webresponsive`.
  if (parts.length !== others.length) return wanted.replaceAll('_', '') === other.replaceAll('_', '');
  return parts.every((part, index) => {
    const same = others[index] as string;
    return part === same || Math.min(part.length, same.length) >= SHORTEST_PART;
  });
}

const SHORTEST_PART = 3;

/**
 * Finds the words most similar to a given one.
 *
 * A candidate counts if its edit distance is at most a third of the word's length; if one of the two contains the other
 * and the shorter has at least four characters (`web_responsive` for `responsive`); or if it begins with the word.
 * @param word The word to compare with; case does not matter. A very long word matches nothing.
 */
export function nearestTo(word: string): Nearest {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const scores = new Map<string, number>();
  return {
    offer(candidate) {
      if (wanted.length > MOST_CHARACTERS || scores.has(candidate)) return;
      const lower = candidate.toLowerCase();
      const distance = editDistance(wanted, lower, limit);
      const long = Math.min(wanted.length, lower.length) >= 4;
      const holds = long ? lower.includes(wanted) || wanted.includes(lower) : lower.startsWith(wanted);
      if (distance <= limit) scores.set(candidate, distance);
      else if (holds && wanted.length >= 2) {
        scores.set(candidate, limit + Math.abs(lower.length - wanted.length));
      }
    },
    best(most) {
      const scored = [...scores].sort(([a, near], [b, far]) => near - far || (a < b ? -1 : 1));
      return scored.slice(0, most).map(([candidate]) => candidate);
    },
  };
}

const MOST_CHARACTERS = 256;

/**
 * The words most similar to a given one, nearest first, see {@link nearestTo}.
 * @param candidates The valid words; for very many use {@link nearestTo}, which lets the caller pause.
 * @param most How many to return.
 */
export function nearest(word: string, candidates: Iterable<string>, most = 5): string[] {
  const near = nearestTo(word);
  for (const candidate of candidates) near.offer(candidate);
  return near.best(most);
}

/** " Did you mean X?" for the end of a message, or an empty string if no candidate is similar. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const [first] = nearest(word, candidates, 1);
  return first === undefined ? '' : ` Did you mean ${JSON.stringify(first)}?`;
}

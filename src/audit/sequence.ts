/** Whether lines are a chain. Pure: it is told each line in turn, and remembers no more than it needs. */
import { GENESIS, type Head, type Link } from './chain.ts';

/** Where a line stands. */
export interface Place {
  readonly file: string;
  /** Counted from 1 in each file. */
  readonly line: number;
}

/** What is wrong with a chain at one place. */
export interface ChainProblem extends Place {
  readonly kind: 'edited' | 'inserted' | 'removed' | 'reordered' | 'replaced';
  readonly message: string;
}

export interface Sequence {
  /** @param link The line; null when it is none of any chain, because its text and its hash do not belong together. */
  accept(link: Link | null, place: Place): void;
  end(): Findings;
}

export interface Findings {
  /** The first ones, in the order of their places. */
  readonly problems: readonly ChainProblem[];
  readonly problemCount: number;
  /** The first and the last line of the chain; null when there is none. */
  readonly first: Link | null;
  readonly last: Head | null;
}

/** Nobody reads more. */
const MOST_PROBLEMS = 20;

/** Lines that are missing, until they turn up elsewhere. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** The problem that tells of it; null while nothing has to be told. */
  index: number | null;
}

export function createSequence(): Sequence {
  const problems: ChainProblem[] = [];
  const gaps: Gap[] = [];
  let problemCount = 0;
  let first: Link | null = null;
  let last: Head | null = null;
  /** Lines in a row that are none of any chain. */
  let bad: (Place & { count: number }) | null = null;

  const report = (kind: ChainProblem['kind'], { file, line }: Place, message: string) => {
    problemCount++;
    if (problems.length < MOST_PROBLEMS) problems.push({ kind, file, line, message });
  };
  const reportMissing = (from: number, to: number, place: Place) => {
    if (problems.length < MOST_PROBLEMS) gaps.push({ from, to, index: problems.length });
    report('removed', place, `${numbered(from, to)} missing before line number ${to + 1}.`);
  };
  const reportBad = (follows: boolean) => {
    if (bad === null) return;
    const what = bad.count === 1 ? 'This line was' : `${bad.count} lines from here on were`;
    if (follows) report('inserted', bad, `${what} put in: the chain goes on behind as if nothing was there.`);
    else report('edited', bad, `${what} changed: text and hash do not belong together.`);
  };
  const acceptFirst = (link: Link, place: Place) => {
    first = link;
    last = link;
    const follows = link.seq === 1 && link.prev === GENESIS.hash;
    if (bad !== null) return reportBad(follows);
    if (link.seq === 1 && !follows)
      report('replaced', place, 'The first line says that there was another one before it.');
    if (link.seq === 1) return;
    // Whole files may be kept elsewhere; a file of the program's begins so.
    const isBeginning = link.value.kind === 'rotation' || link.value.kind === 'seal';
    if (isBeginning) gaps.push({ from: 1, to: link.seq - 1, index: null });
    else reportMissing(1, link.seq - 1, place);
  };
  const acceptNext = (link: Link, place: Place, before: Head) => {
    const follows = link.seq === before.seq + 1 && link.prev === before.hash;
    reportBad(follows);
    if (link.seq <= before.seq) return acceptEarlier(link, place, before);
    last = link;
    if (follows) return;
    // Lines that were changed had numbers of their own.
    const expected = before.seq + 1 + (bad?.count ?? 0);
    if (link.seq > expected) reportMissing(expected, link.seq - 1, place);
    else if (bad === null) {
      const message = `Line number ${link.seq} was written behind another line number ${before.seq} than the one that is here.`;
      report('replaced', place, message);
    }
  };
  /** A line with a number that was passed already; the chain goes on from where it was. */
  const acceptEarlier = ({ seq }: Link, place: Place, before: Head) => {
    const gap = gaps.find(({ from, to }) => from <= seq && seq <= to);
    if (gap === undefined) {
      report(
        'inserted',
        place,
        `Line number ${seq} stands behind line number ${before.seq}, and is there already.`,
      );
      return;
    }
    if (gap.index === null) {
      gap.index = problems.length;
      return report('reordered', place, `Line number ${seq} stands behind line number ${before.seq}.`);
    }
    const told = problems[gap.index];
    if (told?.kind !== 'removed') return;
    const message = `${numbered(gap.from, gap.to)} out of place: number ${seq} comes later, in ${place.file} line ${place.line}.`;
    problems[gap.index] = { ...told, kind: 'reordered', message };
  };
  return {
    accept(link, place) {
      if (link === null) {
        bad ??= { ...place, count: 0 };
        bad.count++;
        return;
      }
      if (last === null) acceptFirst(link, place);
      else acceptNext(link, place, last);
      bad = null;
    },
    end() {
      reportBad(false);
      return { problems, problemCount, first, last };
    },
  };
}

function numbered(from: number, to: number): string {
  return from === to ? `Line number ${from} is` : `Lines number ${from} to ${to} are`;
}

/** Checks whether lines form a chain. Pure: the caller passes one line at a time. */
import { GENESIS, type Head, type Link } from './chain.ts';

/** The position of a line. */
export interface Place {
  readonly file: string;
  /** Counted from 1 in each file. */
  readonly line: number;
}

/** A problem of a chain at one line. */
export interface ChainProblem extends Place {
  readonly kind: 'edited' | 'inserted' | 'removed' | 'reordered' | 'replaced';
  readonly message: string;
}

export interface Sequence {
  /** @param link The line; null if it fails the chain check: its hash does not match its text. */
  accept(link: Link | null, place: Place): void;
  end(): Findings;
}

export interface Findings {
  /** At most {@link MOST_PROBLEMS}, in the order of their lines. */
  readonly problems: readonly ChainProblem[];
  readonly problemCount: number;
  /** The first and the last line of the chain; null if there is none. */
  readonly first: Link | null;
  readonly last: Head | null;
}

const MOST_PROBLEMS = 20;

/** Numbers of missing lines; they may still appear later. */
interface Gap {
  readonly from: number;
  readonly to: number;
  /** The index of the problem that reports it; null if it is not reported. */
  index: number | null;
}

export function createSequence(): Sequence {
  const problems: ChainProblem[] = [];
  const gaps: Gap[] = [];
  let problemCount = 0;
  let first: Link | null = null;
  let last: Head | null = null;
  /** Consecutive lines that fail the chain check. */
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
    const what = bad.count === 1 ? 'This line was' : `${bad.count} lines, beginning with this one, were`;
    if (follows)
      report(
        'inserted',
        bad,
        `${what} inserted: the chain continues without ${bad.count === 1 ? 'it' : 'them'}.`,
      );
    else report('edited', bad, `${what} changed: the hash does not match the text.`);
  };
  const acceptFirst = (link: Link, place: Place) => {
    first = link;
    last = link;
    const follows = link.seq === 1 && link.prev === GENESIS.hash;
    if (bad !== null) return reportBad(follows);
    if (link.seq === 1 && !follows)
      report('replaced', place, 'The first line was chained to an earlier line.');
    if (link.seq === 1) return;
    // Earlier files may have been archived: only files after the first begin with these kinds.
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
    // Each changed line took up one number.
    const expected = before.seq + 1 + (bad?.count ?? 0);
    if (link.seq > expected) reportMissing(expected, link.seq - 1, place);
    else if (bad === null) {
      const message = `Line number ${link.seq} was chained to a different line number ${before.seq} than the one in the trail.`;
      report('replaced', place, message);
    }
  };
  /** A line with a number that came before; the chain continues from its last line. */
  const acceptEarlier = ({ seq }: Link, place: Place, before: Head) => {
    const gap = gaps.find(({ from, to }) => from <= seq && seq <= to);
    if (gap === undefined) {
      report(
        'inserted',
        place,
        `Line number ${seq} comes after line number ${before.seq}, but the trail already has a line of that number.`,
      );
      return;
    }
    if (gap.index === null) {
      gap.index = problems.length;
      return report('reordered', place, `Line number ${seq} comes after line number ${before.seq}.`);
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

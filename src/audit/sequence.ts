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

/** The lines of a trail, one after the other. */
export class Sequence {
  readonly #problems: ChainProblem[] = [];
  readonly #gaps: Gap[] = [];
  #problemCount = 0;
  #first: Link | null = null;
  #last: Head | null = null;
  /** Consecutive lines that fail the chain check. */
  #bad: (Place & { count: number }) | null = null;

  /** @param link The line; null if it fails the chain check: its hash does not match its text. */
  accept(link: Link | null, place: Place): void {
    if (link === null) {
      this.#bad ??= { ...place, count: 0 };
      this.#bad.count++;
      return;
    }
    if (this.#last === null) this.#acceptFirst(link, place);
    else this.#acceptNext(link, place, this.#last);
    this.#bad = null;
  }

  /** What the lines turned out to be; no line comes after it. */
  end(): Findings {
    this.#reportBad(false);
    const [problems, problemCount] = [this.#problems, this.#problemCount];
    return { problems, problemCount, first: this.#first, last: this.#last };
  }

  #acceptFirst(link: Link, place: Place): void {
    this.#first = link;
    this.#last = link;
    const follows = link.seq === 1 && link.prev === GENESIS.hash;
    if (this.#bad !== null) {
      this.#reportBad(follows);
      return;
    }
    if (link.seq === 1 && !follows)
      this.#report('replaced', place, 'The first line was chained to an earlier line.');
    if (link.seq === 1) return;
    // Earlier files may have been archived: only files after the first begin with these kinds.
    const isBeginning = link.value.kind === 'rotation' || link.value.kind === 'seal';
    if (isBeginning) this.#gaps.push({ from: 1, to: link.seq - 1, index: null });
    else this.#reportMissing(1, link.seq - 1, place);
  }

  #acceptNext(link: Link, place: Place, before: Head): void {
    const follows = link.seq === before.seq + 1 && link.prev === before.hash;
    this.#reportBad(follows);
    if (link.seq <= before.seq) {
      this.#acceptEarlier(link, place, before);
      return;
    }
    this.#last = link;
    if (follows) return;
    // Each changed line took up one number.
    const expected = before.seq + 1 + (this.#bad?.count ?? 0);
    if (link.seq > expected) this.#reportMissing(expected, link.seq - 1, place);
    else if (this.#bad === null) {
      const message = `Line number ${link.seq} was chained to a different line number ${before.seq} than the one in the trail.`;
      this.#report('replaced', place, message);
    }
  }

  /** A line with a number that came before; the chain continues from its last line. */
  #acceptEarlier({ seq }: Link, place: Place, before: Head): void {
    const gap = this.#gaps.find(({ from, to }) => from <= seq && seq <= to);
    if (gap === undefined) {
      this.#report(
        'inserted',
        place,
        `Line number ${seq} comes after line number ${before.seq}, but the trail already has a line of that number.`,
      );
      return;
    }
    if (gap.index === null) {
      gap.index = this.#problems.length;
      this.#report('reordered', place, `Line number ${seq} comes after line number ${before.seq}.`);
      return;
    }
    const told = this.#problems[gap.index];
    if (told?.kind !== 'removed') return;
    const message = `${numbered(gap.from, gap.to)} out of place: number ${seq} comes later, in ${place.file} line ${place.line}.`;
    this.#problems[gap.index] = { ...told, kind: 'reordered', message };
  }

  #reportMissing(from: number, to: number, place: Place): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#gaps.push({ from, to, index: this.#problems.length });
    this.#report('removed', place, `${numbered(from, to)} missing before line number ${to + 1}.`);
  }

  #reportBad(follows: boolean): void {
    if (this.#bad === null) return;
    const what =
      this.#bad.count === 1 ? 'This line was' : `${this.#bad.count} lines, beginning with this one, were`;
    if (follows)
      this.#report(
        'inserted',
        this.#bad,
        `${what} inserted: the chain continues without ${this.#bad.count === 1 ? 'it' : 'them'}.`,
      );
    else this.#report('edited', this.#bad, `${what} changed: the hash does not match the text.`);
  }

  #report(kind: ChainProblem['kind'], { file, line }: Place, message: string): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ kind, file, line, message });
  }
}

function numbered(from: number, to: number): string {
  return from === to ? `Line number ${from} is` : `Lines number ${from} to ${to} are`;
}

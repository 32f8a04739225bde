import { type Head, MAX_LINE_BYTES, readLink, sha256 } from './chain.ts';
import { linesFromEnd } from './lines.ts';

/** How a file of the trail ends. */
export interface Ending {
  /** The last line whose own hash is right; null when there is none. */
  readonly head: Head | null;
  /**
   * What is behind the last line feed: nothing, a whole line (its end was lost, by an editor for example), or what a
   * writer left who was killed.
   */
  readonly rest: 'none' | 'line' | { readonly bytes: number; readonly sha256: string };
  /** How many whole lines behind the head are none of the chain: somebody changed them. */
  readonly damaged: number;
}

/** How far to look for a line to build on: one that was torn, and one before it. */
const MOST_BYTES = 2 * MAX_LINE_BYTES;

/**
 * Finds the line that the next one builds on, reading from the end.
 * @returns The ending, or null when no line of the chain is within reach.
 */
export function findEnding(fd: number, size: number): Ending | null {
  let rest: Ending['rest'] = 'none';
  let damaged = 0;
  let bytes = 0;
  for (const { raw, isEnded } of linesFromEnd(fd, size)) {
    const head = raw === null ? null : readLink(raw);
    if (head !== null) {
      const { seq, hash } = head;
      return { head: { seq, hash }, rest: isEnded ? rest : 'line', damaged };
    }
    bytes += raw?.length ?? 0;
    if (raw === null || bytes > MOST_BYTES) return null;
    if (isEnded) damaged++;
    else rest = { bytes: raw.length, sha256: sha256(raw) };
  }
  // Nothing but a first line that was torn is a beginning; whole lines that are none of the chain are not.
  return damaged > 0 ? null : { head: null, rest, damaged };
}

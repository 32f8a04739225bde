import { type Head, MAX_LINE_BYTES, readLink, sha256 } from './chain.ts';
import { linesFromEnd } from './lines.ts';

/** The end of a file of the trail. */
export interface Ending {
  /** The last line that passes the chain check; null if there is none. */
  readonly head: Head | null;
  /**
   * What follows the last line feed: nothing; a whole line (an editor may have removed its line feed); or an incomplete
   * line, left by a process that was killed.
   */
  readonly rest: 'none' | 'line' | { readonly bytes: number; readonly sha256: string };
  /** How many whole lines after the head fail the chain check, because they were changed. */
  readonly damaged: number;
}

/** How far to search for a line to continue: an incomplete line and the one before it, both of the greatest length. */
const MOST_BYTES = 2 * MAX_LINE_BYTES;

/**
 * Finds the last line that passes the chain check, reading from the end of the file.
 * @returns The ending; null if there is no such line within {@link MOST_BYTES}.
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
  // A file with only an incomplete line is the beginning of a trail; one with damaged whole lines is not.
  return damaged > 0 ? null : { head: null, rest, damaged };
}

/** Reads files of lines in chunks, so that large files need only the memory of their longest line. */
import { readAt } from '../state/regular-file.ts';
import { MAX_LINE_BYTES } from './chain.ts';

export interface RawLine {
  /** Without its line feed; null if it is longer than {@link MAX_LINE_BYTES}. Valid until the next line is read. */
  readonly raw: Buffer | null;
  /** Whether it ends with a line feed; false only for the last line of a file. */
  readonly isEnded: boolean;
}

const LINE_FEED = 10;
const FORWARD_BYTES = 1024 * 1024;
const BACKWARD_BYTES = 4096;

/** The lines of a file in order. */
export function* linesOf(fd: number, size: number): Generator<RawLine> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  const take = (last: Buffer): Buffer | null => {
    const isTooLong = restBytes + last.length > MAX_LINE_BYTES;
    const raw = isTooLong ? null : rest.length === 0 ? last : Buffer.concat([...rest, last]);
    rest = [];
    restBytes = 0;
    return raw;
  };
  for (let position = 0; position < size; ) {
    const chunk = readAt(fd, position, Math.min(FORWARD_BYTES, size - position));
    if (chunk.length === 0) break;
    position += chunk.length;
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) break;
      yield { raw: take(chunk.subarray(start, end)), isEnded: true };
      start = end + 1;
    }
    // Of a line that is too long, only the length is kept.
    if (start < chunk.length && restBytes <= MAX_LINE_BYTES) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
  }
  if (restBytes > 0) yield { raw: take(Buffer.alloc(0)), isEnded: false };
}

/** The lines of a file from the end. May stop at a line that is too long. */
export function* linesFromEnd(fd: number, size: number): Generator<RawLine> {
  let rest: Buffer = Buffer.alloc(0);
  let isEnded = false;
  for (let position = size; position > 0; ) {
    // Doubled while no line feed is found, so that a long line is not copied many times.
    const length = Math.min(position, Math.max(BACKWARD_BYTES, rest.length));
    position -= length;
    const chunk = Buffer.concat([readAt(fd, position, length), rest]);
    let end = chunk.length;
    for (;;) {
      const before = end === 0 ? -1 : chunk.lastIndexOf(LINE_FEED, end - 1);
      if (before < 0) break;
      const raw = chunk.subarray(before + 1, end);
      if (isEnded || raw.length > 0) yield { raw: raw.length > MAX_LINE_BYTES ? null : raw, isEnded };
      end = before;
      isEnded = true;
    }
    rest = chunk.subarray(0, end);
    if (rest.length > MAX_LINE_BYTES) return yield { raw: null, isEnded };
  }
  if (isEnded || rest.length > 0) yield { raw: rest, isEnded };
}

/**
 * Reads files that operators name or that checkouts contain: only regular files, and only up to a limit. A FIFO or a
 * device would make the server wait or read for ever.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { describeReadError, errnoOf } from './paths.ts';
import { ok, type Result, refused } from './refusal.ts';

export const MiB = 1024 * 1024;

export interface ReadBounds {
  /** The most bytes the file may have. */
  readonly most: number;
  /** Whether a symlink is followed: yes for paths from operators, no for files found in a checkout, resolved before. */
  readonly followLinks: boolean;
  /** What the path was a moment ago, if that was looked at. */
  readonly stats?: Stats | undefined;
}

/**
 * Reads a whole regular file. Its type is checked before opening, because opening a device can have effects, and again
 * after opening.
 * @returns Its bytes, valid until the next call, because small files share a buffer; or why it was not read.
 * @throws A system error.
 */
export function readBounded(
  path: string,
  { most, followLinks, stats = followLinks ? statSync(path) : lstatSync(path) }: ReadBounds,
): Result<Buffer, 'irregular' | 'too large'> {
  if (!stats.isFile()) return refused('irregular');
  const links = followLinks ? 0 : constants.O_NOFOLLOW;
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | links);
  try {
    const opened = fstatSync(fd);
    if (!opened.isFile()) return refused('irregular');
    const buffer = most < shared.length ? shared : Buffer.allocUnsafe(most + 1);
    let length = 0;
    // Files in /proc have size 0; others may grow while they are read.
    do {
      const read = readSync(fd, buffer, length, Math.min(buffer.length, most + 1) - length, null);
      if (read === 0) break;
      length += read;
    } while (length <= most && (opened.size === 0 || length < opened.size));
    return length > most ? refused('too large') : ok(buffer.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}
/** Shared: reads are synchronous, and callers do not keep the bytes. */
const shared = Buffer.allocUnsafeSlow(MiB + 1);

/** A text, or why it could not be read, worded to follow the file's name: `is not UTF-8`. */
export type ReadText = Result<string, { readonly problem: string; readonly isAbsent: boolean }>;

/**
 * Reads a text file that an operator named.
 * @param most The most bytes it may have, a multiple of {@link MiB}.
 * @param keepsMark Whether a byte-order mark stays, for a file of which another program is told.
 * @returns The text, or a problem.
 */
export function readText(path: string, most = MiB, keepsMark = false): ReadText {
  try {
    const read = readBounded(path, { most, followLinks: true });
    if (read.ok) return decode(read.value, keepsMark);
    return unread(read.refusal === 'irregular' ? 'is not a regular file' : tooLarge(most));
  } catch (error) {
    return unread(describeReadError(error), errnoOf(error) === 'ENOENT');
  }
}

/** Like {@link readText}, for a stream such as stdin. */
export async function readStream(stream: AsyncIterable<Buffer>, most: number): Promise<ReadText> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of stream) {
      length += part.length;
      if (length > most) return unread(tooLarge(most));
      parts.push(part);
    }
  } catch (error) {
    return unread(describeReadError(error));
  }
  return decode(Buffer.concat(parts));
}

function decode(bytes: Buffer, ignoreBOM = false): ReadText {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return unread('is UTF-16, not UTF-8: save it as UTF-8');
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(bytes));
  } catch {
    return unread('is not UTF-8');
  }
}

function unread(problem: string, isAbsent = false): ReadText {
  return refused({ problem, isAbsent });
}

function tooLarge(most: number): string {
  return `is larger than ${most / MiB} MiB`;
}

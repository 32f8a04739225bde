/**
 * One way of reading the files that operators name and that checkouts hold: regular files only, and no more of one than
 * was agreed. A FIFO or a device would have the server wait, or read for ever.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { describeReadError, errnoOf } from './paths.ts';

export const MiB = 1024 * 1024;

export interface ReadBounds {
  /** The most bytes the file may have. */
  readonly most: number;
  /** Whether a symlink is followed. What operators name may be one; what was found in a checkout was looked at before. */
  readonly followLinks: boolean;
}

/**
 * Reads a regular file as a whole. What it is, is asked before it is opened, because opening can do something to a
 * device, and once more of what was opened.
 * @returns Its bytes, good until the next call: small files share a buffer. Or why it is not read.
 * @throws A system error.
 */
export function readBounded(
  path: string,
  { most, followLinks }: ReadBounds,
): { bytes: Buffer } | { problem: 'irregular' | 'too large' } {
  const stats = followLinks ? statSync(path) : lstatSync(path);
  if (!stats.isFile()) return { problem: 'irregular' };
  const links = followLinks ? 0 : constants.O_NOFOLLOW;
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | links);
  try {
    const opened = fstatSync(fd);
    if (!opened.isFile()) return { problem: 'irregular' };
    const buffer = most < shared.length ? shared : Buffer.allocUnsafe(most + 1);
    let length = 0;
    // Files of /proc have no size; others may grow while they are read.
    do {
      const read = readSync(fd, buffer, length, Math.min(buffer.length, most + 1) - length, null);
      if (read === 0) break;
      length += read;
    } while (length <= most && (opened.size === 0 || length < opened.size));
    return length > most ? { problem: 'too large' } : { bytes: buffer.subarray(0, length) };
  } finally {
    closeSync(fd);
  }
}
/** Reads are synchronous, and nobody keeps what is in it. */
const shared = Buffer.allocUnsafeSlow(MiB + 1);

/** A text, or why there is none. */
export type Text = { readonly text: string } | { readonly problem: string; readonly isAbsent?: boolean };

/**
 * Reads a text file that an operator named.
 * @param most The most bytes it may have; whole mebibytes.
 * @returns The text without a byte-order mark, or what is wrong, to follow the file's name: `is not UTF-8`.
 */
export function readText(path: string, most = MiB): Text {
  try {
    const read = readBounded(path, { most, followLinks: true });
    if ('bytes' in read) return decode(read.bytes);
    return { problem: read.problem === 'irregular' ? 'is not a regular file' : tooLarge(most) };
  } catch (error) {
    return { problem: describeReadError(error), isAbsent: errnoOf(error) === 'ENOENT' };
  }
}

/** Reads a stream to its end, for {@link readText} of what has no name: stdin. */
export async function readStream(stream: AsyncIterable<Buffer>, most: number): Promise<Text> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of stream) {
      length += part.length;
      if (length > most) return { problem: tooLarge(most) };
      parts.push(part);
    }
  } catch (error) {
    return { problem: describeReadError(error) };
  }
  return decode(Buffer.concat(parts));
}

function decode(bytes: Buffer): Text {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8' };
  }
}

function tooLarge(most: number): string {
  return `is larger than ${most / MiB} MiB`;
}

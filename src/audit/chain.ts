/** The chain of the audit trail's lines. Checking a line takes only SHA-256. */
import { createHash, hash as oneShot } from 'node:crypto';
import type { Unchained } from './record.ts';

/** The end of a chain, to which the next line is chained. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The head before the first line. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) };

/** The longest line: 500 links with the longest possible paths fit. Longer ones are neither written nor read. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Separates an incomplete line from the seal after it; this program's JSON never contains a tab. */
export const TEAR = '\t';

/** The most bytes that its place in the chain adds to a line. */
export const PLACE_BYTES = 200;

declare const unplaced: unique symbol;
/** The text of a line without its place in the chain. */
export type Unplaced = string & { readonly [unplaced]: true };

export function toText(fields: Unchained): Unplaced {
  return JSON.stringify(fields) as Unplaced;
}

/**
 * Chains a line to a head.
 * @returns The text of the line with its line feed, and the new head.
 */
export function chain(fields: Unplaced, { seq, hash: prev }: Head): { text: string; head: Head } {
  const start = `{"seq":${seq + 1},${fields.slice(1, -1)},"prev":"${prev}"`;
  const hash = sha256(`${start}}`);
  return { text: `${start}${hashMember(hash)}\n`, head: { seq: seq + 1, hash } };
}

/** A line whose hash matches its text. */
export interface Link extends Head {
  readonly prev: string;
  /** The whole line; its other members are not checked yet. */
  readonly value: Readonly<Record<string, unknown>>;
  /** For a seal, the number of bytes of the incomplete line before it; 0 for other lines. */
  readonly tornBytes: number;
}

/**
 * Reads one line.
 *
 * A process that is killed while it writes leaves an incomplete line. The next one does not remove it: it appends a tab
 * and a seal, a line of the chain with the number of bytes before the tab and their hash.
 * @param raw The line without its line feed.
 * @returns Null if the line fails the chain check: its hash does not match its text.
 */
export function readLink(raw: Buffer): Link | null {
  const tornBytes = raw.lastIndexOf(TEAR);
  const value = parseLine(raw.subarray(tornBytes + 1));
  if (value === null) return null;
  const isSealing = tornBytes >= 0;
  if (isSealing !== (value.kind === 'seal')) return null;
  if (isSealing && !isSealOf(value, raw.subarray(0, tornBytes))) return null;
  const { seq, prev, hash } = value;
  if (!Number.isSafeInteger(seq) || (seq as number) < 1) return null;
  if (typeof prev !== 'string' || prev.length !== GENESIS.hash.length) return null;
  return { seq: seq as number, prev, hash: hash as string, value, tornBytes: Math.max(0, tornBytes) };
}

export function sha256(bytes: string | Buffer): string {
  return oneShot('sha256', bytes);
}

function hashMember(hash: string): string {
  return `,"hash":"${hash}"}`;
}

const HASH_MEMBER_BYTES = hashMember(GENESIS.hash).length;

/** Compares the exact bytes: the same data in another JSON spelling was not written by this program. */
function parseLine(line: Buffer): Record<string, unknown> | null {
  const start = line.subarray(0, -HASH_MEMBER_BYTES);
  const hash = createHash('sha256').update(start).update('}').digest('hex');
  if (line.toString('latin1', start.length) !== hashMember(hash)) return null;
  try {
    const value = JSON.parse(line.toString('utf8'));
    return value?.hash === hash ? value : null;
  } catch {
    return null;
  }
}

function isSealOf({ bytes, sha256: hash }: Record<string, unknown>, torn: Buffer): boolean {
  return bytes === torn.length && hash === sha256(torn);
}

/** How lines are chained. Whoever has a line can check it with nothing but SHA-256. */
import { createHash, hash as oneShot } from 'node:crypto';
import type { Unchained } from './record.ts';

/** The end of a chain: what the next line builds on. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** What the first line of all builds on. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) };

/** No line is longer, and nothing longer is taken for one: 500 links with the longest paths there are fit in. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Stands between what is left of a torn line and the seal behind it; JSON never holds one outside of strings. */
export const TEAR = '\t';

/** At most what its place in the chain adds to a line. */
export const PLACE_BYTES = 200;

declare const unplaced: unique symbol;
/** The text of a line without its place in the chain. */
export type Unplaced = string & { readonly [unplaced]: true };

export function toText(fields: Unchained): Unplaced {
  return JSON.stringify(fields) as Unplaced;
}

/**
 * Gives a line its place behind a head.
 * @returns The text of the line, with its end, and the new head.
 */
export function chain(fields: Unplaced, { seq, hash: prev }: Head): { text: string; head: Head } {
  const start = `{"seq":${seq + 1},${fields.slice(1, -1)},"prev":"${prev}"`;
  const hash = sha256(`${start}}`);
  return { text: `${start}${hashMember(hash)}\n`, head: { seq: seq + 1, hash } };
}

/** A line whose own hash is right. */
export interface Link extends Head {
  readonly prev: string;
  /** The whole line, as yet unchecked. */
  readonly value: Readonly<Record<string, unknown>>;
  /** How many bytes of a torn line stand before it; 0 but for a seal. */
  readonly tornBytes: number;
}

/**
 * Reads one line, without its end.
 *
 * A writer that was killed while it wrote leaves a line without an end. The next one does not remove it: it adds a tab
 * and a seal, a line of the chain that says how many bytes stand before the tab, and what their hash is.
 * @returns Null when this is no line of any chain: its text and its hash do not belong together.
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

/** The exact bytes count: a line that says the same in other words was not written by this program. */
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

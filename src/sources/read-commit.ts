/**
 * Reads a commit from the objects of a checkout without starting git, which takes longer than all of this
 * (gitformat-pack(5); Pro Git, "Git Objects", for loose ones).
 */
import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync, constants as zlib } from 'node:zlib';
import { Interruption, stopAtShortage } from '../base/interruption.ts';
import { readInside } from '../base/read-inside.ts';
import type { GitFolder } from './git-folder.ts';
import { provenObjects } from './git-objects.ts';

/** What of a commit is of use. */
export interface Commit {
  readonly tree: string;
  /** When it was committed, in seconds since 1970. */
  readonly date: number;
}

/** The largest commit that is read, in bytes, packed or not. */
const MOST_BYTES = 64 * 1024;
/** More packs than git leaves (git-config(1), `gc.autoPackLimit`). */
const MOST_PACKS = 200;

/**
 * Reads a commit. What was read is proven by its hash, so no other file can be taken for it.
 * @param commit Its full hash, SHA-1.
 * @returns Null if it is not found, or of a kind that git does not write.
 */
export function readCommit(git: GitFolder, commit: string): Commit | null {
  if (!/^[0-9a-f]{40}$/.test(commit)) return null;
  for (const { path, parts } of provenObjects(git) ?? []) {
    const bytes = parts.includes(commit.slice(0, 2))
      ? readLoose(path, commit)
      : parts.includes('pack')
        ? readPacked(join(path, 'pack'), commit)
        : null;
    const found = bytes ?? (parts.includes('pack') ? readPacked(join(path, 'pack'), commit) : null);
    if (found !== null && hash('sha1', Buffer.concat([header(found), found])) === commit) return parse(found);
  }
  return null;
}

const header = (bytes: Buffer) => Buffer.from(`commit ${bytes.length}\0`);

function parse(bytes: Buffer): Commit | null {
  const [head = ''] = bytes.toString('utf8').split('\n\n', 1);
  const tree = /^tree ([0-9a-f]{40})\n/.exec(head)?.[1];
  const date = /^committer [^\n]*> (\d{1,12}) [+-]\d{4}$/m.exec(head)?.[1];
  return tree === undefined || date === undefined ? null : { tree, date: Number(date) };
}

function readLoose(objects: string, commit: string): Buffer | null {
  const file = readInside(objects, `${commit.slice(0, 2)}/${commit.slice(2)}`, MOST_BYTES);
  const bytes = file === null || file === 'absent' ? null : inflate(file.bytes);
  const end = bytes?.indexOf(0) ?? -1;
  return bytes === null || end < 0 ? null : bytes.subarray(end + 1);
}

/** @returns Null for what is not deflated. */
function inflate(bytes: Buffer): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_BYTES, finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    return null;
  }
}

function readPacked(folder: string, commit: string): Buffer | null {
  const names = namesIn(folder).filter((name) => /^pack-[0-9a-f]{40}\.idx$/.test(name));
  for (const name of names.slice(0, MOST_PACKS)) {
    const find = (id: string) => withFile(join(folder, name), (read) => offsetIn(read, id));
    const offset = find(commit);
    if (offset === null) continue;
    const pack = join(folder, name.replace(/idx$/, 'pack'));
    const found = withFile(pack, (read) => entryAt(read, offset, find));
    if (found !== null) return found;
  }
  return null;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    stopAtShortage(error);
    return [];
  }
}

/** Reads a part of a file, as much as it has. */
type Read = (at: number, length: number) => Buffer;

/** Opens a regular file, no symlink, for work that throws a RangeError where it is too short. */
function withFile<T>(path: string, work: (read: Read) => T | null): T | null {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = fd;
    if (!fstatSync(opened).isFile()) return null;
    return work((at, length) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(opened, buffer, 0, length, at));
    });
  } catch (error) {
    if (error instanceof Interruption) throw error;
    stopAtShortage(error);
    return null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const HASH_BYTES = 20;
const FANOUT_AT = 8;
const NAMES_AT = FANOUT_AT + 256 * 4;

/** Finds an object in the index of a pack, version 2: where it is in the pack; null if it is not there. */
function offsetIn(read: Read, commit: string): number | null {
  const start = read(0, NAMES_AT);
  if (start.readUInt32BE(0) !== 0xff744f63 || start.readUInt32BE(4) !== 2) return null;
  const wanted = Buffer.from(commit, 'hex');
  const first = wanted[0] as number;
  const count = start.readUInt32BE(FANOUT_AT + 255 * 4);
  const from = first === 0 ? 0 : start.readUInt32BE(FANOUT_AT + (first - 1) * 4);
  const to = start.readUInt32BE(FANOUT_AT + first * 4);
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = read(NAMES_AT + middle * HASH_BYTES, HASH_BYTES).compare(wanted);
    if (order === 0) return offsetOf(read, middle, count);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return null;
}

function offsetOf(read: Read, index: number, count: number): number {
  // Behind the names: a checksum of each, then where each is, then the places that need more than 31 bits.
  const small = NAMES_AT + count * (HASH_BYTES + 4);
  const offset = read(small + index * 4, 4).readUInt32BE(0);
  if (offset < 0x80000000) return offset;
  const large = small + count * 4;
  return Number(read(large + (offset - 0x80000000) * 8, 8).readBigUInt64BE(0));
}

const COMMIT = 1;
const BY_OFFSET = 6;
const BY_HASH = 7;
/** The longest chain of differences that git makes (git-config(1), `pack.depth`). */
const MOST_LINKS = 50;

/**
 * A commit in a pack: whole, or as the difference from another one.
 * @param find Where an object is in the same pack; null if it is not there.
 */
function entryAt(read: Read, offset: number, find: (id: string) => number | null, links = 0): Buffer | null {
  const bytes = read(offset, MOST_BYTES);
  let byte = bytes.readUInt8(0);
  const type = (byte >> 4) & 7;
  let at = 1;
  while ((byte & 128) !== 0) byte = bytes.readUInt8(at++);
  if (type === COMMIT) return inflate(bytes.subarray(at));
  if ((type !== BY_OFFSET && type !== BY_HASH) || links >= MOST_LINKS) return null;
  const based = type === BY_OFFSET ? readOffset(bytes, at) : null;
  const before = based === null ? find(bytes.toString('hex', at, at + HASH_BYTES)) : offset - based.value;
  const base = before === null || before < 0 ? null : entryAt(read, before, find, links + 1);
  const delta = inflate(bytes.subarray(based === null ? at + HASH_BYTES : based.next));
  return base === null || delta === null ? null : applyDelta(base, delta);
}

/** A number as packs have it for the distance to a base: the same as in an index of version 4. */
function readOffset(bytes: Buffer, start: number): { value: number; next: number } {
  let at = start;
  let byte = bytes.readUInt8(at++);
  let value = byte & 127;
  while ((byte & 128) !== 0) {
    byte = bytes.readUInt8(at++);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, next: at };
}

/** Makes an object from another one and the difference (gitformat-pack(5), "Deltified representation"). */
function applyDelta(base: Buffer, delta: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let at = skipSize(delta, skipSize(delta, 0));
  let length = 0;
  while (at < delta.length && length <= MOST_BYTES) {
    const command = delta.readUInt8(at++);
    if (command === 0) return null;
    if (command < 128) {
      parts.push(delta.subarray(at, at + command));
      at += command;
    } else {
      const fields = [0, 0, 0, 0, 0, 0, 0];
      for (let bit = 0; bit < 7; bit++) if ((command & (1 << bit)) !== 0) fields[bit] = delta.readUInt8(at++);
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = fields;
      const from = a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
      parts.push(base.subarray(from, from + (e + f * 2 ** 8 + g * 2 ** 16 || 2 ** 16)));
    }
    length += parts.at(-1)?.length ?? 0;
  }
  return Buffer.concat(parts);
}

function skipSize(bytes: Buffer, start: number): number {
  let at = start;
  while ((bytes.readUInt8(at++) & 128) !== 0);
  return at;
}

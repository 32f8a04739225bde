import { crc32 } from 'node:zlib';

/**
 * The journal's records: 64 bytes each, little endian, the last four of them the checksum of the others.
 *
 * | kind    | says |
 * | ------- | ---- |
 * | header  | first in every generation: the clocks as they were last read in the generation before |
 * | mark    | how long the file was when an admission was known to be on disk; written over in place |
 * | entry   | an admission carried over from the generation before |
 * | attempt | a call wants to be admitted; whether it is, follows from all that stands before it |
 * | release | a reservation is given back |
 * | seal    | the last record of a generation; what stands after it never happened |
 */
const KINDS = ['header', 'mark', 'entry', 'attempt', 'release', 'seal'] as const;
export type RecordKind = (typeof KINDS)[number];

export const RECORD_BYTES = 64;
/** Bytes of an id and of a boot; both are texts of one character a byte. */
const ID_BYTES = 8;
export const KEY_BYTES = 12;

export interface JournalRecord {
  readonly kind: RecordKind;
  /** Charges of one call are written together: this one's place among them, and how many there are. */
  readonly index: number;
  readonly count: number;
  readonly observe: boolean;
  readonly id: string;
  readonly key: string;
  /** Microseconds of the monotonic clock; the file's length in a mark. */
  readonly at: number;
  /** Milliseconds of the wall clock. */
  readonly wall: number;
  readonly windowUs: number;
  readonly max: number;
  readonly amount: number;
  readonly boot: string;
}

const BLANK: JournalRecord = {
  kind: 'seal',
  index: 0,
  count: 1,
  observe: false,
  id: '\0'.repeat(ID_BYTES),
  key: '\0'.repeat(KEY_BYTES),
  at: 0,
  wall: 0,
  windowUs: 0,
  max: 0,
  amount: 0,
  boot: '\0'.repeat(ID_BYTES),
};

/** Records as bytes; what a kind has no use for may be left out. */
export function encodeRecords(records: readonly (Partial<JournalRecord> & { kind: RecordKind })[]): Buffer {
  const bytes = Buffer.alloc(records.length * RECORD_BYTES);
  for (const [index, record] of records.entries()) {
    encode({ ...BLANK, ...record }, bytes, index * RECORD_BYTES);
  }
  return bytes;
}

function encode(record: JournalRecord, bytes: Buffer, offset: number): void {
  // 0 is no kind, so that a stretch of zeros is no record.
  bytes.writeUInt8(KINDS.indexOf(record.kind) + 1, offset);
  bytes.writeUInt8(record.observe ? 1 : 0, offset + 1);
  bytes.writeUInt8(record.index, offset + 2);
  bytes.writeUInt8(record.count, offset + 3);
  bytes.write(record.id, offset + 4, ID_BYTES, 'latin1');
  bytes.write(record.key, offset + 12, KEY_BYTES, 'latin1');
  bytes.writeDoubleLE(record.at, offset + 24);
  bytes.writeUIntLE(Math.min(Math.max(record.wall, 0), 2 ** 48 - 1), offset + 32, 6);
  bytes.writeUIntLE(record.windowUs, offset + 38, 6);
  bytes.writeUInt32LE(record.max, offset + 44);
  bytes.writeUInt32LE(record.amount, offset + 48);
  bytes.write(record.boot, offset + 52, ID_BYTES, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(offset, offset + 60)), offset + 60);
}

/** What kind of record stands at an offset that has 64 bytes; null when they are not what was written. */
export function kindAt(bytes: Buffer, offset: number): RecordKind | null {
  if (bytes.readUInt32LE(offset + 60) !== crc32(bytes.subarray(offset, offset + 60))) return null;
  return KINDS[bytes.readUInt8(offset) - 1] ?? null;
}

/** `at` of the record at an offset. */
export function timeAt(bytes: Buffer, offset: number): number {
  return bytes.readDoubleLE(offset + 24);
}

/** The record at an offset that has 64 bytes, or null when they are not what was written. */
export function decodeRecord(bytes: Buffer, offset: number): JournalRecord | null {
  const kind = kindAt(bytes, offset);
  if (kind === null) return null;
  // One text for all, since making texts is what takes the time.
  const texts = bytes.toString('latin1', offset + 4, offset + 60);
  return {
    kind,
    observe: bytes.readUInt8(offset + 1) === 1,
    index: bytes.readUInt8(offset + 2),
    count: bytes.readUInt8(offset + 3),
    id: texts.slice(0, ID_BYTES),
    key: texts.slice(8, 8 + KEY_BYTES),
    at: timeAt(bytes, offset),
    wall: bytes.readUIntLE(offset + 32, 6),
    windowUs: bytes.readUIntLE(offset + 38, 6),
    max: bytes.readUInt32LE(offset + 44),
    amount: bytes.readUInt32LE(offset + 48),
    boot: texts.slice(48),
  };
}

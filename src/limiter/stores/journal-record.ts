import { crc32 } from 'node:zlib';

/**
 * The journal's records: 64 bytes each, little endian, the last four of them the checksum of the others.
 *
 * | kind    | says |
 * | ------- | ---- |
 * | header  | the first of every generation: the last clock readings of the previous generation |
 * | mark    | the length of the file when an admission was known to be on disk; overwritten in place |
 * | entry   | an admission carried over from the previous generation |
 * | attempt | a call asks to be admitted; whether it is follows from the records before it |
 * | release | a reservation is given back |
 * | seal    | the last record of a generation; records after it are ignored |
 */
const KINDS = ['header', 'mark', 'entry', 'attempt', 'release', 'seal'] as const;
export type RecordKind = (typeof KINDS)[number];

export const RECORD_BYTES = 64;
/** Bytes of an id and of a boot; both are texts of one-byte characters. */
const ID_BYTES = 8;
export const KEY_BYTES = 12;

export interface JournalRecord {
  readonly kind: RecordKind;
  /** Charges of one call are written together: the position of this one, and their number. */
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

/** Records as bytes. Fields that a kind does not use are optional. */
export function encodeRecords(records: readonly (Partial<JournalRecord> & { kind: RecordKind })[]): Buffer {
  const bytes = Buffer.alloc(records.length * RECORD_BYTES);
  for (const [index, record] of records.entries()) {
    encode({ ...BLANK, ...record }, bytes, index * RECORD_BYTES);
  }
  return bytes;
}

function encode(record: JournalRecord, bytes: Buffer, offset: number): void {
  // No kind is 0, so that zeros are never a record.
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

/** The kind of the record at an offset, which must have 64 bytes; null if they are damaged. */
export function kindAt(bytes: Buffer, offset: number): RecordKind | null {
  if (bytes.readUInt32LE(offset + 60) !== crc32(bytes.subarray(offset, offset + 60))) return null;
  return KINDS[bytes.readUInt8(offset) - 1] ?? null;
}

/** `at` of the record at an offset. */
export function timeAt(bytes: Buffer, offset: number): number {
  return bytes.readDoubleLE(offset + 24);
}

/** The record at an offset, which must have 64 bytes; null if they are damaged. */
export function decodeRecord(bytes: Buffer, offset: number): JournalRecord | null {
  const kind = kindAt(bytes, offset);
  if (kind === null) return null;
  // One text for all, because making texts takes most of the time.
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

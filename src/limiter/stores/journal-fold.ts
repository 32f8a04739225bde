import type { Stamp } from '../../state/clock.ts';
import { Ledger } from '../ledger.ts';
import type { Demand, Fit } from '../window.ts';
import {
  decodeRecord,
  encodeRecords,
  type JournalRecord,
  kindAt,
  RECORD_BYTES,
  timeAt,
} from './journal-record.ts';

/** What the journal says about the attempt or release that was awaited. */
export interface AttemptResult {
  readonly taken: boolean;
  /** Before anything was taken; in the order of the records. */
  readonly fits: readonly Fit[];
  /** The latest clock reading up to and including it, which dates it: microseconds of the monotonic clock of its boot. */
  readonly at: number;
  /** The offset after its last record. */
  readonly end: number;
}

/** The number of slots for marks. Each mark uses the next slot, so that a slow writer does not overwrite a later mark. */
const MARKS = 8;
const HEAD_RECORDS = 1 + MARKS;
export const HEAD_BYTES = HEAD_RECORDS * RECORD_BYTES;

/**
 * The state of a generation of the journal: a pure function of its records in the order of the file. Every process that
 * reads the same file gets the same fits, so that processes need neither a lock nor each other.
 *
 * Time. The author of a record reads the clock before it appends the record, and a slow author may append late. So a
 * record is dated by the latest reading up to and including its own. That reading was made before the record was in the
 * file, and not before its author was called: it is a moment within the call, and these moments never decrease.
 *
 * Reboots. Readings of the monotonic clock of another boot cannot be compared. The time since the last record is then at
 * least the time since boot, if the clock started at zero; or the difference of the readings, for a container with a new
 * boot id and the clock of its host; and never more than the difference of the wall clocks, for a disk that was moved to
 * another host. The least of these is used, so that setting the wall clock can only shorten it.
 */
export class Fold {
  readonly #ledger = new Ledger();
  /** The latest reading, and the offset from readings of its boot to the ledger's time. */
  #latest: Stamp = { boot: '', at: 0, wall: 0 };
  #shift = 0;
  #offset = 0;
  #begunWith = 0;
  #sealed = false;
  #awaited: string | null = null;
  #found: AttemptResult | null = null;

  /** The offset of the first record that has not been read. */
  get offset(): number {
    return this.#offset;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /**
   * Whether enough was appended for a successor to be due. The limit grows with what the generation began with, so that
   * carrying admissions over costs little for each of them.
   */
  isLong(bytes: number): boolean {
    return this.#offset >= bytes + 2 * this.#begunWith;
  }

  /** What was found about the id given to {@link await}. */
  get found(): AttemptResult | null {
    return this.#found;
  }

  /** Starts to look for an id. */
  await(id: string): void {
    this.#awaited = id;
    this.#found = null;
  }

  /**
   * Reads bytes that begin at {@link offset}. An incomplete group of records is left for later; if records of another call
   * follow it, its author was killed while writing, and the group is ignored. Reading stops at a seal.
   * @returns Whether all records are valid.
   */
  read(bytes: Buffer): boolean {
    const start = this.#offset;
    let group: JournalRecord[] = [];
    for (let at = 0; at + RECORD_BYTES <= bytes.length && !this.#sealed; at += RECORD_BYTES) {
      // Marks may be overwritten at this moment.
      if (start + at >= RECORD_BYTES && start + at < HEAD_BYTES) continue;
      const record = decodeRecord(bytes, at);
      if (record === null) return false;
      if (record.index === 0) group = [];
      else if (group[0]?.id !== record.id || record.index !== group.length) return false;
      group.push(record);
      if (group.length < record.count) continue;
      this.#offset = start + at + RECORD_BYTES;
      this.#take(record, group);
      group = [];
    }
    return true;
  }

  /** Measures demands as if their attempt were the next record, and takes nothing. */
  stand(demands: readonly Demand[], stamp: Stamp): Fit[] {
    return this.#ledger.stand(demands, this.#timeOf(stamp));
  }

  /**
   * Whether a refusal need not be written: the file already says how its clock relates to the present one, and how long it
   * must keep admissions.
   */
  knows(demands: readonly Demand[], { boot }: Stamp): boolean {
    return boot === this.#latest.boot && this.#ledger.knowsWindows(demands);
  }

  /** The first bytes of the next generation. */
  successor(generation: number): Buffer {
    const carried = this.#ledger.carry(this.#latest.at + this.#shift);
    const entries = carried.map((entry) => ({
      kind: 'entry' as const,
      ...entry,
      at: entry.at - this.#shift,
    }));
    return generationStart(generation, this.#latest, entries);
  }

  #take(record: JournalRecord, group: readonly JournalRecord[]): void {
    switch (record.kind) {
      case 'header':
        this.#latest = { boot: record.boot, at: record.at, wall: record.wall };
        this.#begunWith = startBytes(record.amount);
        this.#offset = HEAD_BYTES;
        return;
      case 'entry':
        this.#ledger.restore(record);
        return;
    }
    const now = this.#arrive(record);
    if (record.kind === 'seal') this.#sealed = true;
    else if (record.kind === 'attempt') {
      const { taken, fits } = this.#ledger.admit(record.id, group, now);
      this.#meet(record.id, { taken, fits });
    } else {
      for (const { id, key } of group) this.#ledger.release(id, key);
      this.#meet(record.id, { taken: false, fits: [] });
    }
  }

  #meet(id: string, found: Pick<AttemptResult, 'taken' | 'fits'>): void {
    if (id === this.#awaited) this.#found = { ...found, at: this.#latest.at, end: this.#offset };
  }

  /** Moves the clock forward to a record. */
  #arrive({ boot, at, wall }: Stamp): number {
    const now = this.#timeOf({ boot, at, wall });
    if (boot !== this.#latest.boot) {
      this.#latest = { boot, at, wall };
      this.#shift = now - at;
    } else if (at > this.#latest.at) this.#latest = { boot, at, wall };
    return now;
  }

  #timeOf({ boot, at, wall }: Stamp): number {
    const latest = this.#latest;
    if (boot === latest.boot) return Math.max(at, latest.at) + this.#shift;
    const byMonotonic = at >= latest.at ? at - latest.at : at;
    const byWall = (wall - latest.wall) * 1000;
    return latest.at + this.#shift + Math.max(0, Math.min(byMonotonic, byWall));
  }
}

/** The first bytes of a generation. */
export function generationStart(
  generation: number,
  { boot, at, wall }: Stamp,
  entries: readonly (Partial<JournalRecord> & { kind: 'entry' })[] = [],
): Buffer {
  const length = startBytes(entries.length);
  return encodeRecords([
    { kind: 'header', max: generation, amount: entries.length, boot, at, wall },
    ...Array.from({ length: MARKS }, () => ({ kind: 'mark' as const, at: length })),
    ...entries,
  ]);
}

const startBytes = (entries: number) => HEAD_BYTES + entries * RECORD_BYTES;

/**
 * The greatest length that the marks in the head of a generation record; null if there is no valid mark. A mark that is
 * being overwritten may be read in part, and is ignored.
 */
export function markedLength(head: Buffer): number | null {
  const lengths: number[] = [];
  for (let offset = RECORD_BYTES; offset + RECORD_BYTES <= head.length; offset += RECORD_BYTES) {
    if (kindAt(head, offset) === 'mark') lengths.push(timeAt(head, offset));
  }
  return lengths.length === 0 ? null : Math.max(...lengths);
}

/** The offset and the bytes of the mark for a length. */
export function markFor(length: number): { readonly offset: number; readonly bytes: Buffer } {
  const slot = 1 + ((length / RECORD_BYTES) % MARKS);
  return { offset: slot * RECORD_BYTES, bytes: encodeRecords([{ kind: 'mark', at: length }]) };
}

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

/** What stood in the journal about the attempt or release that was looked for. */
export interface AttemptResult {
  readonly taken: boolean;
  /** Before anything was taken; in the order of the records. */
  readonly fits: readonly Fit[];
  /** The latest reading up to and with it, by which it was dated: microseconds of the monotonic clock of its boot. */
  readonly at: number;
  /** The offset behind its last record. */
  readonly end: number;
}

/** How many places there are for marks; each later mark takes the next, so that a late writer does not undo it. */
const MARKS = 8;
const HEAD_RECORDS = 1 + MARKS;
export const HEAD_BYTES = HEAD_RECORDS * RECORD_BYTES;

/**
 * What a generation of the journal means: a pure function of its records in the order of the file. Every process that
 * reads the same file comes to the same fits, so nobody has to ask anybody, and nobody holds a lock.
 *
 * Time. A record is dated by the clock its author read before it was appended, and a slow author may append late. What
 * counts is the latest reading up to and with the record. It was read before the record was in the file, and not
 * before its author was asked: a moment within the call, and such moments never go back in the file.
 *
 * Reboots. The monotonic clock of another boot cannot be compared. What has passed since the last record is then at
 * least the time since that boot, for a clock that starts anew; or the difference of the readings, for a container that
 * is given a new boot id and keeps the clock of its host; and never more than the wall clock says, for a disk that has
 * been carried to another host. The least of these is taken, so that setting the wall clock can only make it less.
 */
export class Fold {
  readonly #ledger = new Ledger();
  /** The latest reading, and what is to be added to readings of its boot to get the ledger's time. */
  #latest: Stamp = { boot: '', at: 0, wall: 0 };
  #shift = 0;
  #offset = 0;
  #begunWith = 0;
  #sealed = false;
  #awaited: string | null = null;
  #found: AttemptResult | null = null;

  /** The offset of the first record that has not been taken in. */
  get offset(): number {
    return this.#offset;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /**
   * Whether so many bytes were appended that it is time for a successor: as many again as it began with, besides, so
   * that carrying admissions over costs each of them little.
   */
  isLong(bytes: number): boolean {
    return this.#offset >= bytes + 2 * this.#begunWith;
  }

  /** What has been found of the id given to {@link await}. */
  get found(): AttemptResult | null {
    return this.#found;
  }

  /** Looks for an id from here on. */
  await(id: string): void {
    this.#awaited = id;
    this.#found = null;
  }

  /**
   * Takes in bytes that stand at {@link offset}. Records of one call that are not all there yet are left for later; if
   * others follow instead, their author was cut off in writing and they never happened. A seal ends it.
   * @returns Whether everything was understood.
   */
  read(bytes: Buffer): boolean {
    const start = this.#offset;
    let group: JournalRecord[] = [];
    for (let at = 0; at + RECORD_BYTES <= bytes.length && !this.#sealed; at += RECORD_BYTES) {
      // Marks may just be written over.
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

  /** Judges demands as if their attempt were the next record, and takes nothing. */
  stand(demands: readonly Demand[], stamp: Stamp): Fit[] {
    return this.#ledger.stand(demands, this.#timeOf(stamp));
  }

  /**
   * Whether a refusal may go unwritten: the file tells already how its clock relates to the present one, and how long
   * it has to keep admissions.
   */
  knows(demands: readonly Demand[], { boot }: Stamp): boolean {
    return boot === this.#latest.boot && this.#ledger.knowsWindows(demands);
  }

  /** The first bytes of the generation that follows this one. */
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

  /** Moves the clock on to a record. */
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

/** The bytes a generation begins with. */
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
 * The greatest length the marks in the head of a generation vouch for; null when there is none. One that is just being
 * written over may be read in part, and says nothing.
 */
export function markedLength(head: Buffer): number | null {
  const lengths: number[] = [];
  for (let offset = RECORD_BYTES; offset + RECORD_BYTES <= head.length; offset += RECORD_BYTES) {
    if (kindAt(head, offset) === 'mark') lengths.push(timeAt(head, offset));
  }
  return lengths.length === 0 ? null : Math.max(...lengths);
}

/** The place and the bytes of the mark for a length. */
export function markFor(length: number): { readonly offset: number; readonly bytes: Buffer } {
  const slot = 1 + ((length / RECORD_BYTES) % MARKS);
  return { offset: slot * RECORD_BYTES, bytes: encodeRecords([{ kind: 'mark', at: length }]) };
}

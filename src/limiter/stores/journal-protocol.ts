import type { Stamp } from '../../state/clock.ts';
import type { Demand, Fit } from '../window.ts';
import {
  type AttemptResult,
  Fold,
  generationStart,
  HEAD_BYTES,
  markedLength,
  markFor,
} from './journal-fold.ts';
import { encodeRecords, type JournalRecord, RECORD_BYTES, type RecordKind } from './journal-record.ts';

/**
 * How processes share a journal without a lock; docs/limiter-journal.md explains why each part is there.
 *
 * A journal is a folder of generations: numbered files, of which the one with the highest number is current. An attempt
 * is appended with one write and then read back: the fold of everything up to it is the fit.
 *
 * A long generation is ended by a seal, which is a record like the others. Anything appended after the first seal is
 * ignored, and its author tries again in the next generation. Any process that finds that one missing makes it, since its
 * first bytes follow from the sealed file alone. It appears whole under its name or not at all, and is never replaced. If
 * a process is killed anywhere in between, the next one continues from there.
 *
 * One case remains. A process that slept may make a generation again that the others have left and removed. Such a copy is
 * never the highest, since the highest number never decreases. So a process that has opened a generation checks again
 * that it is the highest, and never uses a copy.
 */

/** One generation. Each method is one step: other processes may act before and after it, but not during it. */
export interface Generation {
  /** The length of the file in bytes. */
  size(): number;
  /** The bytes from one offset to another; fewer if the file is shorter. */
  read(from: number, to: number): Buffer;
  /** Appends with one write. @returns The number of bytes written. */
  append(bytes: Buffer): number;
  /** Waits until everything appended so far is on disk, then overwrites bytes; the file stays open until then. */
  syncThenWrite(offset: number, bytes: Buffer): Promise<void>;
  /** Whether its name still leads to this file. */
  isInPlace(): boolean;
  close(): void;
}

/** The folder of a journal. Each method is one step, too. */
export interface JournalFolder {
  /** The numbers of the generations, ascending. */
  list(): number[];
  /** @returns Null if there is no generation with that number. */
  open(generation: number): Generation | null;
  /** Creates a generation with its first bytes, on disk. One that exists is left unchanged. */
  create(generation: number, bytes: Buffer): void;
  /** Removes the generations below a number, and files left by processes that were killed. */
  removeBelow(generation: number): void;
}

/** The next step of a process on files. */
export type FileStep = 'list' | 'open' | 'create' | 'remove' | 'stat' | 'read' | 'append';

/** A part of the protocol. It yields each step on files before it takes it, and may be abandoned at any of them. */
export type Steps<T> = Generator<FileStep, T, void>;

export interface Attempt {
  readonly taken: boolean;
  readonly fits: readonly Fit[];
  /** Where it was written and when it was counted ({@link AttemptResult.at}); absent if it need not be written. */
  readonly written?: { readonly generation: Generation } & Pick<AttemptResult, 'at' | 'end'>;
}

/** Syncs what was taken to disk, then marks the length: a file shorter than its mark was cut. */
export async function secure({ generation, end }: NonNullable<Attempt['written']>): Promise<void> {
  const { offset, bytes } = markFor(end);
  await generation.syncThenWrite(offset, bytes);
}

/** The journal cannot be used now, for example because the disk is full. */
export class JournalUnavailable extends Error {}

/** The journal cannot be used until the operator fixes it. */
export class JournalUnfit extends JournalUnavailable {
  constructor(what: string) {
    super(`${what}; stop the servers and remove the folder "limits" to start with fresh budgets`);
  }
}

/** The journal is not what was written; going on could admit too many calls. */
export class JournalDamaged extends JournalUnfit {}

interface Current {
  readonly number: number;
  readonly generation: Generation;
  readonly fold: Fold;
}

/** The number of bytes that are read at a time. */
const CHUNK_BYTES = 1024 * 1024;
/** Each further round means that another process made progress; this many in a row mean that something is wrong. */
const MOST_ROUNDS = 100;
/** On some processors, a new length may be visible a moment before the bytes; damage is still there on another read. */
const MOST_LOOKS = 3;

/**
 * One process's side of the protocol. Steps that were begun must be run to their end before others are begun.
 * @param sealAfter The least number of bytes that may be appended to a generation before it is sealed.
 */
export class JournalProtocol {
  readonly #folder: JournalFolder;
  readonly #clock: () => Stamp;
  readonly #sealAfter: number;
  #current: Current | null = null;

  constructor(folder: JournalFolder, clock: () => Stamp, sealAfter: number) {
    this.#folder = folder;
    this.#clock = clock;
    this.#sealAfter = sealAfter;
  }

  /** Measures demands and takes nothing. */
  *stand(demands: readonly Demand[]): Steps<Fit[]> {
    const { fold } = yield* this.#ready();
    return fold.stand(demands, this.#clock());
  }

  /** Takes all demands or none. */
  *reserve(id: string, demands: readonly Demand[]): Steps<Attempt> {
    const costly = demands.filter(({ amount }) => amount > 0);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const current = yield* this.#ready();
      const stamp = this.#clock();
      const fits = current.fold.stand(demands, stamp);
      const isRoom = demands.every(({ observe }, index) => observe || fits[index]?.admitted === true);
      // What changes nothing need not be written, so that repeated refusals do not fill the journal.
      if (isRoom ? costly.length === 0 : current.fold.knows(costly, stamp)) return { taken: isRoom, fits };
      const attempt = groupOf('attempt', id, costly, stamp);
      const found = yield* this.#append(current, id, attempt);
      if (found === null) continue;
      const { taken, at, end } = found;
      const final = demands.map((demand, index) => {
        return found.fits[costly.indexOf(demand)] ?? (fits[index] as Fit);
      });
      return { taken, fits: final, written: { generation: current.generation, at, end } };
    }
    throw new JournalUnavailable('too many other processes are writing');
  }

  /** Gives back what was taken from budgets under an id. */
  *release(id: string, keys: readonly string[]): Steps<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const current = yield* this.#ready();
      const records = groupOf(
        'release',
        id,
        keys.map((key) => ({ key })),
        this.#clock(),
      );
      if ((yield* this.#append(current, id, records)) !== null) return;
    }
  }

  close(): void {
    this.#current?.generation.close();
    this.#current = null;
  }

  /** The current generation, read to its end, and with room for more. */
  *#ready(): Steps<Current> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const current = yield* this.#enter();
      yield* this.#catchUp(current);
      if (current.fold.sealed) yield* this.#succeed(current);
      else if (!current.fold.isLong(this.#sealAfter)) return current;
      else {
        yield 'append';
        write(current.generation, encodeRecords([{ kind: 'seal', ...this.#clock() }]));
      }
    }
    throw new JournalUnavailable('too many other processes are writing');
  }

  /** The generation in use, or else the highest; creates the first one if there is none. */
  *#enter(): Steps<Current> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (this.#current !== null) return this.#current;
      const number = yield* this.#highest();
      if (number === undefined) {
        yield 'create';
        this.#folder.create(1, generationStart(1, this.#clock()));
        continue;
      }
      yield 'open';
      const generation = this.#folder.open(number);
      if (generation === null) continue;
      if ((yield* this.#highest()) !== number) {
        generation.close();
        continue;
      }
      this.#current = { number, generation, fold: new Fold() };
      yield 'remove';
      this.#folder.removeBelow(number);
    }
    throw new JournalUnavailable('the journal keeps disappearing');
  }

  /** Leaves a sealed generation for the next one, and creates that if necessary. */
  *#succeed({ number, fold }: Current): Steps<void> {
    if ((yield* this.#highest()) === number) {
      yield 'create';
      this.#folder.create(number + 1, fold.successor(number + 1));
    }
    this.close();
  }

  /** Reads what any process has appended since. */
  *#catchUp({ number, generation, fold }: Current): Steps<void> {
    yield 'read';
    // Before the length: a mark is written only after what it covers.
    const marked = markedLength(generation.read(0, HEAD_BYTES));
    if (marked === null) throw new JournalDamaged(`generation ${number} has a damaged head`);
    yield 'stat';
    const size = generation.size();
    if (size < Math.max(marked, fold.offset)) throw new JournalDamaged(`generation ${number} was cut short`);
    for (let looks = 0; fold.offset < size && !fold.sealed; ) {
      yield 'read';
      const before = fold.offset;
      const bytes = generation.read(before, Math.min(size, before + CHUNK_BYTES));
      if (!fold.read(bytes)) {
        if (++looks === MOST_LOOKS) {
          throw new JournalDamaged(`generation ${number} is damaged after byte ${fold.offset}`);
        }
      } else if (fold.offset === before) break;
    }
    // Records are written whole: a remainder is a torn record.
    if (!fold.sealed && size % RECORD_BYTES !== 0) {
      throw new JournalUnfit(`generation ${number} ends within a record`);
    }
  }

  /** @returns The result of the records; null if they came after the seal and must be written to the next generation. */
  *#append(current: Current, id: string, records: Buffer): Steps<AttemptResult | null> {
    const { number, generation, fold } = current;
    fold.await(id);
    yield 'append';
    write(generation, records);
    yield* this.#catchUp(current);
    yield 'stat';
    if (!generation.isInPlace()) {
      yield* this.#catchUp(current);
      // Other processes remove it only after they have left it for its successor.
      if (!fold.sealed) throw new JournalDamaged(`generation ${number} was removed while it was in use`);
    }
    if (fold.found === null && !fold.sealed) {
      throw new JournalDamaged(`generation ${number} has lost what was just written`);
    }
    return fold.found;
  }

  *#highest(): Steps<number | undefined> {
    yield 'list';
    return this.#folder.list().at(-1);
  }
}

function write(generation: Generation, bytes: Buffer): void {
  if (generation.append(bytes) < bytes.length) throw new JournalUnavailable('the disk is full');
}

function groupOf(
  kind: RecordKind,
  id: string,
  parts: readonly Partial<JournalRecord>[],
  stamp: Stamp,
): Buffer {
  const { boot, at, wall } = stamp;
  return encodeRecords(
    parts.map((part, index) => ({ ...part, kind, id, index, count: parts.length, boot, at, wall })),
  );
}

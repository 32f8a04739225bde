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
 * How processes share a journal without a lock; docs/limiter-journal.md says why each part is there.
 *
 * A journal is a folder of generations, files with ascending numbers, of which the highest counts. An attempt is
 * appended with one write and then read back: the fold of everything up to it is the fit.
 *
 * A long generation is ended by a seal, a record like others; what is appended behind the first seal never happened,
 * and its author tries again in the next generation. That one is made by whoever finds it missing, since what it
 * begins with follows from the sealed file alone; it appears whole under its name or not at all, and nobody replaces
 * it. A process may be killed anywhere in between: the next one goes on from there.
 *
 * One thing remains. A process that slept may make a generation again that others have long left and removed. Such a
 * copy is never the highest, since the highest number never falls. So whoever has opened a generation looks once more
 * whether it is the highest, and never uses a copy.
 */

/** One generation. Each method is one step: other processes may act before and after it, not within. */
export interface Generation {
  /** The whole length. */
  size(): number;
  /** The bytes from one offset up to another; fewer if the file ends before. */
  read(from: number, to: number): Buffer;
  /** Appends with one write and says how many bytes arrived. */
  append(bytes: Buffer): number;
  /** When everything appended so far is on disk, writes bytes over some that are there; the file stays open until then. */
  syncThenWrite(offset: number, bytes: Buffer): Promise<void>;
  /** Whether this very file still stands under its name. */
  isInPlace(): boolean;
  close(): void;
}

/** The folder of a journal. The same goes for its methods. */
export interface JournalFolder {
  /** The numbers of the generations there are, ascending. */
  list(): number[];
  /** Null when there is none of that number. */
  open(generation: number): Generation | null;
  /** Makes a generation appear with its first bytes, on disk; one that is there is left alone. */
  create(generation: number, bytes: Buffer): void;
  /** Removes the generations below a number, and what was left behind by processes that were killed. */
  removeBelow(generation: number): void;
}

/** What a process is about to do with files. */
export type FileStep = 'list' | 'open' | 'create' | 'remove' | 'stat' | 'read' | 'append';

/** A piece of the protocol: says each step on files before it takes it, and may be left for good at any of them. */
export type Steps<T> = Generator<FileStep, T, void>;

export interface Attempt {
  readonly taken: boolean;
  readonly fits: readonly Fit[];
  /** Where it stands, and the moment it was counted at ({@link AttemptResult.at}), if it had to be written. */
  readonly written?: { readonly generation: Generation } & Pick<AttemptResult, 'at' | 'end'>;
}

/** Makes what was taken outlast a loss of power, and marks it: a file that is shorter than that has been cut. */
export async function secure({ generation, end }: NonNullable<Attempt['written']>): Promise<void> {
  const { offset, bytes } = markFor(end);
  await generation.syncThenWrite(offset, bytes);
}

/** The journal cannot be used now: the disk is full, say. */
export class JournalUnavailable extends Error {}

/** It stays so until the operator does something about it. */
export class JournalUnfit extends JournalUnavailable {
  constructor(what: string) {
    super(`${what}; stop the servers and remove the folder "limits" to begin with fresh budgets`);
  }
}

/** The journal is not what was written: to go on could admit too many. */
export class JournalDamaged extends JournalUnfit {}

interface Current {
  readonly number: number;
  readonly generation: Generation;
  readonly fold: Fold;
}

/** So many bytes are folded at a time. */
const CHUNK_BYTES = 1024 * 1024;
/** Each further round means that another process got on; so many in a row mean that something is wrong. */
const MOST_ROUNDS = 100;
/** On some processors a new length may be seen a moment before the bytes; damage is still there at another look. */
const MOST_LOOKS = 3;

/**
 * One process's side of the protocol. Not to be entered again before what was begun has been stepped to its end.
 * @param sealAfter How many bytes may be appended to a generation before it is ended, at the least.
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

  /** Judges demands and takes nothing. */
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
      // What changes nothing need not be written: callers that are refused over and over leave no trace.
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
    throw new JournalUnavailable('too many others are writing');
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
    throw new JournalUnavailable('too many others are writing');
  }

  /** The generation in use, or the highest there is; the first one is made where there is none. */
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

  /** Leaves a sealed generation for the one that follows, which may have to be made. */
  *#succeed({ number, fold }: Current): Steps<void> {
    if ((yield* this.#highest()) === number) {
      yield 'create';
      this.#folder.create(number + 1, fold.successor(number + 1));
    }
    this.close();
  }

  /** Folds what has been appended by anybody since. */
  *#catchUp({ number, generation, fold }: Current): Steps<void> {
    yield 'read';
    // Before the length: a mark vouches for what is there already.
    const marked = markedLength(generation.read(0, HEAD_BYTES));
    if (marked === null) throw new JournalDamaged(`generation ${number} is damaged in its head`);
    yield 'stat';
    const size = generation.size();
    if (size < Math.max(marked, fold.offset)) throw new JournalDamaged(`generation ${number} has been cut`);
    for (let looks = 0; fold.offset < size && !fold.sealed; ) {
      yield 'read';
      const before = fold.offset;
      const bytes = generation.read(before, Math.min(size, before + CHUNK_BYTES));
      if (!fold.read(bytes)) {
        if (++looks === MOST_LOOKS) {
          throw new JournalDamaged(`generation ${number} is damaged behind byte ${fold.offset}`);
        }
      } else if (fold.offset === before) break;
    }
    // Records are written whole: what is left over was torn off.
    if (!fold.sealed && size % RECORD_BYTES !== 0) {
      throw new JournalUnfit(`generation ${number} ends within a record`);
    }
  }

  /** @returns What the records came to; null when they came too late, and have to be written again elsewhere. */
  *#append(current: Current, id: string, records: Buffer): Steps<AttemptResult | null> {
    const { number, generation, fold } = current;
    fold.await(id);
    yield 'append';
    write(generation, records);
    yield* this.#catchUp(current);
    yield 'stat';
    if (!generation.isInPlace()) {
      yield* this.#catchUp(current);
      // Others remove it only when they have left it for its successor.
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

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  linkSync,
  lstatSync,
  readdirSync,
  type Stats,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../base/paths.ts';
import { networkFileSystem } from '../../state/file-system-types.ts';
import { discardOwn, makeProvenFolder, syncFolderNow, writeNew } from '../../state/folder.ts';
import { openRegular, readAt } from '../../state/regular-file.ts';
import { type Generation, type JournalFolder, JournalUnavailable, JournalUnfit } from './journal-protocol.ts';

const GENERATION = /^([1-9]\d{0,8})\.journal$/;
/** A file left by a process that was killed while it made a generation. */
const UNFINISHED = /^\.[0-9a-f]{16}\.journal$/;

const nameOf = (generation: number) => `${generation}.journal`;

/**
 * The folder of a journal on disk. Only its owner may access it, and symlinks are not followed.
 * @param path A folder of the state directory; it and its parents are created on first use. It must not be on a network
 *   file system: there, appended records may overwrite one another, and hosts do not share a clock.
 */
export function openJournalFolder(path: string): JournalFolder {
  let proven = false;
  const prove = () => {
    if (proven) return;
    proveFolder(path);
    proven = true;
  };
  return {
    list() {
      prove();
      const numbers = namesIn(path).flatMap((name) => GENERATION.exec(name)?.[1] ?? []);
      return numbers.map(Number).sort((a, b) => a - b);
    },
    open: (generation) => openGeneration(join(path, nameOf(generation))),
    create(generation, bytes) {
      createWhole(path, nameOf(generation), bytes);
    },
    removeBelow(generation) {
      for (const name of namesIn(path)) {
        const number = Number(GENERATION.exec(name)?.[1] ?? generation);
        // A process that is about to link the unfinished file finds it gone and starts again.
        if (number < generation || UNFINISHED.test(name)) discardOwn(join(path, name));
      }
    },
  };
}

/** @returns Nothing if the folder was removed. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function proveFolder(path: string): void {
  const made = makeProvenFolder(dirname(path), path);
  if (!made.ok) throw new JournalUnavailable(`${made.refusal.path} ${made.refusal.what}`);
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw new JournalUnavailable(`${path} is not a folder`);
  if (!isClosedToOthers(stats)) {
    throw new JournalUnavailable(
      `${path} is open to other users: it must belong to the server's user, with mode 700`,
    );
  }
  const network = networkFileSystem(statfsSync(path).type);
  if (network !== null) throw new JournalUnavailable(`${path} is on a network file system (${network})`);
}

function isClosedToOthers({ mode, uid }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & 0o077) === 0;
}

/** Links a finished file: it appears whole or not at all, and never replaces another file. */
function createWhole(folder: string, name: string, bytes: Buffer): void {
  const unfinished = join(folder, `.${randomBytes(8).toString('hex')}.journal`);
  try {
    writeNew(unfinished, bytes);
    try {
      linkSync(unfinished, join(folder, name));
    } catch (error) {
      if (!['EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error;
    }
  } finally {
    discardOwn(unfinished);
  }
  // Must be on disk before the previous generation is removed.
  syncFolderNow(folder);
}

function openGeneration(path: string): Generation | null {
  const appending = openOwn(path, constants.O_WRONLY | constants.O_APPEND);
  if (appending === null) return null;
  let reading: number | null = null;
  try {
    // With O_APPEND, even a write at an offset would go to the end.
    reading = openOwn(path, constants.O_RDWR);
    if (reading !== null && isSameFile(fstatSync(appending), fstatSync(reading)))
      return new FileGeneration(path, appending, reading);
  } catch (error) {
    closeSync(appending);
    throw error;
  }
  closeSync(appending);
  if (reading !== null) closeSync(reading);
  return null;
}

/** @returns Null if there is no such file. */
function openOwn(path: string, flags: number): number | null {
  const fd = openRegular(path, flags);
  if (fd === 'absent') return null;
  if (fd !== 'irregular') {
    if (isClosedToOthers(fstatSync(fd))) return fd;
    closeSync(fd);
  }
  throw new JournalUnfit(`${path} is not a regular file of the server's user with mode 600`);
}

interface Identity {
  readonly dev: number;
  readonly ino: number;
}

const isSameFile = (a: Identity, b: Identity) => a.dev === b.dev && a.ino === b.ino;

class FileGeneration implements Generation {
  readonly #path: string;
  readonly #appending: number;
  readonly #reading: number;
  #syncing = 0;
  #closing = false;

  constructor(path: string, appending: number, reading: number) {
    this.#path = path;
    this.#appending = appending;
    this.#reading = reading;
  }

  size(): number {
    return fstatSync(this.#reading).size;
  }

  read(from: number, to: number): Buffer {
    return readAt(this.#reading, from, to - from);
  }

  append(bytes: Buffer): number {
    return writeSync(this.#appending, bytes);
  }

  async syncThenWrite(offset: number, bytes: Buffer): Promise<void> {
    this.#syncing++;
    try {
      const fd = this.#appending;
      await new Promise<void>((resolve, reject) => {
        fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
      });
      writeSync(this.#reading, bytes, 0, bytes.length, offset);
    } finally {
      this.#syncing--;
      if (this.#closing) this.close();
    }
  }

  isInPlace(): boolean {
    const named = lstatSync(this.#path, { throwIfNoEntry: false });
    return named !== undefined && isSameFile(named, fstatSync(this.#reading));
  }

  /** Waits until syncing has ended: the system may reuse the descriptor of a closed file for another one. */
  close(): void {
    this.#closing = true;
    if (this.#syncing > 0) return;
    closeSync(this.#appending);
    closeSync(this.#reading);
  }
}

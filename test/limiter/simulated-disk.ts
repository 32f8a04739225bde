import type { Generation, JournalFolder } from '../../src/limiter/stores/journal-protocol.ts';
import { RECORD_BYTES } from '../../src/limiter/stores/journal-record.ts';

/** A file of a {@link SimulatedDisk}. */
export interface SimulatedFile {
  bytes: Buffer;
  length: number;
  /** What a loss of power leaves for certain. */
  synced: number;
}

/** A journal's folder in memory: shared by simulated processes, and what the operating system may do to it. */
export class SimulatedDisk implements JournalFolder {
  readonly files = new Map<number, SimulatedFile>();
  /** Whether a generation that had been removed was made again. */
  createdAgain = false;
  readonly #removed = new Set<number>();
  /** What a sync waits for; rejects to make it fail. None where syncs take no time. */
  syncing: Promise<void> | null = null;
  /** Called before each change; throws to make it fail. */
  onWrite: () => void = () => {};
  /** May change what a reader sees. */
  onRead: (bytes: Buffer, from: number) => void = () => {};
  /** How many bytes of each append arrive. */
  capacity = Number.POSITIVE_INFINITY;

  list(): number[] {
    return [...this.files.keys()].sort((a, b) => a - b);
  }

  open(generation: number): Generation | null {
    const file = this.files.get(generation);
    return file === undefined ? null : this.#handle(generation, file);
  }

  create(generation: number, bytes: Buffer): void {
    this.onWrite();
    if (this.files.has(generation)) return;
    this.createdAgain ||= this.#removed.has(generation);
    this.files.set(generation, { bytes: Buffer.from(bytes), length: bytes.length, synced: bytes.length });
  }

  removeBelow(generation: number): void {
    for (const number of this.list()) {
      if (number < generation && this.files.delete(number)) this.#removed.add(number);
    }
  }

  /** The file of the highest generation. */
  newest(): SimulatedFile {
    return this.files.get(this.list().at(-1) as number) as SimulatedFile;
  }

  /** Takes back what was not synced, as far as `keep` (0 to 1) says. */
  losePower(keep: number): void {
    for (const file of this.files.values()) {
      const records = Math.floor((file.length - file.synced) / RECORD_BYTES);
      file.length = file.synced + Math.round(records * keep) * RECORD_BYTES;
    }
  }

  #handle(generation: number, file: SimulatedFile): Generation {
    return {
      size: () => file.length,
      read: (from, to) => {
        const bytes = Buffer.from(file.bytes.subarray(from, Math.min(to, file.length)));
        this.onRead(bytes, from);
        return bytes;
      },
      append: (bytes) => {
        this.onWrite();
        const arriving = Math.min(bytes.length, this.capacity);
        if (file.length + arriving > file.bytes.length) {
          file.bytes = Buffer.concat([file.bytes.subarray(0, file.length), Buffer.alloc(4096)]);
        }
        bytes.copy(file.bytes, file.length, 0, arriving);
        file.length += arriving;
        return arriving;
      },
      syncThenWrite: async (offset, bytes) => {
        const { length } = file;
        if (this.syncing !== null) await this.syncing;
        file.synced = Math.max(file.synced, length);
        bytes.copy(file.bytes, offset);
      },
      isInPlace: () => this.files.get(generation) === file,
      close: () => {},
    };
  }
}

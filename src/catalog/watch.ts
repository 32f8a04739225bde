/**
 * Watches folders for changes where this is reliable: with Linux's inotify, on local file systems.
 */
import { type FSWatcher, readFileSync, watch as watchFolder } from 'node:fs';
import { isOnLocalFileSystem } from '../base/local-file-system.ts';

/** Watches folders. */
export interface FolderWatch {
  /** How many folders are watched. */
  readonly size: number;
  /** Whether a folder is on a file system that only this machine can change. */
  isLocal(folder: string): boolean;
  /**
   * Watches a folder for changes of itself and its entries, but not of deeper ones.
   * @param onChange Called for each change from now on, possibly several times; with the name of the entry that was
   *   changed, or null if that is not known.
   * @returns Null if the folder cannot be watched: it no longer exists, or the system has no watches left.
   */
  watch(folder: string, onChange: (name: string | null) => void): Watching | null;
  /** Resolves when every change made before the call has been reported. */
  caughtUp(): Promise<void>;
  /** Whether there were so many events since the last call that the system may have dropped some. */
  mayHaveMissed(): boolean;
}

/** One watched folder. */
export interface Watching {
  /** False once it no longer reports changes. */
  readonly isAlive: boolean;
  close(): void;
}

/** The events and watches of this process, which share the system's limits. */
let told = 0;
let open = 0;

/** Creates a watch that does not keep the process running. */
export function createFolderWatch(): FolderWatch {
  return new InotifyWatch();
}

class InotifyWatch implements FolderWatch {
  size = 0;
  #toldBefore = told;
  #isFull = false;

  isLocal(folder: string): boolean {
    return isOnLocalFileSystem(folder);
  }

  watch(folder: string, onChange: (name: string | null) => void): Watching | null {
    // Leaves half of the watches to the user's other programs.
    if (this.#isFull || open >= limits().watches / 2) return null;
    let watcher: FSWatcher;
    try {
      watcher = watchFolder(folder, { persistent: false }, (_, name) => {
        told++;
        onChange(name);
      });
    } catch (error) {
      const { code } = error as { code?: string };
      this.#isFull = code === 'ENOSPC' || code === 'EMFILE';
      return null;
    }
    this.size++;
    open++;
    let isAlive = true;
    const close = () => {
      if (!isAlive) return;
      isAlive = false;
      this.#isFull = false;
      this.size--;
      open--;
      // The system also queues the end of a watch as an event.
      told++;
      watcher.close();
    };
    watcher.on('error', () => {
      close();
      onChange(null);
    });
    return {
      get isAlive() {
        return isAlive;
      },
      close,
    };
  }

  async caughtUp(): Promise<void> {
    if (this.size === 0) return;
    // The system queues an event before the change returns. The first turn ends the current poll; the second comes after a
    // poll that began later.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }

  mayHaveMissed(): boolean {
    // libuv does not report that the queue overflowed. Events of folders that are no longer watched are not reported
    // either but fill the queue, so half of its length counts as full.
    const isMuch = told - this.#toldBefore >= limits().queue / 2;
    this.#toldBefore = told;
    return isMuch;
  }
}

interface Limits {
  readonly queue: number;
  readonly watches: number;
}

let known: Limits | undefined;

function limits(): Limits {
  known ??= { queue: readLimit('max_queued_events', 16384), watches: readLimit('max_user_watches', 8192) };
  return known;
}

function readLimit(name: string, fallback: number): number {
  try {
    return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
  } catch {
    return fallback;
  }
}

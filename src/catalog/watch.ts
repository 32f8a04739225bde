/**
 * Being told of changes in folders, where the system can be relied on for it: Linux' inotify on local file systems.
 */
import { type FSWatcher, readFileSync, statfsSync, watch as watchFolder } from 'node:fs';

/** Watches folders for whoever remembers what is in them. */
export interface FolderWatch {
  /** How many folders are being watched. */
  readonly size: number;
  /** Whether a folder lies on a file system all changes of which pass through this machine. */
  isLocal(folder: string): boolean;
  /**
   * Watches a folder for changes of its entries and of itself, but not for those further down.
   * @param onChange Called for each change made from now on, possibly several times.
   * @returns Null when the folder cannot be watched: it is gone, or the system has no watches left.
   */
  watch(folder: string, onChange: () => void): Watching | null;
  /** Resolves when every change made before the call has been told. */
  caughtUp(): Promise<void>;
  /** Whether so much has happened since this was last asked that the system may have dropped some of it. */
  mayHaveMissed(): boolean;
}

/** One watched folder. */
export interface Watching {
  /** False once it tells nothing any more. */
  readonly isAlive: boolean;
  close(): void;
}

/**
 * The types `statfs` gives for file systems that only this machine writes to; all others may be changed by somebody
 * else's, of which inotify says nothing. Source: `linux/magic.h` and the file systems' own headers.
 */
const LOCAL_TYPES = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
]);

/** What the process uses of the system's queue and watches, which all its watches share. */
let told = 0;
let open = 0;

/** Watches nothing until it is asked to; no watch keeps the process running. */
export function createFolderWatch(): FolderWatch {
  return new InotifyWatch();
}

class InotifyWatch implements FolderWatch {
  size = 0;
  #toldBefore = told;
  #isFull = false;

  isLocal(folder: string): boolean {
    if (process.platform !== 'linux') return false;
    try {
      return LOCAL_TYPES.has(statfsSync(folder).type);
    } catch {
      return false;
    }
  }

  watch(folder: string, onChange: () => void): Watching | null {
    // Half of the watches are left to the user's other programs.
    if (this.#isFull || open >= limits().watches / 2) return null;
    let watcher: FSWatcher;
    try {
      watcher = watchFolder(folder, { persistent: false }, () => {
        told++;
        onChange();
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
      // The system notes the end of a watch in the same queue.
      told++;
      watcher.close();
    };
    watcher.on('error', () => {
      close();
      onChange();
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
    // The system queues an event before the change returns. The first turn ends the polling that is going on, the second
    // comes after one that began later.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }

  mayHaveMissed(): boolean {
    // libuv does not pass on that the queue ran over. What is in it for folders that are not watched any more is not
    // told either, so half of the length is taken for the whole.
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

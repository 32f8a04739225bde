import { randomBytes } from 'node:crypto';
import { fchownSync, linkSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../paths.ts';
import { syncFolderNow, writeNew } from '../state/folder.ts';
import { readRegular } from '../state/regular-file.ts';

/** A folder of small files that are made once and never changed, so that of several processes exactly one makes each. */
export interface RecordFolder {
  /** Names of the records, in no order. */
  list(): string[];
  /** The text of a record; null when there is none. */
  read(name: string): string | null;
  /**
   * Makes a record, as a whole and on the disk.
   * @returns Whether it was this call that made it: false when there is one of that name.
   */
  create(name: string, text: string): boolean;
  /** Removes a record, and says whether it was there. */
  remove(name: string): boolean;
}

const UNFINISHED = /^\.[0-9a-f]{16}$/;

/**
 * @param path Made when something is first written. Everything in it belongs to its owner, whoever makes it: an operator
 *   who works as root must not leave records that the server cannot read.
 * @throws A system error when the folder cannot be used, or an error when it is open to others.
 */
export function openRecordFolder(path: string): RecordFolder {
  const prove = (): number | null => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    const user = process.geteuid?.() ?? stats.uid;
    if (!stats.isDirectory() || (stats.mode & 0o077) !== 0 || (stats.uid !== user && user !== 0)) {
      throw new Error(`${path} is open to others: it has to be a folder of the server's own, with mode 700`);
    }
    return stats.uid;
  };
  return {
    list: () => (prove() === null ? [] : readdirSync(path).filter((name) => !UNFINISHED.test(name))),
    read(name) {
      const read = readRegular(join(path, name));
      if (read === 'absent') return null;
      if (read === 'irregular') throw new Error(`${join(path, name)} is not a regular file: move it away`);
      return read.text;
    },
    create(name, text) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const owner = prove();
      const unfinished = join(path, `.${randomBytes(8).toString('hex')}`);
      try {
        writeNew(unfinished, Buffer.from(text), (fd) => {
          if (owner !== null && owner !== process.geteuid?.()) fchownSync(fd, owner, -1);
        });
        linkSync(unfinished, join(path, name));
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') return false;
        throw error;
      } finally {
        removeIfThere(unfinished);
      }
      syncFolderNow(path);
      return true;
    },
    remove(name) {
      const wasThere = removeIfThere(join(path, name));
      if (wasThere) syncFolderNow(path);
      return wasThere;
    },
  };
}

function removeIfThere(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

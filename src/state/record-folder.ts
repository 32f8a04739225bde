import { randomBytes } from 'node:crypto';
import { fchownSync, linkSync, lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { makeProvenFolder, syncFolderNow, writeNew } from './folder.ts';
import { type Fault, ownUser, proveFolder } from './proof.ts';
import { readOwn } from './regular-file.ts';

/** A folder of small files that are created once and never changed. Of several processes, exactly one creates each. */
export interface RecordFolder {
  /** The names of the records, in no particular order. */
  list(): string[];
  /** The text of a record; null if there is none. */
  read(name: string): string | null;
  /**
   * Creates a complete record and syncs it to the disk.
   * @returns Whether this call created it: false if there is a record of that name.
   */
  create(name: string, text: string): boolean;
  /** Removes a record; returns whether it existed. */
  remove(name: string): boolean;
}

const UNFINISHED = /^\.[0-9a-f]{16}$/;

/**
 * Opens a record folder. Its methods throw a system error if the folder cannot be used, and an error if it does not belong
 * to the server's user or other users can access it.
 * @param name The folder in the state directory; created on the first write. Its entries get the owner of the state
 *   directory: an operator who works as root must not leave records that the server cannot read.
 */
export function openRecordFolder(stateDir: string, name: string): RecordFolder {
  const path = join(stateDir, name);
  const ownerOf = () => {
    const user = ownUser();
    return user === 0 ? (lstatSync(stateDir, { throwIfNoEntry: false })?.uid ?? user) : user;
  };
  /** @returns Whether the folder exists. */
  const prove = (owner: number | null): boolean => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const fault = proveFolder(stateDir, path, owner);
    if (fault !== null && fault !== 'missing') throw describeFault(fault);
    if (stats === undefined) return false;
    if (!stats.isDirectory() || (stats.mode & 0o077) !== 0) {
      throw new Error(
        `${path} is accessible to other users: make it a folder of the server's user with mode 700`,
      );
    }
    return true;
  };
  return {
    list: () => (prove(ownerOf()) ? readdirSync(path).filter((name) => !UNFINISHED.test(name)) : []),
    read(name) {
      const read = readOwn(join(path, name), ownerOf());
      if (!read.ok) throw new Error(`${join(path, name)} ${read.refusal}: move it away`);
      return read.value;
    },
    create(name, text) {
      const owner = ownerOf();
      makeProvenFolder(stateDir, path, owner);
      // If it has a fault, that is found again here.
      prove(owner);
      const unfinished = join(path, `.${randomBytes(8).toString('hex')}`);
      try {
        writeNew(unfinished, Buffer.from(text), (fd) => {
          if (owner !== null && owner !== ownUser()) fchownSync(fd, owner, -1);
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

function describeFault({ path, what, remedy }: Fault): Error {
  return new Error(`${path} ${what}: ${remedy}`);
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

import { closeSync, constants, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { stopAtShortage } from '../interruption.ts';
import type { Series } from '../manifest/series.ts';
import { decodeManifest } from '../manifest/text.ts';
import { errnoOf, lstatOrNull } from '../paths.ts';
import { ok, type Result, refuse } from '../refusal.ts';
import { manifestNames } from './discover.ts';

/** The largest manifest that is read. The largest in the OCA is under 100 KiB. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

/** A manifest's text and the name of its file. */
export interface ManifestFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads the manifest of a module folder as Odoo would find it: the first name of the series that is a regular file
 * (`odoo/modules/module.py`, `module_manifest`).
 *
 * Nothing but a regular file is ever opened, so a FIFO cannot hang the server and a device is not touched; and
 * nothing outside the roots is read.
 * @param folder The real path of the module's folder.
 * @param isAllowed Whether a real path may be read: inside a root of the module's family.
 * @returns The text, or `manifest_missing`, `manifest_unreadable` or `source_outside_roots`.
 * @throws Interruption when the system has nothing left to open it with.
 */
export function readManifestFile(
  folder: string,
  series: Series,
  isAllowed: (realPath: string) => boolean,
): Result<ManifestFile> {
  let other: string | null = null;
  for (const file of manifestNames(series)) {
    const path = `${folder}${sep}${file}`;
    const entry = lstatOrNull(path);
    if (entry === null) continue;
    if (entry.isFile()) return readRegularFile(path, file, entry.size);
    if (!entry.isSymbolicLink()) {
      other = `${file} is ${describeKind(entry)}, not a regular file.`;
      continue;
    }
    const target = resolveFile(path);
    if (target === null) {
      other = `${file} is a symlink that does not lead to a regular file.`;
      continue;
    }
    if (!isAllowed(dirname(target.path))) {
      return refuse('source_outside_roots', `${file} is a symlink that leads out of the configured roots.`);
    }
    return readRegularFile(target.path, file, target.size);
  }
  return refuse('manifest_missing', other ?? `The folder has no ${manifestNames(series).join(' or ')}.`);
}

function resolveFile(symlink: string): { path: string; size: number } | null {
  try {
    const path = realpathSync(symlink);
    const stats = statSync(path);
    return stats.isFile() ? { path, size: stats.size } : null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/**
 * Reads a path whose last part was seen to be a regular file. Should it have become something else meanwhile, then a
 * symlink is not followed, a FIFO not waited for, and no more than a MiB is read of anything.
 * @param size How large it was.
 */
function readRegularFile(path: string, file: string, size: number): Result<ManifestFile> {
  if (size > MAX_MANIFEST_BYTES) return tooLarge(file);
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    let length = 0;
    do {
      const read = readSync(fd, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    } while (length < size);
    if (length > MAX_MANIFEST_BYTES) return tooLarge(file);
    const decoded = decodeManifest(buffer.subarray(0, length));
    if (!decoded.ok) return refuse('manifest_unreadable', `${file} ${decoded.error}.`);
    return ok({ file, text: decoded.text });
  } catch (error) {
    stopAtShortage(error);
    return refuse('manifest_unreadable', `${file} cannot be read (${errnoOf(error)}).`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
/** Shared by all reads: they are synchronous, and none keeps it. */
const buffer = Buffer.allocUnsafeSlow(MAX_MANIFEST_BYTES + 1);

function tooLarge(file: string) {
  return refuse('manifest_unreadable', `${file} is larger than 1 MiB.`, {
    hint: 'Move long texts, such as the description, into README.rst.',
  });
}

function describeKind(entry: Stats): string {
  if (entry.isDirectory()) return 'a directory';
  if (entry.isFIFO()) return 'a FIFO';
  if (entry.isSocket()) return 'a socket';
  return 'a device';
}

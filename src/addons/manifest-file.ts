import { hash } from 'node:crypto';
import { constants, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { MiB, readBounded } from '../base/bounded-file.ts';
import { stopAtShortage } from '../base/interruption.ts';
import { accessErrno, describeErrno, errnoOf, lstatOrNull } from '../base/paths.ts';
import { ok, type Result, refuse } from '../base/refusal.ts';
import type { Series } from '../manifest/series.ts';
import { decodeManifest } from '../manifest/text.ts';
import { manifestNames } from './module-folders.ts';

/** The largest manifest that is read, in bytes. The largest in the OCA is under 100 KiB. */
export const MAX_MANIFEST_BYTES = MiB;

/** In the details of a refusal: the exception that Odoo, too, meets when it reads the file. */
export const NOT_UTF8 = 'UnicodeDecodeError';

/** A manifest's text and the name of its file. */
export interface ManifestFile {
  readonly file: string;
  readonly text: string;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
}

/**
 * Reads the manifest that Odoo would read: the first of the series' manifest names that is a regular file
 * (`odoo/modules/module.py`, `module_manifest`).
 *
 * Opens only regular files, so that a FIFO cannot block the server and no device is touched, and only files inside the
 * roots.
 * @param folder The real path of the module's folder.
 * @param isAllowed Whether a real path may be read: inside a root of the module's family.
 * @returns The text, or `manifest_missing`, `manifest_unreadable` or `source_outside_roots`.
 * @throws Interruption when the system lacks the resources to open it.
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
    if (entry.isFile()) return readRegularFile(path, file, entry);
    if (!entry.isSymbolicLink()) {
      other = `${file} is ${describeKind(entry)}, not a regular file.`;
      continue;
    }
    const target = resolveFile(path);
    if (target === null) {
      other = `${file} is a symlink, but not to a regular file.`;
      continue;
    }
    if (!isAllowed(dirname(target))) {
      return refuse('source_outside_roots', `${file} is a symlink to a file outside the configured roots.`);
    }
    return readRegularFile(target, file);
  }
  const errno = other === null ? accessErrno(folder, constants.X_OK) : null;
  // A folder that may not be entered looks as if it were empty.
  if (errno !== null && errno !== 'ENOENT') {
    return refuse('manifest_unreadable', `The folder ${describeErrno(errno)}.`, { hint: GIVE_ACCESS });
  }
  return refuse('manifest_missing', other ?? `The folder has no ${manifestNames(series).join(' or ')}.`);
}

function resolveFile(symlink: string): string | null {
  try {
    const path = realpathSync(symlink);
    return statSync(path).isFile() ? path : null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** Reads a path that was a regular file when it was checked; refuses if it has changed since then. */
function readRegularFile(path: string, file: string, stats?: Stats): Result<ManifestFile> {
  try {
    const read = readBounded(path, { most: MAX_MANIFEST_BYTES, followLinks: false, stats });
    if (!read.ok) {
      if (read.refusal === 'too large') return tooLarge(file);
      return refuse('manifest_unreadable', `${file} is no longer a regular file.`);
    }
    const decoded = decodeManifest(read.value);
    if (!decoded.ok) {
      return refuse('manifest_unreadable', `${file} ${decoded.error}.`, { details: { error: NOT_UTF8 } });
    }
    return ok({ file, text: decoded.text, sha256: hash('sha256', read.value) });
  } catch (error) {
    stopAtShortage(error);
    return refuse('manifest_unreadable', `${file} ${describeErrno(errnoOf(error))}.`, { hint: GIVE_ACCESS });
  }
}

/** The hint for what the server's user may not read. */
export const GIVE_ACCESS = "Ask the operator to give the server's user permission to read it.";

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

/**
 * Folders in which a repository is put together before it appears in its root: hidden, on the same file system, and named after
 * the process that uses them, so that another one can tell whether they are still needed.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOrNull } from '../../base/paths.ts';
import { isDead, nameHolder, parseHolder, thisProcess } from '../../state/holder.ts';
import { ownUser } from '../../state/proof.ts';

const PREFIX = '.odoo-link-staging-';
/** How often something shows that it is in use, to those who cannot see the process. */
export const PULSE_MS = 15_000;

/** A folder that was made, and shows that it is in use. */
export interface Staging {
  readonly folder: string;
  /** Removes it. */
  close(): Promise<void>;
}

/**
 * Makes a folder in a root.
 * @throws A system error.
 */
export function openStaging(root: string): Staging {
  const folder = join(root, `${PREFIX}${randomUUID()}.${nameHolder(thisProcess())}`);
  mkdirSync(folder, { mode: 0o700 });
  const pulse = setInterval(() => showLife(folder), PULSE_MS).unref();
  return {
    folder,
    async close() {
      clearInterval(pulse);
      await discard(folder);
    },
  };
}

/**
 * Makes a folder in a root, runs work in it, and removes it.
 * @throws A system error.
 */
export async function withStaging<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  const staging = openStaging(root);
  try {
    return await work(staging.folder);
  } finally {
    await staging.close();
  }
}

/** Removes what processes that have ended left in a root. Returns how many folders. */
export async function clearStaging(root: string): Promise<number> {
  const left = readdirSync(root).filter((name) => isLeft(root, name));
  for (const name of left) await discard(join(root, name));
  return left.length;
}

function isLeft(root: string, name: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const holder = parseHolder(name.slice(PREFIX.length).replace(/^[0-9a-f-]{36}\./, ''));
  const stats = lstatOrNull(join(root, name));
  if (holder === null || stats === null || !stats.isDirectory()) return false;
  // Another user's, despite its name.
  if (stats.uid !== (ownUser() ?? stats.uid)) return false;
  return isDead(holder, stats.mtimeMs);
}

async function discard(folder: string): Promise<void> {
  const { default: files } = await import('fs-extra');
  await files.remove(folder);
}

/** Sets the time of a folder or file to now: those who cannot see the process go by that, see {@link isDead}. */
export function showLife(path: string): void {
  const now = Date.now() / 1000;
  try {
    utimesSync(path, now, now);
  } catch {
    // It is gone; the work in it will say so.
  }
}

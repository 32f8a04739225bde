import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Everything below a folder, one line an entry: kind, mode, size and content of files, text of links. Two equal
 * snapshots mean that nothing was created, removed, re-pointed or written in between.
 */
export function snapshot(folder: string, prefix = ''): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const shown = join(prefix, name);
      const stats = lstatSync(path);
      const mode = (stats.mode & 0o7777).toString(8);
      if (stats.isSymbolicLink()) return [`${shown} -> ${readlinkSync(path)} (inode ${stats.ino})`];
      if (stats.isDirectory()) return [`${shown}/ ${mode}`, ...readable(path, shown)];
      if (!stats.isFile()) return [`${shown} special ${mode}`];
      return [`${shown} ${mode} ${stats.size} ${digest(path, stats.size)} ${stats.mtimeMs}`];
    });
}

/** The same for a world whose server writes refused calls into the audit trail: all but its files. */
export function snapshotBesideTrail(world: string): string[] {
  return snapshot(world).filter((line) => !/^state\/( |audit)/.test(line));
}

function readable(path: string, shown: string): string[] {
  try {
    return snapshot(path, shown);
  } catch (error) {
    return [`${shown}/* ${(error as NodeJS.ErrnoException).code}`];
  }
}

function digest(path: string, size: number): string {
  // A sparse file of a gigabyte is told by its size and time of change.
  if (size > 8 * 1024 * 1024) return 'large';
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
}

/** The texts of all files in folders, objects of git included, by path. */
export function textsIn(...folders: string[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) texts[path] = readFileSync(path, 'latin1');
    }
  }
  return texts;
}

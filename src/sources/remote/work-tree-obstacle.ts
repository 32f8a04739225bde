/** What in a work tree keeps an update from being made. */
import { type Dirent, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../../base/interruption.ts';
import { lstatOrNull } from '../../base/paths.ts';
import { readTextInside } from '../../base/read-inside.ts';
import { CONVERTED, isEmptyFolder } from '../compare-checkout.ts';
import { exportFiles } from './export-files.ts';
import type { Obstacle } from './obstacle.ts';
import type { TreeChange } from './tree-changes.ts';
import type { UpdateFolder } from './update-folder.ts';

/**
 * Whether files of a checkout differ from its commit, or from what git can tell without programs that the checkout names.
 * Files that git does not track are another question, see {@link moveObstacle}.
 */
export async function workTreeObstacle(folder: UpdateFolder): Promise<Obstacle | null> {
  const { checkout, facts } = folder;
  const populated = facts.submodules.filter((path) => {
    const place = join(checkout.git.worktree, path);
    return lstatOrNull(place) !== null && !isEmptyFolder(place);
  });
  if (populated.length > 0) return { kind: 'submodules', about: populated };
  const converted = await folder.list(CONVERTED);
  if (converted === null) return { kind: 'unknown' };
  if (converted.length > 0) return { kind: 'converted', about: converted };
  // It fails where files were changed.
  await folder.run(['update-index', '-q', '--refresh']);
  const [changed, staged] = await Promise.all([
    folder.list(['diff-files', '--name-only', '-z', '--ignore-submodules=all']),
    folder.list(['diff-index', '--cached', '--name-only', '-z', '--ignore-submodules=none', 'HEAD']),
  ]);
  if (changed === null || staged === null) return { kind: 'unknown' };
  const all = [...new Set([...changed, ...staged])];
  return all.length === 0 ? null : { kind: 'changed', about: all };
}

/**
 * Whether a work tree without changes can be moved to another commit: nothing that git does not track is in the way, ignored
 * or not, and no file needs a program then.
 * @param changes What differs between the two commits.
 */
export async function moveObstacle(
  folder: UpdateFolder,
  before: string,
  after: string,
  changes: readonly TreeChange[],
): Promise<Obstacle | null> {
  const inTheWay = findInTheWay(folder.checkout.git.worktree, changes);
  if (inTheWay.length > 0) return { kind: 'in_the_way', about: inTheWay };
  for (const converting of [
    await newConversions(folder, after, changes),
    await convertedThen(folder, after),
  ]) {
    if (converting === null) return { kind: 'unknown' };
    if (converting.length > 0) return { kind: 'converted', about: converting };
  }
  const tried = await folder.run(['read-tree', '-n', '-m', '-u', before, after]);
  return tried === null ? { kind: 'unknown' } : null;
}

/** The entries of a work tree that are where new files go. Git would remove those that are ignored. */
function findInTheWay(worktree: string, changes: readonly TreeChange[]): string[] {
  const removed = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path));
  const folders = new Set<string>();
  const found = new Set<string>();
  for (const { path, kind } of changes) {
    if (kind !== 'added') continue;
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length++) {
      const above = parts.slice(0, length).join('/');
      if (folders.has(above)) continue;
      const stats = lstatOrNull(join(worktree, above));
      if (stats === null || removed.has(above)) break;
      if (stats.isDirectory() && length < parts.length) folders.add(above);
      else {
        for (const one of stats.isDirectory() ? filesUnder(worktree, above) : [above]) {
          if (!removed.has(one)) found.add(one);
        }
        break;
      }
    }
  }
  return [...found];
}

/** The most entries of folders that are looked at. */
const MOST_ENTRIES = 10_000;

/** The files in a folder, at any depth, and folders that cannot be listed or have too many. */
function filesUnder(worktree: string, top: string): string[] {
  const files: string[] = [];
  const folders = [top];
  let left = MOST_ENTRIES;
  for (const folder of folders) {
    const entries = entriesOf(join(worktree, folder));
    if (entries === null || entries.length > left) {
      files.push(folder);
      continue;
    }
    left -= entries.length;
    for (const entry of entries) {
      (entry.isDirectory() ? folders : files).push(`${folder}/${entry.name}`);
    }
  }
  return files;
}

function entriesOf(folder: string): Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** The new and changed files with attributes that name a program; null if they cannot be read. */
async function newConversions(
  folder: UpdateFolder,
  after: string,
  changes: readonly TreeChange[],
): Promise<string[] | null> {
  const named = changes.filter(({ path, type }) => type === 'file' && /(?:^|\/)\.gitattributes$/.test(path));
  if (named.length === 0) return [];
  const paths = named.map(({ path }) => path);
  const exported = await exportFiles(folder, after, paths, 'attributes');
  if (exported === null) return null;
  const files = paths.map((path) => readTextInside(exported, path, MOST_ATTRIBUTES_BYTES));
  return paths.filter((_, at) => {
    const file = files[at] ?? null;
    return file === null || file === 'absent' || /filter|working-tree-encoding/.test(file.text);
  });
}
const MOST_ATTRIBUTES_BYTES = 256 * 1024;

/** The files of the new commit that need a program, by the attributes that it has, old or new; null if git cannot tell. */
async function convertedThen(folder: UpdateFolder, after: string): Promise<string[] | null> {
  // In an empty folder, git reads attributes from the index.
  const worktree = join(folder.path, 'empty');
  mkdirSync(worktree);
  const options = { index: 'index-then', worktree };
  return (await folder.run(['read-tree', after], options)) === null ? null : folder.list(CONVERTED, options);
}

/** The modules of the two commits between which a checkout moves, told from their trees alone. */
import { readlinkSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { type Assessment, assessModule, readModule } from '../../addons/assess.ts';
import { MAX_MANIFEST_BYTES } from '../../addons/manifest-file.ts';
import { isLeftOut, manifestNames } from '../../addons/module-folders.ts';
import { readmeNames } from '../../addons/readme-file.ts';
import { isInside, lstatOrNull } from '../../base/paths.ts';
import type { Turns } from '../../base/turns.ts';
import type { Series } from '../../manifest/series.ts';
import { exportFiles, standIn } from '../../sources/remote/export-files.ts';
import type { PreparedUpdate } from '../../sources/remote/prepare-update.ts';

export type Side = 'before' | 'after';

/** What the two commits of an update have, by folders relative to the top. */
export interface TreeModules {
  /** The folders with a manifest. */
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  /** Every folder in which, or somewhere below which, a file differs. */
  readonly changed: ReadonlySet<string>;
  /** Whether a commit has a file. */
  has(side: Side, path: string): boolean;
  /** Whether a commit has files in the folder `static` of a module. */
  hasStatic(side: Side, folder: string): boolean;
}

/** Finds the modules of the two commits of an update. */
export function modulesOfTrees({ changes, files }: PreparedUpdate, series: Series): TreeModules {
  const added = new Set(changes.filter(({ kind }) => kind === 'added').map(({ path }) => path));
  const removed = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path));
  const has = (side: Side, path: string) =>
    side === 'after' ? files.has(path) : removed.has(path) || (files.has(path) && !added.has(path));
  const names = new Set(manifestNames(series));
  const folders = { before: new Set<string>(), after: new Set<string>() };
  const statics = { before: new Set<string>(), after: new Set<string>() };
  const take = (side: Side, path: string) => {
    const at = path.lastIndexOf('/');
    if (at > 0 && names.has(path.slice(at + 1))) folders[side].add(path.slice(0, at));
    const inStatic = path.indexOf('/static/');
    if (inStatic > 0) statics[side].add(path.slice(0, inStatic));
  };
  for (const path of files.keys()) {
    take('after', path);
    if (!added.has(path)) take('before', path);
  }
  for (const path of removed) take('before', path);
  const changed = new Set<string>();
  for (const { path } of changes) {
    for (let above = dirname(path); above !== '.' && !changed.has(above); above = dirname(above)) {
      changed.add(above);
    }
  }
  return { ...folders, changed, has, hasStatic: (side, folder) => statics[side].has(folder) };
}

/** How many modules came, went and changed, in the folders of a checkout that hold modules. */
export function countModules(
  { before, after, changed }: TreeModules,
  inner: readonly string[],
): { added: string[]; removed: string[]; changed: string[] } {
  const isOne = (folder: string) => {
    const above = dirname(folder);
    return inner.includes(above === '.' ? '' : above) && !isLeftOut(basename(folder));
  };
  const [old, now] = [[...before].filter(isOne), [...after].filter(isOne)];
  return {
    added: now.filter((folder) => !before.has(folder)),
    removed: old.filter((folder) => !after.has(folder)),
    changed: now.filter((folder) => before.has(folder) && changed.has(folder)),
  };
}

/**
 * Assesses modules of a commit as if it were checked out: the few files that a verdict depends on are written elsewhere.
 * @param folders Relative to the top.
 * @returns The assessments by folder; null if git cannot write the files.
 */
export async function assessInTree(
  { folder: work, files, after }: PreparedUpdate,
  trees: TreeModules,
  side: Side,
  folders: readonly string[],
  series: Series,
  turns: Turns,
): Promise<ReadonlyMap<string, Assessment> | null> {
  const names = ['__init__.py', ...manifestNames(series), ...readmeNames(series)];
  const wanted = folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
  const there = wanted.filter((path) => trees.has(side, path));
  const isLarge = (path: string) => side === 'after' && (files.get(path) ?? 0) > MAX_MANIFEST_BYTES;
  const commit = side === 'after' ? after : work.checkout.commit;
  const write = (paths: readonly string[]) =>
    exportFiles(
      work,
      commit,
      paths.filter((path) => !isLarge(path)),
      `modules-${side}`,
    );
  const top = await write(there);
  if (top === null) return null;
  const known = new Set(there);
  for (let last: readonly string[] = there, links = 1; links < MOST_LINKS; links++) {
    const targets = last.flatMap((path) => targetOf(top, path) ?? []);
    last = [...new Set(targets)].filter((path) => trees.has(side, path) && !known.has(path));
    if (last.length === 0) break;
    for (const path of last) known.add(path);
    if ((await write(last)) === null) return null;
  }
  const large = [...known].filter(isLarge).map((path) => [path, files.get(path) as number] as const);
  const statics = folders.filter((folder) => trees.hasStatic(side, folder));
  standIn(top, { files: large, folders: statics.map((folder) => join(folder, 'static')) });
  const assessed = new Map<string, Assessment>();
  for (const folder of folders) {
    await turns.spend(ASSESSING);
    const module = readModule(basename(folder), join(top, folder), series, (real) => isInside(real, top));
    assessed.set(folder, assessModule(module));
  }
  return assessed;
}

/** How many symlinks one after the other are followed from a manifest. */
const MOST_LINKS = 5;

/** Where a file leads that is a symlink in the tree, to another file there; null for all others. */
function targetOf(top: string, path: string): string | null {
  if (lstatOrNull(join(top, path))?.isSymbolicLink() !== true) return null;
  const target = readlinkSync(join(top, path));
  return isAbsolute(target) ? null : join(dirname(path), target);
}

/** Units of work for reading and judging a manifest. */
const ASSESSING = 8;

import type { ReadObjects } from './batch-reader.ts';
import { parseCommit } from './commit-object.ts';
import type { GitFolder } from './git-folder.ts';
import { withObjects } from './object-reader.ts';
import { readTrees, type TreeEntry } from './tree-object.ts';

/** The modules of a commit. */
export interface BranchModules {
  /** The day of the commit, in ISO 8601; today for one that lies in the future. */
  readonly day: string;
  readonly modules: readonly string[];
}

/** By repository and commit, which never changes. */
const known = new Map<string, BranchModules>();
/** When commits could not be read, in milliseconds. */
const failed = new Map<string, number>();
/** For how long they are not asked for again: a fetch may bring what is missing. */
const PAUSE_MS = 60_000;
/** More than the branches for all series of all of OCA's repositories. */
const MOST_KNOWN = 5000;
/** More folders than any repository of modules has. */
const MOST_FOLDERS = 2000;

/** What was read before of a commit; undefined if nothing was. */
export function recallModules(git: GitFolder, commit: string): BranchModules | undefined {
  return known.get(keyOf(git, commit));
}

/** Whether a commit is to be read: it is not known, and has not just been tried in vain. */
export function isUnread(git: GitFolder, commit: string): boolean {
  const key = keyOf(git, commit);
  const failedAt = failed.get(key);
  return !known.has(key) && (failedAt === undefined || performance.now() - failedAt > PAUSE_MS);
}

function keyOf({ common }: GitFolder, commit: string): string {
  return `${common}\0${commit}`;
}

/**
 * Reads which modules commits have, in one git process, from their trees alone: the folders with a manifest at the top of the
 * repository, in `addons` and in `odoo/addons`. What could be read is remembered.
 * @param limit In milliseconds.
 */
export async function readModules(git: GitFolder, commits: readonly string[], limit: number): Promise<void> {
  await withObjects(git, limit, async (read) => {
    for (const commit of commits) {
      const found = await modulesOf(commit, read);
      if (found === null) return;
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(keyOf(git, commit), found);
    }
  });
  for (const commit of commits) {
    const key = keyOf(git, commit);
    if (failed.size >= MOST_KNOWN) failed.clear();
    if (!known.has(key)) failed.set(key, performance.now());
  }
}

async function modulesOf(commit: string, read: ReadObjects): Promise<BranchModules | null> {
  const [object] = (await read([commit])) ?? [];
  const said = object?.type === 'commit' && object.bytes !== null ? parseCommit(object.bytes) : null;
  const modules = said === null ? null : await modulesIn(said.tree, read);
  if (said === null || modules === null) return null;
  const time = Math.min(said.time, Date.now());
  return { day: new Date(time).toISOString().slice(0, 10), modules: [...modules].sort() };
}

/** Null if a tree cannot be read. */
async function modulesIn(top: string, read: ReadObjects): Promise<ReadonlySet<string> | null> {
  const modules = new Set<string>();
  let left = MOST_FOLDERS;
  // Folders of modules, with where they are.
  let folders: { readonly path: string; readonly id: string }[] = [{ path: '', id: top }];
  while (folders.length > 0) {
    const inner: typeof folders = [];
    for (const folder of folders) {
      const [entries] = (await readTrees([folder.id], read)) ?? [];
      const named = entries?.filter(isFolder);
      left -= named?.length ?? 0;
      if (named === undefined || left < 0) return null;
      const ids = named.map(({ id }) => id);
      const trees = await readTrees(ids, read);
      if (trees === null) return null;
      for (const [index, { name, id }] of named.entries()) {
        const path = folder.path === '' ? name : `${folder.path}/${name}`;
        if (trees[index]?.some(isManifest) === true && isName(name)) modules.add(name);
        else if (HOLDERS.has(path)) inner.push({ path, id });
      }
    }
    folders = inner;
  }
  return modules;
}

/** The folders in which a repository may have its modules, and those on the way there. */
const HOLDERS: ReadonlySet<string> = new Set(['addons', 'odoo', 'odoo/addons']);

function isFolder({ mode }: TreeEntry): boolean {
  return mode === '40000';
}

function isManifest({ name }: TreeEntry): boolean {
  return name === '__manifest__.py' || name === '__openerp__.py';
}

/** What may be the name of a module, see `addons/module-name.ts`. */
function isName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name);
}

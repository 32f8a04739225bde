import { realpathSync, statSync } from 'node:fs';
import { errnoOf, isInside } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { namedPath } from '../base/text.ts';
import { matchFolders } from './folder-pattern.ts';

/** The families whose modules are linked: the OCA's, Odoo Enterprise's, and the company's own. */
export const LINKED_FAMILIES = ['oca', 'ee', 'own'] as const;
/** Where a module comes from: those, or Odoo Community. */
export const FAMILIES = [...LINKED_FAMILIES, 'core'] as const;
export type LinkedFamily = (typeof LINKED_FAMILIES)[number];
export type Family = (typeof FAMILIES)[number];

/** What a pair of tools links and unlinks: `oca_link` also links the company's own modules. */
export const LINKED_BY = { oca: ['oca', 'own'], ee: ['ee'] } as const satisfies Record<
  string,
  readonly LinkedFamily[]
>;
export type ToolFamily = keyof typeof LINKED_BY;

/** The tools for the modules of a family; null if its modules are not linked, or it is unknown. */
export function toolsOf(family: LinkedFamily): ToolFamily;
export function toolsOf(family: Family | null): ToolFamily | null;
export function toolsOf(family: Family | null): ToolFamily | null {
  if (family === null || family === 'core') return null;
  return family === 'ee' ? 'ee' : 'oca';
}

/** A folder with sources of one family: a checkout, or a folder of checkouts. Resolved once, at startup. */
export interface Root {
  readonly family: Family;
  /** The real path. */
  readonly path: string;
  /** The path that led there at startup, if it was another one. */
  readonly configured?: string;
  /** For a root that was sorted into its family: why it belongs there. */
  readonly because?: string;
}

/** A folder that an entry of the configuration names. */
interface OpenedFolder {
  /** The real path. */
  readonly path: string;
  /** The path as written, or as a pattern matched it. */
  readonly configured: string;
}

/** What is wrong with an entry, worded to follow "the root". */
interface EntryProblem {
  readonly entry: number;
  readonly problem: string;
}

/**
 * Resolves the entries an operator gave for one family, see {@link openFolders}.
 * @returns The roots in the given order, those of a pattern sorted by path; and the problems.
 */
export async function openRoots(
  family: Family,
  entries: readonly string[],
): Promise<{ roots: Root[]; problems: EntryProblem[] }> {
  const { folders, problems } = await openFolders(entries);
  const roots = folders.map(({ path, configured }): Root => {
    return { family, path, ...(configured !== path && { configured }) };
  });
  return { roots, problems };
}

/**
 * Resolves entries of the configuration that name folders.
 * @param entries Absolute paths or glob patterns (in fast-glob's syntax). A path that exists is used as it is, even if it
 *   contains characters with a meaning in patterns.
 * @returns The folders in the given order, those of a pattern sorted by path; and a problem for each entry that is missing,
 *   is not a directory, or is a pattern that matches no directory.
 */
export async function openFolders(
  entries: readonly string[],
): Promise<{ folders: OpenedFolder[]; problems: EntryProblem[] }> {
  const opened = new Map<string, OpenedFolder>();
  const problems: EntryProblem[] = [];
  for (const [entry, configured] of entries.entries()) {
    const folders = await expand(configured);
    if (!folders.ok) problems.push({ entry, problem: folders.refusal });
    else for (const folder of folders.value) opened.set(folder.path, folder);
  }
  return { folders: [...opened.values()], problems };
}

async function expand(configured: string): Promise<Result<OpenedFolder[], string>> {
  try {
    const path = realpathSync(configured);
    if (!statSync(path).isDirectory()) return refused(`${namedPath(configured)} is not a directory`);
    return ok([{ path, configured }]);
  } catch (error) {
    const matched = await matchFolders(configured);
    if (matched === null) {
      const missing = errnoOf(error) === 'ENOENT';
      const what = missing ? 'does not exist' : `cannot be opened (${errnoOf(error)})`;
      return refused(`${namedPath(configured)} ${what}`);
    }
    if (!matched.ok) return refused(`${namedPath(configured)} ${matched.refusal}`);
    const folders = new Map<string, OpenedFolder>();
    for (const match of matched.value) {
      const real = realFolder(match);
      if (!real.ok)
        return refused(`${namedPath(configured)} matches ${namedPath(match)}, which ${real.refusal}`);
      if (real.value !== null) folders.set(real.value, { path: real.value, configured: match });
    }
    const sorted = [...folders.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return sorted.length > 0 ? ok(sorted) : refused(`${namedPath(configured)} matches no directory`);
  }
}

/** The real path of a folder that was just listed; null if it no longer exists. */
function realFolder(path: string): Result<string | null, string> {
  try {
    return ok(realpathSync(path));
  } catch (error) {
    const code = errnoOf(error) ?? '';
    return GONE.has(code) ? ok(null) : refused(`cannot be opened (${code})`);
  }
}

/** The errnos of a folder that was removed, replaced by a file, or belongs to a process that has ended (proc(5)). */
export const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ESRCH']);

/**
 * The setting under which an operator has, or would have, the sources of a family: `roots.auto` for one who lets the server sort
 * them.
 */
export function settingOf(family: Family, roots: readonly Root[]): string {
  const own = roots.filter((root) => root.family === family);
  const isSorted = (own.length > 0 ? own : roots).some(({ because }) => because !== undefined);
  const isNamed = own.some(({ because }) => because === undefined);
  return isSorted && !isNamed ? 'roots.auto' : `roots.${family}`;
}

/**
 * The deepest root around a real path, so that an Enterprise checkout inside a folder of OCA checkouts counts as
 * Enterprise; null outside all roots.
 */
export function rootOf(path: string, roots: readonly Root[]): Root | null {
  let deepest: Root | null = null;
  for (const root of roots) {
    if (isInside(path, root.path) && (deepest === null || root.path.length > deepest.path.length))
      deepest = root;
  }
  return deepest;
}

/** The family a real path belongs to, see {@link rootOf}. */
export function familyOf(path: string, roots: readonly Root[]): Family | null {
  return rootOf(path, roots)?.family ?? null;
}

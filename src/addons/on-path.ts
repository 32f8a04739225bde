import { basename, join, sep } from 'node:path';
import { realEntry } from '../base/follow.ts';
import { refuse } from '../base/refusal.ts';
import { assessFolder, type KeptAssessment } from './assess.ts';
import type { CoreLists } from './core-lists.ts';
import { isModuleName } from './module-name.ts';
import { type Family, familyOf } from './roots.ts';
import {
  findOnPath,
  type KnowsModule,
  type SearchEntry,
  type SearchPathParts,
  searchPath,
} from './search-path.ts';

/** A module that Odoo would find on its search path. */
export interface ModuleOnPath {
  /**
   * `core_list`: there is no core root, and the built-in list of the series has the name. `python`: pip has installed it.
   */
  readonly by: 'core' | 'core_list' | 'python' | 'addons_path' | 'linked';
  /** The folder of the search path in which Odoo finds it, and its path there; both null for `core_list`. */
  readonly entry: SearchEntry | null;
  readonly path: string | null;
  /** Its real folder; null for `core_list`. */
  readonly folder: string | null;
  /** The family its real folder belongs to; null outside all roots. */
  readonly family: Family | null;
  /** Null for `core_list`. */
  readonly assessment: KeptAssessment | null;
}

/** A linked module that a call has looked at. */
export interface LearntModule {
  readonly dir: { readonly path: string };
  readonly name: string;
  /** The real folder; null for a broken link. */
  readonly folder: string | null;
  readonly assessment: KeptAssessment | null;
}

/** Odoo's view of an instance at the time of a call: each name is looked up once. */
export interface PathView {
  readonly entries: readonly SearchEntry[];
  /** The module Odoo would load for a name; null when it would find none. */
  find(name: string): ModuleOnPath | null;
  /** The module that hides the one of that name in a folder of the search path; null when none does. */
  findBefore(name: string, folder: string): ModuleOnPath | null;
  /** The module Odoo would load if the folder did not contain one of that name. */
  findWithout(name: string, folder: string): ModuleOnPath | null;
  /** Takes linked modules that the call has looked at: they are not looked at again. */
  learn(modules: Iterable<LearntModule>): void;
}

/** How a view looks at modules. */
export interface PathLooks {
  /** What is known of the folders on the path. */
  readonly knows?: KnowsModule;
  /** Reads and judges a module that was found. */
  readonly assess?: typeof assessFolder;
}

/** @param lists The names of Odoo's own modules, used if there is no core root. */
export function createPathView(
  parts: SearchPathParts,
  lists: CoreLists,
  { knows, assess = assessFolder }: PathLooks = {},
): PathView {
  const entries = searchPath(parts);
  const known = new Map<string, ModuleOnPath | null>();
  const learnt = new Map<string, LearntModule>();
  const isIn: KnowsModule = (folder, name) => learnt.has(`${folder}${sep}${name}`) || knows?.(folder, name);
  // Odoo's own folders come first on the path, so if no root holds them, the names of the list come first.
  const hasCore = parts.roots.some(({ family }) => family === 'core');
  const listed = (name: string): ModuleOnPath | null => {
    if (hasCore || !lists.community.has(name)) return null;
    return { by: 'core_list', entry: null, path: null, folder: null, family: 'core', assessment: null };
  };
  const look = (name: string, among: readonly SearchEntry[]): ModuleOnPath | null => {
    if (!isModuleName(name)) return null;
    const entry = findOnPath(name, among, parts, isIn);
    // Odoo's own folders come before any of the addons directories; those of Python may hold Odoo itself.
    const own = entry === null || entry.kind === 'linked' || entry.kind === 'python' ? listed(name) : null;
    if (own !== null || entry === null) return own;
    return examine(name, entry, parts, learnt.get(`${entry.path}${sep}${name}`) ?? read(entry, name));
  };
  const read = ({ path }: SearchEntry, name: string) => {
    const folder = realEntry(path, name, parts.paths) ?? join(path, name);
    return { folder, assessment: assess(name, folder, parts.roots, parts.series) };
  };
  return {
    entries,
    learn(modules) {
      for (const module of modules) {
        const { dir, name, folder, assessment } = module;
        // What has no manifest is not found.
        const isFound = folder !== null && assessment?.judgement != null;
        if (isFound) learnt.set(`${dir.path}${sep}${name}`, module);
      }
    },
    find(name) {
      const found = known.has(name) ? (known.get(name) as ModuleOnPath | null) : look(name, entries);
      known.set(name, found);
      return found;
    },
    findBefore(name, folder) {
      const position = entries.findIndex(({ path }) => path === folder);
      return look(name, position < 0 ? entries : entries.slice(0, position));
    },
    findWithout(name, folder) {
      return look(
        name,
        entries.filter(({ path }) => path !== folder),
      );
    },
  };
}

function examine(
  name: string,
  entry: SearchEntry,
  { roots }: SearchPathParts,
  { folder, assessment }: Pick<ModuleOnPath, 'folder' | 'assessment'>,
): ModuleOnPath {
  const path = join(entry.path, name);
  const family = folder === null ? null : familyOf(folder, roots);
  const found = { by: entry.kind, entry, path, folder, family };
  if (family === null || basename(folder as string) === name) return { ...found, assessment };
  const { refusal } = refuse('name_conflict', 'It is a symlink to the folder of another module.');
  return {
    ...found,
    assessment: assessment && { ...assessment, refusals: [refusal, ...assessment.refusals] },
  };
}

/**
 * The path of the module that Odoo would find, if the caller may see it; else null. A folder that only odoo.conf or Python names is
 * neither a root nor an addons directory, so callers do not see its path.
 */
export function shownPath({ by, path }: Pick<ModuleOnPath, 'by' | 'path'>): string | null {
  return by === 'addons_path' || by === 'python' ? null : path;
}

/** Whether Odoo could install the module. */
export function isSound({ assessment }: ModuleOnPath): boolean {
  return assessment === null || assessment.refusals.length === 0;
}

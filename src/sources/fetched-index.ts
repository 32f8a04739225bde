/**
 * What `source index` has fetched of OCA's repositories: in the state directory, a file for each repository and series. A file
 * that is damaged counts as missing: it is fetched again.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { isSettledBy, type Stamp, stampOf } from '../base/stamp.ts';
import type { Series } from '../manifest/series.ts';
import { LAYOUT } from '../state/layout.ts';
import { ownUser, proveFolder } from '../state/proof.ts';
import { readOwn } from '../state/regular-file.ts';
import type { IndexLayer, LayerIndex } from './module-index.ts';
import { type IndexedModule, makeIndex } from './oca-index.ts';

/** A module as its manifest on the branch has it. */
export interface FetchedModule {
  /** The id of the manifest's file; null where that is a symlink. */
  readonly manifest: string | null;
  readonly title: string;
  readonly version: string | null;
  readonly summary: string;
  /** Null if the manifest cannot be read. */
  readonly depends: readonly string[] | null;
  readonly installable: boolean;
}

/** A branch of a repository, as it was when it was fetched. */
export interface FetchedBranch {
  readonly format: typeof FORMAT;
  /** Null if the repository has no branch for the series. */
  readonly commit: string | null;
  /** When the commit was made, in ISO 8601. */
  readonly committed: string | null;
  /** When it was last found to be the newest, in ISO 8601 (UTC). */
  readonly checked: string;
  readonly modules: Readonly<Record<string, FetchedModule>>;
}

/** Changes with what is kept of a manifest: files of another format are made anew. */
export const FORMAT = 1;

/** Where the parts of the folder of sources are. */
export function sourcesFolder(stateDir: string) {
  const path = join(stateDir, LAYOUT.sources);
  return {
    path,
    /** The folder with what is known of a series. */
    index: (series: Series) => join(path, 'index', series),
    branch: (series: Series, repo: string) => join(path, 'index', series, `${repo}.json`),
    /** The git folders with trees. */
    repositories: join(path, 'repositories'),
    repository: (repo: string) => join(path, 'repositories', repo),
    /** Which repositories there are. */
    known: join(path, 'repositories.json'),
  };
}

/** What was fetched of a repository for a series; null if nothing was, or it cannot be used. */
export function readFetchedBranch(stateDir: string, series: Series, repo: string): FetchedBranch | null {
  return readBranchFile(sourcesFolder(stateDir).branch(series, repo));
}

function readBranchFile(path: string): FetchedBranch | null {
  const read = readState(path);
  return isBranch(read) ? read : null;
}

/** What a file in the folder of sources says; null if there is none, or it is damaged or not the server's own. */
export function readState(path: string): unknown {
  try {
    const read = readOwn(path, ownUser());
    return read.ok && read.value !== null ? JSON.parse(read.value) : null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

function isBranch(value: unknown): value is FetchedBranch {
  const { format, commit, checked, modules } = (value ?? {}) as Record<keyof FetchedBranch, unknown>;
  return (
    format === FORMAT &&
    (commit === null || typeof commit === 'string') &&
    typeof checked === 'string' &&
    /^\d{4}-\d\d-\d\dT/.test(checked) &&
    typeof modules === 'object' &&
    modules !== null &&
    Object.values(modules).every(isModule)
  );
}

function isModule(value: unknown): value is FetchedModule {
  const { manifest, title, version, summary, depends, installable } = (value ?? {}) as Record<
    keyof FetchedModule,
    unknown
  >;
  return (
    (manifest === null || typeof manifest === 'string') &&
    typeof title === 'string' &&
    (version === null || typeof version === 'string') &&
    typeof summary === 'string' &&
    (depends === null || (Array.isArray(depends) && depends.every((name) => typeof name === 'string'))) &&
    typeof installable === 'boolean'
  );
}

/** The repositories of which something was fetched for a series, with it; empty if nothing was. */
export function readFetched(stateDir: string, series: Series): ReadonlyMap<string, FetchedBranch> {
  const folder = sourcesFolder(stateDir).index(series);
  const branches = new Map<string, FetchedBranch>();
  for (const name of namesIn(stateDir, folder)) {
    const repo = /^([A-Za-z0-9_][A-Za-z0-9._-]*)\.json$/.exec(name)?.[1];
    const branch = repo === undefined ? null : readBranchFile(join(folder, name));
    if (repo !== undefined && branch !== null) branches.set(repo, branch);
  }
  return branches;
}

/** The entries of a folder that no other user can write to; none of any other. */
function namesIn(stateDir: string, folder: string): string[] {
  try {
    return proveFolder(stateDir, folder) === null ? readdirSync(folder).sort() : [];
  } catch (error) {
    stopAtShortage(error);
    return [];
  }
}

/** The modules of the repositories that `source index` has fetched: of each of these it knows all, as of a day. */
export function fetchedLayer(stateDir: string): IndexLayer {
  return { of: async (series) => fetchedIndex(stateDir, series) };
}

interface Kept {
  readonly stamp: Stamp;
  readonly readAt: number;
  readonly index: LayerIndex | null;
}

/** By the path of the folder. */
const kept = new Map<string, Kept>();

/** What `source index` has fetched for a series; null if nothing. Read again when it has changed. */
export function fetchedIndex(stateDir: string, series: Series): LayerIndex | null {
  const folder = sourcesFolder(stateDir).index(series);
  // Each file is replaced by a rename, which changes the folder.
  const stamp = stampOf(folder);
  if (stamp === null) return null;
  const known = kept.get(folder);
  if (known !== undefined && known.stamp.key === stamp.key && isSettledBy(stamp, known.readAt))
    return known.index;
  const readAt = Date.now();
  const branches = readFetched(stateDir, series);
  const index = branches.size === 0 ? null : indexOf(series, branches);
  kept.set(folder, { stamp, readAt, index });
  return index;
}

function indexOf(series: Series, branches: ReadonlyMap<string, FetchedBranch>): LayerIndex {
  const day = ({ checked }: FetchedBranch) => checked.slice(0, 10);
  const modules = [...branches].flatMap(([repo, branch]) =>
    Object.entries(branch.modules).map(([name, { depends, installable }]): IndexedModule => {
      return { name, repo, depends, installable, asOf: day(branch) };
    }),
  );
  const covered = new Map([...branches].map(([repo, branch]) => [repo, day(branch)]));
  const oldest = [...covered.values()].sort()[0] as string;
  return { ...makeIndex(series, oldest, modules), covered };
}

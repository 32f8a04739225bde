import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { slipsOf } from '../base/nearest.ts';
import { lstatOrNull } from '../base/paths.ts';
import { type Surface, TOOLS } from '../base/surface.ts';
import type { Turns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';
import { BUILT_IN, createModuleIndex, type ModuleIndex } from '../sources/module-index.ts';
import { type CoreLists, coreLists } from './core-lists.ts';
import { type Repository, repositoriesIn } from './discover.ts';
import { type FolderLook, lookAtFolders } from './folder-look.ts';
import { createHolders } from './holders.ts';
import { hasManifest, isLeftOut, manifestNames, modulesIn } from './module-folders.ts';
import { isModuleName, type ModuleName } from './module-name.ts';
import { createOwners, type OwnersOf } from './owners.ts';
import { stopAtMovedRoots } from './root-faults.ts';
import { type Family, LINKED_BY, type Root, rootOf, type ToolFamily } from './roots.ts';
import { readSeriesOfCheckouts, type SeriesOfCheckout } from './series-of-checkout.ts';
import { findStrays, type Strays } from './strays.ts';

/** A folder with the name of a module in one or more repositories; listed once, however many symlinks lead to it. */
export interface Candidate {
  /** The repositories it lies in; if no root lists one of these, those in {@link listedBy}. Never empty. */
  readonly repositories: readonly Repository[];
  /** The repositories that contain the folder or a symlink to it. */
  readonly listedBy: readonly Repository[];
  readonly path: string;
  /** The root the real path lies in; null when it lies outside all roots. */
  readonly root: Root | null;
  readonly hasManifest: boolean;
}

/** A module's folder, as far as it matters whether it may be shown. */
export interface Shown extends Pick<Candidate, 'path' | 'repositories'> {
  /** Null outside all roots. */
  readonly family: Family | null;
}

/** What a call may tell of modules that it was not asked about. */
export interface Discretion {
  /** Whether it may tell where a module lies. */
  mayShow(name: string, found: Shown): boolean;
  /** Whether it may mention a name: if it may show one of the places that have it. */
  mayName(name: string): Promise<boolean>;
}

/** The repositories and modules at the time of a call. */
export interface Sources {
  /** Hints have calls that reach the same instance. */
  readonly surface: Surface;
  readonly series: Series;
  readonly roots: readonly Root[];
  readonly repositories: readonly Repository[];
  /** The repositories a folder lies in. */
  readonly ownersOf: OwnersOf;
  /** The names of Odoo's own modules. */
  readonly lists: CoreLists;
  /** The names of all modules of a family; read on first use. */
  moduleNames(family: Family): Promise<readonly string[]>;
  /** The names one slip away from a missing one, among the modules that some tools link and Odoo's own. */
  namesLike(name: string, ...tools: ToolFamily[]): Promise<string[]>;
  /** Absent where everything may be told. */
  readonly discretion?: Discretion;
  /** The call's turns. */
  readonly turns: Turns;
  /** The look at folders that has found the repositories. */
  readonly look: FolderLook;
  /** What lies in the roots where it is not found; searched on first use. */
  strays(): Promise<Strays>;
  /** What is known of modules that no root has; read on first use. Here, what is built in. */
  readonly index: ModuleIndex;
  /** The series of a checkout by its branch; each is read once per call. */
  readonly seriesOf: SeriesOfCheckout;
  /** The folders of that name in every repository, modules or not; read once per call. */
  candidates(name: ModuleName): Promise<readonly Candidate[]>;
}

/**
 * Lists the repositories. Each call looks at them, so that it sees the newest checkouts; what has not changed is remembered.
 * @param turns The call's turns, also spent by the methods of the result.
 * @param surface What hints are written for; its calls reach the same instance.
 */
export async function readSources(
  roots: readonly Root[],
  series: Series,
  turns: Turns,
  surface: Surface = TOOLS,
): Promise<Sources> {
  const look = lookAtFolders(roots, turns);
  stopAtMovedRoots(roots, look);
  const repositories = await repositoriesIn(roots, turns, look);
  const names = new Map<Family, Promise<readonly string[]>>();
  const found = new Map<ModuleName, Candidate[]>();
  const holders = createHolders(repositories, look, turns);
  const ownersOf = await createOwners(repositories, turns, look);
  const lists = await coreLists(series);
  const moduleNames = (family: Family) => {
    const known = names.get(family) ?? namesOf(repositories, family, turns);
    names.set(family, known);
    return known;
  };
  let compared = 0;
  let strays: Promise<Strays> | undefined;
  return {
    surface,
    turns,
    look,
    series,
    roots,
    repositories,
    ownersOf,
    lists,
    index: createModuleIndex([BUILT_IN]),
    seriesOf: readSeriesOfCheckouts(),
    moduleNames,
    async namesLike(name, ...tools) {
      // Limited, because a hostile manifest can name ten thousand modules.
      if (++compared > MOST_COMPARED) return [];
      const near = slipsOf(name);
      const known = await Promise.all(tools.flatMap((tool) => LINKED_BY[tool].map(moduleNames)));
      const enterprise = tools.includes('ee') ? [lists.enterprise] : [];
      for (const candidates of [...known, lists.community, ...enterprise]) {
        for (const candidate of candidates) {
          // Other folder names could contain a sentence, and cannot be linked. A built-in list may have the very name.
          if (isModuleName(candidate) && candidate !== name) near.offer(candidate);
          const pause = turns.spend();
          if (pause !== undefined) await pause;
        }
      }
      return near.best(MOST_NEAREST);
    },
    strays() {
      strays ??= findStrays(
        roots.filter(({ family }) => family !== 'core'),
        repositories,
        turns,
      );
      return strays;
    },
    async candidates(name) {
      const around = { roots, series, ownersOf, turns };
      const known = found.get(name) ?? (await findCandidates(name, around, await holders(name)));
      found.set(name, known);
      return known;
    },
  };
}

async function namesOf(
  repositories: readonly Repository[],
  family: Family,
  turns: Turns,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { root, path } of repositories) {
    if (root.family !== family) continue;
    for (const name of await modulesIn(path, turns)) names.push(name);
  }
  return names;
}
/** How many names a message suggests. */
const MOST_NEAREST = 5;
const MOST_COMPARED = 20;

interface CandidateScope extends Pick<Sources, 'roots' | 'ownersOf'> {
  readonly series: Series;
  readonly turns: Turns;
}

async function findCandidates(
  name: ModuleName,
  { roots, series, ownersOf, turns }: CandidateScope,
  holders: readonly Repository[],
): Promise<Candidate[]> {
  if (isLeftOut(name)) return [];
  const names = manifestNames(series);
  const byPath = new Map<string, Repository[]>();
  for (const listed of holders) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    // Both parts are already normalised, and `join` would scan them again.
    const path = realFolder(`${listed.path}${sep}${name}`);
    if (path === null) continue;
    const known = byPath.get(path);
    if (known === undefined) byPath.set(path, [listed]);
    else known.push(listed);
  }
  const found: Candidate[] = [];
  for (const [path, listedBy] of byPath) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const owners = ownersOf(path);
    const repositories = owners.length > 0 ? owners : listedBy;
    const root = rootOf(path, roots);
    found.push({ repositories, listedBy, path, root, hasManifest: hasManifest(path, names) });
  }
  return found;
}

function realFolder(path: string): string | null {
  const entry = lstatOrNull(path);
  if (entry === null || !(entry.isDirectory() || entry.isSymbolicLink()) || !hasExactName(path)) return null;
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** On file systems that ignore case, the path `web` also finds `Web`; in Python they are different modules. */
function hasExactName(path: string): boolean {
  if (process.platform === 'linux') return true;
  return readdirSync(dirname(path)).includes(basename(path));
}

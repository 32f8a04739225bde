import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { stopAtShortage } from '../interruption.ts';
import type { Series } from '../manifest/series.ts';
import { nearestTo } from '../nearest.ts';
import { lstatOrNull } from '../paths.ts';
import { ok, type Refused, type Result, refuse } from '../refusal.ts';
import { quoted } from '../text.ts';
import type { Turns } from '../turns.ts';
import { type CoreLists, coreLists } from './core-lists.ts';
import {
  hasManifest,
  isLeftOut,
  manifestNames,
  modulesIn,
  type Repository,
  repositoriesOf,
} from './discover.ts';
import { createHolders } from './holders.ts';
import type { ModuleName } from './module-name.ts';
import { type Family, type Root, rootOf } from './roots.ts';

declare const moduleSource: unique symbol;

/** A module's folder, proven to lie inside a root of its family. Only {@link findModule} makes one. */
export interface ModuleSource {
  readonly name: ModuleName;
  readonly family: Family;
  readonly repository: Repository;
  /** The real path of the folder. */
  readonly path: string;
  readonly [moduleSource]: true;
}

interface Candidate {
  readonly repository: Repository;
  readonly path: string;
  /** The family of the root the real path lies in; null when it leads out of all roots. */
  readonly family: Family | null;
  readonly hasManifest: boolean;
}

/** What a call has to say of where it works: nothing where there is one instance. */
export interface CallPlace {
  readonly instance?: string;
}

/** What modules can be had from, as it is at the moment of a call. */
export interface Sources {
  readonly where: CallPlace;
  readonly roots: readonly Root[];
  readonly repositories: readonly Repository[];
  /** The names of Odoo's own modules. */
  readonly lists: CoreLists;
  /** The names of all modules of a family; read when it is first asked for. */
  moduleNames(family: Family): Promise<readonly string[]>;
  /** The names most like one that is not there: of modules of some families, and of Odoo's own. */
  namesLike(name: string, ...families: ('oca' | 'ee')[]): Promise<string[]>;
  /** The folders of a name in every repository, whatever they are; looked at once a call. */
  candidates(name: ModuleName): Promise<readonly Candidate[]>;
}

/**
 * Lists the repositories anew, so that a checkout of a moment ago is seen; once for a call.
 * @param turns Of the call; everything that is asked of the sources takes them.
 * @param where What a call in a hint has to say to reach the same place.
 */
export async function readSources(
  roots: readonly Root[],
  series: Series,
  turns: Turns,
  where: CallPlace = {},
): Promise<Sources> {
  const repositories: Repository[] = [];
  for (const root of roots) {
    for (const repository of await repositoriesOf(root, turns)) repositories.push(repository);
  }
  const names = new Map<Family, Promise<readonly string[]>>();
  const found = new Map<ModuleName, Candidate[]>();
  const holders = createHolders(repositories, turns);
  const lists = await coreLists(series);
  const moduleNames = (family: Family) => {
    const known = names.get(family) ?? namesOf(repositories, family, turns);
    names.set(family, known);
    return known;
  };
  let compared = 0;
  return {
    where,
    roots,
    repositories,
    lists,
    moduleNames,
    async namesLike(name, ...families) {
      // Nobody reads more, and a hostile manifest can name ten thousand.
      if (++compared > MOST_COMPARED) return [];
      const near = nearestTo(name);
      const known = await Promise.all(families.map(moduleNames));
      const enterprise = families.includes('ee') ? [lists.enterprise] : [];
      for (const candidates of [...known, lists.community, ...enterprise]) {
        for (const candidate of candidates) {
          near.offer(candidate);
          const pause = turns.spend();
          if (pause !== undefined) await pause;
        }
      }
      return near.best(MOST_NEAREST);
    },
    async candidates(name) {
      const known =
        found.get(name) ?? (await findCandidates(name, roots, await holders(name), series, turns));
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

/** A folder that offers a module, of whatever family. */
export interface Offer {
  readonly family: Family;
  readonly repository: Repository;
  /** The real path of the module's folder. */
  readonly path: string;
}

/** Every folder with a manifest that has a module's name, whichever its family. */
export async function findOffers(name: ModuleName, sources: Sources): Promise<Offer[]> {
  const all = await sources.candidates(name);
  const offers = all.filter((candidate) => candidate.hasManifest && candidate.family !== null);
  return distinct(offers) as (Candidate & Offer)[];
}

/**
 * Finds a module by name in every repository of a family.
 * @param sources All roots of the instance; those of other families explain a `wrong_family`.
 * @param repo Takes the module from this repository only: its folder name, or its path where names repeat.
 * @returns The source, or `module_not_found`, `ambiguous_module`, `wrong_family`, `manifest_missing` or
 *   `source_outside_roots`.
 */
export async function findModule(
  name: ModuleName,
  family: 'oca' | 'ee',
  sources: Sources,
  repo?: string,
): Promise<Result<ModuleSource>> {
  const all = await sources.candidates(name);
  const ours = all.filter((candidate) => candidate.family === family);
  const offered = distinct(ours.filter((candidate) => candidate.hasManifest));
  const chosen =
    repo === undefined ? offered : offered.filter(({ repository }) => isCalled(repository, repo));
  const [first, ...others] = chosen;
  if (first !== undefined && others.length === 0) {
    const { repository, path } = first;
    return ok({ name, family, repository, path } as ModuleSource);
  }
  if (first !== undefined) return ambiguous(name, family, chosen);
  if (offered.length > 0) return notInRepository(name, offered);
  return explainAbsence(name, family, sources, all);
}

async function findCandidates(
  name: ModuleName,
  roots: readonly Root[],
  repositories: readonly Repository[],
  series: Series,
  turns: Turns,
): Promise<Candidate[]> {
  if (isLeftOut(name)) return [];
  const names = manifestNames(series);
  const found: Candidate[] = [];
  for (const listed of repositories) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    // Both parts are normal already, and `join` would go through every letter of them once more.
    const path = realFolder(`${listed.path}${sep}${name}`);
    if (path === null) continue;
    // A folder can be listed through a symlink: its repository is where it really lies.
    const root = rootOf(path, roots);
    const repository = { name: basename(dirname(path)), path: dirname(path), root: root ?? listed.root };
    found.push({ repository, path, family: root?.family ?? null, hasManifest: hasManifest(path, names) });
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

/** On file systems that ignore case, `Web` answers for `web`; to Python the two are different modules. */
function hasExactName(path: string): boolean {
  if (process.platform === 'linux') return true;
  return readdirSync(dirname(path)).includes(basename(path));
}

/** The same folder can be reached through overlapping roots; it is still one. */
function distinct(found: readonly Candidate[]): Candidate[] {
  return [...new Map(found.map((candidate) => [candidate.path, candidate])).values()];
}

/** Whether a `repo` argument means a repository: by its folder name, its path, or its name at the OCA. */
export function isCalled({ name, path }: Pick<Repository, 'name' | 'path'>, repo: string): boolean {
  return repo === name || repo === path || repo === `OCA/${name}`;
}

function ambiguous(name: ModuleName, family: 'oca' | 'ee', chosen: readonly Candidate[]): Refused {
  const repos = tellApart(chosen);
  return refuse(
    'ambiguous_module',
    `${name} is offered by ${repos.length} repositories: ${repos.map(quoted).join(', ')}.`,
    {
      module: name,
      details: { repos },
      hint:
        family === 'oca'
          ? `Call again with repo, for example repo: ${JSON.stringify(repos[0])}.`
          : 'Ask the operator to leave one of them under roots.ee.',
    },
  );
}

/** What to call repositories so that each can be meant: their names or, where names repeat, their paths. */
export function tellApart(offers: readonly { readonly repository: Repository }[]): string[] {
  const names = offers.map(({ repository }) => repository.name);
  return new Set(names).size === names.length ? names : offers.map(({ repository }) => repository.path);
}

function notInRepository(name: ModuleName, offered: readonly Candidate[]): Refused {
  const repos = offered.map(({ repository }) => repository.name);
  return refuse('module_not_found', `${name} is not in the repository that was asked for.`, {
    module: name,
    details: { repos },
    hint: `It is in ${repos.map(quoted).join(', ')}: call again with repo: ${JSON.stringify(repos[0])}, or without repo.`,
  });
}

async function explainAbsence(
  name: ModuleName,
  family: 'oca' | 'ee',
  { roots, lists, namesLike, where }: Sources,
  all: readonly Candidate[],
): Promise<Refused> {
  const module = name;
  const outside = all.find(
    (candidate) => candidate.family === null && candidate.repository.root.family === family,
  );
  if (outside !== undefined) {
    return refuse('source_outside_roots', `${name} is a symlink that leads out of the configured roots.`, {
      module,
      hint: `Ask the operator to add the folder it leads to as a root of the family ${family}.`,
    });
  }
  const elsewhere = all.find((candidate) => candidate.hasManifest && candidate.family !== null);
  if (elsewhere !== undefined) return wrongFamily(name, elsewhere.family as Family, family, where);
  const empty = all.find((candidate) => candidate.family === family);
  if (empty !== undefined) {
    const message = `The folder ${name} in ${quoted(empty.repository.name)} has no manifest.`;
    return refuse('manifest_missing', message, {
      module,
      hint: 'It is no module, or the server may not look into it: ask the operator to check the folder.',
    });
  }
  // The lists stand in for roots that are not configured.
  if (lists.community.has(name)) return wrongFamily(name, 'core', family, where);
  if (lists.enterprise.has(name) && family === 'oca') return wrongFamily(name, 'ee', family, where);
  const near = await namesLike(name, family);
  const none = !roots.some((root) => root.family === family);
  const message = none
    ? `${name} cannot be found: the instance has no root of the family ${family}.`
    : `No repository of the family ${family} holds ${name}.`;
  return refuse('module_not_found', message, {
    module,
    details: { nearest: near },
    ...(near.length > 0 && { hint: `Did you mean ${near.join(', ')}?` }),
    ...(near.length === 0 && {
      hint: 'Ask the operator to check out the repository that has it, under a root.',
    }),
    ...(none && { hint: `Ask the operator to configure roots.${family}.` }),
  });
}

/** The refusal for a module that is there, but of another family than the tool that was called links. */
function wrongFamily(name: string, actual: Family, asked: 'oca' | 'ee', where: CallPlace): Refused {
  const title = { oca: 'an OCA module', ee: 'an Odoo Enterprise module', core: 'a module of Odoo Community' }[
    actual
  ];
  const hint =
    actual === 'core'
      ? 'Nothing needs to be linked: it comes with Odoo itself.'
      : `Call ${toolCall(actual, [name], where)} instead.`;
  return refuse('wrong_family', `${name} is ${title}; ${asked}_link does not link those.`, {
    module: name,
    details: { family: actual },
    hint,
  });
}

/** The call that links modules of a family, as a caller would write it. */
export function toolCall(family: Family, modules: readonly string[], where: CallPlace): string {
  if (family === 'ee') return `ee_link ${JSON.stringify({ modules, ...where })}`;
  return `oca_link ${JSON.stringify({ module: modules.length === 1 ? modules[0] : modules, ...where })}`;
}

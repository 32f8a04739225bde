import { basename, dirname, join } from 'node:path';
import type { Repository } from '../addons/discover.ts';
import { findModule, type ModuleSource } from '../addons/lookup.ts';
import { GIVE_ACCESS } from '../addons/manifest-file.ts';
import type { ModuleName } from '../addons/module-name.ts';
import { describeFault, faultOf, type RootFault } from '../addons/root-faults.ts';
import { type Root, settingOf, type ToolFamily, toolsOf } from '../addons/roots.ts';
import type { Sources } from '../addons/sources.ts';
import { isFolderOf } from '../addons/strays.ts';
import { describeErrno, realpathOrNull } from '../base/paths.ts';
import { type Refusal, type Result, refuse, refused } from '../base/refusal.ts';
import type { Surface } from '../base/surface.ts';
import { quoted } from '../base/text.ts';
import { isLinkAsText } from '../base/text-link.ts';
import { findGitFolder } from '../sources/git-folder.ts';
import type { IndexedModule } from '../sources/git-index.ts';
import { modulesInCheckout } from '../sources/modules-in-checkout.ts';

/**
 * Finds a module by name, see {@link findModule}. If no repository contains it, the refusal says what may be in the way:
 * a root that is gone, a folder that cannot be read, a module that lies where it is not looked for.
 */
export async function locateModule(
  name: ModuleName,
  tool: ToolFamily,
  sources: Sources,
  repo?: string,
): Promise<Result<ModuleSource>> {
  const found = await findModule(name, tool, sources, repo);
  // Other refusals say already what the name is.
  const near = found.ok ? undefined : (found.refusal.details?.nearest as readonly string[] | undefined);
  if (near === undefined) return found;
  const looked = lookedFor.get(sources) ?? 0;
  lookedFor.set(sources, looked + 1);
  // Limited, because a hostile manifest can name ten thousand modules.
  const obstacle = looked < MOST_LOOKED_FOR ? await findObstacle(name, tool, sources) : null;
  // An empty root says less than a name that is almost the same.
  const reason = obstacle ?? (near.length > 0 ? null : findEmptyRoot(name, tool, sources));
  return reason === null ? found : refused({ ...reason, module: name });
}

/** How many names of a call are explained. */
const MOST_LOOKED_FOR = 20;
const lookedFor = new WeakMap<Sources, number>();

/** What keeps a module from being found; null if nothing is known to. */
async function findObstacle(name: ModuleName, tool: ToolFamily, sources: Sources): Promise<Refusal | null> {
  const unavailable = findFault(name, tool, sources);
  if (unavailable !== null) return unavailable;
  const { modules, unreadable } = await sources.strays();
  const stray = modules.find(({ path, root }) => toolsOf(root.family) === tool && isFolderOf(path, name));
  if (stray !== undefined) return describeStray(name, stray);
  const [folder, ...others] = unreadable.filter(({ root }) => toolsOf(root.family) === tool);
  if (folder !== undefined) {
    const more = others.length > 0 ? ` and ${others.length} more folders` : '';
    const message = `${name} was not found, but ${quoted(folder.path)}${more} ${describeErrno(folder.errno)}.`;
    return refuse('source_unavailable', message, { hint: GIVE_ACCESS }).refusal;
  }
  return findInRepositories(name, tool, sources);
}

/** A root that is gone or cannot be read. */
function findFault(name: ModuleName, tool: ToolFamily, { roots, surface }: Sources): Refusal | null {
  for (const root of roots) {
    const fault = toolsOf(root.family) === tool ? faultOf(root) : null;
    if (fault !== null && fault !== 'empty') return describeUnavailable(name, root, fault, surface);
  }
  return null;
}

/** The first root, if all are empty. */
function findEmptyRoot(name: ModuleName, tool: ToolFamily, { roots, surface }: Sources): Refusal | null {
  const searched = roots.filter(({ family }) => toolsOf(family) === tool);
  const [first] = searched;
  const isEmpty = first !== undefined && searched.every((root) => faultOf(root) === 'empty');
  return isEmpty ? describeUnavailable(name, first, 'empty', surface) : null;
}

function describeUnavailable(name: ModuleName, root: Root, fault: RootFault, surface: Surface): Refusal {
  const { message, hint } = describeFault(root, fault, surface);
  return refuse('source_unavailable', `${name} was not found. ${message}`, { details: { fault }, hint })
    .refusal;
}

function describeStray(name: ModuleName, { path, root }: { path: string; root: Root }): Refusal {
  const setting = settingOf(root.family, [root]);
  if (path === root.path) {
    const message = `${setting} names the folder of ${name} itself: ${quoted(path)}.`;
    const hint = `Ask the operator to name the folder that contains it under ${setting} instead.`;
    return refuse('module_not_found', message, { hint }).refusal;
  }
  if (basename(path) === name) {
    const message = `${name} lies in ${quoted(dirname(path))}, which is too deep below the root ${quoted(root.path)} to be searched.`;
    const hint = `Ask the operator to add ${quoted(dirname(path))} to ${setting}.`;
    return refuse('module_not_found', message, { hint }).refusal;
  }
  const message = `The folder ${quoted(path)} may be ${name}, but Python cannot import a module of that name.`;
  return refuse('module_not_found', message, { hint: `Ask the operator to rename it to ${name}.` }).refusal;
}

/** Looks for what git has left of a module in the repositories; each index is read once. */
async function findInRepositories(
  name: ModuleName,
  tool: ToolFamily,
  { repositories, turns }: Sources,
): Promise<Refusal | null> {
  const searched = repositories.filter(({ root }) => toolsOf(root.family) === tool);
  const known = new Map(searched.map((repository) => [realpathOrNull(repository.path), repository]));
  const indexes = new Set<string>();
  for (const repository of searched) {
    await turns.spend(LOOKING);
    const { path, root } = repository;
    if (isLinkAsText(join(path, name))) return describeTextLink(name, repository);
    const git = findGitFolder(path, root.path);
    if (git === null || indexes.has(git.path)) continue;
    indexes.add(git.path);
    await turns.spend(READING_INDEX);
    for (const { folder, state } of modulesInCheckout(git, name)) {
      const owner = known.get(dirname(folder));
      if (owner !== undefined) return describeLeftOut(name, owner, state);
    }
  }
  return null;
}

/** Units of work for looking at a repository, and for searching the largest index. */
const LOOKING = 2;
const READING_INDEX = 50;

function describeTextLink(name: ModuleName, repository: Repository): Refusal {
  const message = `${name} in ${quoted(repository.name)} is a text file with a path in it: git checked out a symlink as text.`;
  const hint = `Ask the operator to run "git config core.symlinks true" and "git checkout -- ${name}" there.`;
  return refuse('module_not_found', message, { hint }).refusal;
}

function describeLeftOut(name: ModuleName, repository: Repository, state: IndexedModule['state']): Refusal {
  const why = state === 'sparse' ? ', because its checkout is sparse' : '';
  const command = state === 'sparse' ? 'sparse-checkout add' : 'restore';
  const message = `The repository ${quoted(repository.name)} contains ${name}, but not in its work tree${why}.`;
  const hint = `Ask the operator to run "git ${command} ${name}" in ${quoted(repository.path)}.`;
  return refuse('module_not_found', message, { hint }).refusal;
}

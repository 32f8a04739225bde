import { constants } from 'node:fs';
import { accessErrno, describeErrno } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import type { Surface } from '../base/surface.ts';
import { capitalised, countWithheld, quoted } from '../base/text.ts';
import type { Repository } from './discover.ts';
import { GIVE_ACCESS } from './manifest-file.ts';
import type { ModuleName } from './module-name.ts';
import { isCalledAny, type OwnersOf } from './owners.ts';
import { type Family, type Root, settingOf, type ToolFamily, toolsOf } from './roots.ts';
import { notOfOtherSeries } from './series-of-checkout.ts';
import type { Candidate, Sources } from './sources.ts';
import { refuseUnknown } from './unknown-name.ts';

declare const moduleSource: unique symbol;

/** A module's folder, proven to lie inside a root of its family. Only {@link findModule} creates one. */
export interface ModuleSource {
  readonly name: ModuleName;
  readonly family: Family;
  /** The root its real path lies in. */
  readonly root: Root;
  /** The repository it lies in, even if it was found through a symlink in another one. */
  readonly repository: Repository;
  /** All repositories it belongs to, see {@link OwnersOf}: a policy rule for any of them applies to the module. */
  readonly repositories: readonly Repository[];
  /** The real path of the folder. */
  readonly path: string;
  readonly [moduleSource]: true;
}

/** A folder that offers a module, of any family. */
export type Offer = Omit<ModuleSource, 'name' | typeof moduleSource>;

/** Every folder in the roots with a module's name and a manifest, of any family and any series. */
export async function findAllOffers(name: ModuleName, sources: Sources): Promise<readonly Offer[]> {
  return (await sources.candidates(name)).flatMap(offerOf);
}

/** The same without those that step back, because others are not of another series, see {@link notOfOtherSeries}. */
export async function findOffers(name: ModuleName, sources: Sources): Promise<readonly Offer[]> {
  return notOfOtherSeries(await findAllOffers(name, sources), sources.series, sources.seriesOf);
}

function offerOf({ root, path, repositories, hasManifest }: Candidate): Offer[] {
  if (root === null || !hasManifest) return [];
  const [repository] = repositories as [Repository];
  return [{ family: root.family, root, repository, repositories, path }];
}

/**
 * Finds a module by name in every repository of a family. Of several, checkouts of another series step back.
 * @param sources All roots of the instance; roots of other families are needed for `wrong_family`.
 * @param repo Search only this repository: its folder name, or its path where names repeat.
 * @returns The source, or `module_not_found`, `ambiguous_module`, `wrong_family`, `manifest_missing` or
 *   `source_outside_roots`.
 */
export async function findModule(
  name: ModuleName,
  tool: ToolFamily,
  sources: Sources,
  repo?: string,
): Promise<Result<ModuleSource>> {
  const all = await sources.candidates(name);
  const offered = all.filter(
    ({ root, hasManifest }) => toolsOf(root?.family ?? null) === tool && hasManifest,
  );
  const named = (repo === undefined ? offered : chooseFrom(offered, repo)).flatMap(offerOf);
  const chosen = notOfOtherSeries(named, sources.series, sources.seriesOf);
  const [first, ...others] = chosen;
  if (first !== undefined && others.length === 0) return ok({ name, ...first } as ModuleSource);
  if (first !== undefined) return ambiguous(name, tool, chosen, sources);
  if (offered.length > 0) return notInRepository(name, offered.flatMap(offerOf), sources);
  return explainAbsence(name, tool, sources, all);
}

/** The candidates a `repo` argument means. If the repository lists some of them itself, only these. */
function chooseFrom(offered: readonly Candidate[], repo: string): readonly Candidate[] {
  const chosen = offered.filter(({ repositories }) => isCalledAny(repositories, repo));
  const own = chosen.filter(({ listedBy }) => isCalledAny(listedBy, repo));
  return own.length > 0 ? own : chosen;
}

function ambiguous(
  name: ModuleName,
  tool: ToolFamily,
  chosen: readonly Offer[],
  { roots, surface, discretion }: Sources,
): Refused {
  const repos = tellApart(chosen).filter((_, at) => {
    return discretion?.mayShow(name, chosen[at] as Offer) !== false;
  });
  const withheld = chosen.length - repos.length;
  const where = [...repos.map(quoted), ...(withheld > 0 ? [countWithheld(withheld, repos.length)] : [])];
  const others = repos.length > 1 ? ', or with another of them' : '';
  return refuse(
    'ambiguous_module',
    `${name} is offered by ${chosen.length} repositories: ${where.join(', ')}.`,
    {
      module: name,
      details: { repos },
      hint:
        tool === 'oca' && repos.length > 0
          ? `${capitalised(surface.again({ repo: repos[0] }))}${others}.`
          : `Ask the operator to keep only one of them under ${settingOf(tool, roots)}.`,
    },
  );
}

/** Unique `repo` arguments for repositories: their names or, if a name repeats, their paths. */
export function tellApart(offers: readonly { readonly repository: Repository }[]): string[] {
  const names = offers.map(({ repository }) => repository.name);
  return new Set(names).size === names.length ? names : offers.map(({ repository }) => repository.path);
}

function notInRepository(name: ModuleName, offered: readonly Offer[], { surface }: Sources): Refused {
  const repos = offered.map(({ repository }) => repository.name);
  const argument = surface.argument('repo');
  return refuse('module_not_found', `${name} is not in the repository given as ${argument}.`, {
    module: name,
    details: { repos },
    hint: `It is in ${repos.map(quoted).join(', ')}: ${surface.again({ repo: tellApart(offered)[0] })}, or without ${argument}.`,
  });
}

async function explainAbsence(
  name: ModuleName,
  tool: ToolFamily,
  { series, roots, repositories, lists, namesLike, surface }: Sources,
  all: readonly Candidate[],
): Promise<Refused> {
  const module = name;
  const outside = all.find(
    ({ root, listedBy }) => root === null && listedBy.some((listed) => toolsOf(listed.root.family) === tool),
  );
  if (outside !== undefined) {
    return refuse('source_outside_roots', `${name} is a symlink to a folder outside the configured roots.`, {
      module,
      hint: `Ask the operator to add that folder to ${settingOf(outside.listedBy[0]?.root.family ?? tool, roots)}.`,
    });
  }
  const [elsewhere] = all.flatMap(offerOf);
  if (elsewhere !== undefined) return wrongFamily(name, elsewhere.family, tool, true, { roots, surface });
  // A stray module makes its root a repository, in which the other repositories are folders without a manifest.
  const isRepository = (path: string) => repositories.some((repository) => repository.path === path);
  const empty = all.find(({ root, path }) => toolsOf(root?.family ?? null) === tool && !isRepository(path));
  if (empty !== undefined) return withoutManifest(name, empty);
  // The lists replace roots that are not configured.
  if (lists.community.has(name)) return wrongFamily(name, 'core', tool, false, { roots, surface });
  if (lists.enterprise.has(name) && tool === 'oca')
    return wrongFamily(name, 'ee', tool, false, { roots, surface });
  return refuseUnknown(name, tool, { series, roots, repositories, namesLike, surface });
}

function withoutManifest(name: ModuleName, { repositories, path }: Candidate): Refused {
  const [repository] = repositories as [Repository];
  const errno = accessErrno(path, constants.R_OK | constants.X_OK);
  if (errno !== null) {
    const message = `The folder ${name} in ${quoted(repository.name)} ${describeErrno(errno)}.`;
    return refuse('manifest_unreadable', message, { module: name, hint: GIVE_ACCESS });
  }
  return refuse('manifest_missing', `The folder ${name} in ${quoted(repository.name)} has no manifest.`, {
    module: name,
    hint: 'It is not a module. Ask the operator to check the folder: the checkout may be incomplete.',
  });
}

/**
 * The refusal for a module that exists, but in a family that the called tool does not link.
 * @param isOffered Whether a root contains it: otherwise no call links it.
 */
function wrongFamily(
  name: string,
  actual: Family,
  tool: ToolFamily,
  isOffered: boolean,
  { roots, surface }: Pick<Sources, 'roots' | 'surface'>,
): Refused {
  const called = surface.tool(`${tool}_link`);
  const instead = `${linkCall(actual, [name], surface)} instead`;
  if (tool === 'ee' && actual !== 'core') {
    const message = `${name} is a module of the family ${actual}; ${called} links only those of Odoo Enterprise.`;
    const hint = `${instead} or, if it is Odoo Enterprise's, ask the operator to name its repository under roots.ee.`;
    return refuse('wrong_family', message, { module: name, details: { family: actual }, hint });
  }
  const title = actual === 'core' ? 'a module of Odoo Community' : 'an Odoo Enterprise module';
  const hint =
    actual === 'core'
      ? 'It comes with Odoo itself and needs no link.'
      : isOffered
        ? `${instead}.`
        : noEnterprise(roots);
  return refuse('wrong_family', `${name} is ${title}; ${called} does not link such modules.`, {
    module: name,
    details: { family: actual },
    hint,
  });
}

/** What to do about an Enterprise module that no root contains. */
export function noEnterprise(roots: readonly Root[]): string {
  return `No root contains it: ask the operator to have the Enterprise sources, all of them, under ${settingOf('ee', roots)}.`;
}

/** The call that links modules of a family, for a hint. */
export function linkCall(family: Family, modules: readonly string[], surface: Surface): string {
  const [only, ...others] = modules;
  if (family === 'ee') return surface.call('ee_link', { modules });
  return surface.call('oca_link', { module: others.length === 0 ? only : modules });
}

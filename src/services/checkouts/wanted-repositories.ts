import { findOffers } from '../../addons/lookup.ts';
import { checkNames } from '../../addons/module-name.ts';
import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import { repositoryName } from '../../base/repository-name.ts';
import { inWords, quoted } from '../../base/text.ts';
import { isRepositoryName } from '../../sources/remote/remote.ts';
import type { Scope } from '../context.ts';
import { knowModule } from '../known-modules.ts';

/** Odoo Enterprise has all its modules in one repository, which Odoo calls so. */
const ENTERPRISE = 'enterprise';

/** A repository that a call needs, and the modules for which it does. */
export interface WantedRepository {
  readonly repo: string;
  readonly modules: readonly string[];
}

/** What a call names. */
export interface CloneNames {
  readonly family: ToolFamily;
  readonly repos?: readonly string[] | undefined;
  readonly modules?: readonly string[] | undefined;
}

/**
 * The repositories that a call names, by themselves or by modules.
 * @returns The repositories in the order of the call, without modules that a root has already; or every reason against it.
 */
export async function wantedRepositories(
  { family, repos = [], modules = [] }: CloneNames,
  { sources }: Pick<Scope, 'sources'>,
): Promise<Result<readonly WantedRepository[]>> {
  const refusals: Refusal[] = [];
  const wanted = new Map<string, string[]>();
  const want = (repo: string, module?: string) => {
    const known = wanted.get(repo) ?? [];
    wanted.set(repo, module === undefined ? known : [...known, module]);
  };
  for (const text of repos) {
    const repo = repositoryName(text);
    // `../web` is a path, and not one to a repository of the remote.
    if (isRepositoryName(repo) && !text.split('/').includes('..')) want(repo);
    else refusals.push(notARepository(text));
  }
  const names = checkNames([...modules], 'modules', sources.surface);
  if (!names.ok) refusals.push(names.refusal);
  for (const name of names.ok ? names.value : []) {
    const offers = await findOffers(name, sources);
    if (offers.some(({ root }) => toolsOf(root.family) === family)) continue;
    const found = family === 'ee' ? ofEnterprise(name, sources) : await ofOca(name, sources);
    if (found.ok) want(found.value, name);
    else refusals.push(found.refusal);
  }
  if (family === 'ee' && repos.length + modules.length === 0) want(ENTERPRISE);
  else if (repos.length + modules.length === 0) refusals.push(nothingNamed(sources));
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  return ok([...wanted].map(([repo, modules]) => ({ repo, modules })));
}

async function ofOca(name: string, sources: Sources): Promise<Result<string>> {
  const repos = (await sources.index.of(sources.series)).reposOf(name);
  const [repo, ...others] = repos;
  if (repo !== undefined && others.length === 0) return ok(repo);
  const module = name;
  if (repo !== undefined) {
    const message = `${name} is in several repositories of the OCA: ${inWords(repos.map(quoted))}.`;
    const hint = `Say which with ${sources.surface.argument('repos', 'oca_clone')}.`;
    return refuse('ambiguous_module', message, { module, details: { repos }, hint });
  }
  const known = await knowModule(name, 'oca', sources);
  const message = `No repository of the OCA is known to have ${name} for Odoo ${sources.series}.`;
  const { facts } = known;
  const isUnknown = !('name' in facts || 'repos' in facts || 'other_series' in facts);
  const argument = sources.surface.argument('repos', 'oca_clone');
  const next = isUnknown ? ` Check the name, or give the repository that has it as ${argument}.` : '';
  const hint = `${known.said}${next}`;
  return refuse('module_not_found', message, { module, details: { known: facts }, hint });
}

function ofEnterprise(name: string, { lists, series, surface }: Sources): Result<string> {
  if (lists.enterprise.has(name)) return ok(ENTERPRISE);
  const message = `Odoo Enterprise ${series} is not known to have ${name}.`;
  const hint = `${surface.call('addon_info', { module: name })} to see what is known of it.`;
  return refuse('module_not_found', message, { module: name, hint });
}

function notARepository(text: string): Refusal {
  const message = `${quoted(text)} is not the name of a repository.`;
  const hint = 'Give the name that it has at its host, such as web or OCA/web.';
  return refuse('invalid_argument', message, { hint }).refusal;
}

function nothingNamed({ surface }: Sources): Refusal {
  const [repos, modules] = [surface.argument('repos', 'oca_clone'), surface.argument('modules', 'oca_clone')];
  return refuse('invalid_argument', `Neither ${repos} nor ${modules} is given.`, {
    hint: `Name repositories with ${repos}, or modules whose repositories are wanted with ${modules}.`,
  }).refusal;
}

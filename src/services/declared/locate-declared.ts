import { findModule, findOffers, type ModuleSource } from '../../addons/lookup.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import { toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import { repositoryName } from '../../base/repository-name.ts';
import { inQuotes, quoted } from '../../base/text.ts';
import { remoteUrl } from '../../sources/remote-url.ts';
import type { Warning } from '../link/link-call.ts';
import { locateModule } from '../locate-module.ts';
import type { DeclaredLink } from './export-links.ts';

/** A declared module, and what differs from the declaration. */
export interface Located {
  readonly source: ModuleSource;
  readonly warning: Warning | null;
}

/**
 * Finds a declared module. On another host its repository may have another folder name: it is then known by the address
 * that it was cloned from, or by being the only one that offers the module.
 * @returns The module; or why it is not found, with hints about the file.
 */
export async function locateDeclared(
  name: ModuleName,
  { family, repo }: Pick<DeclaredLink, 'family' | 'repo'>,
  sources: Sources,
): Promise<Result<Located>> {
  const tool = toolsOf(family);
  const found = await locateModule(name, tool, sources, repo ?? undefined);
  if (found.ok) return ok({ source: found.value, warning: null });
  const instead = repo === null ? null : await findInstead(name, family, repo, sources);
  const other = instead === null ? found : await findModule(name, tool, sources, instead.path);
  if (repo === null || instead === null || !other.ok) return refused(aboutFile(name, found.refusal));
  const message = `${name} is taken from ${quoted(instead.name)}: ${instead.why}.`;
  return ok({ source: other.value, warning: { code: 'repo_differs', module: name, message } });
}

/** The repository that is meant by a name which none has. */
async function findInstead(
  name: ModuleName,
  family: DeclaredLink['family'],
  repo: string,
  sources: Sources,
): Promise<{ path: string; name: string; why: string } | null> {
  const offers = (await findOffers(name, sources)).filter(
    (offer) => toolsOf(offer.family) === toolsOf(family),
  );
  const wanted = repositoryName(repo);
  const cloned = offers.filter(({ repository }) => {
    const url = remoteUrl(repository.path);
    return url !== null && repositoryName(url) === wanted;
  });
  const [chosen, ...others] = cloned.length > 0 ? cloned : offers;
  if (chosen === undefined || others.length > 0) return null;
  const why =
    cloned.length > 0
      ? `it was cloned from a repository called ${quoted(wanted)}`
      : `no repository is called ${quoted(wanted)}, and no other one has the module`;
  return { ...chosen.repository, why };
}

/** A refusal with a hint about the file instead of a call. */
function aboutFile(name: ModuleName, refusal: Refusal): Refusal {
  const repos = refusal.details?.repos as readonly string[] | undefined;
  const family = refusal.details?.family as string | undefined;
  if (repos !== undefined) {
    const names = repos.map((repo) => inQuotes(repo, MOST_PATH)).join(' or ');
    return { ...refusal, hint: `In the file, set repo of ${name} to ${names}.` };
  }
  if (refusal.code !== 'wrong_family' || family === undefined) return refusal;
  const hint =
    family === 'core'
      ? `Remove ${name} from the file: it comes with Odoo itself and needs no link.`
      : `In the file, set family of ${name} to "${family}".`;
  return { ...refusal, hint };
}

/** PATH_MAX of Linux: repositories of the same name are told apart by their paths. */
const MOST_PATH = 4096;

import type { Series } from '../../../src/manifest/series.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import type { SourceIndexReport } from '../../../src/services/source-index/index-report.ts';
import { indexSources, type SourceIndexRequest } from '../../../src/services/source-index/index-sources.ts';
import { readFetchedBranch } from '../../../src/sources/fetched-index.ts';
import { parseAddress, type Remote } from '../../../src/sources/remote/remote.ts';
import { makeContext, makeInstance, succeeded } from '../../support/instance.ts';
import { createUpstream, type Upstream } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

/** Repositories at a remote, and an instance whose operator may have them indexed. */
export interface IndexSite {
  readonly world: World;
  readonly upstream: Upstream;
  readonly context: ServiceContext;
  /** Indexes these repositories. */
  index(repos: readonly string[], more?: Partial<SourceIndexRequest>): Promise<SourceIndexReport>;
  /** What is known of a repository, module by module: its version and what it depends on. */
  known(repo: string, series?: Series): Readonly<Record<string, string>> | null;
}

export interface IndexSiteOptions {
  /** By default the folder of the repositories. */
  readonly url?: string;
  readonly login?: { readonly user: string; readonly token: string };
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Makes the repositories `web`, with two modules, and `sale`, with one. */
export function createUpstreams(): { world: World; upstream: Upstream } {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('web', {
    web_x: { version: '17.0.1.0.0', depends: ['web'] },
    web_y: { version: '17.0.2.0.0', depends: ['web_x', 'sale_x'] },
  });
  upstream.commit('sale', { sale_x: { version: '17.0.1.0.0', depends: ['sale'] } });
  return { world, upstream };
}

export function openIndexSite(
  { world, upstream }: { readonly world: World; readonly upstream: Upstream },
  options: IndexSiteOptions = {},
): IndexSite {
  const { url = upstream.folder, login, maxBytes = 2 ** 30, timeoutMs = 600_000, signal } = options;
  const parsed = parseAddress(url);
  if (!parsed.ok) throw new Error(parsed.refusal);
  const oca: Remote = { ...parsed.value, credentials: login ?? null, credentialHelper: null };
  const remotes = { oca, ee: null, maxBytes, timeoutMs };
  const context = makeContext(world, [makeInstance(world)], { remotes, signal });
  return {
    world,
    upstream,
    context,
    index: async (repos, more = {}) => succeeded(await indexSources({ series: [], repos, ...more }, context)),
    known(repo, series = '17.0') {
      const branch = readFetchedBranch(context.stateDir, series, repo);
      if (branch === null) return null;
      const told = Object.entries(branch.modules).map(([name, { version, depends, installable }]) => {
        return [name, `${version} ${depends?.join('+')}${installable ? '' : ' -'}`];
      });
      return Object.fromEntries(told);
    },
  };
}

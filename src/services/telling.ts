import { basename } from 'node:path';
import { findOffers } from '../addons/lookup.ts';
import { isModuleName } from '../addons/module-name.ts';
import type { OwnersOf } from '../addons/owners.ts';
import type { Discretion, Shown } from '../addons/sources.ts';
import { counted } from '../base/text.ts';
import type { FoundPlace, Scope, ServiceContext } from './context.ts';
import type { LinkedModule } from './linked-modules.ts';

/**
 * A module that was found, as the policy judges it.
 * @param name Its name, which may be that of a symlink to its folder.
 */
export function foundPlace(name: string, { path, family, repositories }: Shown): FoundPlace {
  const modules = [...new Set([name, basename(path)])];
  return { modules, family, repos: repositories.map((repository) => repository.name) };
}

/** A linked module, as the policy judges it. */
export function linkedPlace({ name, folder, family }: LinkedModule, ownersOf: OwnersOf): FoundPlace {
  if (folder === null || family === null) return { modules: [name], family, repos: [] };
  return foundPlace(name, { path: folder, family, repositories: ownersOf(folder) });
}

/** Counts what the policy does not let a call tell of, as a sentence; null for nothing. */
export function describeWithheld(count: number): string | null {
  return count === 0 ? null : `The policy does not show ${counted(count, 'more entry', 'more entries')}.`;
}

/**
 * The same scope for a call that tells of modules it was not asked about: names that are suggested, and places a refusal
 * lists, are those that the policy lets it tell of.
 */
export function withDiscretion(scope: Scope, { mayTell }: Pick<ServiceContext, 'mayTell'>): Scope {
  if (mayTell === undefined) return scope;
  const { sources } = scope;
  const discretion: Discretion = {
    mayShow: (name, found) => mayTell(foundPlace(name, found)).ok,
    async mayName(name) {
      const offers = isModuleName(name) ? await findOffers(name, sources) : [];
      if (offers.length > 0) return offers.some((offer) => discretion.mayShow(name, offer));
      const { community, enterprise } = sources.lists;
      const listed = enterprise.has(name) ? 'ee' : community.has(name) ? 'core' : null;
      return mayTell({ modules: [name], family: scope.view.find(name)?.family ?? listed, repos: [] }).ok;
    },
  };
  const namesLike: typeof sources.namesLike = async (name, ...tools) => {
    const near: string[] = [];
    for (const one of await sources.namesLike(name, ...tools)) {
      if (await discretion.mayName(one)) near.push(one);
    }
    return near;
  };
  return { ...scope, sources: { ...sources, discretion, namesLike } };
}

/** What git may see of a checkout: read as data, and proven, so that none of it leads or starts anything elsewhere. */
import { type ReadFile, readInside } from '../base/read-inside.ts';
import { comparisonConfig, objectFormat } from './comparison-config.ts';
import type { GitFolder } from './git-folder.ts';
import { type Head, replacesObjects } from './git-head.ts';
import { MOST_INDEX_BYTES, readIndexFacts } from './git-index.ts';
import { provenObjects } from './git-objects.ts';
import { readSettings } from './git-settings.ts';
import type { GitFolderContents } from './private-git-folder.ts';

/** The largest file, apart from an index, that is read or copied for git, in bytes. */
export const MOST_RULES_BYTES = 256 * 1024;
const MOST_SUBMODULES = 1000;

/** What a repository's index says of it. */
export interface RepositoryFacts {
  readonly submodules: readonly string[];
  /** The files with attributes that are tracked. */
  readonly attributes: readonly string[];
  readonly hasModulesFile: boolean;
  readonly indexBytes: number;
}

/**
 * Reads of a checkout what a private git folder needs so that git can work with its objects and its work tree.
 * @returns Null if something that affects a comparison could not be read.
 */
export function readGitContents(
  git: GitFolder,
  { commit }: Head,
): (GitFolderContents & { readonly facts: RepositoryFacts }) | null {
  const settings = readSettings(git);
  const config = settings === null ? null : comparisonConfig(git, settings);
  if (settings === null || config === null) return null;
  const hashBytes = objectFormat(settings) === 'sha256' ? 32 : 20;
  if (commit !== null && commit.length !== 2 * hashBytes) return null;
  const objects = provenObjects(git);
  if (objects === null) return null;
  const files = new Map<string, ReadFile>();
  const take = (folder: string, name: string, most: number) => {
    const file = readInside(folder, name, most);
    if (file !== null && file !== 'absent') files.set(name, file);
    return file;
  };
  const rules = [
    take(git.common, 'info/exclude', MOST_RULES_BYTES),
    take(git.common, 'info/attributes', MOST_RULES_BYTES),
    take(git.path, 'info/sparse-checkout', MOST_RULES_BYTES),
  ];
  // Where history ends, for those who ask for it.
  take(git.common, 'shallow', MOST_RULES_BYTES);
  if (rules.includes(null) || replacesObjects(git)) return null;
  const submodules: string[] = [];
  const attributes: string[] = [];
  let hasModulesFile = false;
  let indexBytes = 0;
  for (let name: string | null = 'index'; name !== null; ) {
    const index = take(git.path, name, MOST_INDEX_BYTES);
    if (index === 'absent' && name === 'index') break;
    const facts = index === null || index === 'absent' ? null : readIndexFacts(index.bytes, hashBytes);
    if (facts === null || submodules.push(...facts.submodules) > MOST_SUBMODULES) return null;
    for (const path of facts.attributes) attributes.push(path);
    if (facts.hasModulesFile) hasModulesFile = true;
    indexBytes += (index as ReadFile).bytes.length;
    name = facts.shared === null || name !== 'index' ? null : `sharedindex.${facts.shared}`;
  }
  const facts = { submodules, attributes, hasModulesFile, indexBytes };
  return { head: `${commit ?? 'ref: refs/heads/unborn'}\n`, config, files, objects, facts };
}

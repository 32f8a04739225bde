import { basename, relative } from 'node:path';
import type { Repository } from '../../addons/discover.ts';
import { isCalledAny } from '../../addons/owners.ts';
import { type Family, type Root, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { didYouMean } from '../../base/nearest.ts';
import { realpathOrNull } from '../../base/paths.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import { repositoryName } from '../../base/repository-name.ts';
import type { Surface } from '../../base/surface.ts';
import { quoted } from '../../base/text.ts';
import { findGitFolder, type GitFolder } from '../../sources/git-folder.ts';

/** A checkout in the roots of an instance. */
export interface FoundCheckout {
  /** The name of its repository, as `repo` arguments have it. */
  readonly repo: string;
  readonly family: Family;
  readonly root: Root;
  /** The top of its work tree; the folder itself if it is not of git. */
  readonly path: string;
  readonly git: GitFolder | null;
  /** The folders in which its modules lie, relative to the top. */
  readonly inner: readonly string[];
}

/**
 * The checkouts in roots, each once, in the order of the roots; and the folders there that are not of git.
 * @param repositories What the roots list.
 */
export function checkoutsOf(repositories: readonly Repository[]): FoundCheckout[] {
  const found = new Map<string, FoundCheckout & { inner: string[] }>();
  for (const { name, path, root } of repositories) {
    const git = findGitFolder(path, root.path);
    const real = realpathOrNull(path) ?? path;
    const top = git?.worktree ?? real;
    const inner = relative(top, real);
    const known = found.get(top);
    if (known === undefined) {
      // The repositories of Odoo itself are folders in its checkout.
      const repo = root.family === 'core' ? basename(top) : name;
      found.set(top, { repo, family: root.family, root, path: top, git, inner: [inner] });
    } else if (!known.inner.includes(inner)) known.inner.push(inner);
  }
  return [...found.values()];
}

/**
 * The checkouts that a call is about.
 * @param found Those that may be told of.
 * @param repos Their names, as callers write them; without it, all that are of git.
 * @param tool Whose they must be; without it, anybody's.
 * @returns The checkouts in the order in which they were found, or why a name is none of them.
 */
export function chooseCheckouts(
  found: readonly FoundCheckout[],
  repos: readonly string[] | undefined,
  tool: ToolFamily | null,
  surface: Surface,
): Result<FoundCheckout[]> {
  const own = found.filter(({ family }) => tool === null || toolsOf(family) === tool);
  if (repos === undefined) return ok(own.filter(({ git }) => git !== null));
  const isNamed = ({ repo, path }: FoundCheckout, text: string) => isCalledAny([{ name: repo, path }], text);
  const refusals: Refusal[] = [];
  for (const text of new Set(repos)) {
    if (own.some((one) => isNamed(one, text))) continue;
    const other = toolsOf(found.find((one) => isNamed(one, text))?.family ?? null);
    const message = `No ${tool === null ? '' : tool === 'ee' ? 'Enterprise ' : 'OCA '}root has a checkout called ${quoted(text)}.`;
    const meant = didYouMean(
      repositoryName(text),
      own.map(({ repo }) => repo),
    ).trim();
    const hint =
      other !== null && other !== tool
        ? `${surface.tool(`${other}_update`)} is for that checkout.`
        : meant === ''
          ? `${surface.call('oca_status', {})} to see which there are.`
          : meant;
    refusals.push(refuse('invalid_argument', message, { hint }).refusal);
  }
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  return ok(own.filter((one) => repos.some((text) => isNamed(one, text))));
}

import { join } from 'node:path';
import type { Root, ToolFamily } from '../../addons/roots.ts';
import { lstatOrNull } from '../../base/paths.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { quoted } from '../../base/text.ts';
import { seriesOfBranch } from '../../sources/branch-series.ts';
import type { CheckoutChange } from '../../sources/checkout-plan.ts';
import { findGitFolder } from '../../sources/git-folder.ts';
import { readHead } from '../../sources/git-head.ts';
import type { Remote } from '../../sources/remote/remote.ts';
import { type Terms, tipOf } from '../../sources/remote/tip.ts';
import type { Scope } from '../context.ts';
import { refuseRemote } from './remote-refusals.ts';
import type { WantedRepository } from './wanted-repositories.ts';

/** A repository that is there already. */
export interface PresentCheckout {
  readonly repo: string;
  readonly path: string;
  readonly branch: string | null;
  readonly commit: string | null;
}

/** What a call would clone, and what it need not. */
export interface ClonePlan {
  readonly present: readonly PresentCheckout[];
  readonly changes: readonly CheckoutChange[];
  /** Repositories that the remote does not have, or that cannot be reached. */
  readonly failed: readonly Refusal[];
}

/** How many remotes are asked at the same time. */
export const MOST_ASKED = 4;

/**
 * Looks at what is there, and asks the remote for the rest.
 * @param root Where repositories are cloned to.
 * @param scratch A folder for the git folders that asking needs.
 * @returns The plan, or why something that is in the way must be removed first.
 */
export async function planClones(
  wanted: readonly WantedRepository[],
  root: Root,
  family: ToolFamily,
  remote: Remote,
  scratch: string,
  { instance, sources }: Pick<Scope, 'instance' | 'sources'>,
  terms: Terms & { readonly isOperator: boolean },
): Promise<Result<ClonePlan>> {
  const present: PresentCheckout[] = [];
  const refusals: Refusal[] = [];
  const absent: string[] = [];
  for (const { repo } of wanted) {
    const known = sources.repositories.filter(({ name, root }) => name === repo && root.family === family);
    const paths = new Set([join(root.path, repo), ...known.map(({ path }) => path)]);
    const looked = [...paths].flatMap((path) => lookAtCheckout(repo, path, root, instance.series) ?? []);
    const there = looked.find((one): one is PresentCheckout => !('code' in one));
    const inTheWay = looked.find((one): one is Refusal => 'code' in one);
    if (there !== undefined) present.push(there);
    else if (inTheWay !== undefined) refusals.push(inTheWay);
    else absent.push(repo);
  }
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  const failed: Refusal[] = [];
  const branch = instance.series;
  const changes = await sideBySide(absent, MOST_ASKED, async (repo): Promise<CheckoutChange[]> => {
    const tip = await tipOf(remote, repo, branch, scratch, terms);
    if (!tip.ok) {
      failed.push(refuseRemote(repo, 'cloned', remote, tip.refusal, terms.isOperator));
      return [];
    }
    const path = join(root.path, repo);
    return [{ repo, action: 'clone', path, branch, before: null, after: tip.value }];
  });
  return ok({ present, changes: changes.flat(), failed });
}

/** What is at a place for a repository: a checkout that will do, or why it will not; null if there is nothing. */
export function lookAtCheckout(
  repo: string,
  path: string,
  root: Root,
  series: string,
): PresentCheckout | Refusal | null {
  if (lstatOrNull(path) === null) return null;
  const git = findGitFolder(path, root.path);
  if (git === null || git.worktree !== path) {
    const message = `${quoted(repo)} is there already, and is not a checkout of git.`;
    const hint = `Ask the operator to move ${path} away, or to make it a checkout.`;
    return refuse('occupied', message, { hint, details: { repo } }).refusal;
  }
  const head = readHead(git);
  const branch = head?.branch ?? null;
  const made = branch === null ? null : seriesOfBranch(branch);
  if (made !== null && made !== series) {
    const message = `${quoted(repo)} is there already, with the branch ${quoted(branch ?? '')}; this instance has Odoo ${series}.`;
    const hint = `Ask the operator to add a root of its own for Odoo ${series}: one checkout cannot serve two series.`;
    return refuse('occupied', message, { hint, details: { repo, branch } }).refusal;
  }
  return { repo, path, branch, commit: head?.commit ?? null };
}

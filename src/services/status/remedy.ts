import { settingOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { Surface } from '../../base/surface.ts';
import { inWords, quoted } from '../../base/text.ts';
import type { Extra } from '../grouped-page.ts';
import type { IndexedPlace } from '../trace-module.ts';

/** A call that takes the names of entries with one problem. */
export interface RemedyCall {
  readonly tool: 'oca_link' | 'ee_link' | 'oca_unlink' | 'ee_unlink';
  readonly replace?: true;
}

/** What to do about an entry: perhaps a call, and a sentence that goes on from it. */
export interface Remedy {
  readonly remedy?: string;
  /** A call that the remedy begins with; for several entries one call. */
  readonly call?: RemedyCall;
}

/** How many names a call has. */
const MOST_CALLED = 10;
/** The room of a call on a page: its own, and that of the names. */
export const ROOM_OF_CALL: Extra = { room: 200, names: MOST_CALLED };

/**
 * What to do about entries that share a problem, as text.
 * @param surface What it is written for, in the addons directory of the entries.
 * @returns Null if there is nothing to do.
 */
export function describeRemedy(
  { remedy, call }: Remedy,
  modules: readonly string[],
  surface: Surface,
): string | null {
  if (call === undefined) return remedy ?? null;
  const { tool, replace } = call;
  const names = modules.slice(0, MOST_CALLED);
  const argument = tool === 'oca_link' ? 'module' : 'modules';
  const others = modules.length - names.length;
  const also = others > 0 ? `, and the same for the other ${others}` : '';
  return `${surface.call(tool, { [argument]: names, ...(replace && { replace }) })}${also}: ${remedy}`;
}

/** What hints about repositories depend on. */
type Surroundings = Pick<Sources, 'series' | 'roots' | 'surface'>;

/**
 * Which repositories have a module that no root has, and how one of them gets under a root: the one place that says so.
 * @param what The name of the module, or `it`.
 */
export function describeIndexed(what: string, place: IndexedPlace, around: Surroundings): string {
  const { repos, isCheckedOut, asOf, branch, isUninstallable } = place;
  const { series, roots, surface } = around;
  const [repo = ''] = repos;
  if (branch !== undefined) return describeHeld(what, { ...place, branch }, around);
  const told = `OCA's ${inWords(repos.map(quoted))} ${repos.length === 1 ? 'has' : 'have'} ${what} for Odoo ${series} (as of ${asOf}).`;
  if (isUninstallable)
    return `${told} Its manifest says there that it cannot be installed, or cannot be read: most such modules are not migrated to ${series} yet.`;
  const call = (tool: string) => `${surface.call(tool, { repos: [repo] })}`;
  if (isCheckedOut && surface.has('oca_update'))
    return `${told} The checkout of ${quoted(repo)} does not contain it. ${call('oca_update')} first.`;
  if (isCheckedOut)
    return `${told} The checkout of ${quoted(repo)} does not contain it: ask the operator to update that.`;
  if (surface.has('oca_clone')) {
    const link = surface.call('oca_link', { module: what, fetch: true });
    return what === 'it' || repos.length > 1
      ? `${told} ${call('oca_clone')} to clone that.`
      : `${told} ${link} to clone that and link it.`;
  }
  const setting = settingOf('oca', roots);
  return `${told} Ask the operator to check out ${quoted(repo)}, branch ${series}, under ${setting}.`;
}

/** A module on a branch that a checkout holds, and has not checked out. */
function describeHeld(
  what: string,
  { repos: [repo = ''], isCheckedOut, asOf, branch }: IndexedPlace & { readonly branch: string },
  { series, surface }: Surroundings,
): string {
  const told = `The checkout of ${quoted(repo)} has ${what} on its branch ${quoted(branch)} (as of ${asOf}), not in its work tree.`;
  // A remote names its branches: nothing else of that gets into a command.
  const isFetched = isCheckedOut && /^[\w.-]+\/(\d+\.\d)$/.exec(branch)?.[1] === series;
  if (isFetched && surface.has('oca_update'))
    return `${told} ${surface.call('oca_update', { repos: [repo] })} first.`;
  if (isFetched) return `${told} Ask the operator to run "git merge --ff-only ${branch}" there.`;
  // A branch of the checkout's own may be the one that is checked out, with the folder deleted.
  const restore = branch.includes('/')
    ? ''
    : ', or to restore the folder with git if that branch is checked out already';
  return `${told} Ask the operator to check out that branch under a root${restore}.`;
}

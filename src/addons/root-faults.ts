import { opendirSync, realpathSync } from 'node:fs';
import { Interruption, stopAtShortage } from '../base/interruption.ts';
import { errnoOf, realpathOrNull } from '../base/paths.ts';
import { refuse } from '../base/refusal.ts';
import type { Surface } from '../base/surface.ts';
import { userName } from '../base/user.ts';
import { GONE, type Root } from './roots.ts';

/** Why a root cannot be searched. */
export type RootFault = 'gone' | 'moved' | 'unreadable' | 'empty';

/**
 * Whether a root can still be searched. `moved`: the configured path leads to another folder than at startup; `empty`: it
 * may be a mount point on which nothing is mounted.
 */
export function faultOf({ path, configured = path }: Root): RootFault | null {
  try {
    if (realpathSync.native(configured) !== path) return 'moved';
    return isEmptyFolder(path) ? 'empty' : null;
  } catch (error) {
    stopAtShortage(error);
    return GONE.has(errnoOf(error) ?? '') ? 'gone' : 'unreadable';
  }
}

/**
 * What is wrong with a root, as a sentence, and what can be done.
 * @param surface What it is written for, where that may clone into an empty root.
 */
export function describeFault(
  root: Root,
  fault: RootFault,
  surface?: Surface,
): { message: string; hint: string } {
  const { path, configured = path } = root;
  const described: Record<RootFault, [string, string]> = {
    gone: ['no longer exists', 'Ask the operator to bring it back: it may be a mount that is missing.'],
    moved: [
      'leads to another folder than when the server started',
      'Ask the operator to restart the server if that was done on purpose.',
    ],
    unreadable: [
      `cannot be read by the user ${userName()}`,
      "Ask the operator to give the server's user read permission on it.",
    ],
    empty: ['is empty', howToFill(root, surface)],
  };
  const [what, hint] = described[fault];
  return { message: `The root ${configured} ${what}.`, hint };
}

/** What to do about an empty root: whoever reads it may be able to clone into it. */
function howToFill({ family }: Root, surface?: Surface): string {
  const clone = `${family}_clone`;
  return surface?.has(clone)
    ? `If no mount is missing, clone a repository into it with ${surface.tool(clone)}.`
    : 'Ask the operator to fill it: a mount may be missing, or no repository is checked out there yet.';
}

/**
 * A sentence for each root that cannot be searched, with what can be done; for most instances none. Empty roots
 * are only worth a sentence if there is nothing in the others either.
 */
export function describeFaults(roots: readonly Root[], surface?: Surface): string[] {
  const found = roots.map((root) => ({ root, fault: faultOf(root) }));
  const isAllEmpty = found.every(({ fault }) => fault === 'empty');
  return found.flatMap(({ root, fault }) => {
    if (fault === null || (fault === 'empty' && !isAllEmpty)) return [];
    const { message, hint } = describeFault(root, fault, surface);
    return [`${message} ${hint}`];
  });
}

/**
 * Ends a call if a root leads to another folder than at startup: its modules would be those of other sources.
 * @param look The call's look at folders, for which they are checked once.
 * @throws Interruption, which refuses the call with `target_unavailable`.
 */
export function stopAtMovedRoots(roots: readonly Root[], look?: object): void {
  if (look !== undefined && checked.get(look) === roots) return;
  const moved = roots.find(isMoved);
  if (moved === undefined) {
    if (look !== undefined) checked.set(look, roots);
    return;
  }
  const { message, hint } = describeFault(moved, 'moved');
  throw new Interruption(refuse('target_unavailable', message, { hint }).refusal);
}

/** The looks for which roots were found where they were. */
const checked = new WeakMap<object, readonly Root[]>();

/** Whether one of the roots leads to another folder than at startup. */
export function haveMoved(roots: readonly Root[]): boolean {
  return roots.some(isMoved);
}

function isMoved({ path, configured = path }: Root): boolean {
  const real = realpathOrNull(configured);
  return real !== null && real !== path;
}

function isEmptyFolder(path: string): boolean {
  const folder = opendirSync(path);
  try {
    return folder.readSync() === null;
  } finally {
    folder.closeSync();
  }
}

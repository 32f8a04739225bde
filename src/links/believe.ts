import { isAbsolute, relative, resolve } from 'node:path';
import { familyOf, type Root, rootOf } from '../addons/roots.ts';
import { realpathOrNull } from '../paths.ts';
import type { AddonsDir } from './addons-dir.ts';
import { realpathOfBroken } from './entry.ts';
import type { Step } from './journal.ts';

/** What an instance says of its links. */
export interface LinkRules {
  readonly roots: readonly Root[];
  readonly linkStyle: 'absolute' | 'relative';
}

/**
 * What a journal says that no plan could have held. Recovery makes and removes links by what it says, so nothing in it
 * is taken on trust: names are checked by its schema, and texts here.
 * @returns To follow "it"; null when a plan could have held all of it.
 */
export function disbelieve(steps: readonly Step[], dir: AddonsDir, rules: LinkRules): string | null {
  const modules = new Set(steps.map(({ module }) => module));
  if (modules.size < steps.length) return 'has two steps for one name';
  for (const step of steps) {
    const isTargetSound = step.action === 'remove' || couldBeTarget(step.target, dir, rules);
    const isPreviousSound = step.action === 'create' || couldBeManaged(step.previous, dir, rules.roots);
    if (!isTargetSound || !isPreviousSound) return `has a link for ${step.module} that no plan could hold`;
  }
  return null;
}

/** A plan writes the real path of a folder in a root, in the one way the instance wants. */
function couldBeTarget(text: string, dir: AddonsDir, { roots, linkStyle }: LinkRules): boolean {
  const path = resolve(dir.path, text);
  const written = linkStyle === 'relative' ? relative(dir.path, path) : path;
  return text === written && leadsIntoRoot(text, dir, roots);
}

/** A plan replaces and removes managed links, however somebody has written them. */
function couldBeManaged(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  return text !== '' && leadsIntoRoot(text, dir, roots);
}

/**
 * Whether a text names a folder in a root by itself, and leads there. Only both will do: a name in a root may be a
 * symlink to elsewhere, and one elsewhere that leads here today can be pointed to anything tomorrow.
 */
function leadsIntoRoot(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  const root = rootOf(resolve(dir.path, text), roots);
  if (root === null || resolve(dir.path, text) === root.path) return false;
  // As the system resolves it: `..` behind a symlink is not what it looks like.
  const real = realpathOrNull(isAbsolute(text) ? text : `${dir.path}/${text}`);
  const leadsTo = real ?? realpathOfBroken(dir.path, text);
  return leadsTo !== null && familyOf(leadsTo, roots) !== null;
}

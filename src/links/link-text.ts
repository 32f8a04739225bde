import { posix, relative } from 'node:path';
import type { Root } from '../addons/roots.ts';
import type { PathMap } from '../base/path-map.ts';
import { ok, type Result, refused } from '../base/refusal.ts';

/** The settings of an instance that its links must match. */
export interface LinkRules {
  readonly roots: readonly Root[];
  readonly linkStyle: 'absolute' | 'relative';
  /** Where Odoo sees the folders of this host; null where it sees them at their own paths. */
  readonly paths: PathMap | null;
}

/** Why no text leads Odoo from an addons directory to a folder. */
export type Unreachable =
  | { readonly why: 'unseen'; readonly what: 'addons directory' | 'source' }
  /** Relative texts that would have to differ. */
  | { readonly why: 'differs'; readonly here: string; readonly forOdoo: string };

/**
 * The text of a link, in the link style and as Odoo sees it.
 * @param folder The real path of the folder that the link is in.
 * @param source The real path that it leads to.
 */
export function linkText(
  folder: string,
  source: string,
  { linkStyle, paths }: Pick<LinkRules, 'linkStyle' | 'paths'>,
): Result<string, Unreachable> {
  const here = relative(folder, source);
  if (paths === null) return ok(linkStyle === 'relative' ? here : source);
  const from = paths.toOdoo(folder);
  if (from === null) return refused({ why: 'unseen', what: 'addons directory' });
  const to = paths.toOdoo(source);
  if (to === null) return refused({ why: 'unseen', what: 'source' });
  if (linkStyle === 'absolute') return ok(to);
  const forOdoo = posix.relative(from, to);
  return here === forOdoo ? ok(here) : refused({ why: 'differs', here, forOdoo });
}

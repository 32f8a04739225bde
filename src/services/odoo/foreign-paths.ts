import { basename } from 'node:path';
import { isInside } from '../../base/paths.ts';
import type { Instance } from '../../config/instance.ts';

/** Where modules of an instance lie. */
export type Places = Pick<Instance, 'roots' | 'addonsDirs' | 'paths'>;

/** An absolute path of at least two names, also after `file:`; not that of an address such as https://host/path. */
const PATH = /(?<=^|[^\w/:.-]|\bfile:(?:\/\/)?)\/[^\s/"'`<>|,;:()[\]{}]+\/[^\s"'`<>|,;:()[\]{}]*/g;

/**
 * A text of Odoo, or of a command, in which paths outside the roots and addons directories are cut to their last name, those of
 * Odoo's own modules to what follows `addons/`: answers have none, see `Refusal`.
 */
export function withoutForeignPaths(text: string, { roots, addonsDirs, paths }: Places): string {
  const folders = [...roots, ...addonsDirs];
  return text.replace(PATH, (path) => (isIn(path, folders, paths) ? path : `…/${nameOf(path)}`));
}

/** Whether a path that Odoo names is that of a file of a linked module. */
export function isLinked(path: string, { addonsDirs, paths }: Places): boolean {
  return isIn(path, addonsDirs, paths);
}

function isIn(path: string, folders: readonly { readonly path: string }[], paths: Places['paths']): boolean {
  const here = paths?.toHost(path) ?? path;
  return !here.includes('/..') && folders.some((folder) => isInside(here, folder.path));
}

/** Without its module, a name such as `views.xml` says nothing. */
function nameOf(path: string): string {
  const [, inAddons] = /^.*\/addons\/([a-z]\w*\/.*[^/])$/.exec(path) ?? [];
  return inAddons === undefined || path.includes('/..') ? basename(path) : inAddons;
}

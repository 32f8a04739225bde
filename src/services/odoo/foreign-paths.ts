import { basename } from 'node:path';
import { isInside } from '../../base/paths.ts';
import type { Instance } from '../../config/instance.ts';

/** Where modules of an instance lie. */
export type Places = Pick<Instance, 'roots' | 'addonsDirs' | 'paths'>;

/** An absolute path of at least two names, also after `file:`; not that of an address such as https://host/path. */
const PATH = /(?<=^|[^\w/:.-]|\bfile:(?:\/\/)?)\/[^\s/"'`<>|,;:()[\]{}]+\/[^\s"'`<>|,;:()[\]{}]*/g;

/**
 * A text of Odoo, or of a command, in which paths outside the roots and addons directories are cut to their last name: answers have
 * none, see `Refusal`.
 */
export function withoutForeignPaths(text: string, { roots, addonsDirs, paths }: Places): string {
  const folders = [...roots, ...addonsDirs].map(({ path }) => path);
  return text.replace(PATH, (path) => {
    const here = paths?.toHost(path) ?? path;
    const isOurs = !here.includes('/..') && folders.some((folder) => isInside(here, folder));
    return isOurs ? path : `…/${basename(path)}`;
  });
}

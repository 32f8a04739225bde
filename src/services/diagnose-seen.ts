/** What `doctor` says where Odoo sees the folders of this host at other paths, or does not see them. */
import type { Root } from '../addons/roots.ts';
import { isOnlyForOdoo } from '../addons/where-odoo-looks.ts';
import type { PathMap } from '../base/path-map.ts';
import { isInside } from '../base/paths.ts';
import { quoted } from '../base/text.ts';
import type { OdooConf } from '../config/odoo-conf.ts';
import type { Finding } from './finding.ts';

/** What is wrong with a folder that Odoo does not see, to follow its path and a colon. */
export const UNSEEN = 'Odoo does not see it, because it lies in no folder that `paths` maps';

/** How Odoo sees a path of this host, to follow it; nothing where that is the same, or not known. */
export function asSeen(path: string, seen: string | null): string {
  return seen === null || seen === path ? '' : ` (for Odoo ${seen})`;
}

/** With `paths`, some directory of odoo.conf should be on this host. */
export function diagnoseMap({ entries }: OdooConf, paths: PathMap | null): Finding[] {
  const [first] = entries;
  if (paths === null || first === undefined || !entries.every(isOnlyForOdoo)) return [];
  const places = paths.mounts.map(({ odoo }) => odoo).join(', ');
  const text = `none of the directories it names, such as ${quoted(first.written)}, lies where \`paths\` has a folder of this host: ${places}`;
  return [{ level: 'warn', text, remedy: 'put `paths` right, or name another odoo.conf' }];
}

/**
 * Whether Odoo sees the modules of a root, which links are to lead to.
 * @param title What the root is called.
 */
export function diagnoseSight({ path }: Root, title: string, paths: PathMap | null): Finding[] {
  if (paths === null || paths.toOdoo(path) !== null) return [];
  const parts = paths.mounts.filter(({ host }) => isInside(host, path)).map(({ host }) => host);
  if (parts.length > 0) return [{ level: 'ok', text: `${title}: of it, Odoo sees ${parts.join(', ')}` }];
  const remedy = 'mount it where Odoo runs, and add that to `paths`: its modules are refused until then';
  return [{ level: 'warn', text: `${title}: ${UNSEEN}`, remedy }];
}

import { basename, dirname, join } from 'node:path';
import { LAYOUT, nameForPath } from '../state/layout.ts';
import type { AddonsDir } from './addons-dir.ts';

/**
 * The state folder of an addons directory: its lock, its journal, and links that are staged or moved aside. None of these
 * is ever created in the addons directory itself, where Odoo would find it.
 */
export function stateFolder(dir: AddonsDir, stateDir: string): string {
  return join(stateDir, LAYOUT.addonsDirs, nameForPath(dir.path));
}

/** The path of a file in a state folder relative to the state directory, whose own path answers do not show. */
export function relativeToState(path: string): string {
  return join(LAYOUT.addonsDirs, basename(dirname(path)), basename(path));
}

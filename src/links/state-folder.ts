import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { LAYOUT } from '../state/layout.ts';
import type { AddonsDir } from './addons-dir.ts';

/**
 * The folder an addons directory has in the state directory: its lock, its journal, and what is staged or moved aside
 * while it is changed. Nothing of that is ever made in the addons directory itself, where Odoo would find it.
 *
 * Named after the path, which stays the same when the machine starts anew; device numbers may not.
 */
export function stateFolder(dir: AddonsDir, stateDir: string): string {
  const name = createHash('sha256').update(dir.path).digest('hex').slice(0, 16);
  return join(stateDir, LAYOUT.addonsDirs, name);
}

/** A file of a state folder as answers name it: relative to the state directory, whose path is nobody's business. */
export function relativeToState(path: string): string {
  return join(LAYOUT.addonsDirs, basename(dirname(path)), basename(path));
}

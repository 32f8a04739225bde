import { lstatSync, readdirSync, statSync } from 'node:fs';
import * as module from 'node:module';
import { dirname, join } from 'node:path';
import { usualFolder } from '../base/user.ts';
import { makeProvenFolder } from '../state/folder.ts';
import { ownUser } from '../state/proof.ts';

/** What Node 22.1 and later have; older ones, and the types of the oldest that is supported, lack it. */
interface Caching {
  enableCompileCache?(folder: string): unknown;
  flushCompileCache?(): void;
}

/** The most entries that are looked at: a program has a dozen files, and a folder for each version of Node. */
const MOST_ENTRIES = 1000;
/** When a server that may be killed later, without a chance to write at its end, writes what it compiled. Milliseconds. */
const FLUSH_AFTER = 10_000;
const OTHERS = 0o077;

/**
 * Lets Node keep the compiled code of the program, so that the next start need not compile it again: in `odoo-link-mcp`
 * under XDG_CACHE_HOME (usually `~/.cache`), which is created. Whatever is in the way, the program runs without.
 *
 * V8 runs what it finds there: whoever can write to the folder can make the program do anything. So it is used only if it
 * is the user's own, proven like the state directory, and no other user could have left anything in it.
 *
 * Node's own variables come first: NODE_DISABLE_COMPILE_CACHE turns this off, NODE_COMPILE_CACHE names another folder.
 * @param caching What Node has for it.
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv, caching = module as Caching): void {
  const { enableCompileCache, flushCompileCache } = caching;
  if (enableCompileCache === undefined) return;
  if (env.NODE_DISABLE_COMPILE_CACHE !== undefined || env.NODE_COMPILE_CACHE !== undefined) return;
  try {
    const folder = usualFolder(env, 'XDG_CACHE_HOME', '.cache');
    if (folder === null || !isOwn(folder)) return;
    enableCompileCache(folder);
    if (flushCompileCache !== undefined) setTimeout(flushCompileCache, FLUSH_AFTER).unref();
  } catch {
    // A file system that is full, read-only or out of reach: nothing that the program needs.
  }
}

/** Whether a folder, which is created, is the user's own with all that is in it. @throws A system error. */
function isOwn(folder: string): boolean {
  const owner = ownUser();
  // Without user ids nothing can be proven; and a home that is not there is not for this program to make.
  if (owner === null || !statSync(dirname(dirname(folder))).isDirectory()) return false;
  if (!makeProvenFolder(folder, folder).ok || (lstatSync(folder).mode & OTHERS) !== 0) return false;
  const folders = [folder];
  let count = 0;
  for (let here = folders.pop(); here !== undefined; here = folders.pop()) {
    for (const name of readdirSync(here)) {
      const path = join(here, name);
      const stats = lstatSync(path);
      const isPlain = stats.isDirectory() || (stats.isFile() && stats.nlink === 1);
      // Others cannot reach it now: so it is enough that nobody else has made it.
      if (!isPlain || stats.uid !== owner || ++count > MOST_ENTRIES) return false;
      if (stats.isDirectory()) folders.push(path);
    }
  }
  return true;
}

import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, posix } from 'node:path';
import type { Root } from '../addons/roots.ts';
import { createPathMap, type Mount, type PathMap } from '../base/path-map.ts';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { namedPath, quoted } from '../base/text.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import { type LinkRules, linkText } from '../links/link-text.ts';
import { expandText, expandVariables } from './variables.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** @param place Where the problem is, in the instance; @param problem Without a period. */
type Complain = (place: readonly PropertyKey[], problem: string) => void;

/**
 * Resolves the setting `paths`: folders of this host, and where Odoo sees them. Folders are real paths from here on, as whoever
 * mounts them resolves them.
 * @param given As the operator wrote it.
 * @returns The map, as far as it is sound; null if there is none.
 */
export function openPaths(
  given: Readonly<Record<string, string>>,
  env: Env,
  complain: Complain,
): PathMap | null {
  const mounts: Mount[] = [];
  for (const [folder, seen] of Object.entries(given)) {
    const opened = openMount(folder, seen, env);
    const problem = opened.ok ? clashOf(opened.value, mounts) : opened.refusal;
    if (problem !== null) complain(['paths', folder], problem);
    if (opened.ok) mounts.push(opened.value);
  }
  return mounts.length === 0 ? null : createPathMap(mounts);
}

function openMount(folder: string, seen: string, env: Env): Result<Mount, string> {
  const host = expandText(folder, env);
  if (!host.ok) return refused(host.refusal.join('; '));
  if (!isAbsolute(host.value))
    return refused(`${quoted(folder)} is not an absolute path: each key is a folder of this host`);
  const { text: odoo, unset } = expandVariables(seen, env);
  const [missing] = unset;
  if (missing !== undefined) return refused(`the environment variable ${quoted(missing)} is not set`);
  if (odoo === null || !posix.isAbsolute(odoo))
    return refused(`${quoted(seen)} is not an absolute path: each value is a path as Odoo sees it`);
  const real = openFolder(host.value);
  return real.ok ? ok({ host: real.value, odoo: posix.resolve(odoo) }) : real;
}

function openFolder(folder: string): Result<string, string> {
  try {
    const real = realpathSync(folder);
    return statSync(real).isDirectory()
      ? ok(real)
      : refused(`the folder ${namedPath(folder)} is not a directory`);
  } catch (error) {
    const errno = errnoOf(error);
    const what = errno === 'ENOENT' ? 'does not exist' : `cannot be opened (${errno})`;
    return refused(`the folder ${namedPath(folder)} ${what}`);
  }
}

/** Odoo sees one folder at a path; and one path for a folder says enough. */
function clashOf({ host, odoo }: Mount, mounts: readonly Mount[]): string | null {
  const over = mounts.find((other) => other.odoo === odoo);
  if (over !== undefined)
    return `Odoo cannot see both ${namedPath(over.host)} and ${namedPath(host)} at ${namedPath(odoo)}`;
  const same = mounts.find((other) => other.host === host);
  return same === undefined
    ? null
    : `${namedPath(host)} is named twice: keep the path that links are to have, ${namedPath(same.odoo)} or ${namedPath(odoo)}`;
}

/**
 * Why relative links cannot lead from an addons directory to a root, both here and for Odoo: sources and addons directory must lie
 * to one another as they do here.
 * @returns A problem for the first pair of which that is so; null where all is well, or Odoo does not see one of them.
 */
export function findCrookedPair(
  dirs: readonly Pick<AddonsDir, 'path'>[],
  roots: readonly Root[],
  rules: Pick<LinkRules, 'linkStyle' | 'paths'>,
): string | null {
  for (const { path: dir } of dirs) {
    for (const { path: root, family } of roots) {
      const text = family === 'core' ? null : linkText(dir, root, rules);
      if (text === null || text.ok || text.refusal.why !== 'differs') continue;
      const { here, forOdoo } = text.refusal;
      return (
        `a relative link from ${dir} to ${root} is ${quoted(here)} here, but would have to be ${quoted(forOdoo)} for Odoo: ` +
        'mount them so that they lie alike, or set linkStyle to "absolute"'
      );
    }
  }
  return null;
}

import { isAbsolute, posix, resolve } from 'node:path';
import type { PathMap } from '../base/path-map.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { describeHomeless, homeFolder } from '../base/user.ts';
import { strip } from './odoo-conf-file.ts';
import { LONGEST_TEXT, replaceBounded, variableOf } from './variables.ts';

/** A path as an odoo.conf has it. */
export interface ConfPath {
  /** As written; empty for what is between two commas. */
  readonly written: string;
  /** Where it leads, as Odoo sees it; null where only Odoo's process can tell. */
  readonly seen: string | null;
  /** Where that is on this host; null also where Odoo sees other paths, and this is none of those that are mapped. */
  readonly path: string | null;
  /** Why not, as the end of a sentence and without a path; null also for what cannot be right anyway. */
  readonly doubt: string | null;
  /** Why it cannot be what was meant, as a sentence; null if it may be. */
  readonly mistake: string | null;
}

/** The process that reads odoo.conf, as far as it is known. */
export interface OdooProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its working directory, as Odoo sees it; null if it is not known. */
  readonly cwd: string | null;
  /** Where it sees the folders of this host; null where it sees them at their own paths. */
  readonly paths: PathMap | null;
}

/**
 * Resolves a path as Odoo does (`odoo/tools/config.py`, `_normalize`): `os.path.expandvars`, then `expanduser`, then
 * `abspath`. Symlinks are left to the caller.
 * @returns The path, or a problem that does not show values from the environment.
 */
export function resolveConfPath(text: string, { env, cwd, paths }: OdooProcess): Result<ConfPath, string> {
  const written = strip(text);
  const known = { written, seen: null, path: null, doubt: null, mistake: mistakeIn(written) };
  if (paths !== null && written.length <= LONGEST_TEXT)
    return ok({ ...known, ...resolveElsewhere(written, known.mistake, cwd, paths) });
  if (written === '') return ok({ ...known, seen: cwd, path: cwd });
  const { text: expanded, hasUnset } = expandPythonVariables(written, env);
  if (expanded === null) {
    return refused(
      `${quoted(written)} is longer than ${LONGEST_TEXT} characters with its variables expanded`,
    );
  }
  if (hasUnset) {
    return ok({ ...known, doubt: UNSET });
  }
  const absolute = expandHome(expanded, written, env);
  if (!absolute.ok) return absolute;
  if (absolute.value === null) {
    return ok({ ...known, doubt: FOREIGN_HOME });
  }
  if (!isAbsolute(absolute.value) && cwd === null)
    return ok({ ...known, doubt: known.mistake === null ? RELATIVE : null });
  const path = resolve(cwd ?? '/', absolute.value);
  return ok({ ...known, seen: path, path });
}

/** The same where Odoo sees other paths: its environment and home folder are then not those of this process. */
function resolveElsewhere(
  written: string,
  mistake: string | null,
  cwd: string | null,
  paths: PathMap,
): Pick<ConfPath, 'seen' | 'path' | 'doubt'> {
  const unknown = { seen: null, path: null };
  if (VARIABLE.test(written)) return { ...unknown, doubt: UNKNOWN_VARIABLE };
  if (written.startsWith('~')) return { ...unknown, doubt: UNKNOWN_HOME };
  if (cwd === null && !posix.isAbsolute(written))
    return { ...unknown, doubt: mistake === null && written !== '' ? RELATIVE : null };
  const seen = posix.resolve(cwd ?? posix.sep, written);
  return { seen, path: paths.toHost(seen), doubt: null };
}

const UNKNOWN_VARIABLE =
  "odoo.conf has a variable, and the environment of Odoo's container is not known here";
const UNKNOWN_HOME = "odoo.conf names a home folder, and those of Odoo's container are not known here";

const RELATIVE =
  'relative paths in odoo.conf start at the working directory of Odoo, which odooCwd in the configuration can name';
const UNSET =
  'odoo.conf has a variable that is not set here; where Odoo does not have it either, it stays in the path as it is written';
const FOREIGN_HOME = 'odoo.conf names the home folder of another user';

/** What people write that Odoo takes for part of the path. */
function mistakeIn(written: string): string | null {
  if (/^["']/.test(written)) return 'Odoo takes the quotes as part of the path: remove them';
  if (written.includes('\n')) {
    return 'Odoo takes the line break as part of the path: end the line before it with a comma';
  }
  if (/\s[#;]/.test(written)) {
    return 'Odoo takes what follows # or ; as part of the path: put the comment on a line of its own';
  }
  return null;
}

/** A variable, as Python's `os.path.expandvars` has it. */
const VARIABLE = /\$(?:(\w+)|\{([^}]*)\})/;

/**
 * Python's `os.path.expandvars`: what is not set stays as it is.
 * @returns The text, null if it is too long; and whether there was one that is not set.
 */
function expandPythonVariables(
  text: string,
  env: OdooProcess['env'],
): { text: string | null; hasUnset: boolean } {
  let hasUnset = false;
  // A brace without an end would be searched for from each `${` anew.
  if (text.length > LONGEST_TEXT) return { text: null, hasUnset };
  const expanded = replaceBounded(text, new RegExp(VARIABLE, 'g'), ([whole, bare, braced]) => {
    const value = variableOf(env, bare ?? (braced as string));
    if (value === undefined) hasUnset = true;
    return value ?? whole;
  });
  return { text: expanded, hasUnset };
}

/** Python's `os.path.expanduser`, for this user alone; null for the home folder of another one. */
function expandHome(path: string, written: string, env: OdooProcess['env']): Result<string | null, string> {
  if (!path.startsWith('~')) return ok(path);
  if (path !== '~' && !path.startsWith('~/')) return ok(null);
  const home = homeFolder(env);
  if (home === null) return refused(`${quoted(written)} ${describeHomeless()}`);
  const expanded = `${home.replace(/\/+$/, '')}${path.slice(1)}`;
  if (expanded.length <= LONGEST_TEXT) return ok(expanded === '' ? '/' : expanded);
  return refused(`${quoted(written)} is longer than ${LONGEST_TEXT} characters with its variables expanded`);
}

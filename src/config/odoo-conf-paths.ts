import { isAbsolute, resolve } from 'node:path';
import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { describeHomeless, homeFolder } from '../base/user.ts';
import { strip } from './odoo-conf-file.ts';
import { LONGEST_TEXT, replaceBounded, variableOf } from './variables.ts';

/** A path as an odoo.conf has it. */
export interface ConfPath {
  /** As written; empty for what is between two commas. */
  readonly written: string;
  /** Where it leads; null where only Odoo's process can tell. */
  readonly path: string | null;
  /** Why not, as the end of a sentence and without a path; null also for what cannot be right anyway. */
  readonly doubt: string | null;
  /** Why it cannot be what was meant, as a sentence; null if it may be. */
  readonly mistake: string | null;
}

/** The process that reads odoo.conf, as far as it is known. */
export interface OdooProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its working directory; null if it is not known. */
  readonly cwd: string | null;
}

/**
 * Resolves a path as Odoo does (`odoo/tools/config.py`, `_normalize`): `os.path.expandvars`, then `expanduser`, then
 * `abspath`. Symlinks are left to the caller.
 * @returns The path, or a problem that does not show values from the environment.
 */
export function resolveConfPath(text: string, { env, cwd }: OdooProcess): Result<ConfPath, string> {
  const written = strip(text);
  const known = { written, path: null, doubt: null, mistake: mistakeIn(written) };
  if (written === '') return ok({ ...known, path: cwd });
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
  const path = absolute.value;
  if (isAbsolute(path)) return ok({ ...known, path: resolve(path) });
  if (cwd !== null) return ok({ ...known, path: resolve(cwd, path) });
  return ok({ ...known, doubt: known.mistake === null ? RELATIVE : null });
}

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
  const expanded = replaceBounded(text, /\$(?:(\w+)|\{([^}]*)\})/g, ([whole, bare, braced]) => {
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

import { isAbsolute, join, resolve } from 'node:path';
import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { describeHomeless, homeFolder } from '../base/user.ts';
import { LONGEST_TEXT, replaceBounded, variableOf } from './variables.ts';

/** The options of an odoo.conf that affect the search path. */
export interface OdooConf {
  /** The entries of `addons_path`, absolute, in order. */
  readonly addonsPath: readonly string[];
  /** `data_dir`, absolute; null when the file does not set it. */
  readonly dataDir: string | null;
}

/**
 * Reads the `[options]` section of an odoo.conf.
 *
 * Follows Python's `configparser.RawConfigParser`, which Odoo uses (`odoo/tools/config.py`, `_load_file_options`):
 * `=` or `:` after the key, keys in any case, whole-line comments with `#` or `;`, values continued on indented lines, no
 * interpolation. `addons_path` is split at commas, and `~` and `$VAR` are expanded in each entry.
 * @param text The file's text.
 * @param env The environment, for `$VAR` and for `HOME` in `~`.
 * @param folder Relative entries are resolved against this folder.
 * @returns The options, or a problem with the line number.
 */
export function parseOdooConf(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Result<OdooConf, string> {
  const options = readOptions(text);
  if (!options.ok) return options;
  const entries = (options.value.get('addons_path') ?? '')
    .split(',')
    .map((entry) => entry.trim())
    // Odoo writes `None` and `False` for an option that was never set.
    .filter((entry) => !['', 'None', 'False'].includes(entry));
  // Odoo ignores duplicates after the first.
  const distinct = [...new Set(entries)];
  if (distinct.length > MOST_ENTRIES) {
    return refused(`addons_path has ${distinct.length} entries; at most ${MOST_ENTRIES} are read`);
  }
  const addonsPath: string[] = [];
  for (const entry of distinct) {
    const expanded = expandPythonPath(entry, env, folder);
    if (!expanded.ok) return refused(`addons_path: ${expanded.refusal}`);
    addonsPath.push(expanded.value);
  }
  const dataDir = (options.value.get('data_dir') ?? '').trim();
  if (['', 'None', 'False'].includes(dataDir)) return ok({ addonsPath, dataDir: null });
  const expanded = expandPythonPath(dataDir, env, folder);
  if (!expanded.ok) return refused(`data_dir: ${expanded.refusal}`);
  return ok({ addonsPath, dataDir: expanded.value });
}

/** Limited, because every call searches each of them. */
const MOST_ENTRIES = 1000;

function readOptions(text: string): Result<Map<string, string>, string> {
  const options = new Map<string, string>();
  let section: string | null = null;
  let key: string | null = null;
  let keyIndent = 0;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const indent = line.length - line.trimStart().length;
    if (section !== null && key !== null && indent > keyIndent) {
      if (section === 'options') options.set(key, `${options.get(key)}\n${trimmed}`);
      continue;
    }
    const header = /^\[([^\]]+)\]/.exec(trimmed);
    if (header !== null) {
      section = header[1] as string;
      key = null;
      continue;
    }
    // A single regular expression would backtrack over blanks that may belong to the key or follow it.
    const end = trimmed.search(/[=:]/);
    if (section === null || end < 1)
      return refused(`line ${index + 1} is neither a section, an option nor a comment`);
    key = trimmed.slice(0, end).trimEnd().toLowerCase();
    keyIndent = indent;
    if (section !== 'options') continue;
    if (options.has(key)) return refused(`line ${index + 1} sets ${quoted(key)} a second time`);
    options.set(key, trimmed.slice(end + 1).trimStart());
  }
  return ok(options);
}

/**
 * Python's `os.path.expanduser` (for the running user), `os.path.expandvars` and `os.path.abspath`: unknown variables are
 * left unexpanded.
 * @returns The path, or a problem that does not show values from the environment.
 */
function expandPythonPath(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Result<string, string> {
  const isInHome = text === '~' || text.startsWith('~/');
  const home = isInHome ? homeFolder(env) : '';
  if (home === null) return refused(`${quoted(text)} ${describeHomeless()}`);
  const tilde = isInHome ? join(home, text.slice(1)) : text;
  const expanded = replaceBounded(tilde, /\$(?:\{([^{}]+)\}|(\w+))/g, ([whole, braced, bare]) => {
    return variableOf(env, braced ?? (bare as string)) ?? whole;
  });
  if (expanded === null) {
    return refused(`${quoted(text)} is longer than ${LONGEST_TEXT} characters with its variables expanded`);
  }
  return ok(isAbsolute(expanded) ? resolve(expanded) : resolve(folder, expanded));
}

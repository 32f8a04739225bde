import { readTextInside } from '../base/read-inside.ts';

const TRUE = ['true', 'yes', 'on', '1'];
/** Git's spellings of true and false (git-config(1), "Values"), without numbers other than 0 and 1. */
export const BOOLEAN: readonly string[] = [...TRUE, 'false', 'no', 'off', '0'];

/** The largest configuration that is read, in bytes. */
const MOST_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads a repository's own configuration as data; none of it is passed to git.
 *
 * Of a value that continues on the next line, only the first line is kept.
 * @returns The last value of each key, as `section.key` in lower case, or `section.*.key` in a subsection; a key without
 *   a value is `true`. Null if the configuration is unreadable, too large, or uses a syntax that git does not write.
 */
export function readSettings({
  path,
  common,
}: {
  readonly path: string;
  readonly common: string;
}): ReadonlyMap<string, string> | null {
  const settings = new Map<string, string>();
  if (!readInto(settings, common, 'config')) return null;
  const ofWorktree = settings.get('extensions.worktreeconfig')?.toLowerCase() ?? 'false';
  if (!BOOLEAN.includes(ofWorktree)) return null;
  const isRead = !TRUE.includes(ofWorktree) || readInto(settings, path, 'config.worktree');
  return isRead ? settings : null;
}

function readInto(settings: Map<string, string>, folder: string, name: string): boolean {
  const file = readTextInside(folder, name, MOST_CONFIG_BYTES);
  if (file === 'absent') return true;
  return file !== null && parseSettings(file.text, settings);
}

/** A section with or without a subsection: `[core]`, `[remote "origin"]`. */
const SECTION = /^\[([A-Za-z0-9.-]+)([ \t]+"(?:[^"\\]|\\.)*")?\][ \t]*(?:[#;].*)?$/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=(.*))?$/;

/**
 * Parses the text of a configuration (git-config(1), "Syntax") into `settings`.
 * @returns Whether all of it was understood.
 */
export function parseSettings(text: string, settings: Map<string, string>): boolean {
  let section: string | null = null;
  const lines = text.split(/\r?\n/).values();
  for (const untrimmed of lines) {
    const line = untrimmed.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, name, subsection] = SECTION.exec(line) ?? [];
    if (name !== undefined) {
      section = name.toLowerCase() + (subsection === undefined ? '' : '.*');
      continue;
    }
    const [, key, value = 'true'] = KEY.exec(line) ?? [];
    if (key === undefined || section === null) return false;
    settings.set(`${section}.${key.toLowerCase()}`, value.trim());
    if (!skipContinuation(line, lines)) return false;
  }
  return true;
}

/** Skips lines continued with a backslash. Returns false if a comment may end the value before the backslash. */
function skipContinuation(line: string, lines: Iterator<string>): boolean {
  for (let last = line; /(?:^|[^\\])(?:\\\\)*\\$/.test(last); last = lines.next().value ?? '') {
    if (/[#;]/.test(last)) return false;
  }
  return true;
}

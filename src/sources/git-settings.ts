import { readTextInside } from './read-inside.ts';

const TRUE = ['true', 'yes', 'on', '1'];
/** How git spells yes and no (git-config(1), "Values"), without numbers beside 0 and 1. */
export const BOOLEAN: readonly string[] = [...TRUE, 'false', 'no', 'off', '0'];

/** The largest configuration that is read, in bytes. */
const MOST_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads what a repository's own configuration says, as data: nothing of it reaches git.
 *
 * A value that goes on in the next line is cut there.
 * @returns The last value of each key, as `section.key` in lower case, or `section.*.key` in a subsection; a key
 *   without a value is `true`. Null where the configuration is not plain: unreadable, too large, or written in a way that git does not use.
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

/** Without a subsection, or with one: `[remote "origin"]`. */
const SECTION = /^\[([A-Za-z0-9.-]+)([ \t]+"(?:[^"\\]|\\.)*")?\][ \t]*(?:[#;].*)?$/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=(.*))?$/;

/** @returns Whether all of it was understood (git-config(1), "Syntax"). */
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

/** A value goes on behind a backslash at the end of a line. Where a comment may end it first, this does not decide. */
function skipContinuation(line: string, lines: Iterator<string>): boolean {
  for (let last = line; /(?:^|[^\\])(?:\\\\)*\\$/.test(last); last = lines.next().value ?? '') {
    if (/[#;]/.test(last)) return false;
  }
  return true;
}

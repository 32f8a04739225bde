import { readTextInside } from '../base/read-inside.ts';

const TRUE = ['true', 'yes', 'on', '1'];
/** Git's spellings of true and false (git-config(1), "Values"), without numbers other than 0 and 1. */
export const BOOLEAN: readonly string[] = [...TRUE, 'false', 'no', 'off', '0'];

/** The largest configuration that is read, in bytes. */
const MOST_CONFIG_BYTES = 1024 * 1024;

/** Called with each value of a subsection: `[remote "origin"]` with `url = x` as `remote`, `origin`, `url`, `x`. */
type OnValue = (section: string, subsection: string, key: string, value: string) => void;

/**
 * Reads a repository's own configuration as data; none of it is passed to git.
 *
 * Of a value that continues on the next line, only the first line is kept.
 * @param onValue For those to whom subsections matter.
 * @returns The last value of each key, as `section.key` in lower case, or `section.*.key` in a subsection; a key without
 *   a value is `true`. Null if the configuration is unreadable, too large, or uses a syntax that git does not write.
 */
export function readSettings(
  { path, common }: { readonly path: string; readonly common: string },
  onValue?: OnValue,
): ReadonlyMap<string, string> | null {
  const settings = new Map<string, string>();
  if (!readInto(settings, common, 'config', onValue)) return null;
  const ofWorktree = settings.get('extensions.worktreeconfig')?.toLowerCase() ?? 'false';
  if (!BOOLEAN.includes(ofWorktree)) return null;
  const isRead = !TRUE.includes(ofWorktree) || readInto(settings, path, 'config.worktree', onValue);
  return isRead ? settings : null;
}

function readInto(settings: Map<string, string>, folder: string, name: string, onValue?: OnValue): boolean {
  const file = readTextInside(folder, name, MOST_CONFIG_BYTES);
  if (file === 'absent') return true;
  return file !== null && parseSettings(file.text, settings, onValue);
}

/** A section with or without a subsection: `[core]`, `[remote "origin"]`. */
const SECTION = /^\[([A-Za-z0-9.-]+)([ \t]+"(?:[^"\\]|\\.)*")?\][ \t]*(?:[#;].*)?$/;
const KEY = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=(.*))?$/;

/**
 * Parses the text of a configuration (git-config(1), "Syntax") into `settings`.
 * @returns Whether all of it was understood.
 */
export function parseSettings(text: string, settings: Map<string, string>, onValue?: OnValue): boolean {
  let section: string | null = null;
  let inner: string | null = null;
  const lines = text.split(/\r?\n/).values();
  for (const untrimmed of lines) {
    const line = untrimmed.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, name, subsection] = SECTION.exec(line) ?? [];
    if (name !== undefined) {
      section = name.toLowerCase() + (subsection === undefined ? '' : '.*');
      inner = subsection === undefined ? null : withoutEscapes(subsection);
      continue;
    }
    const [, key, value = 'true'] = KEY.exec(line) ?? [];
    if (key === undefined || section === null) return false;
    settings.set(`${section}.${key.toLowerCase()}`, value.trim());
    if (inner !== null) onValue?.(section.slice(0, -2), inner, key.toLowerCase(), value.trim());
    if (!skipContinuation(line, lines)) return false;
  }
  return true;
}

/** The name in ` "..."`: a backslash stands for the character behind it. */
function withoutEscapes(subsection: string): string {
  return subsection.trim().slice(1, -1).replace(/\\(.)/g, '$1');
}

/**
 * A value without its quotes and what follows it as a comment (git-config(1), "Syntax").
 * @param value As {@link parseSettings} has it.
 * @returns Null for one that goes on in the next line, or has escapes of control characters.
 */
export function plainValue(value: string): string | null {
  let plain = '';
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at] as string;
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\\') {
      const next = value[++at];
      if (next !== '\\' && next !== '"') return null;
      plain += next;
    } else if (!isQuoted && (character === '#' || character === ';')) break;
    else plain += character;
  }
  return isQuoted ? null : plain.trim();
}

/** Skips lines continued with a backslash. Returns false if a comment may end the value before the backslash. */
function skipContinuation(line: string, lines: Iterator<string>): boolean {
  for (let last = line; /(?:^|[^\\])(?:\\\\)*\\$/.test(last); last = lines.next().value ?? '') {
    if (/[#;]/.test(last)) return false;
  }
  return true;
}

import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';

/** The options of a section, by name, with those of `[DEFAULT]` for what the section does not set. */
export type ConfOptions = ReadonlyMap<string, string>;

/** The sections of a file, `[DEFAULT]` not among them. */
export interface ConfSections {
  readonly names: readonly string[];
  /** Put together when asked: a copy of `[DEFAULT]` for each section of a file could be billions of options. */
  optionsOf(section: string): ConfOptions | undefined;
}

/**
 * Reads a file as `configparser.RawConfigParser()` does, with which Odoo of every series reads its odoo.conf
 * (`odoo/tools/config.py`: `load` up to 18.0, `_load_file_options` in 19.0): strict, no interpolation, `=` or `:`, comments
 * on lines of their own, no options without a value. Follows CPython 3.10 and later; before, the name of a section ended
 * at its first bracket.
 *
 * What Python refuses, Odoo does not catch (only a missing file and a missing section), so it does not start.
 * @returns The sections; or what Python refuses.
 */
export function parseConfFile(text: string): Result<ConfSections, string> {
  if (text.startsWith('\uFEFF')) {
    return refused('it begins with a byte-order mark; save it as UTF-8 without one');
  }
  const reader = new ConfReader();
  // Python opens the file with universal newlines.
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const problem = reader.take(line);
    if (problem !== null) return refused(`line ${index + 1} ${problem}`);
  }
  return ok(reader.sections());
}

/** The options of a section as they are read: the name of each, and the lines of its value. */
type Lines = Map<string, string[]>;

class ConfReader {
  readonly #defaults: Lines = new Map();
  readonly #sections = new Map<string, Lines>();
  #section: Lines | null = null;
  /** The value that a line with a greater indent continues. */
  #value: string[] | null = null;
  #indent = 0;

  /** Takes the next line (`RawConfigParser._read`), and returns what is wrong with it. */
  take(line: string): string | null {
    const text = strip(line);
    if (text.startsWith('#') || text.startsWith(';')) return null;
    if (text === '') {
      this.#value?.push('');
      return null;
    }
    const indent = line.indexOf(text);
    if (this.#value !== null && indent > this.#indent) {
      this.#value.push(text);
      return null;
    }
    this.#indent = indent;
    const end = text.lastIndexOf(']');
    if (text.startsWith('[') && end > 1) return this.#open(text.slice(1, end));
    if (this.#section === null) return 'comes before the first section: an odoo.conf begins with [options]';
    return this.#set(text, this.#section);
  }

  #open(name: string): string | null {
    this.#value = null;
    this.#section = this.#defaults;
    if (name === DEFAULT) return null;
    if (this.#sections.has(name))
      return `begins the section ${quoted(name)} a second time; put them together`;
    this.#section = new Map();
    this.#sections.set(name, this.#section);
    return null;
  }

  #set(text: string, section: Lines): string | null {
    const end = text.search(/[=:]/);
    if (end < 1) {
      return end === 0
        ? 'has no name before its =; remove it, or begin it with #'
        : 'is neither a section, an option with a value, nor a comment; remove it, or begin it with #';
    }
    const name = strip(text.slice(0, end)).toLowerCase();
    if (section.has(name)) return `sets ${quoted(name)} a second time; remove one of them`;
    this.#value = [strip(text.slice(end + 1))];
    section.set(name, this.#value);
    return null;
  }

  sections(): ConfSections {
    return { names: [...this.#sections.keys()], optionsOf: (section) => this.#optionsOf(section) };
  }

  #optionsOf(section: string): ConfOptions | undefined {
    const options = this.#sections.get(section);
    if (options === undefined) return undefined;
    const all = new Map([...this.#defaults, ...options]);
    return new Map([...all].map(([option, lines]) => [option, strip(lines.join('\n'), false)]));
  }
}

/** `configparser.DEFAULTSECT`; it may be there several times. */
const DEFAULT = 'DEFAULT';

/** What Python's `str.strip()` strips, which is not what `trim()` does: not a byte-order mark, for one. */
const SPACE: ReadonlySet<string> = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** Python's `strip()`; `rstrip()` if only the end is stripped. Reads each character once. */
export function strip(text: string, fromStart = true): string {
  let start = 0;
  let end = text.length;
  while (end > start && SPACE.has(text.charAt(end - 1))) end--;
  while (fromStart && start < end && SPACE.has(text.charAt(start))) start++;
  return text.slice(start, end);
}

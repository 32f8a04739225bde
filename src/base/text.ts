/**
 * Puts text from manifests, git and folder names into messages for people and agents. A manifest must not be able to add
 * lines to an answer, because agents follow what the lines say. Nor may it contain text for the agent that a person who
 * reads the answer does not see.
 */

const MOST_CHARACTERS = 100;

/** A value as one word of a message: unchanged if it is a plain word, otherwise {@link inQuotes}. */
export function quoted(text: string): string {
  return asWord(text, MOST_CHARACTERS);
}

function asWord(text: string, most: number): string {
  return text.length <= most && /^[\w.+@/<>=~!()-]+$/.test(text) ? text : inQuotes(text, most);
}

/** A value in quotes, escaped and cut, so that its beginning and end are clear. */
export function inQuotes(text: string, most = MOST_CHARACTERS): string {
  return `"${oneLine(cut(text, most).replace(/["\\]/g, '\\$&'))}"`;
}

/** Like {@link quoted}, for a field of an answer: an empty text stays empty. */
export function quotedField(text: string, most = MOST_CHARACTERS): string {
  return text === '' ? '' : asWord(text, most);
}

/** A day, a month or a year of ISO 8601 in words: `21 August 2026` for `2026-08-21`, `October 2024` for `2024-10`. */
export function dateInWords(date: string): string {
  const [year, month, day] = date.split('-');
  if (month === undefined) return date;
  const words = `${MONTHS[Number(month) - 1]} ${year}`;
  return day === undefined ? words : `${Number(day)} ${words}`;
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August'],
  ...['September', 'October', 'November', 'December'],
];

/** `a`, `a and b`, `a, b and c`. */
export function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The first of many names, and how many more there are: `a, b and 3 more`. */
export function firstInWords(names: readonly string[], most: number): string {
  const more = names.length - most;
  return inWords(more > 0 ? [...names.slice(0, most), `${more} more`] : names);
}

/** A text without its layout: many are indented as in the manifest's source. */
export function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A number with its noun: `1 module`, `3 modules`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** A message as one of several sentences: with a period at the end, if it has no end. */
export function asSentence(message: string): string {
  return /[.!?]\)?$/.test(message) ? message : `${message}.`;
}

/** A sentence that begins with a capital letter. */
export function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** At most that many characters, and `…` if text was cut off; never cuts a surrogate pair in half. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A configured path for the beginning of a message, cut short: variables can make it long. */
export function namedPath(path: string): string {
  return cut(path, 255);
}

/**
 * Characters that a reader does not see, or that change what the reader sees: control and format characters, line
 * breaks, lone surrogates, private and unassigned characters, everything Unicode calls ignorable (variation selectors,
 * fillers, joiners, tags), and blank characters that are not spaces.
 */
const UNSEEN = String.raw`[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}]`;
/** An emoji with a variation selector or joiners (UTS 51): at most four pictures. Matches each in only one way. */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?`;
const EMOJI = String.raw`[#*0-9]\ufe0f\u20e3|${PICTURE}(?:\u200d${PICTURE}){0,3}`;

const HAS_UNSEEN = new RegExp(UNSEEN, 'u');
const EMOJI_OR_UNSEEN = new RegExp(`(${EMOJI})|${UNSEEN}`, 'gu');

/**
 * Replaces each invisible character with its code: `\u{202e}`. Letters of all scripts, accents and emoji stay. Joiners in
 * Persian and Indic scripts and variants of Han characters are replaced too; such text stays readable.
 */
export function oneLine(text: string): string {
  if (!HAS_UNSEEN.test(text)) return text;
  return text.replace(EMOJI_OR_UNSEEN, (character, emoji?: string) => {
    return emoji ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** Fields whose line breaks this program wrote itself. */
const LINES: ReadonlySet<string> = new Set(['graph']);

/** Structured data with {@link oneLine} applied to every text in it, keys included. */
export function inPlainSight<T>(value: T): T {
  return shown(value, '') as T;
}

function shown(value: unknown, key: string): unknown {
  if (typeof value === 'string') {
    return LINES.has(key) ? value.split('\n').map(oneLine).join('\n') : oneLine(value);
  }
  if (Array.isArray(value)) return value.map((element) => shown(element, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [oneLine(name), shown(field, name)]),
  );
}

/**
 * Disarms text that a CI would run as a command if it appeared in a log: `##[name]` and `##vso[name]` anywhere in a line,
 * `::name` at its beginning (GitHub, `ActionCommand.cs` of actions/runner; Azure, "Logging commands").
 */
export function withoutCommands(text: string): string {
  return withoutMarks(text).replace(/^([^\S\n\r\u2028\u2029]*)::/gm, '$1\\u{3a}:');
}

/** Like {@link withoutCommands}, for a text that does not begin a line. */
export function withoutMarks(text: string): string {
  return text.replace(/##(?=[\w.]{0,64}\[)/g, '#\\u{23}');
}

/**
 * JSON that is safe in a log: it parses to the same value, and contains no invisible characters and nothing that a CI
 * would run as a command, even if a single line of it is printed.
 */
export function jsonForLogs(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replace(/[^\n -~]/gu, (character) => {
      return HAS_UNSEEN.test(character)
        ? [...Array(character.length).keys()].map((at) => unit(character, at)).join('')
        : character;
    })
    .replace(/##(?=[\w.]{0,64}\[)/g, '#\\u0023')
    .replaceAll('::', ':\\u003a');
}

/** A UTF-16 unit as JSON escapes it. */
function unit(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
}

/** What stands at the end of a list for places that are counted and not named. @param listed How many the list names. */
export function countWithheld(count: number, listed: number): string {
  return `${count}${listed > 0 ? ' more' : ''} that the policy does not show`;
}

/**
 * Text from manifests, git and folder names in messages for people and agents. A manifest must not be able to write
 * lines of its own into an answer: an agent is asked to do what those lines say. Nor must it say to an agent what a
 * person who looks over the answer does not see.
 */

const MOST_CHARACTERS = 100;

/** A value as one word of a message: as it is when it is a plain word, otherwise {@link inQuotes}. */
export function quoted(text: string): string {
  return asWord(text, MOST_CHARACTERS);
}

function asWord(text: string, most: number): string {
  return text.length <= most && /^[\w.+@/<>=~!()-]+$/.test(text) ? text : inQuotes(text, most);
}

/** A value in quotes, escaped and cut: whoever reads it knows where it begins and ends. */
export function inQuotes(text: string, most = MOST_CHARACTERS): string {
  return `"${oneLine(cut(text, most).replace(/["\\]/g, '\\$&'))}"`;
}

/** As {@link quoted}, for a field of an answer: nothing stays nothing. */
export function quotedField(text: string, most = MOST_CHARACTERS): string {
  return text === '' ? '' : asWord(text, most);
}

/** At most that many characters, without half of one at the end. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** A configured path in a message that begins with it: variables can make it long, and a line says enough without. */
export function namedPath(path: string): string {
  return cut(path, 255);
}

/**
 * What a reader does not see, or what changes what they see: control and format characters, line ends, halves of
 * characters, private and unassigned ones, all that Unicode calls ignorable (variation selectors, fillers, joiners, tags),
 * and the blanks that look like nothing but are no space.
 */
const UNSEEN = String.raw`[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}]`;
/** An emoji as it is written with a variation selector or joiners (UTS 51): of at most four, in one way each. */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?`;
const EMOJI = String.raw`[#*0-9]\ufe0f\u20e3|${PICTURE}(?:\u200d${PICTURE}){0,3}`;

const HAS_UNSEEN = new RegExp(UNSEEN, 'u');
const EMOJI_OR_UNSEEN = new RegExp(`(${EMOJI})|${UNSEEN}`, 'gu');

/**
 * Shows what would not be seen instead of sending it: `\u{202e}`. Letters of all scripts, accents and emoji stay; the
 * joiners of Persian and Indic scripts and the variants of Han characters are shown too, which costs such text little.
 */
export function oneLine(text: string): string {
  if (!HAS_UNSEEN.test(text)) return text;
  return text.replace(EMOJI_OR_UNSEEN, (character, emoji?: string) => {
    return emoji ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** Fields that are several lines of this program's own. */
const LINES: ReadonlySet<string> = new Set(['graph']);

/** An answer as data with every text of it as {@link oneLine} has it, whoever wrote it. */
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
 * Breaks what a CI takes for a command when it stands in a log: `##[name]` and `##vso[name]` anywhere in a line, `::name`
 * at its beginning (GitHub, `ActionCommand.cs` of actions/runner; Azure, "Logging commands").
 */
export function withoutCommands(text: string): string {
  return withoutMarks(text).replace(/^([^\S\n\r\u2028\u2029]*)::/gm, '$1\\u{3a}:');
}

/** The same for a text that does not begin a line. */
export function withoutMarks(text: string): string {
  return text.replace(/##(?=[\w.]{0,64}\[)/g, '#\\u{23}');
}

/**
 * JSON that can stand in a log: it parses to the same value, and holds nothing that a reader does not see or that a CI
 * takes for a command, neither as it is nor when a line of it is printed.
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

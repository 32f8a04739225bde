const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const MAX_SHOWN = 40;

/** Misspellings of Python's constants, in lower case. */
const CONSTANTS = new Map([
  ['true', 'True'],
  ['false', 'False'],
  ['null', 'None'],
  ['none', 'None'],
  ['undefined', 'None'],
]);

/**
 * Whether Python reads a run of letters as the name `set`. Python compares names in NFKC form, so the full-width
 * `ｓｅｔ` is that name; it compares keywords as written, so `Ｔｒｕｅ` is not `True`.
 */
export function isNameOfSet(name: string): boolean {
  if (name === 'set') return true;
  return name.length <= 6 && IDENTIFIER.test(name) && name.normalize('NFKC') === 'set';
}

/** Says why a run of letters is not a value. */
export function explainName(name: string): string {
  if (name.startsWith('\ufeff'))
    return 'the text begins with a byte-order mark; save the file as UTF-8 without one';
  const shown = visible(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
  if (name.length <= MAX_SHOWN && !IDENTIFIER.test(name)) {
    return `Python cannot read \`${shown}\`; put text in quotes`;
  }
  const constant = CONSTANTS.get(name.toLowerCase());
  if (constant !== undefined) return `\`${shown}\` is a name; Python's constant is written ${constant}`;
  return `\`${shown}\` is a name; a manifest may hold plain values only: put text in quotes`;
}

/** Text for a message: control characters and invisible characters are written as code points. */
export function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Z}]/gu,
    (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const MAX_SHOWN = 40;

/** What people write for Python's constants. */
const CONSTANTS = new Map([
  ['true', 'True'],
  ['false', 'False'],
  ['null', 'None'],
  ['none', 'None'],
  ['undefined', 'None'],
]);

/**
 * Tells whether Python takes a run of letters for the name `set`. It compares names in their NFKC form, so that the
 * full-width `ｓｅｔ` is that name; keywords are compared as written, and `Ｔｒｕｅ` is no `True`.
 */
export function isNameOfSet(name: string): boolean {
  if (name === 'set') return true;
  return name.length <= 6 && IDENTIFIER.test(name) && name.normalize('NFKC') === 'set';
}

/** Why a run of letters is no value, in words. */
export function explainName(name: string): string {
  if (name.startsWith('\ufeff'))
    return 'the text begins with a byte-order mark; save the file as UTF-8 without one';
  const shown = visible(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
  if (name.length <= MAX_SHOWN && !IDENTIFIER.test(name)) {
    return `the characters \`${shown}\` mean nothing in Python; text needs quotes`;
  }
  const constant = CONSTANTS.get(name.toLowerCase());
  if (constant !== undefined) return `\`${shown}\` is a name; Python's constant is written ${constant}`;
  return `\`${shown}\` is a name; a manifest may hold plain values only, and text needs quotes`;
}

/** A text for a message: what a terminal would obey, or a reader not see, is written as a code point. */
export function visible(text: string): string {
  return text.replace(
    /[\p{C}\p{Z}]/gu,
    (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

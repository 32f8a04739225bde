/**
 * Text from manifests, git and folder names in messages for people and agents. A manifest must not be able to write
 * lines of its own into an answer: an agent is asked to do what those lines say.
 */

const MOST_CHARACTERS = 100;

/** A value as one word of a message: as it is when it is plain, otherwise quoted, escaped and cut. */
export function quoted(text: string): string {
  if (text.length <= MOST_CHARACTERS && /^[\w.+@/<>=~!() -]+$/.test(text)) return text;
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return oneLine(JSON.stringify(cut));
}

/** Shows control characters, line ends and text-direction marks instead of sending them. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** PATH_MAX of Linux: a longer path cannot be opened. Counted in characters, for other texts too. */
export const LONGEST_TEXT = 4096;

/**
 * Puts something in the place of every match, as `replaceAll` does, and stops where the text gets too long: a variable
 * that stands in a file a hundred thousand times would fill the memory.
 * @param pattern Has the flag `g`.
 * @returns The text; null when it is longer than {@link LONGEST_TEXT}.
 */
export function replaceBounded(
  text: string,
  pattern: RegExp,
  replacement: (match: RegExpExecArray) => string,
): string | null {
  let replaced = '';
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const value = replacement(match);
    if (replaced.length + (match.index - at) + value.length > LONGEST_TEXT) return null;
    replaced += text.slice(at, match.index) + value;
    at = match.index + match[0].length;
  }
  if (replaced.length + (text.length - at) > LONGEST_TEXT) return null;
  return replaced + text.slice(at);
}

/** The value of an environment variable; undefined for what only the object's prototype has. */
export function variableOf(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/**
 * Puts the values of environment variables in the place of `${NAME}`.
 * @returns The text, null when it is longer than {@link LONGEST_TEXT}, and the names of variables that are not set or
 *   empty, each once.
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { text: string | null; unset: string[] } {
  const unset = new Set<string>();
  // No name has a brace in it; looking for its end past another one would be done once for each of them.
  const expanded = replaceBounded(text, /\$\{([^{}]+)\}/g, ([, name = '']) => {
    const value = variableOf(env, name);
    if (value === undefined || value === '') unset.add(name);
    return value ?? '';
  });
  return { text: expanded, unset: [...unset] };
}

import { ok, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { describeHomeless, homeFolder } from '../base/user.ts';

/** PATH_MAX of Linux: a longer path cannot be opened. Counted in characters; also used for texts that are not paths. */
export const LONGEST_TEXT = 4096;

/**
 * Replaces every match, as `replaceAll` does, but stops when the text gets too long: a variable that a file uses a hundred
 * thousand times would fill the memory.
 * @param pattern Needs the flag `g`.
 * @returns The text; null if it is longer than {@link LONGEST_TEXT}.
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

/** The value of an environment variable; undefined for a property of the object's prototype. */
export function variableOf(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/**
 * Replaces `${NAME}` with the values of environment variables.
 * @returns The text, null if it is longer than {@link LONGEST_TEXT}; and the names of variables that are unset or empty,
 *   without duplicates.
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { text: string | null; unset: string[] } {
  const unset = new Set<string>();
  // A name contains no brace. Otherwise each of many `${` would search the rest of the text for its end.
  const expanded = replaceBounded(text, /\$\{([^{}]+)\}/g, ([, name = '']) => {
    const value = variableOf(env, name);
    if (value === undefined || value === '') unset.add(name);
    return value ?? '';
  });
  return { text: expanded, unset: [...unset] };
}

/**
 * Expands a leading `~` and every `${NAME}`.
 * @returns The text, or problems that do not show values from the environment.
 */
export function expandText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Result<string, string[]> {
  // Variables are expanded only in `text`, not in the home folder or in the values of variables.
  const isInHome = /^~(?=\/|$)/.test(text);
  const home = isInHome ? homeFolder(env) : '';
  const { text: expanded, unset } = expandVariables(isInHome ? text.slice(1) : text, env);
  const problems = unset.map((name) => `the environment variable ${quoted(name)} is not set`);
  if (home === null) problems.push(`${quoted(text)} ${describeHomeless()}`);
  const path = home === null || expanded === null ? null : home + expanded;
  if (expanded === null || (path !== null && path.length > LONGEST_TEXT))
    problems.push(`${quoted(text)} is longer than ${LONGEST_TEXT} characters with its variables expanded`);
  return path === null || problems.length > 0 ? refused(problems) : ok(path);
}

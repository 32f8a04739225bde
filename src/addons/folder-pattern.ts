import { type Dirent, readdir } from 'node:fs';
import { ok, type Result, refused } from '../base/refusal.ts';

/** How many paths the braces of a pattern may expand to. */
const MOST_PATHS = 1000;
/** How many `*` one path component may have, and how many `**` the pattern: matching tries their combinations. */
const MOST_STARS = 3;
const MOST_GLOBSTARS = 2;
/** How many folders a pattern may match. */
const MOST_MATCHES = 1000;
/** How many folders are listed to match a pattern. */
const MOST_VISITED = 10_000;

/**
 * Finds the folders that an operator's pattern matches: `*`, `**`, `?`, `[a-z]` and braces, as fast-glob reads them.
 * The work is limited for every pattern.
 * @param pattern An absolute path.
 * @returns The paths; or a problem, worded to follow the pattern: `matches more than 1000 folders`. Null if the text is
 *   not a pattern.
 */
export async function matchFolders(pattern: string): Promise<Result<string[], string> | null> {
  const { default: glob } = await import('fast-glob');
  if (!glob.isDynamicPattern(pattern, { extglob: false })) return null;
  if (mostPaths(pattern) > MOST_PATHS) {
    return refused(`has braces that may expand to more than ${MOST_PATHS} paths`);
  }
  const stars = Math.max(
    ...pattern.split('/').map((name) => name.replaceAll('**', '').split('*').length - 1),
  );
  if (stars > MOST_STARS || pattern.split('**').length - 1 > MOST_GLOBSTARS) {
    return refused(
      `has more than ${MOST_STARS} "*" in one path component, or more than ${MOST_GLOBSTARS} "**"`,
    );
  }
  // Parentheses can repeat alternatives, which makes matching exponential.
  if (/(?<!\\)[()]/.test(pattern))
    return refused('has parentheses; write a backslash before each parenthesis in a pattern');
  let visited = 0;
  const counting = (
    path: string,
    options: { readonly withFileTypes: true },
    done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
  ): void => {
    // Deferred: `done` lists the next folder at once, and so on, until the stack overflows.
    if (++visited > MOST_VISITED) process.nextTick(done, new Error('too many folders'), []);
    else readdir(path, options, done);
  };
  let paths: string[];
  try {
    paths = await glob(pattern, {
      extglob: false,
      onlyDirectories: true,
      absolute: true,
      followSymbolicLinks: false,
      suppressErrors: true,
      fs: { readdir: counting as typeof readdir },
    });
  } catch {
    // The packages' own errors mention their options, not the pattern.
    return refused('is not a valid pattern');
  }
  if (visited > MOST_VISITED) {
    return refused(
      `would search more than ${MOST_VISITED} folders; name the folders that contain the checkouts`,
    );
  }
  return paths.length > MOST_MATCHES ? refused(`matches more than ${MOST_MATCHES} folders`) : ok(paths);
}

/**
 * An upper bound of the paths that the braces of a pattern expand to, however they are nested: for a given total of
 * alternatives the product is largest when all groups have the same number. Exact for a single group.
 */
function mostPaths(pattern: string): number {
  const count = (part: string) => pattern.split(part).length - 1;
  const groups = count('{');
  if (groups === 0) return 1;
  const ranges = [...pattern.matchAll(/([^{}.,]{1,20})\.\.([^{}.,]{1,20})(\.\.[^{}.,]{1,20})?/g)];
  const dots = ranges.reduce((sum, [, , , step]) => sum + (step === undefined ? 1 : 2), 0);
  // A range that this expression does not match may have any length.
  if (dots !== count('..')) return Number.POSITIVE_INFINITY;
  const inRanges = ranges.reduce(
    (product, [, from, to]) => product * lengthOf(from as string, to as string),
    1,
  );
  return (1 + count(',') / groups) ** groups * inRanges;
}

/** How many values a range has from one number, or one letter, to another. */
function lengthOf(from: string, to: string): number {
  const [first, last] = [from, to].map((end) => (/^[A-Za-z]$/.test(end) ? end.charCodeAt(0) : Number(end)));
  const distance = Math.abs((last as number) - (first as number));
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance + 1;
}

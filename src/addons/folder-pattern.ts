import { type Dirent, readdir } from 'node:fs';

/** How many paths the braces of a pattern may stand for. */
const MOST_PATHS = 1000;
/** How many `*` one name of it may have, and how many `**` there may be: matching tries them all against one another. */
const MOST_STARS = 3;
const MOST_GLOBSTARS = 2;
/** How many folders it may match. */
const MOST_MATCHES = 1000;
/** How many folders are looked into on the way. */
const MOST_VISITED = 10_000;

/**
 * Finds the folders a pattern of an operator matches: `*`, `**`, `?`, `[a-z]` and braces, as fast-glob reads them.
 * Whatever a pattern says, there is an end to it.
 * @param pattern An absolute path.
 * @returns Their paths; or what is wrong, to follow the pattern: `matches more than 1000 folders`. Null for a text that
 *   is no pattern.
 */
export async function matchFolders(
  pattern: string,
): Promise<{ paths: string[] } | { problem: string } | null> {
  const { default: glob } = await import('fast-glob');
  if (!glob.isDynamicPattern(pattern, { extglob: false })) return null;
  if (mostPaths(pattern) > MOST_PATHS) {
    return { problem: `has braces that may stand for more than ${MOST_PATHS} paths` };
  }
  const stars = Math.max(
    ...pattern.split('/').map((name) => name.replaceAll('**', '').split('*').length - 1),
  );
  if (stars > MOST_STARS || pattern.split('**').length - 1 > MOST_GLOBSTARS) {
    return { problem: `has more than ${MOST_STARS} "*" in a name, or more than ${MOST_GLOBSTARS} "**"` };
  }
  // Within them alternatives can be repeated, which is what makes matching exponential.
  if (/(?<!\\)[()]/.test(pattern)) return { problem: 'has parentheses; in a pattern they need a backslash' };
  let visited = 0;
  const counting = (
    path: string,
    options: { readonly withFileTypes: true },
    done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
  ): void => {
    // Not at once: it would call the next one, and so on.
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
    // What the packages below throw of a pattern is about their options.
    return { problem: 'is no pattern that can be understood' };
  }
  if (visited > MOST_VISITED) {
    return {
      problem: `would look into more than ${MOST_VISITED} folders; name the folders above the checkouts`,
    };
  }
  return paths.length > MOST_MATCHES ? { problem: `matches more than ${MOST_MATCHES} folders` } : { paths };
}

/**
 * The most paths that the braces of a pattern can stand for, however they are nested: groups of so many alternatives
 * together stand for the most when all have the same number. Exact where there is one group.
 */
function mostPaths(pattern: string): number {
  const count = (part: string) => pattern.split(part).length - 1;
  const groups = count('{');
  if (groups === 0) return 1;
  const ranges = [...pattern.matchAll(/([^{}.,]{1,20})\.\.([^{}.,]{1,20})(\.\.[^{}.,]{1,20})?/g)];
  const dots = ranges.reduce((sum, [, , , step]) => sum + (step === undefined ? 1 : 2), 0);
  // A range that is not read here may be as long as it likes.
  if (dots !== count('..')) return Number.POSITIVE_INFINITY;
  const inRanges = ranges.reduce(
    (product, [, from, to]) => product * lengthOf(from as string, to as string),
    1,
  );
  return (1 + count(',') / groups) ** groups * inRanges;
}

/** How many there are from one number, or one letter, to another. */
function lengthOf(from: string, to: string): number {
  const [first, last] = [from, to].map((end) => (/^[A-Za-z]$/.test(end) ? end.charCodeAt(0) : Number(end)));
  const distance = Math.abs((last as number) - (first as number));
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance + 1;
}

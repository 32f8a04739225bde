import { join } from 'node:path';
import { lstatOrNull } from '../base/paths.ts';
import { mayNameConversion, withReadableGit } from './compare-checkout.ts';
import type { GitFolder } from './git-folder.ts';
import type { Head } from './git-head.ts';
import { readCommit } from './read-commit.ts';
import { outputOf } from './run-git.ts';
import { isSurelyClean } from './surely-clean.ts';

/** What is checked out, and how that stands to the remote as of the last fetch. */
export interface CheckoutFacts {
  /** When the commit was committed, in seconds since 1970. */
  readonly date: number | null;
  /** How many commits the checkout has that the remote had not, and the other way round; null if that is not known. */
  readonly ahead: number | null;
  readonly behind: number | null;
  /** Whether tracked files differ from the commit; null if that is not certain. */
  readonly changed: boolean | null;
}

/**
 * Reads facts of a checkout: without git where its files are as git left them and its branch is where it was fetched, otherwise with
 * one git for each question that is left, in a private git folder.
 * @param tracked The commit of the branch at the remote, as of the last fetch; null if it is not known.
 * @param limit How long git may take, in milliseconds.
 */
export async function readCheckoutFacts(
  git: GitFolder,
  head: Head,
  tracked: string | null,
  limit: number,
): Promise<CheckoutFacts> {
  const { commit } = head;
  if (commit === null) return { date: null, ahead: null, behind: null, changed: null };
  const read = readCommit(git, commit);
  const isClean = read !== null && isSurelyClean(git, read.tree);
  const isEven = tracked === commit;
  const told = { ahead: isEven ? 0 : null, behind: isEven ? 0 : null };
  if (read !== null && isClean && (isEven || tracked === null))
    return { date: read.date, changed: false, ...told };
  const asked = await withReadableGit(git, head, limit, async (program, run, { attributes }) => {
    const ask = (args: readonly string[]) => outputOf(program, args, run);
    const isShallow = lstatOrNull(join(git.common, 'shallow')) !== null;
    const [date, counts, changed] = await Promise.all([
      read?.date ?? ask(['log', '-1', '--format=%ct', commit]).then(numberIn),
      isEven || tracked === null
        ? told
        : ask(['rev-list', '--left-right', '--count', `${commit}...${tracked}`]).then((said) =>
            countsIn(said, isShallow),
          ),
      isClean ? false : mayNameConversion(git, attributes) ? null : ask(STATUS).then(isSaid),
    ]);
    return { date, ...counts, changed };
  });
  return asked ?? { date: read?.date ?? null, changed: isClean ? false : null, ...told };
}

const isSaid = (said: string | null) => (said === null ? null : said !== '');
const STATUS = [
  'status',
  '--porcelain',
  '-z',
  '--untracked-files=no',
  '--no-renames',
  '--ignore-submodules=all',
];

function numberIn(said: string | null): number | null {
  const [, digits] = /^(\d+)\n$/.exec(said ?? '') ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Where history is cut, commits on both sides may be old ones that have lost their connection. */
function countsIn(said: string | null, isShallow: boolean): Pick<CheckoutFacts, 'ahead' | 'behind'> {
  const [, ahead, behind] = /^(\d+)\t(\d+)\n$/.exec(said ?? '') ?? [];
  const isUnknown = ahead === undefined || (isShallow && ahead !== '0' && behind !== '0');
  return isUnknown ? { ahead: null, behind: null } : { ahead: Number(ahead), behind: Number(behind) };
}

import { setTimeout } from 'node:timers/promises';
import type { Series } from '../manifest/series.ts';

/** Which state of a git repository a module comes from. */
export interface Provenance {
  /** The branch that is checked out; null on a detached HEAD. */
  readonly branch: string | null;
  /** The commit's full hash; null before the first commit. */
  readonly commit: string | null;
  /** Whether anything in the repository's folder differs from the commit, untracked files included. */
  readonly dirty: boolean;
}

/** How long git may take. A link is worth more than its provenance, so a slow repository answers null. */
const PATIENCE_MS = 1500;
/** How many git processes run at once, however many calls wait for one. */
const MOST_PROCESSES = 4;

/** Reads the provenance of a repository's folder; null outside git, without git, or when git takes too long. */
export type ReadProvenance = (folder: string) => Promise<Provenance | null>;

/**
 * Makes a reader of git provenance.
 *
 * Calls that ask for a folder while git is already looking at it share the answer, and no more than four git
 * processes run at once: a thousand concurrent calls must not become a thousand processes.
 */
export function createProvenanceReader(): ReadProvenance {
  const underWay = new Map<string, Promise<Provenance | null>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const inTurn = async (folder: string) => {
    if (running >= MOST_PROCESSES) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await inTime(gitStatus(folder));
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return (folder) => {
    const shared = underWay.get(folder);
    if (shared !== undefined) return shared;
    const answer = inTurn(folder).finally(() => underWay.delete(folder));
    underWay.set(folder, answer);
    return answer;
  };
}

/** A killed git can leave a child that holds its pipes open; the answer must not wait for that. */
async function inTime(status: Promise<Provenance | null>): Promise<Provenance | null> {
  const gaveUp = new AbortController();
  const late = setTimeout(PATIENCE_MS, null, { signal: gaveUp.signal, ref: false }).catch(() => null);
  try {
    return await Promise.race([status, late]);
  } finally {
    gaveUp.abort();
  }
}

async function gitStatus(folder: string): Promise<Provenance | null> {
  try {
    const { simpleGit } = await import('simple-git');
    const git = simpleGit({
      baseDir: folder,
      timeout: { block: PATIENCE_MS },
      // A repository may name a program for git to run; looking at one must not run it.
      config: ['core.fsmonitor=false'],
      unsafe: { allowUnsafeFsMonitor: true },
      allowEnvironment: ['GIT_OPTIONAL_LOCKS'],
    }).env({
      ...(process.env.PATH !== undefined && { PATH: process.env.PATH }),
      ...(process.env.HOME !== undefined && { HOME: process.env.HOME }),
      // Without it `git status` refreshes the index: the server writes nothing into a root.
      GIT_OPTIONAL_LOCKS: '0',
      LC_ALL: 'C',
    });
    return parseStatus(await git.raw(['status', '--porcelain=v2', '--branch', '--', '.']));
  } catch {
    return null;
  }
}

/** Reads `git status --porcelain=v2 --branch` (git-status(1), "Branch Headers"). */
export function parseStatus(output: string): Provenance {
  const lines = output.split('\n').filter((line) => line !== '');
  const header = (name: string) =>
    lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const branch = header('head') ?? '(detached)';
  const commit = header('oid') ?? '(initial)';
  return {
    branch: branch === '(detached)' ? null : branch,
    commit: commit === '(initial)' ? null : commit,
    dirty: lines.some((line) => !line.startsWith('# ')),
  };
}

/**
 * The series a branch was made for, by the OCA's convention: `17.0`, `17.0-fix-something`, `17.0/topic`.
 * @returns Null for a branch that does not say (`main`, `master`, `saas-17.2`).
 */
export function seriesOfBranch(branch: string): string | null {
  return /^(\d{1,2}\.0)(?:$|[-_/])/.exec(branch)?.[1] ?? null;
}

/** Whether a repository's branch is that of another series than the instance's. */
export function isOtherSeries(provenance: Provenance | null, series: Series): boolean {
  const made = provenance?.branch == null ? null : seriesOfBranch(provenance.branch);
  return made !== null && made !== series;
}

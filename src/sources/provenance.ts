import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Series } from '../manifest/series.ts';

/** Which state of a git repository a module comes from. */
export interface Provenance {
  /** The branch that is checked out; null on a detached HEAD. */
  readonly branch: string | null;
  /** The commit's full hash; null before the first commit. */
  readonly commit: string | null;
  /**
   * Whether anything in the repository's folder differs from the commit, untracked files included; null where git
   * cannot say without running a program that the repository names.
   */
  readonly dirty: boolean | null;
}

/** How long an answer may take. A link is worth more than its provenance, so a slow repository answers null. */
const PATIENCE_MS = 1500;
/** How many git processes run at once, however many calls wait for one. */
const MOST_PROCESSES = 4;

/**
 * Reads the provenance of a repository's folder; null outside git, without git, or when git takes too long.
 * @param ceiling A repository is not looked for above this folder.
 */
export type ReadProvenance = (folder: string, ceiling: string) => Promise<Provenance | null>;

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
  const inTurn = async (folder: string, ceiling: string) => {
    if (running >= MOST_PROCESSES) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await gitStatus(folder, ceiling);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return (folder, ceiling) => {
    const shared = underWay.get(folder);
    if (shared !== undefined) return inTime(shared);
    const answer = inTurn(folder, ceiling).finally(() => underWay.delete(folder));
    underWay.set(folder, answer);
    return inTime(answer);
  };
}

/** Gives up waiting, while the process keeps its place until it has really ended. */
async function inTime(status: Promise<Provenance | null>): Promise<Provenance | null> {
  const answered = new AbortController();
  const late = setTimeout(PATIENCE_MS, null, { signal: answered.signal, ref: false }).catch(() => null);
  try {
    return await Promise.race([status, late]);
  } finally {
    answered.abort();
  }
}

/**
 * Asks git, in a way that runs nothing a repository could name and writes nothing into it: no fsmonitor, no hooks (they
 * run on writes, of which there are none), no fetching of missing objects, no submodules, and no filters.
 */
async function gitStatus(folder: string, ceiling: string): Promise<Provenance | null> {
  try {
    const gitDir = findGitDir(folder, ceiling);
    if (gitDir === null) return null;
    const filters = namesPrograms(gitDir);
    const { simpleGit } = await import('simple-git');
    const git = simpleGit({
      baseDir: folder,
      timeout: { block: PATIENCE_MS },
      config: ['core.fsmonitor=false'],
      unsafe: { allowUnsafeFsMonitor: true },
      allowEnvironment: Object.keys(ENVIRONMENT).concat('GIT_CEILING_DIRECTORIES'),
    }).env({
      ...(process.env.PATH !== undefined && { PATH: process.env.PATH }),
      ...(process.env.HOME !== undefined && { HOME: process.env.HOME }),
      ...ENVIRONMENT,
      GIT_CEILING_DIRECTORIES: dirname(ceiling),
    });
    const args = ['status', '--porcelain=v2', '--branch', '--ignore-submodules=all', '--'];
    // Comparing a file runs its clean filter; with a path that matches no file nothing is compared.
    const status = parseStatus(await git.raw([...args, filters ? ':(exclude)*' : '.']));
    return filters ? { ...status, dirty: null } : status;
  } catch {
    return null;
  }
}

const ENVIRONMENT = {
  // Without it `git status` refreshes the index.
  GIT_OPTIONAL_LOCKS: '0',
  // A partial clone would fetch what it misses, by whatever command its configuration names.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  LC_ALL: 'C',
};

/**
 * Whether a repository's own configuration may name programs that `git status` would run: it has filters, includes
 * another file, or cannot be read. The configuration of the server's user and of the host is the operator's.
 */
function namesPrograms(gitDir: string): boolean {
  const common = readOrNull(join(gitDir, 'commondir'))?.trim();
  const files = [common === undefined ? gitDir : resolve(gitDir, common), gitDir].flatMap((dir) => {
    return [join(dir, 'config'), join(dir, 'config.worktree')];
  });
  const texts = [...new Set(files)].map(readOrNull).filter((text) => text !== null);
  return texts.length === 0 || texts.some((text) => /\[\s*(filter|include|includeif)\b/i.test(text));
}

/**
 * The folder with the repository's data: `.git`, or where a file of that name points (gitrepository-layout(5)). Null
 * outside git, where no process needs to be started to say so.
 */
function findGitDir(folder: string, ceiling: string): string | null {
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.git');
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return path;
    const target = stats?.isFile() ? /^gitdir: (.+)$/m.exec(readOrNull(path) ?? '')?.[1] : undefined;
    if (target !== undefined) return resolve(current, target);
    if (current === ceiling || current === dirname(current)) return null;
  }
}

function readOrNull(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() || stats.size > MAX_CONFIG_BYTES) return null;
  return readFileSync(path, 'utf8');
}
const MAX_CONFIG_BYTES = 1024 * 1024;

/** Reads `git status --porcelain=v2 --branch` (git-status(1), "Branch Headers"). */
export function parseStatus(output: string): Provenance & { dirty: boolean } {
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
 * The branch a repository is on, without starting git: what its HEAD names (gitrepository-layout(5)).
 * @param ceiling A repository is not looked for above this folder.
 * @returns Null outside git and on a detached HEAD.
 */
export function branchOf(folder: string, ceiling: string): string | null {
  let head: string | null = null;
  try {
    const gitDir = findGitDir(folder, ceiling);
    head = gitDir === null ? null : readOrNull(join(gitDir, 'HEAD'));
  } catch {
    // A repository that cannot be read is on no branch that anybody could tell.
  }
  return /^ref: refs\/heads\/(.+)$/m.exec(head ?? '')?.[1] ?? null;
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

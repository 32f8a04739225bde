/**
 * Git folders with the trees of branches but only the files that were asked for, kept to be fetched into again: what moved
 * since is all that has to come (git-rev-list(1), `--filter`; gitrepository-layout(5), promisor remotes).
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOrNull } from '../../base/paths.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { inConfig, makeGitFolder, talkingConfig, talkingEnvironment } from './git-folder-for.ts';
import { addressOf, type Remote } from './remote.ts';
import type { RemoteFault } from './remote-fault.ts';
import { watchRoom } from './room.ts';
import { talk } from './talk.ts';

/** A repository of a remote, and where its git folder is kept. */
export interface PartialRepository {
  readonly remote: Remote;
  /** A checked name, see {@link isRepositoryName}. */
  readonly repo: string;
  /** The git folder. */
  readonly path: string;
  /** The most bytes that it may take. */
  readonly maxBytes: number;
  /** When git is ended, on the clock of `performance.now()`. */
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
}

/** How the remote sends trees: without the files, or, where it does not filter, with all of them. */
export type Sent = 'trees' | 'everything';

/** Each fetch leaves a pack or two. With more than this, the folder is made anew. */
const MOST_PACKS = 24;

/** Git's name here for what was fetched of a ref. */
export function fetchedRef(ref: string): string {
  return `refs/fetched/${ref}`;
}

/**
 * Fetches the newest commit of refs, with its trees.
 * @param refs Full names, or `HEAD`: never text of a caller or a remote.
 * @param isAnew Whether the folder is made anew first.
 * @returns How they were sent, or why they cannot be had: then what was fetched earlier may be lost.
 * @throws A system error of the folder.
 */
export async function fetchTrees(
  repository: PartialRepository,
  refs: readonly string[],
  isAnew: boolean,
): Promise<Result<Sent, RemoteFault>> {
  const fetched = await fetchRefs(repository, refs, 'trees', isAnew);
  if (fetched.ok) return ok('trees');
  return FILTER_REFUSED.test(fetched.refusal.said) ? fetchEverything(repository, refs) : fetched;
}

/**
 * Fetches the newest commit of refs with all its files, into a folder that is made anew: for a remote that does not send single
 * objects.
 */
export async function fetchEverything(
  repository: PartialRepository,
  refs: readonly string[],
): Promise<Result<Sent, RemoteFault>> {
  const fetched = await fetchRefs(repository, refs, 'everything', true);
  return fetched.ok ? ok('everything') : fetched;
}

/** What a server answers whose operator allows no filters (git-config(1), `uploadpackfilter.allow`). */
const FILTER_REFUSED = /filter .*not supported/i;

/** What a server answers that sends only what its refs lead to. */
const OBJECT_REFUSED = /not our ref|unadvertised object/i;

/** Whether a fault of {@link fetchObjects} means that only {@link fetchEverything} helps. */
export function sendsNoObjects({ said }: RemoteFault): boolean {
  return OBJECT_REFUSED.test(said);
}

async function fetchRefs(
  repository: PartialRepository,
  refs: readonly string[],
  sent: Sent,
  isAnew: boolean,
): Promise<Result<void, RemoteFault>> {
  const { remote, path } = repository;
  if (isAnew) {
    rmSync(path, { recursive: true, force: true });
    makeGitFolder(path, 'none', talkingConfig(remote));
  }
  const specs = refs.map((ref) => `+${ref}:${fetchedRef(ref)}`);
  const filter = sent === 'trees' ? ['--filter=blob:none'] : [];
  return fetchInto(repository, sent, [...filter, '--depth=1', 'origin', ...specs]);
}

/**
 * Fetches objects by their ids, all in one request.
 * @param ids Full ids of objects that the fetched trees name.
 */
export async function fetchObjects(
  repository: PartialRepository,
  ids: readonly string[],
): Promise<Result<void, RemoteFault>> {
  return fetchInto(
    repository,
    'trees',
    ['--filter=blob:none', '--no-write-fetch-head', 'origin', ...ids],
    [
      // Without it git says which commits it has, and the remote leaves out what belongs to them.
      ...['-c', 'fetch.negotiationAlgorithm=noop'],
    ],
  );
}

async function fetchInto(
  { remote, repo, path, until, signal, maxBytes }: PartialRepository,
  sent: Sent,
  args: readonly string[],
  settings: readonly string[] = [],
): Promise<Result<void, RemoteFault>> {
  writeFileSync(join(path, 'config'), configOf(remote, repo, sent));
  const watch = watchRoom(join(path, 'objects'), maxBytes);
  const fetched = await talk(
    [...settings, 'fetch', '--no-tags', '--no-recurse-submodules', '--quiet', ...args],
    {
      ...{ remote, cwd: path, signal, watch, limit: Math.max(1, until - performance.now()) },
      environment: { ...talkingEnvironment(remote), GIT_DIR: path },
    },
  );
  if (!fetched.ok) return fetched;
  // What was fetched just before git ended.
  const late = watch();
  return late === null ? ok(undefined) : refused({ kind: late, said: '' });
}

/** Written anew before each fetch: what another process left there counts for nothing. */
function configOf(remote: Remote, repo: string, sent: Sent): string {
  const promises = sent === 'trees' ? ['promisor = true'] : [];
  const extension = sent === 'trees' ? ['[extensions]', 'partialClone = origin'] : [];
  return `${[
    talkingConfig(remote).trimEnd(),
    '[core]',
    'repositoryformatversion = 1',
    ...extension,
    '[remote "origin"]',
    `url = ${inConfig(addressOf(remote, repo))}`,
    ...promises,
  ].join('\n')}\n`;
}

/** Whether a git folder can be fetched into: no killed git left a lock or half a pack, and few fetches have gone before. */
export function isUsable(path: string): boolean {
  if (lstatOrNull(path)?.isDirectory() !== true) return false;
  try {
    const packs = readdirSync(join(path, 'objects', 'pack'));
    const names = [...readdirSync(path), ...packs];
    if (names.some((name) => name.endsWith('.lock') || name.startsWith('tmp_'))) return false;
    return packs.filter((name) => name.endsWith('.pack')).length <= MOST_PACKS;
  } catch {
    return false;
  }
}

/** Removes the git folders of all other repositories. @throws A system error. */
export function keepOnly(folder: string, repos: ReadonlySet<string>): void {
  const others = readdirSync(folder).filter((name) => !repos.has(name));
  for (const name of others) rmSync(join(folder, name), { recursive: true, force: true });
}

import { readIndexedManifest, UNREADABLE_MANIFEST } from '../../addons/indexed-manifest.ts';
import { MAX_MANIFEST_BYTES } from '../../addons/manifest-file.ts';
import { manifestIn, topFolders } from '../../addons/modules-in-tree.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Series } from '../../manifest/series.ts';
import {
  type FetchedBranch,
  type FetchedModule,
  FORMAT,
  readFetchedBranch,
  sourcesFolder,
} from '../../sources/fetched-index.ts';
import {
  fetchTrees,
  isUsable,
  type PartialRepository,
  type Sent,
} from '../../sources/remote/partial-repository.ts';
import { type FetchedCommit, type FetchedReader, withFetched } from '../../sources/remote/read-fetched.ts';
import type { Remote } from '../../sources/remote/remote.ts';
import type { RemoteFault, RemoteFaultKind } from '../../sources/remote/remote-fault.ts';
import { branchRef, tipsOf } from '../../sources/remote/tip.ts';
import { replaceFile } from '../../state/replace-file.ts';
import type { ServiceContext } from '../context.ts';
import { fetchFiles, type TreesFetched } from './fetch-files.ts';

/** What is needed to index repositories of a remote. */
export interface IndexWork {
  readonly remote: Remote;
  readonly stateDir: string;
  /** A folder for what is not kept. */
  readonly scratch: string;
  readonly maxBytes: number;
  /** The longest that one repository may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly turns: Turns;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ServiceContext['onProgress'];
}

/** What was done about a branch. */
export interface IndexedBranch {
  readonly series: Series;
  /** `new`: nothing was known of it; `none`: there is no such branch. */
  readonly change: 'new' | 'changed' | 'unchanged' | 'none';
  readonly modules: number;
}

export interface IndexedRepository {
  readonly branches: readonly IndexedBranch[];
  /** How many manifests had to be read. */
  readonly read: number;
  /** How the remote sent it; null if nothing had to be fetched. */
  readonly sent: Sent | null;
}

/** The most folders at the top of a repository: the OCA's largest has some 300. */
const MOST_FOLDERS = 5000;

/**
 * Brings the index of a repository up to date: asks where its branches are, fetches the trees of those that moved, and the
 * manifests that are not known, all in one request. What is known is written at the end, a file for each series.
 * @param repo A checked name.
 * @returns What was done, or why not: then what was known stays.
 * @throws A system error of the state directory.
 */
export async function indexRepository(
  repo: string,
  wanted: readonly Series[],
  work: IndexWork,
): Promise<Result<IndexedRepository, RemoteFault>> {
  const { remote, stateDir, scratch, timeoutMs, signal, maxBytes } = work;
  const until = performance.now() + timeoutMs;
  const terms = { limit: timeoutMs, signal };
  const tips = await tipsOf(remote, repo, wanted.map(branchRef), scratch, terms);
  if (!tips.ok) return tips;
  const branches = wanted.map((series): Branch => {
    const known = readFetchedBranch(stateDir, series, repo);
    const tip = tips.value.get(branchRef(series)) ?? null;
    return { series, known, tip, isMoved: tip !== null && tip !== known?.commit };
  });
  const path = sourcesFolder(stateDir).repository(repo);
  const repository = { remote, repo, path, maxBytes, until, signal };
  const moved = branches.filter(({ isMoved }) => isMoved);
  const fetched = moved.length === 0 ? ok(NOTHING) : await fetchBranches(moved, repository, work);
  if (!fetched.ok) return fetched;
  const checked = new Date().toISOString();
  const done: IndexedBranch[] = [];
  for (const { series, known, tip } of branches) {
    const now = fetched.value.branches.get(series) ?? (tip === null ? NO_BRANCH : known);
    if (now === null) throw new Error('a branch that has not moved is known');
    keepBranch(stateDir, series, repo, { ...now, checked });
    const change = changeOf(known, now);
    done.push({ series, change, modules: Object.keys(now.modules).length });
  }
  const { read, sent } = fetched.value;
  return ok({ branches: done, read, sent });
}

interface Branch {
  readonly series: Series;
  readonly known: FetchedBranch | null;
  readonly tip: string | null;
  readonly isMoved: boolean;
}

/** What is kept but for when that was. */
type Contents = Omit<FetchedBranch, 'checked'>;

/** What is kept where a repository has no branch of a series. */
export const NO_BRANCH: Contents = { format: FORMAT, commit: null, committed: null, modules: {} };

function changeOf(known: FetchedBranch | null, now: Contents): IndexedBranch['change'] {
  if (now.commit === null) return 'none';
  if (known === null || known.commit === null) return 'new';
  return known.commit === now.commit ? 'unchanged' : 'changed';
}

/**
 * Writes what is known of a branch; the folder of its series must be there.
 * @throws A system error.
 */
export function keepBranch(stateDir: string, series: Series, repo: string, branch: FetchedBranch): void {
  replaceFile(sourcesFolder(stateDir).branch(series, repo), JSON.stringify(branch));
}

interface FetchedBranches {
  readonly branches: ReadonlyMap<Series, Contents>;
  readonly read: number;
  readonly sent: Sent | null;
}

const NOTHING: FetchedBranches = { branches: new Map(), read: 0, sent: null };

/** Fetches into the git folder of the repository; anew, if what is in there cannot be used. */
async function fetchBranches(
  moved: readonly Branch[],
  repository: PartialRepository,
  work: IndexWork,
): Promise<Result<FetchedBranches, RemoteFault>> {
  const isKept = isUsable(repository.path);
  const fetched = await fetchAndRead(moved, repository, !isKept, work);
  // What an earlier process left may be damaged.
  const isDamaged = isKept && !fetched.ok && fetched.refusal.kind === 'broken';
  return isDamaged ? fetchAndRead(moved, repository, true, work) : fetched;
}

async function fetchAndRead(
  moved: readonly Branch[],
  repository: PartialRepository,
  isAnew: boolean,
  work: IndexWork,
): Promise<Result<FetchedBranches, RemoteFault>> {
  const refs = moved.map(({ series }) => branchRef(series));
  const sent = await fetchTrees(repository, refs, isAnew);
  if (!sent.ok) return sent;
  const read = await withFetched(repository.path, work.scratch, MAX_MANIFEST_BYTES, (reader) =>
    readBranches(moved, { repository, refs, reader, sent: sent.value }, work),
  );
  return read ?? failed('no_git');
}

async function readBranches(
  moved: readonly Branch[],
  fetched: Omit<TreesFetched, 'unasked'>,
  { turns }: IndexWork,
): Promise<Result<FetchedBranches, RemoteFault>> {
  const { reader } = fetched;
  const found: FoundBranch[] = [];
  for (const branch of moved) {
    const read = await readBranch(branch, reader);
    if (!read.ok) return read;
    found.push(read.value);
  }
  const unknown = [...new Set(found.flatMap(unknownManifests))];
  const unasked = found.find((one) => one.unasked !== undefined)?.unasked;
  const got = unknown.length === 0 ? ok(fetched.sent) : await fetchFiles(unknown, { ...fetched, unasked });
  if (!got.ok) return got;
  const files = await reader.files(unknown);
  if (files === null) return failed('broken', 'its manifests cannot be read, or are too large together');
  const branches = new Map<Series, Contents>();
  for (const one of found) branches.set(one.branch.series, await contentsOf(one, files, turns));
  const read = [...files.values()].filter((bytes) => bytes !== null).length;
  return ok({ branches, read, sent: got.value });
}

/** A branch that was fetched, with the manifests of its modules. */
interface FoundBranch {
  readonly branch: Branch;
  readonly commit: FetchedCommit;
  /** Null where the manifest is a symlink. */
  readonly manifests: ReadonlyMap<string, string | null>;
  /** The id of a file that is no manifest. */
  readonly unasked: string | undefined;
}

async function readBranch(branch: Branch, reader: FetchedReader): Promise<Result<FoundBranch, RemoteFault>> {
  const commit = await reader.commit(branchRef(branch.series));
  if (commit === null) return failed('broken', 'its commit cannot be read');
  const folders = topFolders(commit.top);
  if (folders.length > MOST_FOLDERS)
    return failed('too_many', `more than ${MOST_FOLDERS} folders at its top`);
  const trees = await reader.trees(folders.map(({ id }) => id));
  if (trees === null) return failed('broken', 'its folders cannot be read, or are too large together');
  const manifests = new Map<string, string | null>();
  for (const [at, { name }] of folders.entries()) {
    const manifest = manifestIn(trees[at] ?? [], branch.series);
    if (manifest !== null) manifests.set(name, manifest === 'link' ? null : manifest);
  }
  const ids = new Set(manifests.values());
  const files = [commit.top, ...trees].flat().filter(({ mode }) => mode.startsWith('100'));
  return ok({ branch, commit, manifests, unasked: files.find(({ id }) => !ids.has(id))?.id });
}

/** The manifests of a branch that the index does not know from the same folder. */
function unknownManifests({ branch: { known }, manifests }: FoundBranch): string[] {
  return [...manifests].flatMap(([name, id]) => {
    return id === null || moduleIn(known, name)?.manifest === id ? [] : [id];
  });
}

/** What is known of a module; names are anybody's. */
function moduleIn(branch: FetchedBranch | null, name: string): FetchedModule | undefined {
  return branch !== null && Object.hasOwn(branch.modules, name) ? branch.modules[name] : undefined;
}

async function contentsOf(
  { branch, commit, manifests }: FoundBranch,
  files: ReadonlyMap<string, Buffer | null>,
  turns: Turns,
): Promise<Contents> {
  const modules: [string, FetchedModule][] = [];
  for (const [name, manifest] of [...manifests].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = moduleIn(branch.known, name);
    const file = manifest === null ? null : (files.get(manifest) ?? null);
    if (known !== undefined && known.manifest === manifest) modules.push([name, known]);
    else if (file === null) modules.push([name, { manifest, ...UNREADABLE_MANIFEST }]);
    else modules.push([name, { manifest, ...readIndexedManifest(file, branch.series) }]);
    await turns.spend();
  }
  // Also a module named `__proto__` is a key of its own then.
  const byName = Object.fromEntries(modules);
  return { format: FORMAT, commit: commit.commit, committed: commit.committed, modules: byName };
}

function failed(kind: RemoteFaultKind, said = ''): { readonly ok: false; readonly refusal: RemoteFault } {
  return refused({ kind, said });
}

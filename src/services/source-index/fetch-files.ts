import { type Result, refused } from '../../base/refusal.ts';
import {
  fetchEverything,
  fetchObjects,
  type PartialRepository,
  type Sent,
  sendsNoObjects,
} from '../../sources/remote/partial-repository.ts';
import type { FetchedCommit, FetchedReader } from '../../sources/remote/read-fetched.ts';
import type { RemoteFault } from '../../sources/remote/remote-fault.ts';

/** A repository whose trees were fetched. */
export interface TreesFetched {
  readonly repository: PartialRepository;
  readonly refs: readonly string[];
  readonly commits: readonly FetchedCommit[];
  readonly reader: FetchedReader;
}

/**
 * Fetches files that are not here yet, all in one request; from a remote that sends no single ones, everything.
 * @param ids The ids of the files, none of which lies at the top of a commit.
 * @returns How the remote sends.
 */
export async function fetchFiles(
  ids: readonly string[],
  { repository, refs, commits, reader }: TreesFetched,
): Promise<Result<Sent, RemoteFault>> {
  // It came unasked if the remote does not filter.
  const unasked = commits.flatMap(({ top }) => top).find(({ mode }) => mode.startsWith('100'))?.id;
  const here = await reader.sizes(unasked === undefined ? ids : [...ids, unasked]);
  if (here === null) return refused({ kind: 'broken', said: 'its objects cannot be listed' });
  const sent: Sent = unasked !== undefined && here.has(unasked) ? 'everything' : 'trees';
  const missing = ids.filter((id) => !here.has(id));
  if (missing.length === 0) return { ok: true, value: sent };
  const fetched = await fetchObjects(repository, missing);
  if (fetched.ok) return { ok: true, value: sent };
  return sendsNoObjects(fetched.refusal) ? fetchEverything(repository, refs) : fetched;
}

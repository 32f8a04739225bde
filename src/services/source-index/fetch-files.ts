import { ok, type Result, refused } from '../../base/refusal.ts';
import {
  fetchEverything,
  fetchObjects,
  type PartialRepository,
  type Sent,
  sendsNoObjects,
} from '../../sources/remote/partial-repository.ts';
import type { FetchedReader } from '../../sources/remote/read-fetched.ts';
import type { RemoteFault } from '../../sources/remote/remote-fault.ts';

/** A repository whose trees were fetched. */
export interface TreesFetched {
  readonly repository: PartialRepository;
  readonly refs: readonly string[];
  readonly reader: FetchedReader;
  /** How the trees were sent. */
  readonly sent: Sent;
  /** The id of a file that nobody asks for, if there is one: it comes from a remote that does not filter. */
  readonly unasked: string | undefined;
}

/**
 * Fetches files that are not here yet, all in one request; from a remote that sends no single ones, everything.
 * @param ids The ids of the files.
 * @returns How the remote sends.
 */
export async function fetchFiles(
  ids: readonly string[],
  { repository, refs, reader, sent, unasked }: TreesFetched,
): Promise<Result<Sent, RemoteFault>> {
  const here = await reader.present(unasked === undefined ? ids : [...ids, unasked]);
  if (here === null) return refused({ kind: 'broken', said: 'its objects cannot be listed' });
  const how = unasked !== undefined && here.has(unasked) ? 'everything' : sent;
  const missing = ids.filter((id) => !here.has(id));
  if (missing.length === 0) return ok(how);
  const fetched = await fetchObjects(repository, missing);
  if (fetched.ok) return ok(how);
  return sendsNoObjects(fetched.refusal) ? fetchEverything(repository, refs) : fetched;
}

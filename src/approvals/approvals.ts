import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { hostClock, type Stamp } from '../state/clock.ts';
import { LAYOUT } from '../state/layout.ts';
import { openRecordFolder, type RecordFolder } from '../state/record-folder.ts';
import {
  type Approval,
  type ApprovalDecision,
  type ApprovalRequest,
  type ApprovalState,
  type BoundCall,
  bindingOf,
  isExpired,
  isSameIntent,
  parseDecision,
  parseRequest,
} from './approval.ts';

/** Whether two requests are counted together. */
type Group = (one: BoundCall, other: BoundCall) => boolean;

/**
 * How many requests may wait at a time, and how many the client may have answered, which it can do without the operator. A
 * caller may have as many for one instance as a person can review, and cannot use up everyone's share with many
 * instances. The total stays small enough to be read at each call.
 */
const BOUNDS: readonly { readonly group: Group; readonly waiting: number; readonly answered: number }[] = [
  { group: (a, b) => a.principal === b.principal && a.instance === b.instance, waiting: 20, answered: 100 },
  { group: (a, b) => a.principal === b.principal, waiting: 100, answered: 150 },
  { group: () => true, waiting: 200, answered: 200 },
];
/** How many used or expired requests are kept for the operator to look at. */
const MOST_OVER = 100;

const REQUEST = /^([0-9a-f]{10})\.json$/;

/**
 * The approvals of calls, kept in `approvals` under the state directory: a file for each request, and another for each event
 * that follows. Each file is created once and never changed, so that deciding and using need no lock.
 *
 * Any method throws if the records cannot be read or written.
 */
export class Approvals {
  readonly #path: string;
  readonly #folder: RecordFolder;
  #clock: (() => Stamp) | undefined;
  /** Parsed records by file, valid while the file is unchanged: every call reads all of them several times. */
  readonly #memory = new Map<string, { readonly file: string; readonly value: unknown }>();

  /** @param clock The host's by default. */
  constructor(stateDir: string, clock?: () => Stamp) {
    this.#path = join(stateDir, LAYOUT.approvals);
    this.#folder = openRecordFolder(stateDir, LAYOUT.approvals);
    this.#clock = clock;
  }

  /** All approvals, oldest first. */
  list(): Approval[] {
    const now = this.#now();
    // Most have only the request: files that are not listed need not be opened.
    const names = new Set(this.#folder.list());
    for (const name of this.#memory.keys()) if (!names.has(name)) this.#memory.delete(name);
    const ids = [...names].flatMap((name) => REQUEST.exec(name)?.[1] ?? []);
    const known = ids.flatMap((id) => this.#read(id, now, (name) => names.has(name)) ?? []);
    return known.sort((a, b) => a.request.requested.wall - b.request.requested.wall);
  }

  /** The approval of a call that is not used or expired; null if there is none. A denial takes precedence. */
  find(call: BoundCall): Approval | null {
    const binding = bindingOf(call);
    const now = this.#now();
    const alike = this.list().filter(
      ({ request }) => request.binding === binding && !isExpired(request, now),
    );
    const inState = (wanted: ApprovalState) => alike.find(({ state }) => state === wanted);
    return inState('denied') ?? inState('approved') ?? inState('requested') ?? null;
  }

  /** Approvals of the same request that no longer apply because something has changed; newest first. */
  outdated(call: BoundCall): ApprovalRequest[] {
    const binding = bindingOf(call);
    const others = this.list().filter(({ request, state }) => {
      return state === 'approved' && request.binding !== binding && isSameIntent(request, call);
    });
    return others.map(({ request }) => request).reverse();
  }

  /** Requests approval of a call; null if too many requests already wait or were answered by the client. */
  request(call: BoundCall, ttlMs: number): Approval | null {
    if (this.#excess(call) >= 0) return null;
    this.#prune();
    const id = randomBytes(5).toString('hex');
    const request = { id, binding: bindingOf(call), requested: this.#now(), ttlMs, ...call };
    if (!this.#folder.create(`${id}.json`, JSON.stringify(request))) return null;
    // Several processes may have counted before any of them wrote.
    if (this.#excess(call) > 0) {
      this.#folder.remove(`${id}.json`);
      return null;
    }
    return { request, decision: null, state: 'requested' };
  }

  /**
   * Records a decision about a waiting request.
   * @returns Whether it was recorded; if not, the state says why. Null if no request has this id.
   */
  decide(
    id: string,
    decision: Omit<ApprovalDecision, 'decidedAt'>,
  ): { done: boolean; state: ApprovalState } | null {
    if (!REQUEST.test(`${id}.json`)) return null;
    const found = this.#read(id, this.#now());
    if (found === null) return null;
    const decided = JSON.stringify({ ...decision, decidedAt: this.#now().wall });
    const done = found.state === 'requested' && this.#folder.create(`${id}.decision.json`, decided);
    return { done, state: this.#read(id, this.#now())?.state ?? 'expired' };
  }

  /** Uses an approval. Of several callers that try, exactly one succeeds. */
  use(id: string): boolean {
    const isApproved = this.#read(id, this.#now())?.state === 'approved';
    if (!isApproved || !this.#folder.create(`${id}.used`, '')) return false;
    // Since the check, another process may have used it and a third one pruned it; the request is then gone.
    return this.#folder.read(`${id}.json`) !== null;
  }

  /** The call changed nothing, so the approval can be used again. */
  giveBack(id: string): void {
    this.#folder.remove(`${id}.used`);
  }

  #now(): Stamp {
    this.#clock ??= hostClock();
    return this.#clock();
  }

  #read(id: string, now: Stamp, has = (_: string) => true): Approval | null {
    const request = this.#readAs(`${id}.json`, (record) => parseRequest(record, id));
    if (request === null) return null;
    const decided = `${id}.decision.json`;
    const decision = has(decided) ? this.#readAs(decided, parseDecision) : null;
    const isUsed = has(`${id}.used`) && this.#folder.read(`${id}.used`) !== null;
    return { request, decision, state: stateOf(request, decision, isUsed, now) };
  }

  #readAs<T>(name: string, parse: (record: string) => T): T | null {
    const path = join(this.#path, name);
    const file = fingerprint(path);
    const known = this.#memory.get(name);
    if (known !== undefined && known.file === file) return known.value as T;
    const record = this.#folder.read(name);
    if (record === null) return null;
    try {
      const value = parse(record);
      this.#memory.set(name, { file, value });
      return value;
    } catch {
      // It must not be ignored, since it may have been a denial.
      throw new Error(`${path} is not a record that the server wrote: move it away`);
    }
  }

  /** By how many the waiting or answered requests in the groups of a call exceed the bounds; negative if there is room. */
  #excess(call: BoundCall): number {
    const now = this.#now();
    const known = this.list().filter(({ request }) => !isExpired(request, now));
    const waiting = known.filter(({ state }) => state === 'requested');
    const answered = known.filter(
      ({ state, decision }) => state !== 'used' && decision?.channel === 'client',
    );
    return Math.max(
      ...BOUNDS.flatMap(({ group, waiting: mostWaiting, answered: mostAnswered }) => {
        const beside = (some: readonly Approval[]) =>
          some.filter(({ request }) => group(request, call)).length;
        return [beside(waiting) - mostWaiting, beside(answered) - mostAnswered];
      }),
    );
  }

  /** Removes old requests that are used or expired. The request file goes first: without it the others mean nothing. */
  #prune(): void {
    const now = this.#now();
    const over = this.list().filter(({ request, state }) => state === 'used' || isExpired(request, now));
    for (const { request } of over.slice(0, -MOST_OVER)) {
      for (const suffix of ['json', 'decision.json', 'used']) this.#folder.remove(`${request.id}.${suffix}`);
    }
  }
}

/** Differs for another file, and for one that was written to. */
function fingerprint(path: string): string {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

function stateOf(
  request: ApprovalRequest,
  decision: ApprovalDecision | null,
  isUsed: boolean,
  now: Stamp,
): ApprovalState {
  if (isUsed) return 'used';
  if (decision?.approved === false) return 'denied';
  if (isExpired(request, now)) return 'expired';
  return decision === null ? 'requested' : 'approved';
}

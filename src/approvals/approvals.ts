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

/** Whose requests are counted together. */
type Group = (one: BoundCall, other: BoundCall) => boolean;

/**
 * How many requests may wait at a time, and how many the client may have answered on its own, which it can do as often
 * as it likes. A caller has as many for an instance as anybody looks through; with many instances it cannot take the
 * room of all others either; and all together stay so few that they can be read with each call.
 */
const BOUNDS: readonly { readonly group: Group; readonly waiting: number; readonly answered: number }[] = [
  { group: (a, b) => a.principal === b.principal && a.instance === b.instance, waiting: 20, answered: 100 },
  { group: (a, b) => a.principal === b.principal, waiting: 100, answered: 150 },
  { group: () => true, waiting: 200, answered: 200 },
];
/** How many that are over are kept for the operator to look at. */
const MOST_OVER = 100;

const REQUEST = /^([0-9a-f]{10})\.json$/;

/**
 * The operator's yes and no to calls, kept in `approvals` under the state directory, the only authority: a file for each
 * request, and one more for each thing that happens to it. Each is made once and never changed, so that deciding and
 * using need no lock.
 *
 * Any method throws when the records cannot be read or written.
 */
export class Approvals {
  readonly #path: string;
  readonly #folder: RecordFolder;
  #clock: (() => Stamp) | undefined;
  /** What was read, as long as the files are the same: every call looks through all of them, several times. */
  readonly #memory = new Map<string, { readonly file: string; readonly value: unknown }>();

  /** @param clock The host's, unless a test says otherwise. */
  constructor(stateDir: string, clock?: () => Stamp) {
    this.#path = join(stateDir, LAYOUT.approvals);
    this.#folder = openRecordFolder(stateDir, LAYOUT.approvals);
    this.#clock = clock;
  }

  /** All that are known, oldest first. */
  list(): Approval[] {
    const now = this.#now();
    // Most have no more than the request: what is not there does not have to be looked for.
    const names = new Set(this.#folder.list());
    for (const name of this.#memory.keys()) if (!names.has(name)) this.#memory.delete(name);
    const ids = [...names].flatMap((name) => REQUEST.exec(name)?.[1] ?? []);
    const known = ids.flatMap((id) => this.#read(id, now, (name) => names.has(name)) ?? []);
    return known.sort((a, b) => a.request.requested.wall - b.request.requested.wall);
  }

  /** The one of a call that is not used or expired; null when there is none. A no counts more than a yes. */
  find(call: BoundCall): Approval | null {
    const binding = bindingOf(call);
    const now = this.#now();
    const alike = this.list().filter(
      ({ request }) => request.binding === binding && !isExpired(request, now),
    );
    const inState = (wanted: ApprovalState) => alike.find(({ state }) => state === wanted);
    return inState('denied') ?? inState('approved') ?? inState('requested') ?? null;
  }

  /** Approvals of the same intent that do not hold for a call any more, because of what has changed; newest first. */
  outdated(call: BoundCall): ApprovalRequest[] {
    const binding = bindingOf(call);
    const others = this.list().filter(({ request, state }) => {
      return state === 'approved' && request.binding !== binding && isSameIntent(request, call);
    });
    return others.map(({ request }) => request).reverse();
  }

  /** Asks for a call to be approved; null when too many wait, or were answered by the client, already. */
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
   * Writes down what somebody decided about a request that waits.
   * @returns Whether it is now so; otherwise the state says why not. Null: there is no such request.
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

  /** Uses an approval up; of all that try exactly one succeeds. */
  use(id: string): boolean {
    const isApproved = this.#read(id, this.#now())?.state === 'approved';
    if (!isApproved || !this.#folder.create(`${id}.used`, '')) return false;
    // Another process may have used it and a third one pruned it since the look: then the request is gone.
    return this.#folder.read(`${id}.json`) !== null;
  }

  /** The call changed nothing: the approval is good for another one. */
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
      // Not passed over: it may have been a no.
      throw new Error(`${path} is no record that the server wrote: move it away`);
    }
  }

  /** How many more than may wait, or may have been answered, beside a call; negative while there is room. */
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

  /** What is used or has expired is over: the request goes first, without which the rest means nothing. */
  #prune(): void {
    const now = this.#now();
    const over = this.list().filter(({ request, state }) => state === 'used' || isExpired(request, now));
    for (const { request } of over.slice(0, -MOST_OVER)) {
      for (const suffix of ['json', 'decision.json', 'used']) this.#folder.remove(`${request.id}.${suffix}`);
    }
  }
}

/** Other for another file, and for one that was written to. */
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

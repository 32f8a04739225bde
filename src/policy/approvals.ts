import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LAYOUT } from '../state/layout.ts';
import {
  type Approval,
  type ApprovalDecision,
  type ApprovalRequest,
  type ApprovalState,
  type BoundCall,
  bindingOf,
  isExpired,
  parseDecision,
  parseRequest,
} from './approval-record.ts';
import { hostClock, type Stamp } from './limiter/clock.ts';
import { openRecordFolder } from './record-folder.ts';

/** How many requests may wait at a time: more than anybody looks through. */
const MOST_WAITING = 20;
/** How many the client may have turned down at a time: it can do so on its own, as often as it likes. */
const MOST_DECLINED = 100;
/** How many that are over are kept for the operator to look at. */
const MOST_OVER = 100;

const REQUEST = /^([0-9a-f]{10})\.json$/;

/** The operator's yes and no to calls. Any method throws when the records cannot be read or written. */
export interface Approvals {
  /** All that are known, oldest first. */
  list(): Approval[];
  /** The one of a call that is not used or expired; null when there is none. A no counts more than a yes. */
  find(call: BoundCall): Approval | null;
  /** Asks for a call to be approved; null when too many wait, or were turned down by the client, already. */
  request(call: BoundCall, ttlMs: number): Approval | null;
  /**
   * Writes down what somebody decided about a request that waits.
   * @returns Whether it is now so; otherwise the state says why not. Null: there is no such request.
   */
  decide(
    id: string,
    decision: Omit<ApprovalDecision, 'decidedAt'>,
  ): { done: boolean; state: ApprovalState } | null;
  /** Uses an approval up; of all that try exactly one succeeds. */
  use(id: string): boolean;
  /** The call changed nothing: the approval is good for another one. */
  giveBack(id: string): void;
}

/**
 * Keeps approvals in `approvals` under the state directory, the only authority: a file for each request, and one more
 * for each thing that happens to it. Each is made once and never changed, so that deciding and using need no lock.
 */
export function createApprovals(stateDir: string, clock?: () => Stamp): Approvals {
  const path = join(stateDir, LAYOUT.approvals);
  const folder = openRecordFolder(stateDir, LAYOUT.approvals);
  let now = clock;
  const present = () => {
    now ??= hostClock();
    return now();
  };

  const readAs = <T>(name: string, parse: (record: string) => T): T | null => {
    const record = folder.read(name);
    if (record === null) return null;
    try {
      return parse(record);
    } catch {
      // Not passed over: it may have been a no.
      throw new Error(`${join(path, name)} is no record that the server wrote: move it away`);
    }
  };
  const read = (id: string, stamp: Stamp): Approval | null => {
    const request = readAs(`${id}.json`, (record) => parseRequest(record, id));
    if (request === null) return null;
    const decision = readAs(`${id}.decision.json`, parseDecision);
    const isUsed = folder.read(`${id}.used`) !== null;
    return { request, decision, state: stateOf(request, decision, isUsed, stamp) };
  };
  const list = (): Approval[] => {
    const stamp = present();
    const ids = folder.list().flatMap((name) => REQUEST.exec(name)?.[1] ?? []);
    const known = ids.flatMap((id) => read(id, stamp) ?? []);
    return known.sort((a, b) => a.request.requested.wall - b.request.requested.wall);
  };
  /** How many more than may wait, or may have been turned down; negative while there is room. */
  const excess = (): number => {
    const stamp = present();
    const known = list().filter(({ request }) => !isExpired(request, stamp));
    const waiting = known.filter(({ state }) => state === 'requested');
    const declined = known.filter(({ state, decision }) => {
      return state === 'denied' && decision?.channel === 'client';
    });
    return Math.max(waiting.length - MOST_WAITING, declined.length - MOST_DECLINED);
  };

  /** What is used or has expired is over: the request goes first, without which the rest means nothing. */
  const prune = () => {
    const stamp = present();
    const over = list().filter(({ request, state }) => state === 'used' || isExpired(request, stamp));
    for (const { request } of over.slice(0, -MOST_OVER)) {
      for (const suffix of ['json', 'decision.json', 'used']) folder.remove(`${request.id}.${suffix}`);
    }
  };

  return {
    list,
    find(call) {
      const binding = bindingOf(call);
      const stamp = present();
      const alike = list().filter(({ request }) => request.binding === binding && !isExpired(request, stamp));
      const inState = (wanted: ApprovalState) => alike.find(({ state }) => state === wanted);
      return inState('denied') ?? inState('approved') ?? inState('requested') ?? null;
    },
    request(call, ttlMs) {
      if (excess() >= 0) return null;
      prune();
      const id = randomBytes(5).toString('hex');
      const request = { id, binding: bindingOf(call), requested: present(), ttlMs, ...call };
      if (!folder.create(`${id}.json`, JSON.stringify(request))) return null;
      // Several processes may have counted before any of them wrote.
      if (excess() > 0) {
        folder.remove(`${id}.json`);
        return null;
      }
      return { request, decision: null, state: 'requested' };
    },
    decide(id, decision) {
      if (!REQUEST.test(`${id}.json`)) return null;
      const found = read(id, present());
      if (found === null) return null;
      const decided = { ...decision, decidedAt: present().wall };
      const done =
        found.state === 'requested' && folder.create(`${id}.decision.json`, JSON.stringify(decided));
      return { done, state: read(id, present())?.state ?? 'expired' };
    },
    use(id) {
      if (read(id, present())?.state !== 'approved' || !folder.create(`${id}.used`, '')) return false;
      // Another process may have used it and a third one pruned it since the look: then the request is gone.
      return folder.read(`${id}.json`) !== null;
    },
    giveBack(id) {
      folder.remove(`${id}.used`);
    },
  };
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

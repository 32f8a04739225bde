import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { hostClock, type Stamp } from '../state/clock.ts';
import { LAYOUT } from '../state/layout.ts';
import { openRecordFolder } from '../state/record-folder.ts';
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

/** The operator's yes and no to calls. Any method throws when the records cannot be read or written. */
export interface Approvals {
  /** All that are known, oldest first. */
  list(): Approval[];
  /** The one of a call that is not used or expired; null when there is none. A no counts more than a yes. */
  find(call: BoundCall): Approval | null;
  /** Approvals of the same intent that do not hold for a call any more, because of what has changed; newest first. */
  outdated(call: BoundCall): ApprovalRequest[];
  /** Asks for a call to be approved; null when too many wait, or were answered by the client, already. */
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

  /** What was read, as long as the files are the same: every call looks through all of them, several times. */
  const memory = new Map<string, { readonly file: string; readonly value: unknown }>();
  const readAs = <T>(name: string, parse: (record: string) => T): T | null => {
    const file = fingerprint(join(path, name));
    const known = memory.get(name);
    if (known !== undefined && known.file === file) return known.value as T;
    const record = folder.read(name);
    if (record === null) return null;
    try {
      const value = parse(record);
      memory.set(name, { file, value });
      return value;
    } catch {
      // Not passed over: it may have been a no.
      throw new Error(`${join(path, name)} is no record that the server wrote: move it away`);
    }
  };
  const read = (id: string, stamp: Stamp, has = (_: string) => true): Approval | null => {
    const request = readAs(`${id}.json`, (record) => parseRequest(record, id));
    if (request === null) return null;
    const decided = `${id}.decision.json`;
    const decision = has(decided) ? readAs(decided, parseDecision) : null;
    const isUsed = has(`${id}.used`) && folder.read(`${id}.used`) !== null;
    return { request, decision, state: stateOf(request, decision, isUsed, stamp) };
  };
  const list = (): Approval[] => {
    const stamp = present();
    // Most have no more than the request: what is not there does not have to be looked for.
    const names = new Set(folder.list());
    for (const name of memory.keys()) if (!names.has(name)) memory.delete(name);
    const ids = [...names].flatMap((name) => REQUEST.exec(name)?.[1] ?? []);
    const known = ids.flatMap((id) => read(id, stamp, (name) => names.has(name)) ?? []);
    return known.sort((a, b) => a.request.requested.wall - b.request.requested.wall);
  };
  /** How many more than may wait, or may have been answered, beside a call; negative while there is room. */
  const excess = (call: BoundCall): number => {
    const stamp = present();
    const known = list().filter(({ request }) => !isExpired(request, stamp));
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
    outdated(call) {
      const binding = bindingOf(call);
      const others = list().filter(({ request, state }) => {
        return state === 'approved' && request.binding !== binding && isSameIntent(request, call);
      });
      return others.map(({ request }) => request).reverse();
    },
    request(call, ttlMs) {
      if (excess(call) >= 0) return null;
      prune();
      const id = randomBytes(5).toString('hex');
      const request = { id, binding: bindingOf(call), requested: present(), ttlMs, ...call };
      if (!folder.create(`${id}.json`, JSON.stringify(request))) return null;
      // Several processes may have counted before any of them wrote.
      if (excess(call) > 0) {
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

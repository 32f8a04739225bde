import { randomUUID } from 'node:crypto';
import { ok, type Refusal, type Refused, type Result, refuse } from '../base/refusal.ts';
import { oneLine } from '../base/text.ts';
import { toText } from './chain.ts';
import { hmacArguments, readKey, readOrMakeKey } from './key.ts';
import type { DecisionEntry, LinkChange, OutcomeEntry, RecoveryEntry, Taken } from './record.ts';
import { createRefusalMeter } from './refusal-meter.ts';
import { createWriter, stateOrRefusal, type Writer } from './writer.ts';

/**
 * The audit trail: `audit.jsonl` in the state directory, which any number of processes may write.
 *
 * No effect without its line: a decision that allows is on the disk before {@link AuditTrail.decide} returns. Other
 * lines are handed to the system and get to the disk with the next such decision, at {@link AuditTrail.close}, or when
 * the system sees fit: the death of the server loses none of them, a power failure may lose the last ones. A decision
 * without an outcome then means what it means after a kill: nobody saw how it ended.
 */
export interface AuditTrail {
  /**
   * Writes a decision. One that allows has to be written before anything is changed. Of a flood of others only the first
   * are written, and the next line says how many were not.
   * @returns What concludes it, or `policy_denied` when the line could not be written: the call must not go on.
   */
  decide(entry: DecisionEntry): Promise<Result<Decided>>;
  /**
   * Writes that an interrupted change is about to be undone.
   * @returns Nothing when it is on the disk, or `policy_denied`: then it must not be undone.
   */
  recover(entry: RecoveryEntry): Promise<Result<void>>;
  /** Waits for the lines that are under way, until they are on the disk. */
  close(): Promise<void>;
}

/** A decision that was written. */
export interface Decided {
  /** Joins the decision and the outcome. */
  readonly id: string;
  /**
   * Writes the outcome; to be called once.
   *
   * What has happened has happened: a line that cannot be written goes to the log in full, and is written before the
   * next one that can be.
   * @returns Nothing, or `policy_denied` when it could not be written now.
   */
  conclude(entry: OutcomeEntry): Promise<Result<void>>;
}

export interface TrailOptions {
  /** For the operator. */
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Milliseconds that pass whatever becomes of the clock. */
  readonly monotonic?: () => number;
  /** A file that would grow beyond this is completed, and another one begun. */
  readonly maxBytes?: number;
  /** How long to wait for other processes that write. */
  readonly waitMs?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const WAIT_MS = 10_000;
/** A line has a greatest length. */
const MOST_LINKS = 250;
/** What a client says of itself is cut here. */
const MOST_CHARACTERS = 200;

/** Opens the trail of a state directory; nothing is read or made before the first line. */
export function openTrail(stateDir: string, options: TrailOptions): AuditTrail {
  const {
    log,
    clock = Date.now,
    monotonic = () => performance.now(),
    waitMs = WAIT_MS,
    maxBytes = MAX_BYTES,
  } = options;
  const writer = createWriter(stateDir, { log, clock, waitMs, maxBytes });
  const getKey = keyReader(stateDir, writer, log);
  const now = () => new Date(clock()).toISOString();
  const meter = createRefusalMeter(monotonic);
  /** Says how many refusals have no line; where that cannot be written, the next line tries again. */
  const tellOmitted = async () => {
    const refusals = meter.takeOmitted();
    if (refusals === 0) return;
    const line = toText({ time: now(), kind: 'omission', refusals });
    if (!(await writer.write(line, 'written')).ok) meter.giveBack(refusals);
  };
  return {
    async decide(entry) {
      const id = randomUUID();
      const isAllowed = entry.decision === 'allow';
      if (!isAllowed && !meter.admits()) return ok({ id, conclude: async () => ok(undefined) });
      const key = await getKey();
      if (!key.ok) return unavailable(key.refusal);
      const call = callOf(entry, id);
      const { decision, code, rule, policy, reservations, approval, args, plan } = entry;
      const line = toText({
        time: now(),
        kind: 'decision',
        ...call,
        decision,
        code,
        rule,
        policy,
        reservations: reservations.map(copyTaken),
        approval,
        arguments: hmacArguments(key.value, args),
        plan: plan.map(copyChange),
      });
      await tellOmitted();
      // Only an effect must not come before its line.
      const hasEffect = isAllowed && (plan.length > 0 || approval !== null);
      const written = await writer.write(line, hasEffect ? 'on disk' : 'written');
      if (!written.ok) return unavailable(written.refusal);
      let isConcluded = false;
      const conclude = async (outcome: OutcomeEntry) => {
        if (isConcluded) throw new Error('the call was concluded already');
        isConcluded = true;
        const duration_ms = Math.round(outcome.durationMs);
        const effect = { outcome: outcome.outcome, code: outcome.code, links: outcome.links.map(copyChange) };
        const text = toText({ time: now(), kind: 'outcome', ...call, ...effect, duration_ms });
        const concluded = await writer.write(text, 'sooner or later');
        if (concluded.ok) return concluded;
        log(`audit: an outcome could not be written yet (${concluded.refusal.message}): ${text}`);
        return unavailable(concluded.refusal);
      };
      return ok({ id, conclude });
    },
    async recover({ id, principal, directory, changes }) {
      const links = changes.slice(0, MOST_LINKS).map(copyChange);
      const omitted = changes.length - links.length;
      const line = toText({ time: now(), kind: 'recovery', id, principal, directory, links, omitted });
      const written = await writer.write(line, 'on disk');
      return written.ok ? written : unavailable(written.refusal);
    },
    async close() {
      await tellOmitted();
      await writer.close();
    },
  };
}

/** Reads the key when it is wanted first, and makes it if it is not there. */
function keyReader(
  stateDir: string,
  writer: Writer,
  log: (line: string) => void,
): () => Promise<Result<Buffer>> {
  let known: Buffer | null = null;
  return async () => {
    if (known !== null) return ok(known);
    let key = await stateOrRefusal(async () => readKey(stateDir, log));
    if (key.ok && key.value === null) key = await writer.locked(() => readOrMakeKey(stateDir, log));
    if (key.ok) known = key.value;
    return key as Result<Buffer>;
  };
}

/** Who called what. Members are named one by one, here and below: nothing else a caller's object has gets into a line. */
function callOf({ principal, client, tool, instance, modules }: DecisionEntry, id: string) {
  // A client may say anything of itself, also what a terminal would obey.
  const cut = (text: string) => oneLine(text.slice(0, MOST_CHARACTERS)).slice(0, MOST_CHARACTERS);
  const named = client && { name: cut(client.name), version: cut(client.version) };
  return { id, principal, client: named, tool, instance, modules: [...modules] };
}

function copyChange({ module, action, before, after }: LinkChange): LinkChange {
  return { module, action, before, after };
}

function copyTaken({ counter, amount, at, reservation }: Taken): Taken {
  return { counter, amount, at, reservation };
}

/** Closed, never open: what cannot be written down does not happen. */
function unavailable({ message, details, hint, retry_after_ms }: Refusal): Refused {
  return refuse('policy_denied', `The audit trail cannot be written. ${message}`, {
    details: { ...details, reason: 'audit unavailable' },
    ...(hint !== undefined && { hint }),
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

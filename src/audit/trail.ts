import { randomUUID } from 'node:crypto';
import { ok, type Refusal, type Refused, type Result, refuse } from '../base/refusal.ts';
import { oneLine } from '../base/text.ts';
import { toText } from './chain.ts';
import { hmacArguments, readKey, readOrMakeKey } from './key.ts';
import type {
  ChangesBesides,
  DecisionEntry,
  LinkChange,
  OutcomeEntry,
  RecordedOperation,
  RecoveryEntry,
  Taken,
} from './record.ts';
import { createRefusalMeter } from './refusal-meter.ts';
import { createWriter, stateOrRefusal, type Writer, type WriterOptions } from './writer.ts';

/**
 * The audit trail: `audit.jsonl` in the state directory, which any number of processes may write.
 *
 * No effect without a line: a decision that allows a change is on the disk before {@link AuditTrail.decide} returns.
 * Other lines are passed to the system, which writes them to the disk with the next such decision, at
 * {@link AuditTrail.close}, or when it chooses: a crash of the server loses none of them, a power failure may lose the
 * last ones. A decision without an outcome then means the same as after a kill: how the call ended is unknown.
 */
export interface AuditTrail {
  /**
   * Writes a decision. One that allows must be written before anything is changed. If there are many others, only the
   * first in each minute are written, and the next line says how many were not.
   * @returns A handle to write the outcome, or `policy_denied` if the line could not be written: then the call must stop.
   */
  decide(entry: DecisionEntry): Promise<Result<Decided>>;
  /**
   * Writes that an interrupted transaction is about to be undone.
   * @returns Nothing once the line is on the disk, or `policy_denied`: then it must not be undone.
   */
  recover(entry: RecoveryEntry): Promise<Result<void>>;
  /** Waits until all lines are on the disk. */
  close(): Promise<void>;
}

/** A decision that was written. */
export interface Decided {
  /** The id in the lines of the decision and the outcome. */
  readonly id: string;
  /**
   * Writes the outcome. Must be called at most once.
   *
   * If the line cannot be written now, it is logged in full and written before the next line.
   * @returns Nothing, or `policy_denied` if the line could not be written now.
   */
  conclude(entry: OutcomeEntry): Promise<Result<void>>;
}

export interface TrailOptions extends Partial<WriterOptions> {
  readonly log: WriterOptions['log'];
  /** A monotonic clock in milliseconds. */
  readonly monotonic?: () => number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const WAIT_MS = 10_000;
/** The most links in a recovery line, to limit its length. */
const MOST_LINKS = 250;
/** The name and version of a client are cut to this length. */
const MOST_CHARACTERS = 200;

/** Opens the trail of a state directory. Nothing is read or created before the first line. */
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
  /** Writes how many refusals were not logged one by one; if that fails, tries again before the next line. */
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
        ...('sent' in entry && { sent: hmacArguments(key.value, entry.sent) }),
        plan: plan.map(copyChange),
        ...copyBesides(entry),
      });
      await tellOmitted();
      // Only effects must wait until their line is on the disk.
      const isBesides = entry.checkouts !== undefined || entry.odoo !== undefined;
      const hasEffect = isAllowed && (plan.length > 0 || isBesides || approval !== null);
      const written = await writer.write(line, hasEffect ? 'on disk' : 'written');
      if (!written.ok) return unavailable(written.refusal);
      let isConcluded = false;
      const conclude = async (outcome: OutcomeEntry) => {
        if (isConcluded) throw new Error('the call was concluded already');
        isConcluded = true;
        const duration_ms = Math.round(outcome.durationMs);
        const effect = {
          outcome: outcome.outcome,
          code: outcome.code,
          links: outcome.links.map(copyChange),
          ...copyBesides(outcome),
        };
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

/** Reads the key on first use, and creates it if there is none. */
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

/** Copies the members by name, here and below, so that no other members of the caller's objects get into a line. */
function callOf({ principal, client, tool, instance, modules }: DecisionEntry, id: string) {
  // A client's name may be anything, even control sequences for a terminal.
  const cut = (text: string) => oneLine(text.slice(0, MOST_CHARACTERS)).slice(0, MOST_CHARACTERS);
  const named = client && { name: cut(client.name), version: cut(client.version) };
  return { id, principal, client: named, tool, instance, modules: [...modules] };
}

function copyChange({ module, action, before, after }: LinkChange): LinkChange {
  return { module, action, before, after };
}

/** Lines of calls that have nothing to do with checkouts or a running Odoo have no such members. */
function copyBesides({ checkouts = [], odoo }: ChangesBesides) {
  const copied = checkouts.map(({ repo, action, before, after }) => ({ repo, action, before, after }));
  return {
    ...(copied.length > 0 && { checkouts: copied }),
    ...(odoo !== undefined && { odoo: copyOperation(odoo) }),
  };
}

function copyOperation({ database, restarts, steps, omitted }: RecordedOperation): RecordedOperation {
  return { database, restarts, steps: steps.map(({ module, action }) => ({ module, action })), omitted };
}

function copyTaken({ counter, amount, at, reservation }: Taken): Taken {
  return { counter, amount, at, reservation };
}

/** A call that cannot be logged is denied. */
function unavailable({ message, details, hint, retry_after_ms }: Refusal): Refused {
  return refuse('policy_denied', `The audit trail cannot be written. ${message}`, {
    details: { ...details, reason: 'audit unavailable' },
    ...(hint !== undefined && { hint }),
    ...(retry_after_ms !== undefined && { retry_after_ms }),
  });
}

import { randomUUID } from 'node:crypto';
import { orRefusal } from '../base/interruption.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { pointer, validate } from '../base/validate.ts';
import type { AskPerson } from '../gate/consent.ts';
import type { Admission, Gate } from '../gate/gate.ts';
import type { LinkPlan } from '../links/plan-links.ts';
import type { FoundPlace, ServiceContext } from '../services/context.ts';
import { toolEntry } from '../tool-table.ts';
import { type CallRecord, openRecord, type RecordParts } from './call-record.ts';
import { factsOf } from './facts.ts';
import type { Outcome } from './results.ts';
import type { Tool } from './tools/tool.ts';

/** What every call needs. */
export interface CallParts extends Omit<RecordParts, 'policy'> {
  readonly context: ServiceContext;
  readonly gate: Gate;
  /** Reaches the person at the client. */
  readonly ask: AskPerson;
  /** Where unexpected faults are written; never the protocol's stream. */
  readonly log: (line: string) => void;
}

/** Lets the server know of work in hand: it does not end before that. */
export type Track = <T>(work: Promise<T>) => Promise<T>;

/**
 * Takes a call through its stations: arguments, policy and limits, the service; and writes it into the audit trail.
 * Never throws: an exception is a bug, of which the caller gets an id and the log the rest.
 * @param args Whatever the client sent.
 */
export async function runTool(tool: Tool, args: unknown, parts: CallParts): Promise<Outcome> {
  const record = openRecord(tool.name, args, { ...parts, policy: parts.gate.policyHash });
  const outcome = await attempt(tool, args, record, parts).catch((error: unknown) => fault(error, parts.log));
  // What was done is done: the answer says so whether or not the trail does.
  await record.conclude(outcome).catch((error: unknown) => fault(error, parts.log));
  return outcome;
}

/** An exception: a bug. Nobody knows what was changed before it, so that the call stays counted. */
function fault(error: unknown, log: CallParts['log']): Refused {
  const id = randomUUID();
  const told = `internal error ${id}: ${error instanceof Error ? error.stack : String(error)}`;
  // A log takes a line at a time.
  for (const line of told.split('\n')) log(line);
  return refuse('internal_error', `Something went wrong in the server (id ${id}).`, {
    details: { id },
    hint: 'Tell the operator: the log of the server has the same id.',
  });
}

async function attempt(
  tool: Tool,
  args: unknown,
  record: CallRecord,
  { context, gate, ask }: CallParts,
): Promise<Outcome> {
  const checked = validate(tool.input, args);
  if (!checked.ok) {
    const said = checked.refusal.map(
      ({ path, message }) => `${pointer(path).slice(1) || 'arguments'} ${message}`,
    );
    return refuse('invalid_argument', said.join(' '));
  }
  const outright = gate.deniedOutright(tool.name);
  if (outright !== null) return { ok: false, refusal: outright };
  const facts = factsOf(tool.name, checked.value, context);
  if (!facts.ok) return facts;
  record.settle(checked.value, facts.value.instance);
  const entered = await gate.enter(tool.name, checked.value, facts.value, ask);
  if (!entered.ok) return entered;
  const admission = entered.value;
  const result = await orRefusal(() => runAdmitted(tool, checked.value, context, admission, record));
  if (!result.ok) {
    // Given back behind the line that says so: whoever is killed before has spent what the trail shows as taken.
    if ((await record.conclude(result)) !== 'failed') await admission.release('rule' in result.refusal);
    return result;
  }
  // Only what reached the addons directory, or was answered, is charged: a dry run changed nothing.
  const limit = await (result.value.status === 'planned' ? admission.release() : admission.commit());
  return { ok: true, report: result.value, limit };
}

/** Runs a call with the policy's word and a line of the audit trail before each effect. */
async function runAdmitted(
  tool: Tool,
  args: unknown,
  context: ServiceContext,
  admission: Admission,
  record: CallRecord,
): Promise<Result<{ readonly status: string }>> {
  const begin = async (plan: LinkPlan | null): Promise<Result<void>> => {
    const begun = await admission.begin(plan);
    return begun.ok ? record.allow(admission.authority(), plan) : begun;
  };
  if (toolEntry(tool.name).writes) {
    const result = await tool.run(args, {
      ...context,
      guard: { review: (plan, isDryRun) => admission.review(plan, isDryRun), begin },
    });
    if (!result.ok || result.value.status === 'planned') return result;
    // What was right already has no plan, but counts.
    const allowed = await record.allow(admission.authority(), null);
    return allowed.ok ? result : allowed;
  }
  // A call that changes no links has nothing to plan, but may need an approval.
  const reviewed = await admission.review(null, false);
  if (!reviewed.ok) return reviewed;
  const begun = await begin(null);
  return begun.ok ? tool.run(args, { ...context, mayTell: (found) => mayTell(found, admission) }) : begun;
}

/** Judges what a call has found by the arguments that could have asked for it. */
function mayTell({ modules, family, repos }: FoundPlace, admission: Admission): Result<void> {
  const found = {
    module: modules,
    ...(family !== null && { family }),
    ...(repos.length > 0 && { repo: repos }),
  };
  const denial = admission.evaluateFound(found);
  return denial === null ? ok(undefined) : { ok: false, refusal: denial };
}

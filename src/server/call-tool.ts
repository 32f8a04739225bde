import { randomUUID } from 'node:crypto';
import { orRefusal } from '../base/interruption.ts';
import { ok, type Refusal, type Refused, type Result, refuse, refused } from '../base/refusal.ts';
import { pointer, validate } from '../base/validate.ts';
import type { Instance } from '../config/instance.ts';
import type { AskPerson } from '../gate/consent.ts';
import type { Denial } from '../gate/denial.ts';
import type { Admission, Gate } from '../gate/gate.ts';
import type { Planned } from '../gate/planned.ts';
import type { FoundPlace, ServiceContext } from '../services/context.ts';
import { type ToolName, toolEntry } from '../tool-table.ts';
import { type CallRecord, openRecord, type RecordParts } from './call-record.ts';
import { factsOf, placeOf } from './facts.ts';
import { readArguments } from './read-arguments.ts';
import type { Outcome } from './results.ts';
import type { Tool } from './tool.ts';
import { toolNamed } from './tools.ts';

/** What is the same for every call. */
export interface SharedParts extends Omit<RecordParts, 'policy' | 'client'> {
  readonly context: ServiceContext;
  readonly gate: Gate;
}

/** What a call needs. */
export interface CallParts extends SharedParts, Pick<RecordParts, 'client'> {
  readonly ask: AskPerson;
  /** Why the call is refused whatever its arguments are; null if there is no reason. */
  readonly objection: Refusal | null;
}

/** Tells the server about running work, so that it does not end before the work does. */
export type Track = <T>(work: Promise<T>) => Promise<T>;

/**
 * Runs a call: reads and checks its arguments, the policy and the limits, calls the service, and writes the audit trail. Never throws:
 * an exception is a bug; the caller gets an id, and the log the rest.
 * @param sent What the client sent, unchecked.
 */
export async function runTool(tool: Tool, sent: unknown, parts: CallParts): Promise<Outcome> {
  const read = readArguments(tool.name, sent);
  // From here on the call has the arguments that were read: what was sent is for the trail alone.
  const given = { args: read.ok ? read.value : sent, sent };
  const record = openRecord(tool.name, given, { ...parts, policy: parts.gate.policyHash });
  const beside: Pick<ServiceContext, 'clone' | 'refresh'> = {
    clone: ({ family, ...order }) => callBeside(`${family}_clone`, order, parts),
    refresh: (request) => callBeside('odoo_refresh', request, parts),
  };
  const outcome = read.ok
    ? await attempt(tool, read.value, record, { ...parts, context: { ...parts.context, ...beside } }).catch(
        (error: unknown) => fault(error, parts.log),
      )
    : read;
  // The links are changed, so the answer says so even if the trail cannot.
  await record.conclude(outcome).catch((error: unknown) => fault(error, parts.log));
  return outcome;
}

/**
 * Makes a call of another tool, for a call that needs it besides: its policy, its budget and its lines in the trail are those of
 * that tool.
 */
async function callBeside<Report>(name: ToolName, args: object, parts: CallParts): Promise<Result<Report>> {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  const outcome = await runTool(toolNamed(name), given, parts);
  return outcome.ok ? ok(outcome.report as unknown as Report) : outcome;
}

/** An exception is a bug. What was changed before it is unknown, so the call stays counted. */
function fault(error: unknown, log: CallParts['log']): Refused {
  const id = randomUUID();
  const told = `internal error ${id}: ${error instanceof Error ? error.stack : String(error)}`;
  // The log takes one line at a time.
  for (const line of told.split('\n')) log(line);
  return refuse('internal_error', `Internal error in the server (id ${id}).`, {
    details: { id },
    hint: 'Give the id to the operator: the server log has the details under it.',
  });
}

async function attempt(
  tool: Tool,
  args: unknown,
  record: CallRecord,
  { context, gate, ask, objection }: CallParts,
): Promise<Outcome> {
  const checked = validate(tool.input, args);
  if (!checked.ok) {
    const said = checked.refusal.map(
      ({ path, message }) => `${pointer(path).slice(1) || 'arguments'} ${message}`,
    );
    return refuse('invalid_argument', said.join(' '));
  }
  const outright = gate.deniedOutright(tool.name);
  if (outright !== null) return refused(outright);
  const facts = factsOf(tool.name, checked.value, context);
  if (!facts.ok) return facts;
  record.settle(checked.value, facts.value.instance);
  if (objection !== null) return refused(objection);
  const entered = await gate.enter(tool.name, checked.value, facts.value, ask);
  if (!entered.ok) return entered;
  const admission = entered.value;
  const result = await orRefusal(() => runAdmitted(tool, checked.value, context, admission, record));
  if (!result.ok) {
    // Given back only after the trail says so: a process that is killed in between has spent what the trail shows as taken.
    if ((await record.conclude(result)) !== 'failed') await admission.release('rule' in result.refusal);
    return result;
  }
  // A dry run changed nothing, so it is not charged.
  const limit = await (result.value.status === 'planned' ? admission.release() : admission.commit());
  return { ok: true, report: result.value, limit };
}

/** Runs a call; before each effect the policy is asked and a line is written to the audit trail. */
async function runAdmitted(
  tool: Tool,
  args: unknown,
  context: ServiceContext,
  admission: Admission,
  record: CallRecord,
): Promise<Result<{ readonly status: string }>> {
  const begin = async (plan: Planned): Promise<Result<void>> => {
    const begun = await admission.begin(plan);
    return begun.ok ? record.allow(admission.authority(), plan) : begun;
  };
  const telling = {
    ...context,
    mayTell: (found: FoundPlace, at?: Instance) => mayTell(found, admission, at),
    mayReach: (at: Instance) => orNothing(admission.evaluateBeside(placeOf(at))),
  };
  if (toolEntry(tool.name).writes) {
    const result = await tool.run(args, {
      ...telling,
      guard: { review: (plan, isDryRun) => admission.review(plan, isDryRun), begin },
    });
    if (!result.ok || result.value.status === 'planned') return result;
    // A call that found everything already linked has no plan, but counts.
    const allowed = await record.allow(admission.authority(), null);
    return allowed.ok ? result : allowed;
  }
  // A call that changes no links has no plan, but may need approval.
  const reviewed = await admission.review(null, false);
  if (!reviewed.ok) return reviewed;
  const begun = await begin(null);
  return begun.ok ? tool.run(args, telling) : begun;
}

/**
 * Evaluates the policy for what a call has found, as if its arguments had named it.
 * @param at The instance in which it was found, if that is another one.
 */
function mayTell(
  { modules, family, repos }: FoundPlace,
  admission: Admission,
  at: Instance | undefined,
): Result<void> {
  const found = {
    module: modules,
    ...(family !== null && { family }),
    ...(repos.length > 0 && { repo: repos, repos }),
  };
  const denial =
    at === undefined ? admission.evaluateFound(found) : admission.evaluateElsewhere(found, placeOf(at));
  return orNothing(denial);
}

function orNothing(denial: Denial | null): Result<void> {
  return denial === null ? ok(undefined) : refused(denial);
}

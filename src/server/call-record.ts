/** What the audit trail says about one call. */

import { isModuleName } from '../addons/module-name.ts';
import type {
  DecisionEntry,
  LinkChange,
  OutcomeEntry,
  RecordedCheckout,
  RecordedOperation,
} from '../audit/record.ts';
import type { AuditTrail, Decided } from '../audit/trail.ts';
import { ok, type Refusal, type Result, refused } from '../base/refusal.ts';
import { type Denial, denied } from '../gate/denial.ts';
import type { Authority } from '../gate/gate.ts';
import { checkoutChangesOf, linkChangesOf, operationOf, type Planned } from '../gate/planned.ts';
import type { OperationPlan } from '../odoo/operation-plan.ts';
import { modulesNamed, type ToolName, toolEntry } from '../tool-table.ts';
import type { Outcome } from './results.ts';

export interface RecordParts {
  readonly trail: AuditTrail;
  readonly principal: string;
  /** The name and version the client gives itself; null if it has not done so. */
  readonly client: DecisionEntry['client'];
  /** The short hash of the policy in force. */
  readonly policy: () => string;
  /** Writes a line for the operator; never to the protocol's stream. */
  readonly log: (line: string) => void;
}

/** The lines of one call in the audit trail. */
export interface CallRecord {
  /** Notes the checked arguments and the instance of the call. */
  settle(args: Readonly<Record<string, unknown>>, instance: string): void;
  /**
   * Records that the call was allowed and what it is about to change, before it does. A second call does nothing.
   * @param plan Null for a call that changes nothing.
   * @returns Nothing, or a {@link Denial}: then the call must not go on.
   */
  allow(authority: Authority, plan: Planned): Promise<Result<void>>;
  /**
   * Records how the call ended. If that fails, the log says so, and the answer stays the same. A second call writes nothing.
   * @returns The recorded outcome; null for a call that was not allowed.
   */
  conclude(outcome: Outcome): Promise<OutcomeEntry['outcome'] | null>;
}

/**
 * Opens the record of a call; nothing is written yet.
 *
 * A tool that can change links has lines for every call but a dry run; a tool that only reads, for calls that were approved
 * and calls that the policy denied.
 * @param given The arguments, unchecked, and as they were sent, which the lines tell too if that is another value.
 */
export function openRecord(
  tool: ToolName,
  given: { readonly args: unknown; readonly sent: unknown },
  parts: RecordParts,
): CallRecord {
  const { trail, principal, client, policy, log } = parts;
  const { writes } = toolEntry(tool);
  const begun = performance.now();
  let { args } = given;
  const otherwise = given.sent === args ? {} : { sent: given.sent };
  let instance: string | null = null;
  let modules: DecisionEntry['modules'] = [];
  let changes: readonly LinkChange[] = [];
  let checkouts: readonly RecordedCheckout[] = [];
  let odoo: RecordedOperation | null = null;
  let decided: Decided | null = null;
  let concluded: ReturnType<CallRecord['conclude']> | null = null;
  const call = () => ({ principal, client, tool, instance, args, ...otherwise, modules });

  const refuse = async (refusal: Refusal | Denial) => {
    const isDenial = 'rule' in refusal;
    if (!isDenial && (!writes || isDryRun(args))) return;
    const written = await trail.decide({
      ...call(),
      decision: isDenial ? (refusal.code === 'approval_required' ? 'approval' : 'deny') : 'refuse',
      code: refusal.code,
      rule: isDenial ? refusal.rule : null,
      policy: isDenial ? refusal.policy : policy(),
      reservations: [],
      approval: null,
      plan: [],
    });
    if (!written.ok) log(`audit: a refusal was not recorded (${written.refusal.message})`);
  };

  const conclude: CallRecord['conclude'] = async (ended) => {
    if (decided === null) {
      if (!ended.ok) await refuse(ended.refusal);
      return null;
    }
    const outcome = ended.ok ? 'done' : mayBeThere(ended.refusal) ? 'failed' : 'refused';
    const code = ended.ok ? null : ended.refusal.code;
    const durationMs = performance.now() - begun;
    const done = ended.ok ? checkouts.filter(({ repo }) => !failedIn(ended.report).includes(repo)) : [];
    const other = orNone(done, ended.ok ? odoo : null);
    await decided.conclude({ outcome, code, links: ended.ok ? changes : [], ...other, durationMs });
    return outcome;
  };

  return {
    settle(settled, where) {
      args = settled;
      instance = where;
      modules = modulesNamed(tool, settled).filter(isNamed);
    },
    async allow(authority, plan) {
      if (decided !== null || (!writes && authority.approval === null)) return ok(undefined);
      changes = linkChangesOf(plan).map(({ module, action, previous, target }) => {
        return { module, action, before: previous, after: target };
      });
      checkouts = checkoutChangesOf(plan).map(({ repo, action, before, after }) => {
        return { repo, action, before, after };
      });
      odoo = recorded(operationOf(plan));
      const { rule, taken, approval } = authority;
      const entry = { decision: 'allow', code: null, rule, policy: authority.policy, approval } as const;
      const planned = { plan: changes, ...orNone(checkouts, odoo) };
      const written = await trail.decide({ ...call(), ...entry, reservations: taken, ...planned });
      if (!written.ok) {
        log(`audit unavailable: ${written.refusal.message}`);
        const { hint = null, retry_after_ms } = written.refusal;
        const denial = denied(tool, { rule, reason: 'audit unavailable', hint }, authority.policy);
        return refused({ ...denial, ...(retry_after_ms !== undefined && { retry_after_ms }) });
      }
      decided = written.value;
      return ok(undefined);
    },
    conclude(outcome) {
      concluded ??= conclude(outcome);
      return concluded;
    },
  };
}

/** Lines of calls that have nothing to do with checkouts or a running Odoo have no such member. */
function orNone(checkouts: readonly RecordedCheckout[], odoo: RecordedOperation | null) {
  return { ...(checkouts.length > 0 && { checkouts }), ...(odoo !== null && { odoo }) };
}

/** An upgrade of `base` upgrades everything. */
const MOST_STEPS = 250;

function recorded(plan: OperationPlan | null): RecordedOperation | null {
  if (plan === null) return null;
  const { database, restarts, operation } = plan;
  const steps = operation.slice(0, MOST_STEPS).map(({ module, action }) => ({ module, action }));
  return { database, restarts, steps, omitted: operation.length - steps.length };
}

/** The repositories that a call could not do, although it did others. */
function failedIn(report: object): string[] {
  const { failed } = report as { readonly failed?: readonly { readonly repo: string }[] };
  return (failed ?? []).map(({ repo }) => repo);
}

function isNamed(value: unknown): value is LinkChange['module'] {
  return typeof value === 'string' && isModuleName(value);
}

/** @param args Possibly unchecked. */
function isDryRun(args: unknown): boolean {
  return typeof args === 'object' && args !== null && 'dry_run' in args && args.dry_run === true;
}

/** Whether changes of the call may be left that could not be undone. */
function mayBeThere({ code, details }: Refusal): boolean {
  return code === 'internal_error' || (Array.isArray(details?.left) && details.left.length > 0);
}

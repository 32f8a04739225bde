import type { BoundCall } from '../approvals/approval.ts';
import { ok, type Refused, type Result, refused } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import type { Taking } from '../limiter/store.ts';
import {
  deniedOutright,
  evaluate,
  type Facts,
  isHidden,
  isListed,
  type Permitted,
  type Reached,
} from '../policy/evaluate.ts';
import type { Policy, ToolRule } from '../policy/policy.ts';
import type { PolicySource } from '../policy/watch.ts';
import { type Configured, isOffered, type ToolName } from '../tool-table.ts';
import { type AskPerson, Consent, type ConsentParts } from './consent.ts';
import { type Denial, denied, type LimitStatus } from './denial.ts';
import { changesNothing, checkoutChangesOf, linkChangesOf, operationOf, type Planned } from './planned.ts';
import { foundInPlan } from './planned-arguments.ts';
import { Quota, type QuotaParts } from './quota.ts';

/** What let a call through, for the audit trail. */
export interface Authority {
  /** JSON pointer to the rule. */
  readonly rule: string;
  /** Short hash of the policy. */
  readonly policy: string;
  /** What the call has taken from its budgets. */
  readonly taken: readonly Taking[];
  /** The id of the approval that was used. */
  readonly approval: string | null;
}

/** Decides which calls run, and counts them. */
export interface Gate {
  policyHash(): string;
  /** Whether the policy stays the same as long as the process runs. */
  readonly isFixed: boolean;
  /** Calls back each time another policy has come into force. */
  onChange(listener: () => void): void;
  /** Whether a tool must look as if it did not exist. */
  isHidden(tool: ToolName): boolean;
  /** Whether a tool belongs in `tools/list`: not hidden, and some call of it could be allowed. */
  isListed(tool: ToolName): boolean;
  /** Whether every call of a tool is allowed, and none is counted. */
  isOpen(tool: ToolName): boolean;
  /** The denial of every call of a tool; null if it depends on the arguments or on where the call goes. */
  deniedOutright(tool: ToolName): Denial | null;
  /**
   * Evaluates the policy for a call and charges its budgets for one call.
   * @param args The arguments with the tool's defaults.
   * @param ask Asks the person at the client.
   */
  enter(
    tool: ToolName,
    args: Readonly<Record<string, unknown>>,
    facts: Facts,
    ask: AskPerson,
  ): Promise<Result<Admission, Denial>>;
}

export interface GateParts extends QuotaParts, Omit<ConsentParts, 'ask'> {
  /** Asked for each call, because the policy file may change. */
  readonly source: PolicySource;
  /** What is configured that some tools need: without it there are no such tools. */
  readonly configured?: Configured | null;
}

export function createGate(parts: GateParts): Gate {
  const { source, configured } = parts;
  return {
    policyHash: () => source.current().hash,
    isFixed: source.isFixed,
    onChange: (listener) => source.onChange(listener),
    isHidden: (tool) => !isOffered(tool, configured) || isHidden(source.current(), tool),
    isListed: (tool) => isOffered(tool, configured) && isListed(source.current(), tool),
    isOpen: (tool) => isUnconditional(source.current().rules.get(tool) as ToolRule),
    deniedOutright(tool) {
      const policy = source.current();
      const decision = deniedOutright(policy, tool);
      return decision === null ? null : denied(tool, decision, policy.hash);
    },
    async enter(tool, args, facts, ask) {
      // The policy stays the same until the call ends.
      const call = { tool, args, facts, policy: source.current() };
      const evaluated = evaluateCall(call);
      if (!evaluated.ok) return evaluated;
      const quota = new Quota(tool, evaluated.value.limits, call.policy, parts);
      const denial = await quota.reserve({ calls: 1 });
      return denial === null
        ? ok(new Admission(call, evaluated.value, quota, { ...parts, ask }))
        : refused(denial);
    },
  };
}

/** A call and the policy that applies to it. */
interface Call {
  readonly tool: ToolName;
  readonly args: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  readonly policy: Policy;
}

/** A call that was let in. It ends with `commit` or `release`, or with neither if how it ended is unknown. */
export class Admission {
  readonly #call: Call;
  readonly #permitted: Permitted;
  readonly #quota: Quota;
  readonly #parts: ConsentParts & Pick<GateParts, 'caller'>;
  #rule: string;
  #consent: Consent | null = null;
  /** Whether the charge was given back because the call asks for approval. */
  #isWithdrawn = false;

  constructor(
    call: Call,
    permitted: Permitted,
    quota: Quota,
    parts: ConsentParts & Pick<GateParts, 'caller'>,
  ) {
    this.#call = call;
    this.#permitted = permitted;
    this.#quota = quota;
    this.#parts = parts;
    this.#rule = permitted.rule;
  }

  /**
   * Evaluates the policy for the plan of the call, before anything is locked: dependencies, and the repositories they come
   * from, must be allowed too. A call that needs approval gets it here or is refused. A dry run, and a plan that changes
   * nothing, need none.
   * @param plan Null for a call that changes nothing.
   * @returns `look again` if the call was approved: a new plan must be made under the lock. Or a {@link Denial}.
   */
  async review(plan: Planned, isDryRun: boolean): Promise<Result<'as planned' | 'look again'>> {
    const evaluated = evaluatePlan(this.#call, plan);
    if (!evaluated.ok) return this.#deny(evaluated.refusal);
    if (evaluated.value.kind === 'allow' || isDryRun || changesNothing(plan)) return ok('as planned');
    this.#consent = new Consent(evaluated.value.rule, this.#call.policy, this.#parts);
    // Asking costs nothing, and a person may take a while: the call is charged when it runs.
    await this.#quota.withdraw();
    this.#isWithdrawn = true;
    const denial = await this.#consent.seek(this.#bind(plan));
    return denial === null ? ok('look again') : this.#deny(denial);
  }

  /**
   * Evaluates the policy for the plan that is about to be carried out, charges for it and uses its approval.
   * @returns Nothing, or a {@link Denial}.
   */
  async begin(plan: Planned): Promise<Result<void>> {
    const evaluated = evaluatePlan(this.#call, plan);
    if (!evaluated.ok) return this.#deny(evaluated.refusal);
    const { kind, rule } = evaluated.value;
    this.#rule = rule;
    const links = linkChangesOf(plan).length;
    const due = { ...(this.#isWithdrawn && { calls: 1 }), ...(links > 0 && { links }) };
    let denial = (await this.#quota.reserve(due)) ?? (await this.#quota.secured());
    if (denial === null && kind === 'approval') {
      this.#consent ??= new Consent(rule, this.#call.policy, this.#parts);
      denial = await this.#consent.take(this.#bind(plan));
    }
    return denial === null ? ok(undefined) : this.#deny(denial);
  }

  /**
   * Evaluates the policy for what a call that only reads has found, before it is shown.
   * @returns Why it must not be shown; null if it may be.
   */
  evaluateFound(found: Reached): Denial | null {
    const evaluated = evaluateFound(this.#call, found);
    if (!evaluated.ok) return evaluated.refusal;
    const { kind, rule } = evaluated.value;
    if (kind === 'allow' || this.#permitted.kind === 'approval') return null;
    const reason = 'what it found needs approval, and the call does not name it by repo and family';
    const hint = 'Call again with repo and family, so that the call can be approved.';
    return denied(this.#call.tool, { rule, reason, hint }, this.#call.policy.hash);
  }

  /**
   * Evaluates the policy for what a call of any tool has found in another instance, as a call of `addon_info` there.
   * @param place The other instance, with all its addons directories.
   * @returns Why it must not be shown; null if it may be. What needs approval there is not shown.
   */
  evaluateElsewhere(found: Reached, place: Facts): Denial | null {
    const tool = 'addon_info';
    const args = { module: found.module, instance: place.instance };
    const evaluated = evaluateCall({ tool, args, policy: this.#call.policy, facts: { ...place, found } });
    if (!evaluated.ok) return evaluated.refusal;
    if (evaluated.value.kind === 'allow') return null;
    const reason = 'what it found in another instance needs approval there';
    return denied(tool, { rule: evaluated.value.rule, reason, hint: null }, this.#call.policy.hash);
  }

  /**
   * Evaluates the policy for the same call in another instance, which it reads besides.
   * @param place The other instance, with all its addons directories.
   * @returns Why it must not be read; null if it may be. A call that would need approval there must be made there.
   */
  evaluateBeside(place: Facts): Denial | null {
    const { tool, args, policy } = this.#call;
    const evaluated = evaluateCall({
      tool,
      args: { ...args, instance: place.instance },
      policy,
      facts: place,
    });
    if (!evaluated.ok) return evaluated.refusal;
    if (evaluated.value.kind === 'allow') return null;
    const reason = `the instance ${place.instance} needs approval`;
    return denied(tool, { rule: evaluated.value.rule, reason, hint: null }, policy.hash);
  }

  /** What let the call through. Complete once the call has begun, or had nothing to begin. */
  authority(): Authority {
    const policy = this.#call.policy.hash;
    return { rule: this.#rule, policy, taken: this.#quota.taken(), approval: this.#consent?.id() ?? null };
  }

  /**
   * The call took effect: it stays counted.
   * @returns The caller's budget with the call counted; null if no limit applies.
   */
  async commit(): Promise<LimitStatus | null> {
    // The answer says that the call is counted, so that must be on disk even if nothing was changed.
    await this.#quota.secured();
    await this.#quota.commit();
    return this.#quota.standing();
  }

  /**
   * Gives the charge and the approval of the call back: it was refused before it changed anything, was undone, or was a dry
   * run.
   * @param isDenied A denied call costs nothing, even with `refund: false`.
   * @returns The caller's budget without the call; null if no limit applies or the store is unavailable.
   */
  async release(isDenied = false): Promise<LimitStatus | null> {
    this.#consent?.giveBack();
    await (isDenied ? this.#quota.withdraw() : this.#quota.release());
    return this.#quota.standing();
  }

  #bind(plan: Planned): BoundCall {
    const { tool, args, policy, facts } = this.#call;
    const { instance, targetDirs } = facts;
    const { principal } = this.#parts.caller;
    const planned = {
      changes: linkChangesOf(plan),
      checkouts: checkoutChangesOf(plan),
      odoo: operationOf(plan),
    };
    return { tool, args, principal, policy: policy.hash, instance, targetDirs, ...planned };
  }

  /** A denied call never ran, so it costs nothing, even with `refund: false`. */
  async #deny(denial: Denial): Promise<Refused> {
    await this.#quota.withdraw();
    return refused(denial);
  }
}

function evaluateCall({ policy, tool, args, facts }: Call): Result<Permitted, Denial> {
  const decision = evaluate(policy, tool, args, facts);
  return decision.kind === 'deny' ? refused(denied(tool, decision, policy.hash)) : ok(decision);
}

/** Evaluates the policy again for what the plan of a call reaches. */
function evaluatePlan(call: Call, plan: Planned): Result<Permitted, Denial> {
  const { found, unnamed, aliased } = foundInPlan(call.tool, call.args, plan);
  const evaluated = evaluateFound(call, found);
  if (evaluated.ok) return evaluated;
  if (unnamed.length > 0) {
    return withHint(evaluated.refusal, `The call would change more than it names: ${listed(unnamed)}.`);
  }
  // If the names are allowed, the repositories are not.
  const { repo = [], ...names } = found;
  if (evaluateFound(call, names).ok) {
    return withHint(evaluated.refusal, `The call would take modules from: ${listed([repo].flat())}.`);
  }
  if (aliased.length === 0) return evaluated;
  return withHint(evaluated.refusal, `The call would link folders with other names: ${listed(aliased)}.`);
}

function evaluateFound(call: Call, found: Reached): Result<Permitted, Denial> {
  return evaluateCall({ ...call, facts: { ...call.facts, found } });
}

function withHint(denial: Denial, hint: string): Refused<Denial> {
  return refused({ hint, ...denial });
}

function listed(names: readonly string[]): string {
  return names.slice(0, MOST_NAMED).map(quoted).join(', ');
}
const MOST_NAMED = 10;

function isUnconditional({ action, hidden, limits, require, denyIf, requireApproval }: ToolRule): boolean {
  const conditions = require.length + denyIf.length + requireApproval.length;
  return action === 'allow' && !hidden && limits.length + conditions === 0;
}

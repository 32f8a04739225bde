import { type Approval, type ApprovalRequest, type BoundCall, expiresAt } from '../approvals/approval.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { changedSince } from '../approvals/changed-since.ts';
import {
  describeChanged,
  describeInFull,
  describeRequest,
  plainOperation,
  plainState,
} from '../approvals/describe-request.ts';
import { messageOf } from '../base/errno.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import type { Policy } from '../policy/policy.ts';
import { type Denial, denied } from './denial.ts';

/** A question for the person at the client. */
export interface Question {
  /** The id of the request that is asked about. */
  readonly id: string;
  readonly message: string;
  /** What the person must type, so that no one agrees out of habit. */
  readonly word: string;
  readonly timeoutMs: number;
}

/** What a person said to a question. */
export type Said = 'yes' | 'no' | 'mistyped';

/**
 * Asks the person at the client. `unable`: the client does not support it. `gone`: the call is no longer waited for, and no
 * one has decided. `asked`: the question goes out with the end of this call, and the same call comes again with the answer.
 * An object: the answer that this call brings is about another request, which was shown for the same arguments.
 */
export type AskPerson = (
  question: Question,
) => Promise<Said | 'unable' | 'gone' | 'asked' | { readonly about: string; readonly said: Said }>;

export interface ConsentParts {
  readonly approvals: Approvals;
  /** For `approval_channel: "elicit"`. */
  readonly ask: AskPerson;
  /** Tells the operator that the records cannot be used. */
  readonly log: (line: string) => void;
}

const ASK_AGAIN = 'Make the same call again: the client then asks about the changes as they are now.';

/** The approval that one call needs. */
export class Consent {
  readonly #rule: string;
  readonly #policy: Policy;
  readonly #parts: ConsentParts;
  /** The id of the approval that was used. */
  #taken: string | null = null;

  /** @param rule JSON pointer to the rule that requires approval. */
  constructor(rule: string, policy: Policy, parts: ConsentParts) {
    this.#rule = rule;
    this.#policy = policy;
    this.#parts = parts;
  }

  /** The id of the approval that was used; null before that. */
  id(): string | null {
    return this.#taken;
  }

  /** Looks for an approval of exactly this call, and requests one if there is none. */
  seek(call: BoundCall): Promise<Denial | null> {
    return this.#guarded(call, async () => {
      const found = this.#find(call);
      if (!found.ok) return found.refusal;
      if (found.value.state === 'approved') return null;
      if (this.#policy.approvals.channel === 'elicit') return this.#ask(found.value, call);
      return this.#required(call, found.value.request);
    });
  }

  /** Uses the approval. Of several calls that try, one gets it. */
  take(call: BoundCall): Promise<Denial | null> {
    return this.#guarded(call, async () => {
      const found = this.#find(call);
      if (!found.ok) return found.refusal;
      const { request, state } = found.value;
      if (state !== 'approved' || !this.#parts.approvals.use(request.id))
        return this.#required(call, request);
      this.#taken = request.id;
      return null;
    });
  }

  /** The call changed nothing, so its approval can be used again. */
  giveBack(): void {
    if (this.#taken === null) return;
    const { approvals, log } = this.#parts;
    try {
      approvals.giveBack(this.#taken);
      this.#taken = null;
    } catch (error) {
      log(`approval ${this.#taken} stays used: ${messageOf(error)}`);
    }
  }

  /** The approval, given or requested, or why there is none. */
  #find(call: BoundCall): Result<Approval, Denial> {
    const { approvals } = this.#parts;
    const approval = approvals.find(call) ?? approvals.request(call, this.#policy.approvals.ttlMs);
    if (approval === null) {
      const reason = 'too many calls already wait for approval or were answered through the client';
      const hint = 'Call again once some of them are decided or have expired.';
      return refused(this.#no(call, reason, hint));
    }
    return approval.state === 'denied' ? refused(this.#no(call, 'it was not approved')) : ok(approval);
  }

  async #ask({ request }: Approval, call: BoundCall): Promise<Denial | null> {
    const { changes, checkouts, odoo, tool } = request;
    const word = changes[0]?.module ?? checkouts[0]?.repo ?? odoo?.operation[0]?.module ?? tool;
    const message = `${describeInFull(request, this.#changesSince(call))}.`;
    const answer = await this.#parts.ask({ id: request.id, message, word, timeoutMs: request.ttlMs });
    if (answer === 'asked') return this.#required(call, request);
    if (answer === 'unable') return this.#no(call, 'it needs approval, and this client cannot ask for it');
    if (answer === 'gone') return this.#no(call, 'the client disconnected before anyone decided');
    const { about, said } = typeof answer === 'object' ? answer : { about: request.id, said: answer };
    if (said === 'mistyped') return this.#no(call, 'the typed name is not the one asked for');
    const decision = { approved: said === 'yes', by: 'asserted by the client', channel: 'client' } as const;
    const decided = this.#parts.approvals.decide(about, decision);
    if (about === request.id)
      return decided?.state === 'approved' ? null : this.#no(call, 'it was not approved');
    if (decided?.done !== true) {
      const spent = this.#no(call, 'what was answered is already decided, or has expired', ASK_AGAIN);
      return { ...spent, code: 'invalid_request_state' };
    }
    // What was shown is not what would be changed now.
    return said === 'yes' ? this.#required(call, request) : this.#no(call, 'it was not approved');
  }

  /** What has changed since the newest approval of the same request. */
  #changesSince(call: BoundCall): string[] {
    const [approved] = this.#parts.approvals.outdated(call);
    return approved === undefined ? [] : changedSince(approved, call);
  }

  #required(call: BoundCall, request: ApprovalRequest): Denial {
    const changed = this.#changesSince(call);
    const { id, policy, targetDirs, changes, checkouts, odoo } = request;
    const command = `odoo-link-mcp approvals approve ${id}`;
    const again = changed.length > 0 ? `another approval: ${describeChanged(changed)}` : 'approval';
    const reason = `${describeRequest(request)} needs ${again}`;
    const expires = new Date(expiresAt(request)).toISOString();
    const hint =
      this.#policy.approvals.channel === 'elicit'
        ? ASK_AGAIN
        : `Ask the operator to run "${command}" with the server's configuration (--config or ODOO_LINK_CONFIG) before ${expires}, then make the same call again.`;
    return {
      code: 'approval_required',
      message: `${reason}. Nothing was changed.`,
      hint,
      details: {
        id,
        expires_at: expires,
        command,
        target_dirs: targetDirs,
        links: changes.map(({ module, action, source, state }) => {
          return { module, action, source, ...(state !== null && plainState(state)) };
        }),
        ...(checkouts.length > 0 && { checkouts }),
        ...(odoo !== null && { odoo: plainOperation(odoo) }),
        ...(changed.length > 0 && { changed_since_approval: changed }),
      },
      rule: this.#rule,
      reason,
      policy,
    };
  }

  #no(call: BoundCall, reason: string, hint: string | null = null): Denial {
    return denied(call.tool, { rule: this.#rule, reason, hint }, this.#policy.hash);
  }

  async #guarded<T>(call: BoundCall, work: () => Promise<T>): Promise<T | Denial> {
    try {
      return await work();
    } catch (error) {
      this.#parts.log(`approvals unavailable: ${messageOf(error)}`);
      return this.#no(call, 'approvals unavailable');
    }
  }
}

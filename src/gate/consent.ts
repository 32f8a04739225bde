import { type Approval, type ApprovalRequest, type BoundCall, expiresAt } from '../approvals/approval.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { changedSince } from '../approvals/changed-since.ts';
import {
  describeChanged,
  describeInFull,
  describeRequest,
  plainState,
} from '../approvals/describe-request.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import type { Policy } from '../policy/policy.ts';
import { type Denial, denied } from './denial.ts';

/** A question for the person at the client. */
export interface Question {
  readonly message: string;
  /** What has to be typed, so that nobody agrees by a habit of their fingers. */
  readonly word: string;
  readonly timeoutMs: number;
}

/**
 * Puts a question to the person at the client. `unable`: the client does not let it be asked. `gone`: nobody waits for
 * the call any more, and nobody has decided.
 */
export type AskPerson = (question: Question) => Promise<'yes' | 'no' | 'mistyped' | 'unable' | 'gone'>;

export interface ConsentParts {
  readonly approvals: Approvals;
  /** For `approval_channel: "elicit"`. */
  readonly ask: AskPerson;
  /** Where it is written, for the operator, that the records cannot be used. */
  readonly log: (line: string) => void;
}

/** The consent that one call needs. */
export class Consent {
  readonly #rule: string;
  readonly #policy: Policy;
  readonly #parts: ConsentParts;
  /** The id of the approval that was taken. */
  #taken: string | null = null;

  /** @param rule JSON pointer to what asks for an approval. */
  constructor(rule: string, policy: Policy, parts: ConsentParts) {
    this.#rule = rule;
    this.#policy = policy;
    this.#parts = parts;
  }

  /** The id of the approval that was taken; null while there is none. */
  id(): string | null {
    return this.#taken;
  }

  /** Looks for an approval of exactly this call, and asks for one if there is none. */
  seek(call: BoundCall): Promise<Denial | null> {
    return this.#guarded(call, async () => {
      const found = this.#find(call);
      if (!found.ok) return found.refusal;
      if (found.value.state === 'approved') return null;
      if (this.#policy.approvals.channel === 'elicit') return this.#ask(found.value, call);
      return this.#required(call, found.value.request);
    });
  }

  /** Uses the approval up. Of several calls that try, one gets it. */
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

  /** The call changed nothing: what was taken is there again. */
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

  /** The approval that was given or asked for, or why there is none. */
  #find(call: BoundCall): Result<Approval, Denial> {
    const { approvals } = this.#parts;
    const approval = approvals.find(call) ?? approvals.request(call, this.#policy.approvals.ttlMs);
    if (approval === null) {
      const reason = 'too many calls wait for approval, or were answered through the client, already';
      const hint = 'Call again when some of them are decided or have expired.';
      return refused(this.#no(call, reason, hint));
    }
    return approval.state === 'denied' ? refused(this.#no(call, 'it was not approved')) : ok(approval);
  }

  async #ask({ request }: Approval, call: BoundCall): Promise<Denial | null> {
    const word = request.changes[0]?.module ?? request.tool;
    const message = `${describeInFull(request, this.#changesSince(call))}.`;
    const answer = await this.#parts.ask({ message, word, timeoutMs: request.ttlMs });
    if (answer === 'unable') return this.#no(call, 'it needs an approval that this client cannot ask for');
    if (answer === 'gone') return this.#no(call, 'the client has gone before anybody decided');
    if (answer === 'mistyped') return this.#no(call, 'the name that was typed is another one');
    const decision = { approved: answer === 'yes', by: 'asserted by the client', channel: 'client' } as const;
    const decided = this.#parts.approvals.decide(request.id, decision);
    return decided?.state === 'approved' ? null : this.#no(call, 'it was not approved');
  }

  /** What keeps the newest approval of the same thing from holding for a call. */
  #changesSince(call: BoundCall): string[] {
    const [approved] = this.#parts.approvals.outdated(call);
    return approved === undefined ? [] : changedSince(approved, call);
  }

  #required(call: BoundCall, request: ApprovalRequest): Denial {
    return approvalRequired(request, this.#rule, this.#changesSince(call), this.#policy.approvals.channel);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function approvalRequired(
  request: ApprovalRequest,
  rule: string,
  changed: readonly string[],
  channel: Policy['approvals']['channel'],
): Denial {
  const { id, policy, targetDirs, changes } = request;
  const command = `odoo-link-mcp approvals approve ${id}`;
  const again = changed.length > 0 ? `another approval: ${describeChanged(changed)}` : 'approval';
  const reason = `${describeRequest(request)} needs ${again}`;
  const expires = new Date(expiresAt(request)).toISOString();
  const hint =
    channel === 'elicit'
      ? 'Make the same call again: the client asks about what is there now.'
      : `Ask the operator to run "${command}" before ${expires}, then make the same call again.`;
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
      ...(changed.length > 0 && { changed_since_approval: changed }),
    },
    rule,
    reason,
    policy,
  };
}

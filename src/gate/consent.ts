import { type Approval, type ApprovalRequest, type BoundCall, expiresAt } from '../approvals/approval.ts';
import type { Approvals } from '../approvals/approvals.ts';
import { changedSince } from '../approvals/changed-since.ts';
import {
  describeChanged,
  describeInFull,
  describeRequest,
  plainState,
} from '../approvals/describe-request.ts';
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
export interface Consent {
  /** Looks for an approval of exactly this call, and asks for one if there is none. */
  seek(call: BoundCall): Promise<Denial | null>;
  /** Uses the approval up. Of several calls that try, one gets it. */
  take(call: BoundCall): Promise<Denial | null>;
  /** The call changed nothing: what was taken is there again. */
  giveBack(): void;
  /** The id of the approval that was taken. */
  id(): string | null;
}

/**
 * @param rule JSON pointer to what asks for an approval.
 */
export function openConsent(rule: string, policy: Policy, parts: ConsentParts): Consent {
  const { approvals, ask, log } = parts;
  const { channel, ttlMs } = policy.approvals;
  let taken: string | null = null;
  const no = (call: BoundCall, reason: string, hint: string | null = null) =>
    denied(call.tool, { rule, reason, hint }, policy.hash);

  /** The approval that was given, or why there is none. */
  const find = (call: BoundCall): { approval: Approval } | { denial: Denial } => {
    const approval = approvals.find(call) ?? approvals.request(call, ttlMs);
    if (approval === null) {
      const reason = 'too many calls wait for approval, or were answered through the client, already';
      return { denial: no(call, reason, 'Call again when some of them are decided or have expired.') };
    }
    if (approval.state === 'denied') return { denial: no(call, 'it was not approved') };
    return { approval };
  };
  /** What keeps the newest approval of the same thing from holding for a call. */
  const changesSince = (call: BoundCall): string[] => {
    const [approved] = approvals.outdated(call);
    return approved === undefined ? [] : changedSince(approved, call);
  };
  const required = (call: BoundCall, request: ApprovalRequest) =>
    approvalRequired(request, rule, changesSince(call), channel);
  const guarded = async <T>(call: BoundCall, work: () => Promise<T>): Promise<T | Denial> => {
    try {
      return await work();
    } catch (error) {
      log(`approvals unavailable: ${error instanceof Error ? error.message : String(error)}`);
      return no(call, 'approvals unavailable');
    }
  };
  const askPerson = async ({ request }: Approval, call: BoundCall): Promise<Denial | null> => {
    const word = request.changes[0]?.module ?? request.tool;
    const message = `${describeInFull(request, changesSince(call))}.`;
    const answer = await ask({ message, word, timeoutMs: request.ttlMs });
    if (answer === 'unable') return no(call, 'it needs an approval that this client cannot ask for');
    if (answer === 'gone') return no(call, 'the client has gone before anybody decided');
    if (answer === 'mistyped') return no(call, 'the name that was typed is another one');
    const decision = { approved: answer === 'yes', by: 'asserted by the client', channel: 'client' } as const;
    const decided = approvals.decide(request.id, decision);
    return decided?.state === 'approved' ? null : no(call, 'it was not approved');
  };

  return {
    seek: (call) =>
      guarded(call, async () => {
        const found = find(call);
        if ('denial' in found) return found.denial;
        if (found.approval.state === 'approved') return null;
        if (channel === 'elicit') return askPerson(found.approval, call);
        return required(call, found.approval.request);
      }),
    take: (call) =>
      guarded(call, async () => {
        const found = find(call);
        if ('denial' in found) return found.denial;
        const { request, state } = found.approval;
        if (state === 'approved' && approvals.use(request.id)) {
          taken = request.id;
          return null;
        }
        return required(call, request);
      }),
    giveBack() {
      if (taken === null) return;
      try {
        approvals.giveBack(taken);
        taken = null;
      } catch (error) {
        log(`approval ${taken} stays used: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    id: () => taken,
  };
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

/** What an approval is bound to, and what its record says. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ModuleName } from '../addons/module-name.ts';
import type { SourceState } from '../addons/source-state.ts';
import type { PlannedChange } from '../links/plan-links.ts';
import { type OperationPlan, STEP_REASONS } from '../odoo/operation-plan.ts';
import type { CheckoutChange } from '../sources/checkout-plan.ts';
import type { Stamp } from '../state/clock.ts';
import type { ToolName } from '../tool-table.ts';

/** A call that needs approval. A call that differs in any field is another call. */
export interface BoundCall {
  readonly tool: ToolName;
  /** With the tool's defaults. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly principal: string;
  readonly policy: string;
  readonly instance: string;
  /** The real paths of the addons directories. */
  readonly targetDirs: readonly string[];
  readonly changes: readonly PlannedChange[];
  readonly checkouts: readonly CheckoutChange[];
  /** What a running Odoo would do; null for a call that asks it for nothing. */
  readonly odoo: OperationPlan | null;
}

/** The record of a request; the decision and the use have their own records. */
export interface ApprovalRequest extends BoundCall {
  readonly id: string;
  readonly binding: string;
  readonly requested: Stamp;
  readonly ttlMs: number;
}

export type ApprovalState = 'requested' | 'approved' | 'denied' | 'used' | 'expired';

export interface Approval {
  readonly request: ApprovalRequest;
  readonly state: ApprovalState;
  readonly decision: ApprovalDecision | null;
}

function makeSchemas() {
  const text = z.string();
  const folder = text.nullable();
  const state = z.object({
    repos: z.array(text),
    commit: text.nullable(),
    dirty: z.boolean().nullable(),
    manifest: text.nullable(),
    folders: z.object({ module: folder, repository: folder, root: folder }),
  });
  const change = z.object({
    module: z.custom<ModuleName>((value) => typeof value === 'string'),
    action: z.enum(['create', 'replace', 'remove']),
    source: text.nullable(),
    previous: text.nullable(),
    target: text.nullable(),
    // Records of earlier versions have none, and match no call.
    state: state.nullable().default(null),
  });
  const checkout = z.object({
    repo: text,
    action: z.enum(['clone', 'update']),
    path: text,
    branch: text,
    before: text.nullable(),
    after: text,
  });
  const step = z.object({
    module: text,
    action: z.enum(['install', 'upgrade', 'cancel']),
    why: z.enum(STEP_REASONS),
    from: text.nullable(),
    to: text.nullable(),
  });
  const code = z.object({ module: text, state });
  const odoo = z.object({
    ...{ database: text, restarts: z.boolean(), operation: z.array(step) },
    code: z.array(code).default([]),
  });
  const request = z.object({
    tool: text,
    args: z.record(text, z.unknown()),
    principal: text,
    policy: text,
    instance: text,
    targetDirs: z.array(text),
    changes: z.array(change),
    // Records of earlier versions have none.
    checkouts: z.array(checkout).default([]),
    odoo: odoo.nullable().default(null),
    id: text,
    binding: text,
    requested: z.object({ boot: text, at: z.number(), wall: z.number() }),
    ttlMs: z.number(),
  });
  const decision = z.object({
    approved: z.boolean(),
    /** The operator's user name, or a note that the client asserted it. */
    by: text,
    channel: z.enum(['operator', 'client']),
    /** Milliseconds of the wall clock. */
    decidedAt: z.number(),
  });
  return { request, decision };
}

export type ApprovalDecision = Readonly<z.infer<ReturnType<typeof makeSchemas>['decision']>>;

/** Made on first use: most servers need none. */
let schemas: ReturnType<typeof makeSchemas> | undefined;

/**
 * Parses the record of a request.
 * @throws If the record is invalid: a request without a time, for example, would never expire.
 */
export function parseRequest(record: string, id: string): ApprovalRequest {
  schemas ??= makeSchemas();
  const request = schemas.request.parse(JSON.parse(record)) as ApprovalRequest;
  if (request.id !== id) throw new Error('it is the record of another request');
  return request;
}

/** Parses the record of a decision. @throws If the record is invalid. */
export function parseDecision(record: string): ApprovalDecision {
  schemas ??= makeSchemas();
  return schemas.decision.parse(JSON.parse(record));
}

/** A hash of everything an approval is bound to. */
export function bindingOf(call: BoundCall): string {
  const { policy, targetDirs, changes, checkouts, odoo } = call;
  const inOrder = changes.map(({ module, action, source, previous, state }) => {
    return [module, action, source, previous, state && valuesOf(state)];
  });
  const others = checkouts.map(({ repo, action, path, branch, before, after }) => {
    return [repo, action, path, branch, before, after];
  });
  const steps = odoo?.operation.map(({ module, action, why, from, to }) => [module, action, why, from, to]);
  const code = odoo?.code.map(({ module, state }) => [module, valuesOf(state)]);
  const operation = odoo === null ? [] : [[odoo.database, odoo.restarts, steps, code]];
  const bound = [...intentOf(call), policy, targetDirs, inOrder, others, ...operation];
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex');
}

/** Whether two calls ask for the same, even if they would change different things. */
export function isSameIntent(one: BoundCall, other: BoundCall): boolean {
  return JSON.stringify(intentOf(one)) === JSON.stringify(intentOf(other));
}

function intentOf({ tool, args, principal, instance }: BoundCall): unknown[] {
  const sorted = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  return [tool, sorted, principal, instance];
}

function valuesOf({ repos, commit, dirty, manifest, folders }: SourceState): unknown[] {
  const { module, repository, root } = folders;
  return [repos, commit, dirty, manifest, module, repository, root];
}

/**
 * Whether a request has expired. The wall clock can be set, so the monotonic clock decides too until the next reboot, and a
 * wall clock from before the request ends it.
 */
export function isExpired({ requested, ttlMs }: ApprovalRequest, now: Stamp): boolean {
  if (now.wall < requested.wall || now.wall >= expiresAt({ requested, ttlMs })) return true;
  return now.boot === requested.boot && now.at - requested.at >= ttlMs * 1000;
}

/** When a request expires, in milliseconds of the wall clock. */
export function expiresAt({ requested, ttlMs }: Pick<ApprovalRequest, 'requested' | 'ttlMs'>): number {
  return requested.wall + ttlMs;
}

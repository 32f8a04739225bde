/** What an approval is bound to, and what its record says. Pure. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ModuleName } from '../addons/module-name.ts';
import type { SourceState } from '../addons/source-state.ts';
import type { PlannedChange } from '../links/plan-links.ts';
import type { Stamp } from '../state/clock.ts';
import type { ToolName } from '../tool-table.ts';

/** A call that somebody has to say yes to: with anything else in it, it is another call. */
export interface BoundCall {
  readonly tool: ToolName;
  /** With the tool's defaults. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly principal: string;
  /** Hash of the policy. */
  readonly policy: string;
  readonly instance: string;
  /** The real paths of the addons directories. */
  readonly targetDirs: readonly string[];
  readonly changes: readonly PlannedChange[];
}

/** The record of a request; what becomes of it is written beside it. */
export interface ApprovalRequest extends BoundCall {
  readonly id: string;
  readonly binding: string;
  readonly requested: Stamp;
  readonly ttlMs: number;
}

export interface ApprovalDecision {
  readonly approved: boolean;
  /** The operator's user name, or whoever the client asserts. */
  readonly by: string;
  readonly channel: 'operator' | 'client';
  /** Milliseconds of the wall clock. */
  readonly decidedAt: number;
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
    // A record of an earlier version has none, and is found for no call.
    state: state.nullable().default(null),
  });
  const request = z.object({
    tool: text,
    args: z.record(text, z.unknown()),
    principal: text,
    policy: text,
    instance: text,
    targetDirs: z.array(text),
    changes: z.array(change),
    id: text,
    binding: text,
    requested: z.object({ boot: text, at: z.number(), wall: z.number() }),
    ttlMs: z.number(),
  });
  const decision = z.object({
    approved: z.boolean(),
    by: text,
    channel: z.enum(['operator', 'client']),
    decidedAt: z.number(),
  });
  return { request, decision };
}

/** Made when they are first needed: most servers start without. */
let schemas: ReturnType<typeof makeSchemas> | undefined;

/**
 * The request that the record with this id tells of.
 * @throws When it makes no sense: without a time, say, it would never end.
 */
export function parseRequest(record: string, id: string): ApprovalRequest {
  schemas ??= makeSchemas();
  const request = schemas.request.parse(JSON.parse(record)) as ApprovalRequest;
  if (request.id !== id) throw new Error('the record of another request');
  return request;
}

/** The same for a decision: nothing but a clear yes is one. */
export function parseDecision(record: string): ApprovalDecision {
  schemas ??= makeSchemas();
  return schemas.decision.parse(JSON.parse(record));
}

/** A name for everything an approval is bound to. */
export function bindingOf(call: BoundCall): string {
  const { policy, targetDirs, changes } = call;
  const inOrder = changes.map(({ module, action, source, previous, state }) => {
    return [module, action, source, previous, state && valuesOf(state)];
  });
  const bound = [...intentOf(call), policy, targetDirs, inOrder];
  return createHash('sha256').update(JSON.stringify(bound)).digest('hex');
}

/** Whether two calls ask for the same, whatever would come of it. */
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
 * Whether the time of a request is over. The wall clock can be set: the monotonic one has the last word as long as the
 * machine runs, and a wall clock that stands before the request ends it.
 */
export function isExpired({ requested, ttlMs }: ApprovalRequest, now: Stamp): boolean {
  if (now.wall < requested.wall || now.wall >= expiresAt({ requested, ttlMs })) return true;
  return now.boot === requested.boot && now.at - requested.at >= ttlMs * 1000;
}

/** When a request ends, in milliseconds of the wall clock. */
export function expiresAt({ requested, ttlMs }: Pick<ApprovalRequest, 'requested' | 'ttlMs'>): number {
  return requested.wall + ttlMs;
}

import * as z from 'zod';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';

/**
 * The lines of the audit trail. An allowed call has two lines with the same `id`: the decision with the plan, written
 * before the effect, and the outcome, written after it. Any other call has only its decision.
 *
 * Lines contain no values of arguments except checked module names. The arguments as a whole appear as an HMAC, by which
 * equal calls can be recognised.
 */
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const module = z.custom<ModuleName>((value) => typeof value === 'string' && isModuleName(value));

/** What every line has. */
const chained = {
  /** The line's number in the trail, counted from 1 across all files. */
  seq: z.int().positive(),
  /** The hash of the previous line; zeros for the first one. */
  prev: digest,
  /** SHA-256 of the line without this member. */
  hash: digest,
};
const line = { ...chained, time: z.iso.datetime() };

const ChangeSchema = z.strictObject({
  module,
  action: z.enum(['create', 'replace', 'remove']),
  /** The text of the link; null for no link. */
  before: z.string().nullable(),
  after: z.string().nullable(),
});

/** A checkout that a call makes or moves. */
const CheckoutSchema = z.strictObject({
  repo: z.string(),
  action: z.enum(['clone', 'update']),
  /** The commits; null for no checkout. */
  before: z.string().nullable(),
  after: z.string(),
});

/** What a running Odoo does with modules. */
const OperationSchema = z.strictObject({
  database: z.string(),
  restarts: z.boolean(),
  steps: z.array(z.strictObject({ module: z.string(), action: z.enum(['install', 'upgrade', 'cancel']) })),
  /** How many more steps there are, left out to limit the length of the line. */
  omitted: z.int().nonnegative(),
});

/** Who called what. The outcome repeats it, so that each line can be understood and filtered by itself. */
const call = {
  id: z.uuid(),
  /** The caller: the operating-system user on stdio, the authenticated principal over HTTP. */
  principal: z.string(),
  /** As the client names itself; null before it has done so. */
  client: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  tool: z.string(),
  instance: z.string().nullable(),
  /** Empty if the names are invalid. */
  modules: z.array(module),
};

/**
 * `deny`: the policy or a rate limit forbids the call. `approval`: the call must be approved first. `refuse`: the policy
 * allows the call, but it cannot be carried out.
 */
export const DECISIONS = ['allow', 'deny', 'approval', 'refuse'] as const;
/** `refused`: nothing was changed. `failed`: its changes could not be undone, or it is not known whether they were. */
export const OUTCOMES = ['done', 'refused', 'failed'] as const;

/** What a call consumed of one rate limit. */
const TakenSchema = z.strictObject({
  counter: z.string(),
  amount: z.int().nonnegative(),
  /**
   * When it was counted, in microseconds: of this host's monotonic clock, which starts at each boot, or since 1970 by the
   * clock of the database that keeps the count. No window of these times contains more than the limit, unless the limit
   * only observes.
   */
  at: z.int(),
  reservation: z.string(),
});

export const LineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...line,
    kind: z.literal('decision'),
    ...call,
    decision: z.enum(DECISIONS),
    /** The code of the refusal; null for an allowed call. */
    code: z.string().nullable(),
    /** JSON pointer to the rule that decided. */
    rule: z.string().nullable(),
    /** The short hash of the policy. */
    policy: z.string(),
    reservations: z.array(TakenSchema),
    approval: z.string().nullable(),
    /** HMAC of the arguments with the tool's defaults, or as sent if they are invalid. */
    arguments: digest,
    /** HMAC of the arguments as they were sent, if the server read them as others: `null` as none, a text as a list. */
    sent: digest.optional(),
    plan: z.array(ChangeSchema),
    /** What of repositories is cloned or updated; absent if nothing is. */
    checkouts: z.array(CheckoutSchema).optional(),
    /** What a running Odoo is asked for; absent if nothing is. */
    odoo: OperationSchema.optional(),
  }),
  z.strictObject({
    ...line,
    kind: z.literal('outcome'),
    ...call,
    outcome: z.enum(OUTCOMES),
    code: z.string().nullable(),
    links: z.array(ChangeSchema),
    checkouts: z.array(CheckoutSchema).optional(),
    odoo: OperationSchema.optional(),
    /** Since the beginning of the call. */
    duration_ms: z.int().nonnegative(),
  }),
  /** Refusals before this line that were not logged one by one, see {@link createRefusalMeter}. */
  z.strictObject({
    ...line,
    kind: z.literal('omission'),
    refusals: z.int().positive(),
  }),
  /** Written before an interrupted transaction is undone, and again at each further attempt. */
  z.strictObject({
    ...line,
    kind: z.literal('recovery'),
    /** The id of the interrupted transaction. */
    id: z.uuid(),
    /** The principal of the server or command that undoes it. */
    principal: z.string(),
    /** The path of the addons directory. */
    directory: z.string(),
    links: z.array(ChangeSchema),
    /** How many more changes there are, left out to limit the length of the line. */
    omitted: z.int().nonnegative(),
  }),
  /** The first line of every file except the first. */
  z.strictObject({
    ...line,
    kind: z.literal('rotation'),
    /** The name of the previous file. */
    file: z.string(),
  }),
  /** Follows an incomplete line of a process that was killed while writing it, see {@link readLink}. */
  z.strictObject({
    ...line,
    kind: z.literal('seal'),
    bytes: z.int().positive(),
    sha256: digest,
  }),
]);

export type AuditLine = z.infer<typeof LineSchema>;
/** A link of a plan, or one that was changed. */
export type LinkChange = z.infer<typeof ChangeSchema>;
/** A checkout of a plan, or one that was made or moved. */
export type RecordedCheckout = z.infer<typeof CheckoutSchema>;
/** What a running Odoo was asked for. */
export type RecordedOperation = z.infer<typeof OperationSchema>;
export type Taken = z.infer<typeof TakenSchema>;

type OfKind<K extends AuditLine['kind']> = Extract<AuditLine, { kind: K }>;
type Chained = keyof typeof chained;
/** A line without its place in the chain. */
export type Unchained = { [K in AuditLine['kind']]: Omit<OfKind<K>, Chained> }[AuditLine['kind']];

/** Some members of a line, for the trail to write. */
type Given<K extends AuditLine['kind'], Member extends keyof OfKind<K>> = {
  readonly [M in Member]: OfKind<K>[M] extends (infer One)[] ? readonly One[] : Readonly<OfKind<K>[M]>;
};
/** What a call changes besides links. */
export interface ChangesBesides {
  readonly checkouts?: readonly RecordedCheckout[];
  readonly odoo?: RecordedOperation;
}

type Decision = 'decision' | 'code' | 'rule' | 'policy' | 'reservations' | 'approval' | 'plan';

/**
 * The decision about a call, written before its effect or when it is refused. Of the arguments only HMACs are written:
 * of those the call was judged by and, where the entry has it, of what was sent instead of them.
 */
export type DecisionEntry = Given<'decision', Exclude<keyof typeof call, 'id'> | Decision> & {
  readonly args: unknown;
  readonly sent?: unknown;
} & ChangesBesides;

/** An interrupted transaction that is about to be undone. */
export type RecoveryEntry = Given<'recovery', 'id' | 'principal' | 'directory'> & {
  readonly changes: readonly LinkChange[];
};

/** The outcome of an allowed call; the duration in milliseconds. */
export type OutcomeEntry = Given<'outcome', 'outcome' | 'code' | 'links'> & {
  readonly durationMs: number;
} & ChangesBesides;

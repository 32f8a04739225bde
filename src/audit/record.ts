import * as z from 'zod';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';

/**
 * The lines of the audit trail. A call that is let through leaves two, joined by `id`: the decision with the plan before
 * the effect, and the outcome after it. Any other call leaves its decision alone.
 *
 * Nothing in a line is a value of an argument, but for names of modules that were checked; the arguments as a whole are
 * there as an HMAC, by which equal calls can be told.
 */
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const module = z.custom<ModuleName>((value) => typeof value === 'string' && isModuleName(value));

const chained = {
  /** The place in the trail: 1 for its first line, and one more for each line whatever the file. */
  seq: z.int().positive(),
  /** The hash of the line before; zeros for the first one. */
  prev: digest,
  /** SHA-256 of the line without this member. */
  hash: digest,
};

const ChangeSchema = z.strictObject({
  module,
  action: z.enum(['create', 'replace', 'remove']),
  /** The text of the link; null where there is none. */
  before: z.string().nullable(),
  after: z.string().nullable(),
});

/** Who called what; the outcome repeats it, so that each line can be understood, and filtered, by itself. */
const call = {
  id: z.uuid(),
  principal: z.string(),
  client: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
  tool: z.string(),
  instance: z.string().nullable(),
  modules: z.array(module),
};

/**
 * `deny`: the policy said no, or a limit did. `approval`: somebody has to approve it. `refuse`: the policy had nothing
 * against it, but the call cannot be carried out.
 */
export const DECISIONS = ['allow', 'deny', 'approval', 'refuse'] as const;
export const OUTCOMES = ['done', 'refused', 'failed'] as const;

/** What a call took from one budget of the policy. */
const TakenSchema = z.strictObject({
  counter: z.string(),
  amount: z.int().nonnegative(),
  /**
   * When it was counted, in microseconds: of this host's monotonic clock, which begins anew with each start of the host,
   * or since 1970 by the clock of the database that keeps the count. No window of these times holds more than the limit,
   * unless that only observes.
   */
  at: z.int(),
  /** Its id. */
  reservation: z.string(),
});

export const LineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('decision'),
    ...call,
    decision: z.enum(DECISIONS),
    code: z.string().nullable(),
    rule: z.string().nullable(),
    policy: z.string(),
    reservations: z.array(TakenSchema),
    approval: z.string().nullable(),
    arguments: digest,
    plan: z.array(ChangeSchema),
  }),
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('outcome'),
    ...call,
    outcome: z.enum(OUTCOMES),
    code: z.string().nullable(),
    links: z.array(ChangeSchema),
    duration_ms: z.int().nonnegative(),
  }),
  /** Refusals before this line that have no line of their own, see {@link createRefusalMeter}. */
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('omission'),
    refusals: z.int().positive(),
  }),
  /** Written before a change that was interrupted is undone; again each time that is begun. */
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('recovery'),
    /** Of the transaction that was interrupted. */
    id: z.uuid(),
    /** Whose server or command undoes it. */
    principal: z.string(),
    /** The addons directory. */
    directory: z.string(),
    /** What the transaction was to do. */
    links: z.array(ChangeSchema),
    /** How many more links there are that have no place in a line. */
    omitted: z.int().nonnegative(),
  }),
  /** The first line of every file but the first one. */
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('rotation'),
    /** The file with the lines before. */
    file: z.string(),
  }),
  /** Stands behind what a writer left who was killed in the middle of a line, see {@link readLink}. */
  z.strictObject({
    ...chained,
    time,
    kind: z.literal('seal'),
    bytes: z.int().positive(),
    sha256: digest,
  }),
]);

export type AuditLine = z.infer<typeof LineSchema>;
/** A link of a plan, or one that was changed. */
export type LinkChange = z.infer<typeof ChangeSchema>;
export type Taken = z.infer<typeof TakenSchema>;

type OfKind<K extends AuditLine['kind']> = Extract<AuditLine, { kind: K }>;
type Chained = keyof typeof chained;
/** A line before it has its place in the chain. */
export type Unchained = { [K in AuditLine['kind']]: Omit<OfKind<K>, Chained> }[AuditLine['kind']];

/** What is to be written before a call has an effect, or when it is refused. */
export interface DecisionEntry {
  /** The caller: the operating-system user on stdio, the authenticated principal over HTTP. */
  readonly principal: string;
  /** As the client calls itself; null before it has said so. */
  readonly client: { readonly name: string; readonly version: string } | null;
  readonly tool: string;
  readonly instance: string | null;
  readonly decision: (typeof DECISIONS)[number];
  /** The code of the refusal; null for a call that is allowed. */
  readonly code: string | null;
  /** JSON pointer to the rule that decided. */
  readonly rule: string | null;
  /** The short hash of the policy. */
  readonly policy: string;
  readonly reservations: readonly Taken[];
  readonly approval: string | null;
  /** The arguments with the tool's defaults, or as they were sent if they were refused; only their HMAC is written. */
  readonly args: unknown;
  /** Empty where the names were refused. */
  readonly modules: readonly ModuleName[];
  /** What the call is about to do, with the texts of links as they are and as they will be. */
  readonly plan: readonly LinkChange[];
}

/** A change that was interrupted, and is about to be undone. */
export interface RecoveryEntry {
  /** Of the transaction. */
  readonly id: string;
  readonly principal: string;
  /** The addons directory. */
  readonly directory: string;
  /** What the transaction was to do. */
  readonly changes: readonly LinkChange[];
}

/** What became of a call that was allowed. */
export interface OutcomeEntry {
  /** `refused`: nothing was changed. `failed`: what had been done before could not be undone, or nobody knows. */
  readonly outcome: (typeof OUTCOMES)[number];
  readonly code: string | null;
  /** What was changed. */
  readonly links: readonly LinkChange[];
  /** Milliseconds from the beginning of the call. */
  readonly durationMs: number;
}

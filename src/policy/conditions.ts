/**
 * Conditions on the arguments of a call. Pure.
 *
 * A condition is true, false or unknown: unknown if the argument is left out, or has a type that its operator cannot
 * evaluate. Unknown never helps a call: `require` needs true, while `deny_if` and `require_approval` are met by anything
 * but false.
 */
import { compilePattern } from './patterns.ts';

/** Null is unknown, as in Kleene's three-valued logic. */
export type Truth = boolean | null;

export type Scalar = string | number | boolean;

/** The operators of one argument; all of them must hold. */
export interface Operators {
  readonly eq?: Scalar | undefined;
  readonly neq?: Scalar | undefined;
  readonly in?: readonly Scalar[] | undefined;
  readonly not_in?: readonly Scalar[] | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  /** Found anywhere in the text. */
  readonly regex?: string | undefined;
  readonly contains?: string | undefined;
  /** Whether the argument is given at all. */
  readonly exists?: boolean | undefined;
}

/** A condition in the policy: operators by `args.<argument>`, `instance`, `series` or `family`; all must hold. */
export type ConditionDocument = Readonly<Record<string, Operators | undefined>>;

/** The part of a condition about one argument. */
export interface Test {
  /** `args.module`, `instance`, `series` or `family`. */
  readonly path: string;
  /** As written in the policy. */
  readonly written: Operators;
  /** Every operator but `exists`, ready to be evaluated for one element. */
  readonly operators: readonly ((value: unknown) => Truth)[];
  /** The same for an element in lower case; empty where the case of letters makes another element. */
  readonly folded: readonly ((value: unknown) => Truth)[];
}

export interface Condition {
  readonly tests: readonly Test[];
  /** JSON pointer to it in the policy. */
  readonly pointer: string;
}

/**
 * The value that a test evaluates; undefined if it is left out. A test that has only `exists` is about what the caller gave;
 * all others are about what that turned out to mean.
 */
export type ValueAt = (path: string, isPresence: boolean) => unknown;

/** A condition of a valid document, ready to be evaluated. */
export function compileCondition(document: ConditionDocument, pointer: string): Condition {
  const tests = Object.entries(document).map(([path, written = {}]): Test => {
    const { exists: _, ...others } = written;
    const compile = (map: typeof folded) =>
      Object.entries(others).flatMap(([name, operand]) =>
        operand === undefined ? [] : [OPERATORS[name as keyof typeof OPERATORS](map(operand, name) as never)],
      );
    const isFolded = REPOSITORIES.has(path);
    return {
      path,
      written,
      operators: compile((operand) => operand),
      folded: isFolded ? compile(folded) : [],
    };
  });
  return { tests, pointer };
}

/** Hosts take the names of repositories in any case: `WEB` is `web`. */
const REPOSITORIES: ReadonlySet<string> = new Set(['args.repo', 'args.repos']);

/** An operand for elements in lower case. */
function folded(operand: unknown, name: string): unknown {
  if (typeof operand === 'string') return name === 'regex' ? `(?i)${operand}` : operand.toLowerCase();
  return Array.isArray(operand) ? operand.map((one) => folded(one, name)) : operand;
}

/**
 * Evaluates a condition for a call.
 * @param over Which elements of an array must meet it: `every` one for `require`, `some` for the other lists.
 */
export function evaluateCondition(
  { tests }: Pick<Condition, 'tests'>,
  valueAt: ValueAt,
  over: 'every' | 'some',
): Truth {
  return and(tests.map((test) => evaluateTest(test, valueTested(test, valueAt), over)));
}

/** The value that a test evaluates. */
export function valueTested({ path, operators }: Test, valueAt: ValueAt): unknown {
  return valueAt(path, operators.length === 0);
}

/** Longer values are not evaluated, so that no call can keep the server busy; 500 module names have less. */
export const MOST_CHARACTERS = 65_536;

/**
 * Evaluates a test for one argument; all operators must hold for the same element. What denies or asks for approval holds for a
 * repository also if only the case of letters differs.
 */
export function evaluateTest(
  { written, operators, folded }: Test,
  value: unknown,
  over: 'every' | 'some',
): Truth {
  if (value === null) return null;
  const { exists } = written;
  const presence = exists === undefined || exists === (value !== undefined);
  if (operators.length === 0 || !presence) return presence;
  const elements = Array.isArray(value) ? value : [value];
  const characters = elements.reduce(
    (sum: number, element) => sum + (typeof element === 'string' ? element.length : 1),
    0,
  );
  // Without a value, as in an empty list, the result is unknown.
  if (value === undefined || elements.length === 0 || characters > MOST_CHARACTERS) return null;
  const truths = elements.map((element) => {
    const truth = and(operators.map((holds) => holds(element)));
    if (over === 'every' || folded.length === 0 || typeof element !== 'string') return truth;
    return or([truth, and(folded.map((holds) => holds(element.toLowerCase())))]);
  });
  return over === 'every' ? and(truths) : or(truths);
}

const OPERATORS = {
  eq: (operand: Scalar) => (value: unknown) => (isAlike(value, operand) ? value === operand : null),
  neq: (operand: Scalar) => (value: unknown) => (isAlike(value, operand) ? value !== operand : null),
  in: (operand: readonly Scalar[]) => (value: unknown) =>
    isAlike(value, operand[0]) ? operand.includes(value as Scalar) : null,
  not_in: (operand: readonly Scalar[]) => (value: unknown) =>
    isAlike(value, operand[0]) ? !operand.includes(value as Scalar) : null,
  lt: (operand: number) => (value: unknown) => (typeof value === 'number' ? value < operand : null),
  lte: (operand: number) => (value: unknown) => (typeof value === 'number' ? value <= operand : null),
  gt: (operand: number) => (value: unknown) => (typeof value === 'number' ? value > operand : null),
  gte: (operand: number) => (value: unknown) => (typeof value === 'number' ? value >= operand : null),
  regex(operand: string) {
    const compiled = compilePattern(operand);
    if (!compiled.ok) throw new Error(`not a pattern the schema lets through: ${operand}`);
    return (value: unknown) => (typeof value === 'string' ? compiled.value.isFoundIn(value) : null);
  },
  contains: (operand: string) => (value: unknown) =>
    typeof value === 'string' ? value.includes(operand) : null,
} satisfies Record<Exclude<keyof Operators, 'exists'>, (operand: never) => (value: unknown) => Truth>;

function isAlike(value: unknown, operand: Scalar | undefined): boolean {
  return typeof value === typeof operand;
}

function and(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
}

function or(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(null) ? null : false;
}

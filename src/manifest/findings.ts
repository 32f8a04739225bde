import type { Problem, ProblemCode } from './problems.ts';
import { isSince, type Series } from './series.ts';
import type { PyDict, PyValue } from './values.ts';

/**
 * What Odoo does because of a finding.
 *
 * - `hides`: Odoo swallows the error and looks at nothing else in the manifest
 * - `breaks`: the exception is not caught, and the whole module update fails
 * - `refused`: Odoo accepts it, but the module will not work as intended
 * - `surprises`: Odoo accepts it, but perhaps not as the author meant it
 */
export type Effect = 'hides' | 'breaks' | 'refused' | 'surprises';

/** What an exception comes to that Odoo does not catch, and one that it swallows; both complete a sentence. */
export const BREAKS = 'so Update Apps List fails for the whole instance';
const HIDES = 'so the module does not appear in Apps';

/** An exception while Odoo reads a manifest. */
export interface ReadError {
  /** What raises, to be completed by what Odoo does then. */
  what: string;
  /** What to do about it. */
  advice: string;
  /** The last line of the traceback, or its beginning. */
  error: string;
}

interface Lines {
  readonly keyLines: ReadonlyMap<string, number>;
}

/** A manifest under inspection: its values as Odoo has them after `dict.update`, and the problems found so far. */
export class Inspection {
  readonly series: Series;
  readonly problems: Problem[] = [];
  readonly effects = new Set<Effect>();
  /** The first problem that reading the manifest raises, and the last line of its traceback. */
  raised: { readonly problem: Problem; readonly error: string } | undefined;
  readonly #dict: PyDict;
  readonly #source: Lines;

  /** @param source Finds the lines of keys; asked only for a problem. */
  constructor(dict: PyDict, source: Lines, series: Series) {
    this.#dict = dict;
    this.#source = source;
    this.series = series;
  }

  /** The value of a key; `undefined` when the manifest does not have the key. */
  get(key: string): PyValue | undefined {
    return this.#dict.get(key);
  }

  keys(): IterableIterator<PyValue> {
    return this.#dict.keys();
  }

  since(first: Series): boolean {
    return isSince(this.series, first);
  }

  /** Reports what `literal_eval` raises. Every series swallows it. */
  refuseLiteral(error: ReadError): void {
    this.#raise('syntax_error', 'hides', error);
  }

  /**
   * Reports what raises after that, while Odoo reads the manifest. Up to 18.0 `get_module_info` (ir_module.py) swallows it.
   * 19.0 swallows only what `literal_eval` raises (`Manifest._from_path`); the rest comes out of `update_list`.
   */
  raise(code: ProblemCode, error: ReadError, key?: string): void {
    this.#raise(code, this.since('19.0') ? 'breaks' : 'hides', error, key);
  }

  #raise(code: ProblemCode, effect: 'hides' | 'breaks', { what, advice, error }: ReadError, key?: string) {
    const then = effect === 'breaks' ? BREAKS : HIDES;
    const problem = this.report(code, effect, `${what}, ${then}; ${advice}`, key);
    this.raised ??= { problem, error };
  }

  /** @param key the manifest key whose line the problem points at */
  report(code: ProblemCode, effect: Effect, message: string, key?: string): Problem {
    this.effects.add(effect);
    const line = key === undefined ? undefined : this.#source.keyLines.get(key);
    const level = effect === 'surprises' ? 'warning' : 'error';
    const problem = { code, level, message, ...(line === undefined ? {} : { line }) } as const;
    this.problems.push(problem);
    return problem;
  }
}

import type { Problem, ProblemCode } from './problems.ts';
import { isSince, type Series } from './series.ts';
import type { PyDict, PyValue } from './values.ts';

/**
 * What a finding does to the module in Odoo.
 *
 * - `raises`: reading the manifest raises; nothing after it is looked at
 * - `breaks`: storing the values raises, and with it the whole update
 * - `refused`: Odoo lets it pass, and something worse than a surprise comes of it
 * - `surprises`: Odoo lets it pass
 */
export type Effect = 'raises' | 'breaks' | 'refused' | 'surprises';

/** A manifest while it is looked at: its values as Odoo has them after `dict.update`, and what was found so far. */
export class Inspection {
  readonly series: Series;
  readonly problems: Problem[] = [];
  readonly effects = new Set<Effect>();
  readonly #dict: PyDict;
  readonly #lines: ReadonlyMap<string, number>;

  constructor(dict: PyDict, lines: ReadonlyMap<string, number>, series: Series) {
    this.#dict = dict;
    this.#lines = lines;
    this.series = series;
  }

  /** The value of a key, `undefined` when the manifest does not have it. */
  get(key: string): PyValue | undefined {
    return this.#dict.get(key);
  }

  keys(): IterableIterator<PyValue> {
    return this.#dict.keys();
  }

  since(first: Series): boolean {
    return isSince(this.series, first);
  }

  report(code: ProblemCode, effect: Effect, message: string, key?: string): void {
    this.effects.add(effect);
    const line = key === undefined ? undefined : this.#lines.get(key);
    const level = effect === 'surprises' ? 'warning' : 'error';
    this.problems.push({ code, level, message, ...(line === undefined ? {} : { line }) });
  }
}

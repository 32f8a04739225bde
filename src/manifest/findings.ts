import type { Problem, ProblemCode } from './problems.ts';
import { isSince, type Series } from './series.ts';
import type { PyDict, PyValue } from './values.ts';

/**
 * What Odoo does because of a finding.
 *
 * - `raises`: reading the manifest raises; Odoo looks at nothing else in it
 * - `breaks`: storing the values raises, and the whole module update fails
 * - `refused`: Odoo accepts it, but the module will not work as intended
 * - `surprises`: Odoo accepts it, but perhaps not as the author meant it
 */
export type Effect = 'raises' | 'breaks' | 'refused' | 'surprises';

/** A manifest under inspection: its values as Odoo has them after `dict.update`, and the problems found so far. */
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

  /** @param key the manifest key whose line the problem points at */
  report(code: ProblemCode, effect: Effect, message: string, key?: string): void {
    this.effects.add(effect);
    const line = key === undefined ? undefined : this.#lines.get(key);
    const level = effect === 'surprises' ? 'warning' : 'error';
    this.problems.push({ code, level, message, ...(line === undefined ? {} : { line }) });
  }
}

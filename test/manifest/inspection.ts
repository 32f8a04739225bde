import { expect } from 'vitest';
import { type Effect, Inspection } from '../../src/manifest/findings.ts';
import { parseLiteral } from '../../src/manifest/literal.ts';
import type { ProblemCode } from '../../src/manifest/problems.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';
import type { PyDict, PyValue } from '../../src/manifest/values.ts';

/** The value of a Python literal. */
export function readValue(text: string): PyValue {
  const parsed = parseLiteral(text);
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${text}`);
  return parsed.value;
}

/** A manifest with these entries and no others. */
export function inspectionOf(entries: string, series: Series): Inspection {
  const parsed = parseLiteral(`{${entries}}`);
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${entries}`);
  return new Inspection(parsed.value as PyDict, parsed, series);
}

/** What Odoo does with a form on all six series, or on `14.0 15.0 16.0 17.0 18.0 19.0` in turn; `ok` for nothing. */
export type EffectRow = [form: string, effects: string];

/**
 * Checks a row: the effects, the codes that go with them, and the line of the key.
 * @param codes The code a rule reports for each effect it can have.
 */
export function checkEffects(
  rule: (manifest: Inspection) => unknown,
  codes: Partial<Record<Effect, ProblemCode>>,
  [form, effects]: EffectRow,
): void {
  const words = effects.split(' ');
  const expected = SERIES.map((_, i) => words[i] ?? words[0] ?? '');
  const manifests = SERIES.map((series) => inspectionOf(`\n${form}`, series));
  for (const manifest of manifests) rule(manifest);
  expect(manifests.map((manifest) => [...manifest.effects].join('+') || 'ok')).toEqual(expected);
  manifests.forEach(({ problems }, i) => {
    const effect = expected[i] as Effect | 'ok';
    const level = effect === 'surprises' ? 'warning' : 'error';
    expect(problems).toMatchObject(effect === 'ok' ? [] : [{ code: codes[effect], level, line: 2 }]);
  });
}

import { describe, expect, it } from 'vitest';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { pyRepr } from '../../src/manifest/repr.ts';
import type { PyValue } from '../../src/manifest/values.ts';

const ENOUGH = 61;

function value(source: string): PyValue {
  const parsed = parseLiteral(source);
  if (!parsed.ok) throw new Error(source);
  return parsed.value;
}

describe('pyRepr', () => {
  it.each([
    ['a text', `'${'1'.repeat(100_000)}'`],
    ['a text of escapes', `'${'\\n'.repeat(100_000)}'`],
    ['bytes', `b'${'1'.repeat(100_000)}'`],
    ['a list', `[${"'one', ".repeat(10_000)}]`],
    ['a tuple', `(${'1, '.repeat(10_000)})`],
    ['a set', `{${Array.from({ length: 10_000 }, (_, i) => i).join()}}`],
    ['a dict', `{${Array.from({ length: 10_000 }, (_, i) => `${i}: 'x'`).join()}}`],
    ['a list of lists', `[${"['one', 'two'], ".repeat(10_000)}]`],
    ['a list of long texts', `[${`'${'1'.repeat(1000)}', `.repeat(100)}]`],
  ])('writes the beginning of %s, and no more of it than is enough', (_, source) => {
    const whole = pyRepr(value(source));
    const cut = pyRepr(value(source), ENOUGH);
    expect(whole.length).toBeGreaterThan(9_000);
    expect(cut.length).toBeLessThan(4 * ENOUGH);
    expect(cut.slice(0, ENOUGH)).toBe(whole.slice(0, ENOUGH));
  });

  it('shows letters of any script, and escapes what has no shape', () => {
    expect(pyRepr('é 中 \u{1d7ff} \u{a0}\u{200b}\u{202e}\u{2028}\ud800\x7f\t')).toBe(
      "'é 中 \u{1d7ff} \\xa0\\u200b\\u202e\\u2028\\ud800\\x7f\\x09'",
    );
  });
});

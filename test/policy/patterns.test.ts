import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/policy/patterns.ts';
import fc from '../support/property.ts';

function isFound(source: string, text: string): boolean {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.refusal);
  return compiled.value.isFoundIn(text);
}

describe('a pattern', () => {
  it.each([
    ['l10n', 'account_l10n_be', true],
    ['^l10n', 'account_l10n_be', false],
    ['be$', 'account_l10n_be', true],
    ['be$', 'account_l10n_be\n', false],
    ['^(sale|purchase)_', 'purchase_order', true],
    ['(?i)SALE', 'a_sale', true],
    ['^a.b$', 'a\nb', false],
    ['^\\w+$', 'sale_é', false],
    ['^\\p{L}+$', 'é', true],
    ['^.$', '😀', true],
  ])('%s is searched for in %j: %j', (source, text, expected) => {
    expect(isFound(source, text)).toBe(expected);
  });

  it.each([
    ['(a', 'missing closing ): `(a`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['[b-a]', 'invalid character class range: `b-a`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
    ['(ab?){900}', 'the pattern is too large; use `in` for a list of names'],
  ])('%s is refused: %s', (source, problem) => {
    expect(compilePattern(source)).toEqual({ ok: false, refusal: problem });
  });

  // A backtracking engine does not come to the end of any of these.
  it.each([
    '(a+)+$',
    '(a|aa)+$',
    '(a*)*b?!$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(.*)*(.*)*[^!]$',
    '(a?){150}a{150}$',
    '(.{0,20}){0,20}$',
  ])('%s comes to an end on a megabyte', (source) => {
    expect(isFound(source, `${'a'.repeat(2 ** 20)}!`)).toBeTypeOf('boolean');
  });

  it('finds what JavaScript finds', () => {
    const atom = fc.constantFrom('a', 'b', '_', '.', '[ab]', '[^a]', '\\w', '\\d');
    const { source } = fc.letrec<{ source: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc.tuple(tie('source'), tie('source')).map(([a, b]) => a + b),
        fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('source'), fc.constantFrom('*', '+', '?', '{2}')).map(([a, many]) => `(?:${a})${many}`),
      ),
    }));
    const anchored = fc.tuple(fc.boolean(), source, fc.boolean());
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_', '1'), maxLength: 8 });
    fc.assert(
      fc.property(anchored, text, ([start, inner, end], text) => {
        const pattern = `${start ? '^' : ''}(?:${inner})${end ? '$' : ''}`;
        expect(isFound(pattern, text)).toBe(new RegExp(pattern).test(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes any text, half characters too', () => {
    const compiled = compilePattern('^x|\\x00$');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = compiled.ok && compiled.value.isFoundIn(`${text}\ud800`);
        expect(found).toBe(text.startsWith('x'));
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { didYouMean, nearest, slipsOf } from '../../src/base/nearest.ts';
import fc from '../support/property.ts';

describe('nearest', () => {
  it('finds slips of the keyboard', () => {
    const names = ['web_responsive', 'web_notify', 'sale_order_type', 'account_financial_report'];
    expect(nearest('web_responsve', names)).toEqual(['web_responsive']);
    expect(nearest('web_notfiy', names)[0]).toBe('web_notify');
    expect(nearest('Account_Financial_Reports', names)).toEqual(['account_financial_report']);
  });

  it('finds a part of a name', () => {
    expect(nearest('responsive', ['web_responsive', 'web'])).toEqual(['web_responsive']);
  });

  it('counts a swap of neighbours as one edit', () => {
    expect(nearest('abdc', ['abcd', 'abxx'])).toEqual(['abcd']);
  });

  it('finds nothing where nothing is near', () => {
    expect(nearest('zzz', ['web_responsive'])).toEqual([]);
    expect(didYouMean('zzz', ['web_responsive'])).toBe('');
  });

  it('gives up on absurd words instead of computing on them', () => {
    expect(nearest('a'.repeat(100_000), ['a'.repeat(300)])).toEqual([]);
  });

  it('always puts the word itself first when it is among the candidates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 12 })),
        fc.string({ minLength: 1, maxLength: 12 }),
        (others, word) => {
          expect(nearest(word, [...others, word])[0]?.toLowerCase()).toBe(word.toLowerCase());
        },
      ),
    );
  });
});

describe('a slip', () => {
  const slips = (word: string, ...candidates: string[]) => {
    const near = slipsOf(word);
    for (const candidate of candidates) near.offer(candidate);
    return near.best(5);
  };

  it.each([
    ['web_responsve', ['web_responsive']],
    ['web_repsonsive', ['web_responsive']],
    ['webresponsive', ['web_responsive']],
    ['Web_Responsive', ['web_responsive']],
    ['web-responsive', ['web_responsive']],
    ['responsive', []],
    ['web_responsive_x', []],
    ['web_respnsve', []],
    ['web', []],
    // What only begins, or ends, with a name is another module.
    ['web_responsive_base', []],
    ['web_responsiveness', []],
    ['x'.repeat(300), []],
  ])('%s: %j', (word, found) => {
    expect(slips(word, 'web_responsive')).toEqual(found);
  });

  it('is not another country, or another short word', () => {
    expect(slips('l10n_br', 'l10n_fr', 'l10n_bd')).toEqual([]);
    expect(slips('sale_x', 'sale', 'sale_y')).toEqual([]);
    expect(slips('hr', 'hw')).toEqual([]);
  });

  it('in case or separators comes alone', () => {
    expect(slips('Sale', 'sales', 'sale', 'sage')).toEqual(['sale']);
  });
});

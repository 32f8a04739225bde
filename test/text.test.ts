import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, quoted } from '../src/text.ts';

describe('oneLine', () => {
  it('shows what would start a line, move the cursor or turn the text around', () => {
    expect(oneLine('a\nb\u001b[2J\u2028c\u202ed')).toBe('a\\u{a}b\\u{1b}[2J\\u{2028}c\\u{202e}d');
    expect(oneLine('Ünïcödé: 商品 ✓')).toBe('Ünïcödé: 商品 ✓');
  });
});

describe('quoted', () => {
  it('leaves plain words as they are', () => {
    for (const word of ['17.0.1.0.0', 'requests>=2.0', 'OCA/web', '17.0-fix_x'])
      expect(quoted(word)).toBe(word);
  });

  it('never lets anything out that takes a second line or goes on for ever', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const character of ['\n', '\r', '\u2028', '\u2029', '\u001b']) {
          expect(quoted(text)).not.toContain(character);
        }
        expect(quoted(text).length).toBeLessThan(900);
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { lookupUnicodeName } from '../../src/manifest/unicode-names.ts';

it.each([
  ['a name in any case', 'degree Sign', 0xb0],
  ['an alias', 'LF', 10],
  ['an alias that corrects a name', 'PRESENTATION FORM FOR VERTICAL RIGHT WHITE LENTICULAR BRACKET', 0xfe18],
  ['the last name', 'VARIATION SELECTOR-256', 0xe01ef],
  ['a name with its own code in it', 'CJK COMPATIBILITY IDEOGRAPH-F900', 0xf900],
  ['an ideograph', 'CJK UNIFIED IDEOGRAPH-4E2D', 0x4e2d],
  ['an ideograph of five digits', 'CJK UNIFIED IDEOGRAPH-20000', 0x20000],
  ['an ideograph with a zero in front, which CPython takes', 'CJK UNIFIED IDEOGRAPH-04E2D', 0x4e2d],
  ['a computed name in small letters', 'cjk unified ideograph-4E2D', undefined],
  ['digits in small letters', 'CJK UNIFIED IDEOGRAPH-4e2d', undefined],
  ['too many digits', 'CJK UNIFIED IDEOGRAPH-004E2D', undefined],
  ['too few digits', 'CJK UNIFIED IDEOGRAPH-4E2', undefined],
  ['what is no ideograph', 'CJK UNIFIED IDEOGRAPH-0041', undefined],
  ['the one after the last ideograph of a run', 'CJK UNIFIED IDEOGRAPH-A000', undefined],
  ['a syllable', 'HANGUL SYLLABLE GGAEGG', 0xae6a],
  ['a syllable in small letters', 'hangul syllable ggaegg', undefined],
  ['a syllable with no vowel', 'HANGUL SYLLABLE GG', undefined],
  ['a syllable with an end there is not', 'HANGUL SYLLABLE GAX', undefined],
  ['a sequence', 'KEYCAP DIGIT ONE', undefined],
  ['letters that only fold to ASCII', 'ſPACE', undefined],
  ['an unknown name', 'NO SUCH', undefined],
  ['nothing', '', undefined],
  ['what every object has', 'constructor', undefined],
])('%s: %s', (_, name, code) => {
  expect(lookupUnicodeName(name)).toBe(code);
});

it('gives every Hangul syllable one name', () => {
  const parts = [
    'G GG N D DD R M B BB S SS  J JJ C K T P H'.split(' '),
    'A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I'.split(' '),
    ' G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H'.split(' '),
  ] as const;
  const names = parts[0].flatMap((l) => parts[1].flatMap((v) => parts[2].map((t) => l + v + t)));
  expect(names.map((name) => lookupUnicodeName(`HANGUL SYLLABLE ${name}`))).toEqual(
    names.map((_, i) => 0xac00 + i),
  );
});

import { describe, expect, it } from 'vitest';
import { explainName, isNameOfSet, visible } from '../../src/manifest/names.ts';

it.each([
  ['set', true],
  // Python compares names in NFKC form.
  ['ｓｅｔ', true],
  ['𝐬𝐞𝐭', true],
  ['Set', false],
  ['sett', false],
  ['se', false],
  ['se\u0301t', false],
  ['ⓢet', false],
  ['', false],
])('isNameOfSet(%j): %s', (name, expected) => {
  expect(isNameOfSet(name)).toBe(expected);
});

describe('explainName', () => {
  it.each([
    ['true', 'True'],
    ['TRUE', 'True'],
    ['false', 'False'],
    ['null', 'None'],
    ['none', 'None'],
    ['undefined', 'None'],
  ])('names the constant that %s was meant for: %s', (name, constant) => {
    expect(explainName(name)).toContain(`\`${name}\``);
    expect(explainName(name)).toMatch(new RegExp(`\\b${constant}$`));
  });

  it('tells a name from letters that Python cannot read, and from a byte-order mark', () => {
    const kinds = ['_', 'été', '€', 'a·', '\ufeff_'].map(explainName);
    const [name, accents, sign, middleDot, mark] = kinds;
    const pattern = (text: string | undefined) => text?.replace(/`[^`]*`/, '``');
    expect(pattern(accents)).toBe(pattern(name));
    // The middle dot may stand in a name, not at its beginning.
    expect(pattern(middleDot)).toBe(pattern(name));
    expect(pattern(sign)).not.toBe(pattern(name));
    expect(mark).toMatch(/byte-order mark/);
    expect(new Set(kinds.map(pattern)).size).toBe(3);
  });

  it('shows 40 characters of a longer name, and takes it for a name', () => {
    const long = explainName('x'.repeat(41));
    expect(long).toContain(`\`${'x'.repeat(40)}…\``);
    expect(explainName('x'.repeat(40))).toContain(`\`${'x'.repeat(40)}\``);
    expect(explainName('€'.repeat(41)).replaceAll('€', 'x')).toBe(long);
  });
});

it('visible shows control, format and white-space characters as code points', () => {
  expect(visible('a\0\u202e\u00a0\u2028\u{e0041} é中')).toBe('aU+0000U+202EU+00A0U+2028U+E0041U+0020é中');
});

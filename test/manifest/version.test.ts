import { describe, expect, it } from 'vitest';
import { SERIES } from '../../src/manifest/series.ts';
import { PyFloat, PySurrogateText, type PyValue } from '../../src/manifest/values.ts';
import { adaptVersion, foreignSeries } from '../../src/manifest/version.ts';

const OUTCOMES = { ok: 'ok', foreign: 'foreign', raises: 'raises', installable: 'raises_if_installable' };

describe('adaptVersion', () => {
  /** `S` stands for the series; the outcomes are those of all series, or of each in turn. */
  const rows: [rule: string, raw: PyValue, outcomes: string][] = [
    ['the series in front', 'S.1.2.3', 'ok'],
    ['no series, two numbers', '1.2', 'ok'],
    ['no series, three numbers', '1.2.3', 'ok'],
    ['leading zeros', '01.02', 'ok'],
    ['one number', '1', 'ok ok ok installable installable installable'],
    ['the series alone, which only 19.0 takes for a prefix', 'S', 'ok ok ok ok ok foreign'],
    ['the series and one number', 'S.1', 'ok ok ok installable installable ok'],
    ['text that only begins like the series', 'S1', 'ok ok ok ok ok foreign'],
    ['four numbers without the series', '1.2.3.4', 'ok ok ok installable installable foreign'],
    ['five numbers of another series', '13.0.1.0.0', 'ok ok ok installable installable foreign'],
    ['six numbers', 'S.1.2.3.4', 'ok ok ok installable installable installable'],
    ['letters', 'S.1.0.0-beta', 'ok ok ok installable installable installable'],
    ['no text', '', 'ok ok ok installable installable installable'],
    ['a missing number', '1.', 'ok ok ok installable installable installable'],
    ["int()'s sign", '+1.0', 'ok ok ok installable installable ok'],
    ["int()'s underscore", '1_0.0', 'ok ok ok installable installable ok'],
    ["int()'s digits of other scripts", '٣.0', 'ok ok ok installable installable ok'],
    ["the line break before Python's `$`", '1.0\n', 'ok'],
    ["two line breaks, which are int()'s white space", '1.0\n\n', 'ok ok ok installable installable ok'],
    ["a space, which is int()'s, too", ' 1.0', 'ok ok ok installable installable ok'],
    ['a space before the series', ' S.1.0.0', 'ok ok ok installable installable foreign'],
    ['spaces around a dot after the series', 'S .1.0.0', 'ok ok ok installable installable foreign'],
    [
      'a text of half characters',
      new PySurrogateText('\ud83d\ude00', [1]),
      'ok ok ok installable installable installable',
    ],
    [
      'a float has no startswith; 19.0 takes its str()',
      new PyFloat(1),
      'raises raises raises raises raises ok',
    ],
    ['an int', 1, 'raises raises raises raises raises installable'],
    ['None', null, 'raises raises raises raises raises installable'],
    ['a list', ['1.0'], 'raises raises raises raises raises installable'],
  ];
  it.each(rows)('%s: %j', (_, raw, outcomes) => {
    const words = outcomes.split(' ') as (keyof typeof OUTCOMES)[];
    const found = SERIES.map((series) => {
      return adaptVersion(typeof raw === 'string' ? raw.replace('S', series) : raw, series).outcome;
    });
    expect(found).toEqual(SERIES.map((_, i) => OUTCOMES[words[i] ?? (words[0] as 'ok')]));
  });

  it.each([
    ['S.1.2.3', 'S.1.2.3', 'S.1.2.3'],
    ['1.2', 'S.1.2', 'S.1.2'],
    ['13.0', 'S.13.0', 'S.13.0'],
    ['S', 'S.S', 'S'],
    ['1.2.3.4', 'S.1.2.3.4', '1.2.3.4'],
  ])('makes %j %j, and %j from 19.0 on', (written, first, later) => {
    for (const series of SERIES) {
      const { outcome, version } = adaptVersion(written.replace('S', series), series);
      const expected = series === '19.0' ? later : first;
      // A version that is refused stays as it was written.
      expect(version).toBe(outcome === 'raises_if_installable' ? written : expected.replaceAll('S', series));
    }
  });

  it('shows what is no text as Python writes it', () => {
    expect(adaptVersion(new PyFloat(1), '16.0').version).toBe('16.0.1.0');
    expect(adaptVersion(new PyFloat(1), '19.0').version).toBe('19.0.1.0');
    expect(adaptVersion(null, '19.0').version).toBe('None');
  });
});

describe('foreignSeries', () => {
  it.each([
    ['16.0.1.0.0', '17.0', '16.0'],
    ['16.0.1.0.0', '14.0', '16.0'],
    ['16.0.1.0.0\n', '17.0', '16.0'],
    ['7.0.1.0.0', '18.0', '7.0'],
    ['6.1.1.0.0', '18.0', '6.1'],
    ['20.0.1.0.0', '19.0', '20.0'],
    ['17.0.1.0.0', '17.0', null],
    ['16.0.1.0', '17.0', null],
    ['16.0.1.0.0.0', '17.0', null],
    ['16.0.1.0.x', '17.0', null],
    ['1.2.3.4.5', '17.0', null],
    ['6.2.1.0.0', '17.0', null],
    ['5.0.1.0.0', '17.0', null],
    ['16.1.1.0.0', '17.0', null],
    ['100.0.1.0.0', '17.0', null],
    [new PyFloat(16), '17.0', null],
    [undefined, '17.0', null],
  ] as const)('%j on %s: %s', (raw, series, expected) => {
    expect(foreignSeries(raw, series)).toBe(expected);
  });
});

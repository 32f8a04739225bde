import { describe, expect, it } from 'vitest';
import { expandVariables, LONGEST_TEXT, replaceBounded, variableOf } from '../../src/config/variables.ts';

describe('replaceBounded', () => {
  it.each([
    ['aXbXc', 'a-b-c'],
    ['XX', '--'],
    ['abc', 'abc'],
    ['', ''],
  ])('%j: %j', (text, replaced) => {
    expect(replaceBounded(text, /X/g, () => '-')).toBe(replaced);
  });

  it('hands on what matched, and takes what comes back as it is', () => {
    expect(replaceBounded('a1b22', /(\d)\d?/g, ([all, first]) => `<${all}|${first}|$1>`)).toBe(
      'a<1|1|$1>b<22|2|$1>',
    );
  });

  it('ends where the text gets too long, before it is', () => {
    const long = 'y'.repeat(LONGEST_TEXT);
    expect(replaceBounded('X', /X/g, () => long)).toBe(long);
    expect(replaceBounded('Xa', /X/g, () => long)).toBeNull();
    expect(replaceBounded('aX', /X/g, () => long)).toBeNull();
    expect(replaceBounded(long, /X/g, () => '')).toBe(long);
    expect(replaceBounded(`${long}y`, /X/g, () => '')).toBeNull();
    let asked = 0;
    const ask = () => {
      asked++;
      return 'y'.repeat(1000);
    };
    expect(replaceBounded('X'.repeat(100_000), /X/g, ask)).toBeNull();
    expect(asked).toBe(5);
  });
});

it('a variable is one that is set, not what every object has', () => {
  const env = { A: 'a', EMPTY: '' };
  expect(['A', 'EMPTY', 'B', 'toString', '__proto__'].map((name) => variableOf(env, name))).toEqual([
    'a',
    '',
    undefined,
    undefined,
    undefined,
  ]);
});

describe('expandVariables', () => {
  /** Written with `%`: the linter takes the other way for a template string with the wrong quotes. */
  const written = (text: string) => text.replaceAll('%', '$');
  const env = { A: 'a', B: written('%{A}'), EMPTY: '' };
  it.each<[text: string, expanded: string, unset: string[]]>([
    ['x/%{A}/y', 'x/a/y', []],
    ['%{A}%{A}', 'aa', []],
    ['%{B}', '%{A}', []],
    ['%{NONE}/%{EMPTY}/%{NONE}', '//', ['NONE', 'EMPTY']],
    ['%A %{} %{A', '%A %{} %{A', []],
    ['%{%{A}}', '%{a}', []],
    ['%{toString}', '', ['toString']],
  ])('%s: %s', (text, expanded, unset) => {
    expect(expandVariables(written(text), env)).toEqual({ text: written(expanded), unset });
  });

  it('is null where it gets too long', () => {
    expect(expandVariables(written('%{A}%{A}'), { A: 'y'.repeat(3000) })).toEqual({ text: null, unset: [] });
  });
});

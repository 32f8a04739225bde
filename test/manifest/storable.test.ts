import { describe, expect, it } from 'vitest';
import { isComparable, isInsertable, isUnstorableText, unstorable } from '../../src/manifest/storable.ts';
import { readValue } from './inspection.ts';

const PLAIN = { isJson: false, takesLatin1: false };

describe('a Char or Text field', () => {
  it.each([
    ["'a'", 'ok', 'ok'],
    ["'a\\0'", 'NUL', 'NUL'],
    ["'\\ud83d'", 'half', 'half'],
    ["'\\ud83d\\ude00'", 'half', 'ok'],
    ["'\\ud83d\\ude00\\0'", 'half', 'NUL'],
    ["'\\ud83d\\ude00\\ud83d'", 'half', 'half'],
    ["b'a\\x00'", 'NUL', 'NUL'],
    ["b'\\xe9'", 'not UTF-8', 'not UTF-8'],
    ["['a\\0', '\\ud83d']", 'ok', 'ok'],
    [`{(1, {0x1${'0'.repeat(4000)}})}`.replace('{0x', '(0x').replace('})}', '))}'), 'digits', 'digits'],
    [`{'a': [0x1${'0'.repeat(4000)}]}`, 'digits', 'digits'],
    ['None', 'ok', 'ok'],
  ])('takes %s: %s, and as JSON: %s', (text, plain, json) => {
    const said = (isJson: boolean) => unstorable(readValue(text), { ...PLAIN, isJson }) ?? 'ok';
    expect(said(false)).toContain(plain);
    expect(said(true)).toContain(json);
  });

  it('takes other bytes as Latin-1 where Odoo falls back to it, but no NUL', () => {
    const said = (text: string) => unstorable(readValue(text), { ...PLAIN, takesLatin1: true });
    expect([said("b'\\xe9'"), said("b'\\xe9\\x00'") === null]).toEqual([null, false]);
  });
});

/** As psycopg2 2.9 and PostgreSQL 15 answered `INSERT` and `name = any(…)`. */
describe('the name of a dependency', () => {
  it.each([
    ["'a'", true, true],
    ['None', true, true],
    ["('a',)", true, true],
    ["(('a',),)", true, true],
    ['(None,)', true, true],
    ["b'a\\x00'", true, false],
    ['1', true, false],
    ['0x10000000000000000', true, false],
    ['1.5', true, false],
    ['1e999', true, false],
    ['True', true, false],
    ["('a', 'b')", true, false],
    ['(1,)', true, false],
    ['()', false, false],
    ["('a', ())", false, false],
    [`0x1${'0'.repeat(4000)}`, false, false],
    ['1j', false, false],
    ['...', false, false],
    ["'a\\0'", false, true],
    ["'\\ud83d\\ude00'", false, false],
  ])('may be %s: %s; and among those that auto_install names: %s', (text, insertable, comparable) => {
    const value = readValue(text);
    expect([isInsertable(value), isComparable(value)]).toEqual([insertable, comparable]);
  });
});

it('isUnstorableText finds a NUL and half a character', () => {
  expect(['a', '😀', '\0', '\ud83d', '\ude00\ud83d'].map(isUnstorableText)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

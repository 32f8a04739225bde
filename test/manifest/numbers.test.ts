import { describe, expect, it } from 'vitest';
import { addComplex, readNumber, signNumber } from '../../src/manifest/numbers.ts';
import { LiteralError, Scanner } from '../../src/manifest/scanner.ts';
import { PyComplex, PyFloat, type PyValue } from '../../src/manifest/values.ts';

function read(text: string): { value: PyValue; rest: string } {
  const scanner = new Scanner(text, 0);
  const value = readNumber(scanner);
  return { value, rest: text.slice(scanner.pos) };
}

const imaginary = (imag: number) => new PyComplex(0, imag);

describe('readNumber', () => {
  it.each<[text: string, value: PyValue, rest?: string]>([
    ['0', 0],
    ['7,', 7, ','],
    ['123 ', 123, ' '],
    ['1_000_0', 10_000],
    ['00_0', 0],
    ['0'.repeat(5000), 0],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740992', 2 ** 53],
    ['9007199254740993', 2n ** 53n + 1n],
    ['9'.repeat(4300), 10n ** 4300n - 1n],
    ['0x1F', 31],
    ['0X_f_F', 255],
    ['0o17', 15],
    ['0O_7', 7],
    ['0b101', 5],
    ['0B1_1', 3],
    ['0x20000000000001', 2n ** 53n + 1n],
    ['0x0777', 0x777],
    ['1.', new PyFloat(1)],
    ['1..', new PyFloat(1), '.'],
    ['.5', new PyFloat(0.5)],
    ['1.5e3', new PyFloat(1500)],
    ['1.e1', new PyFloat(10)],
    ['1E+2', new PyFloat(100)],
    ['1e-2', new PyFloat(0.01)],
    ['1_0.0_1e0_1', new PyFloat(100.1)],
    ['09.5', new PyFloat(9.5)],
    ['09e0', new PyFloat(9)],
    ['1e999', new PyFloat(Number.POSITIVE_INFINITY)],
    [`${'9'.repeat(4301)}.`, new PyFloat(Number.POSITIVE_INFINITY)],
    ['1j', imaginary(1)],
    ['.5J', imaginary(0.5)],
    ['1e1j', imaginary(10)],
    ['09j', imaginary(9)],
    ['1-2', 1, '-2'],
    ['1:', 1, ':'],
  ])('%.20s', (text, value, rest = '') => {
    expect(read(text)).toEqual({ value, rest });
  });

  it.each([
    ['a zero in front', '0777'],
    ['a zero and an underscore in front', '0_1'],
    ['an underscore at the end', '1_'],
    ['two underscores', '1__0'],
    ['an underscore before the point', '1_.0'],
    ['an underscore after the point', '1._0'],
    ['an underscore in the exponent', '1e1_'],
    ['no exponent', '1e'],
    ['no exponent after its sign', '1e+'],
    ['no hexadecimal digits', '0x'],
    ['a wrong hexadecimal digit', '0xg'],
    ['a wrong octal digit', '0o8'],
    ['a wrong octal digit behind a right one', '0o18'],
    ['a wrong binary digit', '0b2'],
    ['a wrong binary digit behind a right one', '0b12'],
    ['two underscores in hexadecimal', '0x1__2'],
    ['an underscore at the end of hexadecimal', '0x1_'],
    ['4301 digits', '9'.repeat(4301)],
    ['letters behind an int', '1if'],
    ['letters behind a float', '1.5a'],
    ['letters behind an imaginary number', '1jx'],
    ['letters behind a hexadecimal number', '0x1g'],
    ['other letters', '1é'],
  ])('refuses %s', (_, text) => {
    const scanner = new Scanner(`  ${text}`, 2);
    expect(() => readNumber(scanner)).toThrow(LiteralError);
    try {
      readNumber(new Scanner(`  ${text}`, 2));
    } catch (error) {
      expect(error).toHaveProperty('offset', 2);
    }
  });
});

it('a sign leaves an int zero without one, as Python does', () => {
  const signed = [0, 5, 2n ** 64n, new PyFloat(0), new PyFloat(1.5), new PyComplex(0, 1)];
  expect(signed.map((value) => signNumber(value, true))).toEqual([
    0,
    -5,
    -(2n ** 64n),
    new PyFloat(-0),
    new PyFloat(-1.5),
    new PyComplex(-0, -1),
  ]);
  expect(signed.map((value) => signNumber(value, false))).toEqual(signed);
});

describe('addComplex', () => {
  it.each<[number | bigint | PyFloat, number, boolean, PyComplex | undefined]>([
    [1, 2, false, new PyComplex(1, 2)],
    [1, 2, true, new PyComplex(1, -2)],
    [new PyFloat(1.5), 2, false, new PyComplex(1.5, 2)],
    [2n ** 64n, 1, false, new PyComplex(2 ** 64, 1)],
    // The sums of zeros keep the signs that complexobject.c gives them.
    [new PyFloat(-0), 0, false, new PyComplex(0, 0)],
    [new PyFloat(-0), 0, true, new PyComplex(-0, 0)],
    [1, 0, true, new PyComplex(1, 0)],
    [10n ** 400n, 1, false, undefined],
    [new PyFloat(Number.POSITIVE_INFINITY), 1, false, new PyComplex(Number.POSITIVE_INFINITY, 1)],
  ])('%s and %dj, subtracted: %s', (left, imag, subtract, sum) => {
    expect(addComplex(left, imaginary(imag), subtract)).toEqual(sum);
  });
});

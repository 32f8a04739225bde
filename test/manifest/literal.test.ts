import { describe, expect, it } from 'vitest';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { pyRepr, toJson } from '../../src/manifest/repr.ts';
import {
  ELLIPSIS,
  PyDict,
  PyFloat,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
} from '../../src/manifest/values.ts';
import fc from '../support/property.ts';

function read(text: string): PyValue {
  const parsed = parseLiteral(text);
  if (!parsed.ok) throw new Error(`${parsed.error.line}:${parsed.error.column}: ${parsed.error.message}`);
  return parsed.value;
}

function refusal(text: string): { message: string; line: number; column: number } {
  const parsed = parseLiteral(text);
  if (parsed.ok) throw new Error(`accepted as ${pyRepr(parsed.value)}`);
  return parsed.error;
}

function readDict(text: string): PyDict {
  const value = read(text);
  if (!(value instanceof PyDict)) throw new Error('not a dict');
  return value;
}

describe('values', () => {
  it('keeps apart what JavaScript would confuse', () => {
    expect(pyRepr(read('[1, 1.0, True, (1,), b"a", "a", {1}, set(), ..., 1j, None]'))).toBe(
      "[1, 1.0, True, (1,), b'a', 'a', {1}, set(), Ellipsis, (0+1j), None]",
    );
    expect(read('1')).toBe(1);
    expect(read('1.0')).toEqual(new PyFloat(1));
    expect(read('...')).toBe(ELLIPSIS);
    expect(read('()')).toEqual(new PyTuple([]));
  });

  it('holds an int as a number up to 2^53, and as a bigint beyond', () => {
    expect(read('9007199254740992')).toBe(2 ** 53);
    expect(read('-9007199254740992')).toBe(-(2 ** 53));
    expect(read('9007199254740993')).toBe(9007199254740993n);
    expect(read('-0')).toBe(0);
    expect(Object.is(read('-0'), -0)).toBe(false);
  });

  it('compares keys as Python does, keeps the first key and the last value', () => {
    expect(pyRepr(read("{1: 'a', 1.0: 'b', True: 'c', (1+0j): 'd'}"))).toBe("{1: 'd'}");
    expect(pyRepr(read('{True: 1, 1: 2}'))).toBe('{True: 2}');
    expect(pyRepr(read('{0.0: 1, -0.0: 2, False: 3}'))).toBe('{0.0: 3}');
    expect(pyRepr(read("{(1, 'a'): 1, (1.0, 'a'): 2, (1, b'a'): 3}"))).toBe("{(1, 'a'): 2, (1, b'a'): 3}");
    expect(pyRepr(read("{'1': 'text', 1: 'int', '': 0, '\\0n1': 3}"))).toBe(
      "{'1': 'text', 1: 'int', '': 0, '\\x00n1': 3}",
    );
    expect(
      pyRepr(read('{1e300: 1, 0x10: 2, 16.0: 3, 18446744073709551616: 4, 1.8446744073709552e19: 5}')),
    ).toBe('{1e+300: 1, 16: 3, 18446744073709551616: 5}');
  });

  it.each([
    ['names in a list', `{'depends': [${"'a',".repeat(1001)}]}`],
    ['numbers', `[${'1,'.repeat(1001)}]`],
    ['bytes', `[${"b'',".repeat(1001)}]`],
    ['dicts', `[${'{},'.repeat(1001)}]`],
    ['keys', `{${Array.from({ length: 1001 }, (_, at) => `'${at}':1,`).join('')}}`],
    ['texts side by side', `[${"'a' ".repeat(1001)}]`],
    ['escapes', `'${'\\n'.repeat(4100)}'`],
  ])('does not read a text of more %s than it is told to', (_, text) => {
    expect(parseLiteral(text, 1000)).toMatchObject({ ok: false, isTooLong: true });
    expect(parseLiteral(text, 10_000).ok).toBe(true);
    expect(parseLiteral(text).ok).toBe(true);
  });

  it('holds two surrogates from escapes as two code points, unlike the character they resemble', () => {
    expect(read("'\\ud83d\\ude00'")).toEqual(new PySurrogateText('😀', [1]));
    expect(read("'\\ud83d' '\\ude00'")).toEqual(new PySurrogateText('😀', [1]));
    expect(read("'\\U0001f600'")).toBe('😀');
    expect(read("'\\ud83d'")).toBe('\ud83d');
    const dict = readDict("{'\\ud83d\\ude00': 1, '😀': 2}");
    expect([dict.size, dict.get('😀')]).toEqual([2, 2]);
    expect(read("'😀\\ud83d\\ude00😀'")).toEqual(new PySurrogateText('😀😀😀', [3]));
  });
});

describe('JSON', () => {
  it('encodes what JSON has no word for', () => {
    const text = "{'a': (1, [2.5]), 'b': {1}, 'c': b'\\xff', 'd': 2**0}".replace(
      '2**0',
      '-18446744073709551616',
    );
    expect(toJson(read(text))).toEqual({
      a: [1, [2.5]],
      b: { $set: [1] },
      c: { $bytes: '/w==' },
      d: { $int: '-18446744073709551616' },
    });
    expect(toJson(read('[1e999, -1e999, 1+2j, ...]'))).toEqual([
      { $repr: 'inf' },
      { $repr: '-inf' },
      { $repr: '(1+2j)' },
      { $repr: 'Ellipsis' },
    ]);
    expect(toJson(read("{1: 'x', 'y': None}"))).toEqual({
      $dict: [
        [1, 'x'],
        ['y', null],
      ],
    });
  });

  it('does not take a key for a prototype', () => {
    expect(JSON.stringify(toJson(read("{'__proto__': {'x': 1}, 'a': True}")))).toBe(
      '{"__proto__":{"x":1},"a":true}',
    );
  });
});

describe('lines', () => {
  it('tells the line of each key of the outermost dict, of a repeated key the last one', () => {
    const text = "# one\n(\n{'a': 1, 'b': '''x\ny''',\n 'c': {'inner': 1},\r\n'a': 2,\r 3: 4, 'd'\\\n  : 5})";
    const parsed = parseLiteral(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    expect(Object.fromEntries(parsed.keyLines)).toEqual({ a: 6, b: 3, c: 5, d: 7 });
  });

  it('knows no keys of a value that is not a dict', () => {
    const parsed = parseLiteral("[{'a': 1}]");
    expect(parsed.ok && parsed.keyLines.size).toBe(0);
  });

  it('points at the place of an error, in characters', () => {
    expect(refusal("{\n  'é😀': foo,\n}")).toMatchObject({ line: 2, column: 9 });
    expect(refusal("{\r\n'a': 1,\r\n'b'; 2}")).toMatchObject({ line: 3, column: 4 });
    expect(refusal(' \t{')).toMatchObject({ line: 1, column: 3 });
  });
});

describe('what is refused', () => {
  const explained: [text: string, words: RegExp][] = [
    ['', /no value/],
    ['# only a comment\n', /no value/],
    ["f'{1}'", /f-string/],
    ["'a' + 'b'", /added/],
    ['1 + 2', /computes nothing/],
    ["{'a': _('text')}", /`_` is a name/],
    ["{'a': true}", /`true` is a name.*True/],
    ["{'a': null}", /`null` is a name.*None/],
    ["name = {'a': 1}", /`name` is a name/],
    ["'''doc'''\n{'a': 1}", /text after the value/],
    ["{'a': 1", /never closed/],
    ["{'a': [1, 2}", /unexpected `}` where a comma should be/],
    ["{'a' 1}", /`:`/],
    ["{'a': 1 'b': 2}", /where a comma should be/],
    ["{'a': 'it's'}", /where a comma should be/],
    ["{'a': 'x\n'}", /not closed before the end of its line/],
    ["{'a': '''x}", /never closed by '''/],
    ['{[1]: 2}', /cannot be a key/],
    ['{{}}', /cannot be an element/],
    ['{1: 2, **x}', /where a value should be/],
    ['0777', /write octal as 0o/],
    ['1_', /underscore/],
    ['0x', /hexadecimal/],
    ['1if', /runs into the letters/],
    ['1e', /after the `e`/],
    ["b'é'", /ASCII/],
    ["b'a' 'b'", /side by side/],
    ["'\\x4'", /2 hexadecimal digits/],
    ["'\\N{no such}'", /names no character/],
    ["'\\U00110000'", /above the last Unicode character/],
    ['set(1)', /set\(\) may not take arguments/],
    ['set', /only the empty call/],
    ['-"a"', /sign/],
    ['\ufeff{}', /byte-order mark/],
    ["{'a': 1}\0", /NUL/],
    ["'\ud800'", /half of a character/],
    ['\n  {}', /indented/],
    ['{}\n  ', /only spaces/],
    ['1 \\ \n', /backslash/],
    ['{}\\\n', /ends after a line-continuation/],
    ['{}\u00a0', /unexpected/],
    ['1,,', /where a value should be/],
    ['..', /dot/],
    ['$', /unexpected `\$`/],
    ['\x1b[31m', /unexpected `U\+001B`/],
    ['{\u202e}', /cannot read `U\+202E`/],
    ['{1,\n2 3}', /unexpected `3` where a comma should be/],
    ['{1 2}', /`:`/],
  ];
  it.each(explained)('%j is explained in words', (text, words) => {
    expect(refusal(text).message).toMatch(words);
  });
});

describe('hostile input', () => {
  const MEGABYTE = 1 << 20;
  const refused: [what: string, text: string, words: RegExp][] = [
    ['a megabyte of digits', '9'.repeat(MEGABYTE), /4300 digits/],
    ['digits with underscores', '1_0'.repeat(MEGABYTE), /4300 digits/],
    ['open brackets', '['.repeat(MEGABYTE), /nested/],
    ['open parentheses with commas', '(1,'.repeat(MEGABYTE), /nested/],
    ['open braces', '{1:'.repeat(MEGABYTE), /nested/],
    ['minus signs', '-'.repeat(MEGABYTE), /sign|value/],
    ['backslashes in an open string', `'${'\\'.repeat(MEGABYTE)}`, /not closed/],
    ['backslashes before line ends', '\\\n'.repeat(MEGABYTE), /ends after/],
    ['an unterminated string', `{'a': '${'x'.repeat(MEGABYTE)}`, /not closed/],
    ['an unterminated long string', `"""${'""\\"'.repeat(MEGABYTE)}`, /never closed/],
    ['many unterminated quotes', `'''${"''\\'".repeat(MEGABYTE)}`, /never closed/],
    ['empty strings and a name', `${"'' ".repeat(MEGABYTE)}x`, /after the value/],
    ['line ends and then nothing', '\n'.repeat(MEGABYTE), /no value/],
    ['an open name escape', `'${'\\N{'.repeat(MEGABYTE)}'`, /character name/],
    ['entries without an end', `{${'"a": "b",'.repeat(MEGABYTE)}`, /never closed/],
    ['list elements without an end', `{"a": [${'"a",'.repeat(MEGABYTE)}`, /never closed/],
    [
      'list elements far apart',
      `{"a": [${`"a"${' '.repeat(1000)},${'\n'.repeat(1000)}`.repeat(500)}`,
      /never/,
    ],
    ['lists without an end', `{${'"a": ["a", "b" '.repeat(MEGABYTE)}`, /comma/],
    ['quotes', `{"a": [${'"'.repeat(MEGABYTE)}`, /never closed|not closed/],
    ['quotes for a key', `{${'"'.repeat(MEGABYTE)}`, /never closed|not closed/],
    ['spaces after a key', `{"a"${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces after a colon', `{"a":${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces after a value', `{"a": "b"${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces after an entry', `{"a": "b",${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces in an empty list', `{"a": [${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces after an element', `{"a": ["b"${' '.repeat(MEGABYTE)}`, /never closed/],
    ['spaces after a comma in a list', `{"a": ["b",${' '.repeat(MEGABYTE)}`, /never closed/],
    ['comment lines and then nothing', '# a\n'.repeat(MEGABYTE), /no value/],
    ['a long name', 'x'.repeat(MEGABYTE), /is a name/],
    ['a long name in other letters', 'ｓ'.repeat(MEGABYTE), /is a name/],
    ['NULs', '\0'.repeat(MEGABYTE), /NUL/],
    ['lone surrogates', `'${'\ud800'.repeat(MEGABYTE)}'`, /half of a character/],
    ['an int too large for a complex number', `0x${'f'.repeat(MEGABYTE)}+1j`, /too large/],
  ];
  it.each(refused)('%s: a clear and short error', (_what, text, words) => {
    const { message } = refusal(text);
    expect(message).toMatch(words);
    expect(message.length).toBeLessThan(200);
  });

  it('reads a megabyte of hexadecimal digits, which Python allows', () => {
    const value = read(`-0x${'f'.repeat(MEGABYTE)}`);
    expect(value).toBe(-((1n << BigInt(4 * MEGABYTE)) - 1n));
    expect(pyRepr(value).length).toBe(MEGABYTE + 3);
    expect(read(`0o${'7'.repeat(MEGABYTE)}`)).toBe((1n << BigInt(3 * MEGABYTE)) - 1n);
    expect(read(`0b${'1_'.repeat(MEGABYTE)}1`)).toBe((1n << BigInt(MEGABYTE + 1)) - 1n);
  });

  it('reads a megabyte of zeros as zero, and as a float', () => {
    expect(read('0'.repeat(MEGABYTE))).toBe(0);
    expect(read(`${'0'.repeat(MEGABYTE)}1.5`)).toEqual(new PyFloat(1.5));
    expect(read(`0.${'0'.repeat(MEGABYTE)}1e${MEGABYTE}`)).toEqual(new PyFloat(0.1));
    expect(read(`1e${'9'.repeat(MEGABYTE)}`)).toEqual(new PyFloat(Number.POSITIVE_INFINITY));
  });

  it('reads a hundred thousand keys, elements, strings and escapes', () => {
    const count = 100_000;
    const keys = Array.from({ length: count }, (_, i) => `'key${i}': ${i}`);
    expect(readDict(`{${keys.join()}}`).size).toBe(count);
    expect((read(`{${Array.from({ length: count }, (_, i) => i).join()}}`) as PySet).size).toBe(count);
    expect(read(`('' ${"'\\u00e9' ".repeat(count)})`)).toBe('é'.repeat(count));
    expect(read(`'${'\\ud83d\\ude00'.repeat(count)}'`)).toBeInstanceOf(PySurrogateText);
    expect(read(`[${"'a\\n', '''b''', ".repeat(count)}]`)).toHaveLength(2 * count);
    expect(read(`(${"'\\N{DEGREE SIGN}'\n".repeat(count)})`)).toBe('°'.repeat(count));
  });

  it('reads lists of any length, most of them at once', () => {
    for (const count of [0, 1, 2, 1000, 1001, 1002, 5000, 300_000]) {
      for (const end of ['', ',', ' ,\n']) {
        if (count === 0 && end !== '') continue;
        const items = Array.from({ length: count }, (_, i) => `, ${i} ]`);
        expect(readDict(`{"a": [${items.map((item) => `"${item}"`).join(', ')}${end}]}`).get('a')).toEqual(
          items,
        );
        expect(readDict(`{'a': [${items.map((item) => `'${item}'`).join(',')}${end}]}`).get('a')).toEqual(
          items,
        );
      }
    }
  });

  it('is not slowed by keys chosen to collide', () => {
    const count = 100_000;
    const step = 1 << 17;
    const numbers = Array.from({ length: count }, (_, i) => `${i * step}:0`);
    const texts = Array.from({ length: count }, (_, i) => `'${i * step}':0`);
    const large = Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16)}${'0'.repeat(32)}:0`);
    const floats = Array.from({ length: count }, (_, i) => `${i * step}.5:0`);
    for (const keys of [numbers, texts, large, floats]) expect(readDict(`{${keys.join()}}`).size).toBe(count);
  });

  it('names a large tuple used as a key once, not once a level', () => {
    const nested = `${'('.repeat(150)}${'"x",'.repeat(100_000)})${',)'.repeat(149)}`;
    expect(readDict(`{${nested}: 1}`).size).toBe(1);
  });
});

const leaf = fc.oneof(
  fc.constantFrom<PyValue>(null, true, false, ELLIPSIS),
  fc.string({ unit: 'binary' }),
  fc.maxSafeInteger().map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 200n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new PyFloat(value)),
);
const { value: anyValue } = fc.letrec<{ value: PyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => new PyTuple(items)),
    fc.array(fc.tuple(leaf, tie('value')), { maxLength: 4 }).map((pairs) => {
      const dict = new PyDict();
      for (const [key, value] of pairs) dict.set(key, value);
      return dict;
    }),
    fc.array(leaf, { maxLength: 4 }).map((items) => {
      const set = new PySet();
      for (const item of items) set.add(item);
      return set;
    }),
  ),
}));

describe('repr', () => {
  it('reads back as the value it shows', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const shown = pyRepr(value).replaceAll('Ellipsis', '...');
        expect(pyRepr(read(shown)).replaceAll('Ellipsis', '...')).toBe(shown);
      }),
    );
  });

  it('never lets a text throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        (text) => typeof parseLiteral(text).ok === 'boolean',
      ),
    );
  });

  it.each([
    ['1e16', '1e+16'],
    ['1e15', '1000000000000000.0'],
    ['123456789.125', '123456789.125'],
    ['.0001', '0.0001'],
    ['.00001', '1e-5'],
    ['1.5e300', '1.5e+300'],
    ['1-0j', '(1+0j)'],
    ['"it\'s"', "'it\\'s'"],
    ['"\'" \'"\'', "'\\'\"'"],
    ["'\\x7f\\x80\\u0378\\u2028\\ue000é中\\U000e0001'", "'\\x7f\\x80\\u0378\\u2028\\ue000é中\\U000e0001'"],
    ["b'\\x00\\'a\\n\\\\'", "b'\\x00\\'a\\n\\\\'"],
  ])('shows %s as %s', (text, shown) => {
    expect(pyRepr(read(text))).toBe(shown);
  });
});

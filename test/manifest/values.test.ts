import { describe, expect, it } from 'vitest';
import {
  ELLIPSIS,
  hashKey,
  PyBytes,
  PyComplex,
  PyDict,
  PyFloat,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
  pyType,
  truthy,
} from '../../src/manifest/values.ts';

const bytes = (...codes: number[]) => new PyBytes(Uint8Array.from(codes));
const tuple = (...items: PyValue[]) => new PyTuple(items);

function dict(...pairs: [PyValue, PyValue][]): PyDict {
  const made = new PyDict();
  for (const [key, value] of pairs) made.set(key, value);
  return made;
}

function set(...items: PyValue[]): PySet {
  const made = new PySet();
  for (const item of items) made.add(item);
  return made;
}

/** Values that Python calls equal, a group a line; no two of different groups are. */
const EQUAL: PyValue[][] = [
  [1, true, new PyFloat(1), new PyComplex(1, 0)],
  [0, false, new PyFloat(-0), new PyComplex(0, -0)],
  [2 ** 53, new PyFloat(2 ** 53)],
  [2n ** 64n, new PyFloat(2 ** 64)],
  [2n ** 64n + 1n],
  [-5, new PyFloat(-5)],
  [new PyFloat(0.5), new PyComplex(0.5, 0)],
  [new PyComplex(0, 1)],
  [new PyComplex(1, 1)],
  [null],
  [ELLIPSIS],
  [''],
  ['1'],
  ['a'],
  ['None'],
  ['\0z'],
  ['\0n1'],
  ['\0s1'],
  ['0.5'],
  [bytes()],
  [bytes(0x61)],
  [bytes(0xff)],
  ['\ud83d\ude00'],
  [new PySurrogateText('\ud83d\ude00', [1])],
  [new PySurrogateText('\ud83d\ude00\ud83d\ude00', [1])],
  [new PySurrogateText('\ud83d\ude00\ud83d\ude00', [3])],
  [tuple()],
  [tuple(1, 'a'), tuple(true, 'a')],
  [tuple('1', 'a')],
  [tuple(tuple(1), 'a')],
  [tuple('a', 'b')],
  [tuple('a1:b')],
];

describe('hashKey', () => {
  it('is the same for values that Python calls equal, and for no others', () => {
    const names = EQUAL.map((group) => new Set(group.map(hashKey)));
    for (const [at, group] of names.entries()) expect([at, group.size]).toEqual([at, 1]);
    expect(new Set(names.map(([name]) => name)).size).toBe(EQUAL.length);
    expect(names.some(([name]) => name === undefined)).toBe(false);
  });

  it.each<[string, PyValue]>([
    ['a list', []],
    ['a set', new PySet()],
    ['a dict', new PyDict()],
    ['a tuple with a list in it', tuple(1, tuple([]))],
  ])('has none for %s', (_, value) => {
    expect(hashKey(value)).toBeUndefined();
  });

  it('hides what looks like an array index, which V8 hashes without a seed', () => {
    for (const text of ['0', '7', '4294967294', '']) expect(hashKey(text)).not.toBe(text);
    for (const text of ['a', 'name', '_', '\u00e9']) expect(hashKey(text)).toBe(text);
  });
});

describe('a dict', () => {
  it('keeps the place and spelling of a key that comes again, and its last value', () => {
    const made = dict([1, 'a'], ['x', 0], [new PyFloat(1), 'b'], [true, 'c'], ['x', 9]);
    expect([...made.entries()]).toEqual([
      [1, 'c'],
      ['x', 9],
    ]);
    expect([...made.keys()]).toEqual([1, 'x']);
    expect(made.size).toBe(2);
  });

  it('takes no key that Python cannot hash', () => {
    const made = new PyDict();
    expect(made.set([], 1)).toBe(false);
    expect(made.set('a', 1)).toBe(true);
    expect(made.size).toBe(1);
  });

  it('finds a str key, whatever it looks like', () => {
    const keys = ['name', '', '0', '9a', ':', '__proto__', 'constructor', '\0', '\0s0'];
    const made = dict(...keys.map((key, at): [PyValue, PyValue] => [key, at]));
    expect(keys.map((key) => made.get(key))).toEqual(keys.map((_, at) => at));
    expect(keys.every((key) => made.has(key))).toBe(true);
    expect([...made.keys()]).toEqual(keys);
    expect(['toString', '1', '\0\0'].map((key) => [made.get(key), made.has(key)])).toEqual(
      Array(3).fill([undefined, false]),
    );
  });

  it('keeps None apart from a key that is not there', () => {
    const made = dict(['a', null], [null, 'n']);
    expect(made.get('a')).toBeNull();
    expect(made.has('a')).toBe(true);
    expect([...made.keys()]).toEqual(['a', null]);
  });
});

describe('a set', () => {
  it('keeps the first of equal elements, in the order they came', () => {
    const made = set('b', 1, 'a', true, 'b');
    expect([...made.items()]).toEqual(['b', 1, 'a']);
    expect(made.size).toBe(3);
    expect([made.has(new PyFloat(1)), made.has('c'), made.has([])]).toEqual([true, false, false]);
  });

  it('takes no element that Python cannot hash', () => {
    const made = new PySet();
    expect([made.add([]), made.add(new PyDict()), made.add(1)]).toEqual([false, false, true]);
    expect(made.size).toBe(1);
  });
});

/** The type of a value, and whether it counts as true. */
const KINDS: [PyValue, string, boolean][] = [
  [null, 'NoneType', false],
  [false, 'bool', false],
  [true, 'bool', true],
  [0, 'int', false],
  [-1, 'int', true],
  [2n ** 64n, 'int', true],
  [new PyFloat(-0), 'float', false],
  [new PyFloat(0.1), 'float', true],
  [new PyComplex(0, 0), 'complex', false],
  [new PyComplex(0, 1), 'complex', true],
  [new PyComplex(1, 0), 'complex', true],
  ['', 'str', false],
  [' ', 'str', true],
  [new PySurrogateText('\ud83d\ude00', [1]), 'str', true],
  [bytes(), 'bytes', false],
  [bytes(0), 'bytes', true],
  [tuple(), 'tuple', false],
  [tuple(0), 'tuple', true],
  [[], 'list', false],
  [[0], 'list', true],
  [dict(), 'dict', false],
  [dict([0, 0]), 'dict', true],
  [set(), 'set', false],
  [set(0), 'set', true],
  [ELLIPSIS, 'ellipsis', true],
];

it.each(KINDS.map(([value, type, isTrue]) => ({ value, type, isTrue })))(
  'a value of type $type may be $isTrue',
  ({ value, type, isTrue }) => {
    expect(pyType(value)).toBe(type);
    expect(truthy(value)).toBe(isTrue);
  },
);

import { describe, expect, it } from 'vitest';
import { statementsOf } from '../../src/addons/python-source.ts';
import { parseStatement } from '../../src/addons/python-statement.ts';

function parse(source: string) {
  const [statement] = statementsOf(source);
  if (statement === undefined) throw new Error('no statement');
  return parseStatement(statement);
}

describe('a statement', () => {
  it.each<[source: string, targets: string[], attributes: string[], value: string]>([
    ['a = b', ['a'], [], ' b'],
    ['a = b = c', ['a', 'b'], [], ' c'],
    ['a, b = c', ['a', 'b'], [], ' c'],
    ['a: str = c', ['a'], [], ' c'],
    ['a += b', ['a'], [], ' b'],
    ['self.a = b', [], ['a'], ' b'],
    ['a = f(b=c)', ['a'], [], ' f(b=c)'],
    ['f(b=c)', [], [], 'f(b=c)'],
    ['a == b', [], [], 'a == b'],
    ['a != b', [], [], 'a != b'],
    ['a <= b', [], [], 'a <= b'],
    ['for a in b:', ['a'], [], 'b:'],
    ['for a, b in c:', ['a', 'b'], [], 'c:'],
    ['return a', [], [], 'return a'],
  ])('%s binds %j %j to the value', (source, targets, attributes, value) => {
    const parsed = parse(source);
    expect([parsed.targets, parsed.attributes, parsed.text.slice(parsed.valueFrom)]).toEqual([
      targets,
      attributes,
      value,
    ]);
  });

  it('has its calls, by the last part of the name, and their brackets', () => {
    const { calls, closing } = parse('a.b(c (d), [e])');
    expect(calls).toEqual([
      { name: 'b', at: 2, open: 3 },
      { name: 'c', at: 4, open: 6 },
    ]);
    expect([...closing]).toEqual([
      [6, 8],
      [11, 13],
      [3, 14],
    ]);
  });

  it.each<[string, object | null]>([
    ['def f(a, *b, c=d, **e):', { name: 'f', parameters: ['a', 'b', 'c', 'e'] }],
    ['async def f(a: str):', { name: 'f', parameters: ['a'] }],
    ['definition(a)', null],
  ])('%s defines %j', (source, defines) => {
    expect(parse(source).defines).toEqual(defines);
  });

  it.each<[string, object[]]>([
    ['from a import b as c, d', [{ name: 'b', alias: 'c' }]],
    ['import a.b as c', [{ name: 'b', alias: 'c' }]],
    ['a = b.c', [{ name: 'c', alias: 'a' }]],
    ['a = b.c()', []],
    ['with a as b:', []],
  ])('%s gives other names: %j', (source, aliases) => {
    expect(parse(source).aliases).toEqual(aliases);
  });

  it.each([
    ['return a', true],
    ['yield a', true],
    ['returned = a', false],
  ])('%s gives a value back: %s', (source, isReturn) => {
    expect(parse(source).isReturn).toBe(isReturn);
  });
});

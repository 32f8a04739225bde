import { describe, expect, it } from 'vitest';
import { findRealPathUse } from '../../src/addons/real-paths.ts';

const use = (...lines: string[]) => findRealPathUse(lines.join('\n'));

describe('a path with resolved symlinks that Odoo gets', () => {
  it.each<[spelling: string, lines: string[]]>([
    ['realpath(__file__)', ['p = os.path.realpath(__file__)']],
    ['realpath( __file__ ) over lines', ['p = os.path.realpath(\n  __file__  # here\n)']],
    ['realpath(dirname(__file__))', ['p = os.path.realpath(os.path.dirname(__file__))']],
    ['dirname(realpath(__file__))', ['p = os.path.dirname(os.path.realpath(__file__))']],
    ['Path(__file__).resolve()', ['p = Path(__file__).resolve().parent']],
    ['Path(__file__).parent.resolve()', ['p = Path(__file__).parent.resolve()']],
    ['Path(__file__).parents[1].resolve()', ['p = pathlib.Path(__file__).parents[1].resolve() / "data"']],
    ['Path(dirname(__file__)).resolve()', ['p = Path(os.path.dirname(__file__)).resolve(strict=True)']],
    ['realpath(join(dirname(__file__), ...))', ["p = realpath(join(dirname(__file__), 'data', 'a.csv'))"]],
    ['abspath(realpath(__file__))', ['p = os.path.abspath(os.path.realpath(__file__))']],
    ['realpath(abspath(__file__))', ['p = os.path.realpath(os.path.abspath(__file__))']],
    ['realpath by another name', ['from os.path import realpath as rp', 'p = rp(__file__)']],
    ['realpath as a variable', ['rp = os.path.realpath', 'p = rp(__file__)']],
    ['Path by another name', ['from pathlib import Path as P', 'p = P(__file__).resolve()']],
    ['the folder of the package', ['p = os.path.realpath(__path__[0])']],
    ['inspect', ['p = os.path.realpath(inspect.getfile(inspect.currentframe()))']],
    ['two steps', ['HERE = os.path.dirname(__file__)', 'p = os.path.realpath(HERE)']],
    ['two steps of Path', ['HERE = Path(__file__)', 'p = HERE.parent.resolve()']],
    ['more steps', ['a = os.path.realpath(__file__)', 'b: str = os.path.dirname(a)', "p = f(b, 'x')"]],
    ['two names at once', ['p = q = os.path.realpath(__file__)']],
    ['a continued line', ['p = \\', '  os.path.realpath(__file__)']],
    ['a loop', ["for p in Path(__file__).resolve().parent.glob('*.csv'):", '    pass']],
    ['a function', ['def p():', '    return os.path.realpath(__file__)', 'p = p()']],
  ])('is found: %s', (_, lines) => {
    const source = [...lines, 'with file_open(p) as f: pass'].join('\n');
    expect(findRealPathUse(source)).toEqual({ call: 'file_open', line: source.split('\n').length });
    expect(use(...lines, 'with open(p) as f: pass')).toBeNull();
  });

  it.each<[what: string, call: string, lines: string[]]>([
    ['in the call itself', 'file_open', ['file_open(os.path.realpath(__file__))']],
    ['in a call in the call', 'file_path', ['tools.file_path(str(Path(__file__).resolve()))']],
    ['joined', 'file_open', ['P = realpath(__file__)', "x = tools.file_open(os.path.join(P, 'a'), 'rb')"]],
    ['in a text', 'file_open', ['P = realpath(__file__)', "file_open('%s/a' % P)"]],
    ['in a division', 'file_open', ['P = Path(__file__).resolve()', "file_open(P / 'a')"]],
    ['convert_file', 'convert_file', ['P = realpath(__file__)', "convert_file(cr, 'm', P, {})"]],
    [
      'get_resource_from_path',
      'get_resource_from_path',
      ['P = realpath(__file__)', 'get_resource_from_path(P)'],
    ],
    [
      'a function of Odoo by another name',
      'file_open',
      ['from odoo.tools import file_open as fo', 'fo(realpath(__file__))'],
    ],
    ['in a function', 'file_open', ['def f():', '    p = realpath(__file__)', '    file_open(p)']],
    [
      'in an inner function',
      'file_open',
      ['def f():', '    p = realpath(__file__)', '    def g():', '        file_open(p)'],
    ],
    [
      'an attribute',
      'file_open',
      [
        'class A:',
        '  def a(self):',
        '    self.p = realpath(__file__)',
        '  def b(self):',
        '    file_open(self.p)',
      ],
    ],
    [
      'a function that is defined below',
      'file_open',
      ['def f():', '    file_open(g())', 'def g():', '    return realpath(__file__)'],
    ],
    ['a default of a parameter', 'file_open', ['P = realpath(__file__)', 'def f(x=P):', '    file_open(P)']],
  ])('is found: %s', (_, call, lines) => {
    expect(use(...lines)?.call).toBe(call);
  });

  it.each<[what: string, lines: string[]]>([
    ['nothing', ['']],
    ['a path that is not resolved', ['p = os.path.dirname(os.path.abspath(__file__))', 'file_open(p)']],
    ['a path that is not its own', ['p = os.path.realpath(config)', 'h = __file__', 'file_open(p)']],
    ['Path without resolve', ['p = Path(__file__).absolute()', 'q = Path(x).resolve()', 'file_open(p)']],
    ['plain open', ['p = os.path.realpath(__file__)', 'open(p)', "file_open('m/data/a.csv')"]],
    ['a method named open', ['p = Path(__file__).resolve()', 'p.open()', "file_open('m/a')"]],
    ['a question to the file system', ['get_module_resource("m", realpath(__file__))', 'file_open("x")']],
    ['a comment', ['# p = realpath(__file__); file_open(p)', 'resolve(file_open)']],
    ['a comment at the end', ['p = 1  # realpath(__file__)', 'file_open(p)']],
    ['a string', ['p = "realpath(__file__)"', 'file_open(p)']],
    ['a docstring', ['"""', 'p = realpath(__file__)', 'file_open(p)', '"""']],
    ['a string with an escaped quote', [String.raw`p = 'a\' + realpath(__file__)'`, 'file_open(p)']],
    ['what was read', ['p = open(realpath(__file__)).read()', 'file_open(p)']],
    ['what was read by Path', ['p = Path(__file__).resolve().read_text()', 'file_open(p)']],
    ['the name of the file', ['p = os.path.basename(realpath(__file__))', 'file_open(p)']],
    ['names of a listing', ['for p in os.listdir(realpath(__file__)):', '    file_open(p)']],
    [
      'another function',
      ['def f():', '    p = realpath(__file__)', 'def g():', '    p = 1', '    file_open(p)'],
    ],
    ['a parameter', ['p = realpath(__file__)', 'def g(p):', '    file_open(p)']],
    ['a name of another object', ['p = realpath(__file__)', 'file_open(other.p)']],
    ['a comparison', ['p == realpath(__file__)', 'file_open(p)']],
    ['a keyword of a call', ['f(p=realpath(__file__))', 'file_open(p)']],
  ])('is not found: %s', (_, lines) => {
    expect(use(...lines)).toBeNull();
  });

  it.each([
    'p = os.path.realpath(__file__)',
    'p = os.path.realpath(os.path.dirname(__file__))',
    'p = Path(__file__).resolve().parent',
    "p = os.path.realpath(os.path.join(os.path.dirname(__file__), 'data', 'a.csv'))",
  ])('may be used by another file: %s', (line) => {
    expect(use('import os', line)).toEqual({ call: null, line: 2 });
    expect(use('import os', line, 'data = open(p).read()')).toBeNull();
    expect(use('def f():', `    ${line}`)).toBeNull();
    expect(use(line, 'other.file_open(p)')).toEqual({ call: 'file_open', line: 2 });
  });

  it('is told by the line of the call', () => {
    expect(use('p = realpath(__file__)', '', 'x = (', "  '''", "  ''', 1,", '  file_open(p))')?.line).toBe(6);
  });
});

it('is not looked for in a source that is too long', () => {
  const source = 'p = realpath(__file__)\nfile_open(p)\n';
  expect(use(source, '#'.repeat(100_000))).not.toBeNull();
  expect(use(source, '#'.repeat(131_072))).toBeNull();
  expect(use(source, 'a\n'.repeat(4998))).not.toBeNull();
  expect(use(source, 'a\n'.repeat(4999))).toBeNull();
});

/** Each hangs if the work grows with the square of the length. */
it.each<[what: string, part: string]>([
  ['calls in calls', 'realpath('],
  ['calls', 'file_open(x),'],
  ['its own path', '__file__,'],
  ['indices in indices', '__file__['],
  ['a chain', '.parent'],
  ['a long name', 'a'],
  ['blanks', ' '],
  ['colons', ':'],
  ['equals signs', '=('],
  ['quotes that do not end', '"""\n\\'],
  ['single quotes', "'\n\\"],
  ['backslashes', '\\'],
  ['statements', 'p=__file__\n'],
  ['imports', 'import a as b\n'],
  ['functions', 'def f(a=__file__):\n'],
  ['what is closed', ')'],
  ['assignments', 'p='],
])('the longest source is looked through in linear time: %s', (_, part) => {
  const long = part.repeat(Math.floor(131_000 / part.length));
  const around = 'p = realpath(__file__)';
  for (const before of ['', 'import ', 'x = ', 'file_open('])
    findRealPathUse(`${around}\n${before}${long}\nfile_open(p)`.slice(0, 131_072));
});

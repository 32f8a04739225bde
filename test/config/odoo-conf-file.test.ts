import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseConfFile, strip } from '../../src/config/odoo-conf-file.ts';
import fc, { SEED } from '../support/property.ts';

const COUNT = Number(process.env.FUZZ_COUNT ?? 6000);

type Sections = Record<string, Record<string, string>>;

/** The sections of a text; null where it is refused. */
function ours(text: string): Sections | null {
  const read = parseConfFile(text);
  if (!read.ok) return null;
  const { names, optionsOf } = read.value;
  return Object.fromEntries(names.map((name) => [name, Object.fromEntries(optionsOf(name) ?? [])]));
}

/** What CPython makes of texts, read from a file as Odoo's `p.read` does; null where it raises. */
function python(texts: readonly string[]): (Sections | null)[] {
  const script = `
import configparser, io, json, sys
def read(text):
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(text.encode()), encoding='utf-8'))
    except configparser.Error:
        return None
    return {name: dict(parser.items(name)) for name in parser.sections()}
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)`;
  const options = { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  return JSON.parse(execFileSync('python3', ['-c', script], options));
}

/** Before 3.10 the name of a section ended at its first bracket. */
const isOldPython = () => {
  const version = execFileSync('python3', ['-c', 'import sys; print(*sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const [major = 3, minor = 0] = version.split(' ').map(Number);
  return major === 3 && minor < 10;
};

const indent = fc.constantFrom('', '', '', '', ' ', '  ', '\t', '    ', '\u00a0', '\x1f', '\ufeff');
const name = fc.constantFrom('addons_path', 'ADDONS_PATH', 'data_dir', 'a', 'b b', 'İ', '%(x)s', '[x', '');
const value = fc.constantFrom(
  '',
  '/a,/b',
  '/a ; no comment',
  '# x',
  '%(a)s 50%',
  'x = y',
  'x: y',
  '"/q"',
  '\u2028',
  '\x85 z',
);
const delimiter = fc.constantFrom('=', ' = ', ':', ' : ', '\t=\u3000', '==', '');
const section = fc.constantFrom(
  'options',
  'options',
  'Options',
  'queue_job',
  'DEFAULT',
  'default',
  '',
  'a]b',
  ' options ',
);
const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(indent, section, fc.constantFrom('', '', ' ; x', 'x', ']'))
      .map(([i, s, e]) => `${i}[${s}]${e}`),
  },
  { weight: 8, arbitrary: fc.tuple(indent, name, delimiter, value, indent).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.tuple(indent, value).map((parts) => parts.join('')) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(indent, fc.constantFrom('#', ';', '# a = b', ';[options]'))
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: indent },
);
/** Mostly files that begin with a section, of few lines, so that many are accepted. */
const file = fc
  .tuple(
    fc.constantFrom(
      '[options]\n',
      '[options]\n',
      '[options]\n',
      '',
      '[DEFAULT]\n',
      '\ufeff[options]\n',
      '\n# x\n[options]\n',
    ),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n', '\r')), { maxLength: 6 }),
    fc.constantFrom('', '\n', ' '),
  )
  .map(([head, lines, tail]) => head + lines.map((parts) => parts.join('')).join('') + tail);

describe('an odoo.conf, read as by configparser.RawConfigParser', () => {
  it('is accepted and refused alike, with the same values', () => {
    const all = fc.sample(file, { numRuns: COUNT, seed: SEED });
    const old = isOldPython();
    const texts = old ? all.filter((text) => !/\][^\n\r]*\]/.test(text)) : all;
    const answers = python(texts);
    const accepted = answers.filter((answer) => answer !== null).length;
    console.log(`PROPERTY_SEED=${SEED} FUZZ_COUNT=${COUNT}: ${texts.length} files, ${accepted} accepted`);
    expect(accepted).toBeGreaterThan(texts.length / 5);
    expect(texts.length - accepted).toBeGreaterThan(texts.length / 5);
    const differences = texts.flatMap((text, index) => {
      const [theirs, mine] = [answers[index], ours(text)];
      return JSON.stringify(sorted(theirs ?? null)) === JSON.stringify(sorted(mine))
        ? []
        : [{ text, theirs, mine }];
    });
    expect(differences).toEqual([]);
  });

  const rows: [what: string, text: string, Sections | RegExp][] = [
    ['nothing', '', {}],
    ['a byte-order mark', '\ufeff[options]\n', /byte-order mark; save it as UTF-8 without one$/],
    ['no section', 'addons_path = /x\n', /^line 1 comes before the first section/],
    ['a section twice', '[options]\n[b]\n[options]\n', /^line 3 begins the section options a second time/],
    ['[DEFAULT] twice', '[DEFAULT]\nx=1\n[options]\n[DEFAULT]\ny=2\n', { options: { x: '1', y: '2' } }],
    ['an option twice', '[options]\ndata_dir = /a\nData_Dir: /b\n', /^line 3 sets data_dir a second time/],
    ['an option twice in [DEFAULT]', '[DEFAULT]\nx=1\n[DEFAULT]\nx=2\n', /^line 4 sets x a second time/],
    ['an option of [DEFAULT] again', '[DEFAULT]\nx=1\n[options]\nx=2\n', { options: { x: '2' } }],
    ['an option without a value', '[options]\nproxy_mode\n', /^line 2 is neither a section, an option with/],
    ['a value without a name', '[options]\n= /a\n', /^line 2 has no name before its =/],
    ['an empty value', '[options]\nproxy_mode =\n', { options: { proxy_mode: '' } }],
    ['interpolation', '[options]\na = %(b)s 50%\nb = 1\n', { options: { a: '%(b)s 50%', b: '1' } }],
    ['comments at the end', '[options]\na = 1 ; 2\nb = 1 # 2\n', { options: { a: '1 ; 2', b: '1 # 2' } }],
    ['comment lines', '# x\n[options]\n  ; x\na = 1,\n # x\n  2\n', { options: { a: '1,\n2' } }],
    ['empty lines in a value', '[options]\na = 1\n\n  2\n\n\n', { options: { a: '1\n\n2' } }],
    ['a section that is indented', ' [options]\na = 1\n', { options: { a: '1' } }],
    ['a section that continues a value', '[options]\na = 1\n [b]\n', { options: { a: '1\n[b]' } }],
    ['names in any case, sections not', '[Options]\nADDONS_PATH = /x\n', { Options: { addons_path: '/x' } }],
    ['what follows a section', '[options] ; x\na: 1\n', { options: { a: '1' } }],
  ];
  it.each(rows)('%s', (_, text, expected) => {
    const read = parseConfFile(text);
    if (expected instanceof RegExp)
      expect(read).toEqual({ ok: false, refusal: expect.stringMatching(expected) });
    else expect(ours(text)).toEqual(expected);
  });

  it('is read so by Python, each of these', () => {
    const texts = rows.map(([, text]) => text);
    expect(python(texts)).toEqual(texts.map(ours));
  });

  it.each([
    ['blanks in a line without =', (n: number) => `addons_path${' '.repeat(n)}x`],
    ['blanks before the =', (n: number) => `addons_path${' '.repeat(n)}= /a`],
    ['blanks behind the =', (n: number) => `addons_path =${' '.repeat(n)}/a`],
    ['empty lines', (n: number) => '\n \t\r'.repeat(n / 4)],
    ['lines that go on', (n: number) => `addons_path = /a${'\n ,/b'.repeat(n / 5)}`],
    ['brackets', (n: number) => '['.repeat(n)],
  ])('reads %s in linear time', (_, make) => {
    for (const size of [10, 1024 * 1024])
      expect(parseConfFile(`[options]\n${make(size)}`)).toHaveProperty('ok');
  });
});

describe('the options of [DEFAULT]', () => {
  it('are copied for the section that is asked for, not for all', () => {
    const many = (count: number, line: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => line(at));
    // Copied for each section they would be 1.6 thousand million, more than memory holds.
    const lines = [
      '[DEFAULT]',
      ...many(40_000, (at) => `o${at}=1`),
      '[options]',
      'o1=2',
      ...many(40_000, (at) => `[s${at}]`),
    ];
    const read = parseConfFile(lines.join('\n'));
    if (!read.ok) throw new Error(read.refusal);
    expect(read.value.names).toHaveLength(40_001);
    const options = read.value.optionsOf('options');
    expect([options?.size, options?.get('o0'), options?.get('o1')]).toEqual([40_000, '1', '2']);
    expect(['DEFAULT', 'none'].map((name) => read.value.optionsOf(name))).toEqual([undefined, undefined]);
  });
});

/** With the keys in order: Python's differ where an option of `[DEFAULT]` is set again. */
function sorted(sections: Sections | null) {
  return (
    sections &&
    Object.entries(sections).map(([title, options]) => [
      title,
      Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
    ])
  );
}

describe('strip', () => {
  it('strips what Python strips', () => {
    const texts = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code));
    const stripped = JSON.parse(
      execFileSync(
        'python3',
        ['-c', 'import json; print(json.dumps([chr(c).strip() for c in range(0x3100)]))'],
        {
          encoding: 'utf8',
        },
      ),
    );
    expect(texts.map((text) => strip(text))).toEqual(stripped);
  });
});

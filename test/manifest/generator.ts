/**
 * Makes texts that are Python literals, nearly are, or once were: a grammar with wrong turns, and a mutator. All
 * choices come from one seed.
 */

/** A small random number generator (xorshift32): the same seed gives the same texts on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)] as T;
  }

  many(atMost: number, make: () => string): string {
    let text = '';
    for (let left = this.below(atMost + 1); left > 0; left--) text += make();
    return text;
  }
}

/** The words of a text, split at white space. */
function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

const NUMBERS = words(`
  0 00 0_0 1 7 42 1_000 1__0 1_ _1 0777 0777.5 08e1 09j 0_7 00_1.5
  1. .5 1.5e3 1.e5 1e+5 1E-5 1e 1e+ 1e_5 1._5 .5_5 5_.5 1e1_0 1e999 -1e999
  1j 1.5J 1e3j 0j .5j 1_0j 1jj 1j2 0x1F 0X_ff 0x 0x_ 0x1_ 0xg 0x1j 0x1.5
  0b101 0B_1 0b2 0b12 0o17 0O7_7 0o8 0o78 9007199254740991 9007199254740992
  9007199254740993 18446744073709551616 0xFFFFFFFFFFFFFFFFFFFF 123456789012345 1234567890123456
  1e16 1e15 123456789.123 1e22 1e-4 1e-5 5e-324 1.7976931348623157e308 0.1 2.50 1e400j 4.9e-324 2.4e-324
  1if 1or 1_000_000_000_000_000_000 0xfor 1.real 1..5 ${'9'.repeat(331)}`);

const ESCAPES = [
  ...words(String.raw`
    \n \t \\ \' \" \a \b \f \v \r \0 \7 \12 \377 \400 \777 \8 \1234 \x41 \xe9 \x4 \xg \x \X41 \u00e9 \u4e2d \u12 \d \é \.
    \uD83D \uDE00 \ud800 \udfff \U0001F600 \U00110000 \U0010ffff \U0000d800 \U1 \N{nbsp} \N{BEL} \N{} \N{ \N \N{NOPE} \N{LF}
    \N{ſPACE} \N{NULL} \N{ZWNJ}`),
  ...[
    '\\\n',
    '\\\r\n',
    '\\ ',
    '\\N{DEGREE SIGN}',
    '\\N{degree sign}',
    '\\N{LATIN SMALL LETTER E WITH ACUTE}',
    '\\N {BEL}',
  ],
  ...['A', 'GAG', 'GGAEGG', '', 'G', 'WEOLG', 'SSYEOSS', 'AB X', 'GAGS '].map(
    (name) => `\\N{HANGUL SYLLABLE ${name}}`,
  ),
  ...['4E2D', '04E2D', '4e2d', '2A6E0', '2A6DF', '004E2D', ''].map(
    (hex) => `\\N{CJK UNIFIED IDEOGRAPH-${hex}}`,
  ),
  ...words(
    'hangul_syllable_a GRINNING_FACE KEYCAP_DIGIT_ONE CJK_COMPATIBILITY_IDEOGRAPH-F900 TANGUT_IDEOGRAPH-17000',
  ).map((name) => `\\N{${name.replaceAll('_', ' ')}}`),
  ...['\\N{SPACE }', '\\N{ SPACE}', '\\N{LATIN SMALL LETTER GHA}', '\\N{HYPHEN-MINUS}'],
];

const PLAIN = [
  ...words(
    `a Odoo € é 中 😀 # { [1] , : " ' '' "" ﬀ ٣ \x7f \x01 \x1a \u0378 \u{1d7d8} \ue000 \u200b \u{e0100}`,
  ),
  ...[' ', 'x y', '\t', '\ufeff', '\u2028', '\x85', '\xa0', '\x0c', '\x0b'],
];

const PREFIXES = ['', '', '', '', '', ...words('u U r R b B br bR Rb rb BR f F rf fr ur ru bu bb x')];

const NAMES = words(
  'True False None ... true null NaN inf set dict Ｔｒｕｅ ｓｅｔ foo set1 _ é Ellipsis not',
);

const SPACES = [
  ...[
    '',
    '',
    '',
    '',
    '',
    '',
    ' ',
    ' ',
    '  ',
    '\t',
    '\x0c',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '\\\n',
    '\\\r\n',
    '\\ \n',
    '#c\n',
  ],
  ...[' # é\n', '#\r\n', '\n\n', '\n  ', '\\\n\\\n'],
];

const NAMES_OF_SET = [
  ...words(
    'set() (set)() ｓｅｔ() set(1) set(()) set([]) ((set))() ſet() set()() frozenset() (set,)() ⓢet() ﬆ()',
  ),
  'set ( )',
];

const WRONG = [
  ...words(`f'{1}' 1+1 'a'+'b' [*a] {**a} a.b a[0] (yield) (a:=1) ~1 --1 1-1 2*3 -True -[] $ ? ! @ ; = \``),
  ...['[x for x in y]', 'lambda: 0', '1 if 1 else 2', 'not 1'],
];

export class LiteralGenerator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole text, with what may stand before and after the value. */
  text(): string {
    const r = this.#random;
    const before = r.many(2, () =>
      r.pick(['', ' ', '\t', '\n', '#c\n', '\x0c', '\\\n', '\ufeff', '\r\n', '\r']),
    );
    const value = this.value(r.below(5));
    const more = r.chance(6) ? `${this.space()},${this.space()}${r.chance(60) ? this.value(1) : ''}` : '';
    const after = r.many(3, () =>
      r.pick([
        '',
        ' ',
        '\n',
        '\n',
        '\t',
        '#c',
        '\n#c',
        '\r\n',
        '\x0c',
        '\\\n',
        '\\',
        ';',
        '\n 1',
        '\0',
        '\x1a',
      ]),
    );
    return before + value + more + (r.chance(60) ? '\n' : after);
  }

  space(): string {
    return this.#random.chance(70) ? '' : this.#random.pick(SPACES);
  }

  value(depth: number): string {
    const r = this.#random;
    const kind = r.below(depth > 0 ? 100 : 55);
    if (kind < 20) return this.strings();
    if (kind < 33) return this.number();
    if (kind < 36) return this.complex();
    if (kind < 46) return r.chance(85) ? r.pick(NAMES.slice(0, 4)) : r.pick(NAMES);
    if (kind < 50) return r.pick(NAMES_OF_SET);
    if (kind < 52) return r.pick(WRONG);
    if (kind < 55) return r.pick(['[]', '()', '{}', '{ }', '(\n)']);
    if (kind < 68) return this.sequence('[', ']', depth);
    if (kind < 78) return this.sequence('(', ')', depth);
    if (kind < 84) return this.sequence('{', '}', depth);
    if (kind < 88) return `(${this.space()}${this.value(depth - 1)}${this.space()})`;
    return this.dict(depth);
  }

  number(): string {
    const r = this.#random;
    const sign = r.chance(25) ? r.pick(['-', '+', '- ', '-\n', '--', '-+', '-(']) : '';
    return sign + r.pick(NUMBERS) + (sign === '-(' ? ')' : '');
  }

  complex(): string {
    const part = () => (this.#random.chance(20) ? `(${this.number()})` : this.number());
    return `${part()}${this.space()}${this.#random.pick(['+', '-', '+', '-', '*'])}${this.space()}${part()}`;
  }

  strings(): string {
    return (
      this.string() + this.#random.many(this.#random.chance(85) ? 0 : 3, () => this.space() + this.string())
    );
  }

  string(): string {
    const r = this.#random;
    const quote = r.pick(["'", '"', "'", '"', "'''", '"""']);
    const body = r.many(5, () =>
      r.chance(45) ? r.pick(ESCAPES) : r.chance(4) ? r.pick(['\n', '\r\n', '\r']) : r.pick(PLAIN),
    );
    return `${r.pick(PREFIXES)}${quote}${r.chance(80) ? body.replaceAll(quote, '') : body}${r.chance(98) ? quote : ''}`;
  }

  sequence(open: string, close: string, depth: number): string {
    const item = () =>
      `${this.space()}${this.value(depth - 1)}${this.space()}${this.#random.chance(97) ? ',' : ''}`;
    return `${open}${this.#random.many(4, item)}${this.#random.chance(50) ? this.value(0) : ''}${this.space()}${close}`;
  }

  dict(depth: number): string {
    const r = this.#random;
    const key = () => (r.chance(75) ? this.string() : this.value(r.chance(30) ? depth - 1 : 0));
    const pair = () => `${key()}${this.space()}:${this.space()}${this.value(depth - 1)}`;
    return `{${r.many(4, () => `${this.space()}${pair()}${this.space()},`)}${r.chance(50) ? pair() : ''}${this.space()}}`;
  }
}

const PIECES = [
  ...SPACES,
  ...NUMBERS,
  ...ESCAPES,
  ...PLAIN,
  ...NAMES,
  ...NAMES_OF_SET,
  ...WRONG,
  "'",
  '"',
  "'''",
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  ',',
  ':',
  '\\',
  '-',
  '.',
  '\0',
];

/** Damages a text: a character dropped, doubled or replaced, a piece put in, the end cut off, two texts spliced. */
export function mutate(text: string, other: string, random: Random): string {
  let mutated = text;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(mutated.length + 1);
    const kind = random.below(6);
    if (kind === 0) mutated = mutated.slice(0, at) + mutated.slice(at + 1 + random.below(3));
    else if (kind === 1) mutated = mutated.slice(0, at) + random.pick(PIECES) + mutated.slice(at);
    else if (kind === 2) mutated = mutated.slice(0, at) + random.pick(PIECES) + mutated.slice(at + 1);
    else if (kind === 3) mutated = mutated.slice(0, at) + mutated.charAt(at) + mutated.slice(at);
    else if (kind === 4)
      mutated = random.chance(30)
        ? mutated.slice(0, at)
        : mutated.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n', '\n ']));
    else mutated = mutated.slice(0, at) + other.slice(random.below(other.length + 1));
  }
  return mutated;
}

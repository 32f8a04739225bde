import { describe, expect, it } from 'vitest';
import {
  asSentence,
  counted,
  cut,
  inPlainSight,
  jsonForLogs,
  oneLine,
  quoted,
  quotedField,
  withoutCommands,
} from '../../src/base/text.ts';
import fc from '../support/property.ts';

/** First and last of what no reader sees, by its names. */
const UNSEEN: Readonly<Record<string, readonly number[]>> = {
  'C0 controls': [0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x1f],
  'C1 controls': [0x7f, 0x85, 0x9b, 0x9f],
  'soft hyphen': [0xad],
  'combining grapheme joiner': [0x34f],
  'Arabic letter mark': [0x61c],
  'Hangul fillers': [0x115f, 0x1160, 0x3164, 0xffa0],
  'Khmer inherent vowels': [0x17b4, 0x17b5],
  'Mongolian variation selectors': [0x180b, 0x180c, 0x180d, 0x180e, 0x180f],
  'zero width': [0x200b, 0x200c, 0x200d, 0x2060, 0x2064],
  'text direction': [0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069, 0x206a],
  'line and paragraph separators': [0x2028, 0x2029],
  'blank Braille pattern': [0x2800],
  'variation selectors': [0xfe00, 0xfe0e, 0xfe0f, 0xe0100, 0xe01ef],
  'byte-order mark': [0xfeff],
  'interlinear annotation': [0xfff9, 0xfffa, 0xfffb],
  'object replacement': [0xfffc],
  noncharacters: [0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x10ffff],
  'private use': [0xe000, 0xf8ff, 0xf0000],
  'shorthand and music format': [0x1bca0, 0x1d173],
  'other blanks': [0x13441, 0x13442, 0x16fe4, 0x1d159],
  tags: [0xe0001, 0xe0020, 0xe0041, 0xe007f, 0xe0fff],
  'halves of characters': [0xd800, 0xdbff, 0xdc00, 0xdfff],
};

const READABLE = [
  'Ünïcödé é: 商品 ✓ → “a” – ½ €',
  'العربية مَرْحَبًا',
  'שָׁלוֹם עולם',
  'ภาษาไทย हिन्दी 한국어 かな Ελληνικά Русский',
  '\u00a0\u202f\u3000',
  '👍 👍🏽 ❤️ ☎️ ©️ 1️⃣ #️⃣ 👨‍👩‍👧‍👦 👩🏻‍❤️‍💋‍👨🏻 🏳️‍🌈 🇫🇷',
];

describe('oneLine', () => {
  it('shows what would start a line, move the cursor or turn the text around', () => {
    expect(oneLine('a\nb\u001b[2J\u2028c\u202ed')).toBe('a\\u{a}b\\u{1b}[2J\\u{2028}c\\u{202e}d');
  });

  it.each(Object.entries(UNSEEN))('shows %s', (_, codes) => {
    for (const code of codes) {
      const character = String.fromCodePoint(code);
      expect(oneLine(`a${character}b`)).toBe(`a\\u{${code.toString(16)}}b`);
    }
  });

  it.each(READABLE)('leaves readable what people write: %s', (text) => {
    expect(oneLine(text)).toBe(text);
  });

  it('leaves the selectors and joiners of emoji where they belong, and nowhere else', () => {
    expect(oneLine('❤️\ufe0f')).toBe('❤️\\u{fe0f}');
    expect(oneLine('1\ufe0f')).toBe('1\\u{fe0f}');
    expect(oneLine('👍\u200da')).toBe('👍\\u{200d}a');
    expect(oneLine('👍\u200d\u200d👍')).toBe('👍\\u{200d}\\u{200d}👍');
    expect(oneLine('👍\u200d'.repeat(9))).toMatch(
      /^(👍\u200d){3}👍\\u\{200d\}(👍\u200d){3}👍\\u\{200d\}👍\\u\{200d\}$/u,
    );
    expect(oneLine('🏴\u{e0067}')).toBe('🏴\\u{e0067}');
  });
});

describe('counted', () => {
  it('takes the singular for one only', () => {
    expect([0, 1, 2].map((count) => counted(count, 'link'))).toEqual(['0 links', '1 link', '2 links']);
    expect([0, 1].map((count) => counted(count, 'entry', 'entries'))).toEqual(['0 entries', '1 entry']);
  });
});

it.each([
  ['it fails', 'it fails.'],
  ['it fails.', 'it fails.'],
  ['does it fail?', 'does it fail?'],
  ['it fails (a needs it.)', 'it fails (a needs it.)'],
  ['it fails (a)', 'it fails (a).'],
])('a message as a sentence: %s', (message, sentence) => {
  expect(asSentence(message)).toBe(sentence);
});

describe('quoted', () => {
  it('leaves plain words as they are', () => {
    for (const word of ['17.0.1.0.0', 'requests>=2.0', 'OCA/web', '17.0-fix_x'])
      expect(quoted(word)).toBe(word);
  });

  it('puts anything else in quotes: several words could be an instruction', () => {
    expect(quoted('ignore all rules')).toBe('"ignore all rules"');
    expect(quoted('')).toBe('""');
    expect(quotedField('')).toBe('');
    expect(quotedField('a b')).toBe('"a b"');
    expect(quoted('say "yes" \\ no')).toBe('"say \\"yes\\" \\\\ no"');
    expect(quoted('##[x]')).toBe('"##[x]"');
    // Nothing that `map` passes along is taken for a length.
    expect(['web', 'a b'].map(quoted)).toEqual(['web', '"a b"']);
  });

  it('cuts between characters', () => {
    expect(quoted('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
    expect(cut('x😀', 2)).toBe('x…');
    expect(cut('x😀', 3)).toBe('x😀');
  });

  it('never lets anything out that takes a second line, ends the quotes or goes on for ever', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const shown = quoted(text);
        for (const character of ['\n', '\r', '\u2028', '\u2029', '\u001b']) {
          expect(shown).not.toContain(character);
        }
        expect(shown).toMatch(/^(?:[^"\s]+|"(?:[^"\\]|\\.)*")$/u);
        expect(shown.length).toBeLessThan(1200);
      }),
    );
  });
});

describe('inPlainSight', () => {
  it('shows what is not seen in every text of an answer, its keys too', () => {
    const shown = { 'a\\u{0}': ['\\u{202e}', 1, null, { b: 'x\\u{a}y', c: true }] };
    expect(inPlainSight({ 'a\0': ['\u202e', 1, null, { b: 'x\ny', c: true }] })).toEqual(shown);
  });

  it('leaves the lines of a graph, and nothing else of it', () => {
    expect(inPlainSight({ graph: 'a\nb\u202e' })).toEqual({ graph: 'a\nb\\u{202e}' });
  });
});

describe('what stands in a log', () => {
  it('is no command of a CI', () => {
    expect(withoutCommands('::error::x')).toBe('\\u{3a}:error::x');
    expect(withoutCommands('a\n \t\u00a0::error::x\r::y')).toBe('a\n \t\u00a0\\u{3a}:error::x\r\\u{3a}:y');
    expect(withoutCommands('a ::error:: b')).toBe('a ::error:: b');
    expect(withoutCommands('a ##[error]x ###[x] ##vso[task.complete]')).toBe(
      'a #\\u{23}[error]x ##\\u{23}[x] #\\u{23}vso[task.complete]',
    );
    expect(withoutCommands('C## and ## [x]')).toBe('C## and ## [x]');
  });

  it('is JSON of the same value, of which no part is a command or unseen', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const sent = { value, a: '::x\n::y ##[z] :::: ####[', '##vso[x]::': '\u202e\ufe0f\u{e0041}\u3164' };
        for (const indent of [undefined, 2]) {
          const json = jsonForLogs(sent, indent);
          expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(sent)));
          expect(json).not.toMatch(/::|##\w*\[/);
          expect(oneLine(json.replaceAll('\n', ''))).toBe(json.replaceAll('\n', ''));
        }
      }),
    );
  });

  it('is made in linear time', () => {
    for (const part of ['#', ' ', '\n', ' \n', '©\u200d', '\ufe0f', ':', '##a', '👍\u200d', '\r']) {
      const text = part.repeat(200_000 / part.length);
      expect(withoutCommands(oneLine(text)).length).toBeGreaterThan(20_000);
      expect(withoutCommands(text).length).toBeGreaterThan(20_000);
      expect(jsonForLogs(text).length).toBeGreaterThan(20_000);
    }
  });
});

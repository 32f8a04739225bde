import { brotliDecompressSync } from 'node:zlib';
import { packedNames } from '../data/unicode-names.ts';

/** The names of Unicode 14, as in CPython 3.11. scripts/unicode-names.py writes the packed data. */
interface NameTable {
  /** Upper-case name or alias -> code point. */
  codes: Map<string, number>;
  /** The runs of CJK unified ideographs, whose names are computed. */
  ideographs: Ranges;
}

let loaded: NameTable | undefined;

/** Unpacked on first use: almost no manifest needs the names. */
function table(): NameTable {
  if (loaded) return loaded;
  const packed = Buffer.from(packedNames(), 'base64');
  const [ideographs = '', aliases = '', ...lines] = brotliDecompressSync(packed)
    .toString('latin1')
    .split('\n');
  const codes = new Map<string, number>();
  for (const alias of aliases.split(',')) {
    const [code = '', name = ''] = alias.split('=');
    codes.set(name, Number.parseInt(code, 16));
  }
  let code = -1;
  let words: string[] = [];
  for (const line of lines) {
    const gapEnd = line.indexOf('+');
    code += gapEnd < 0 ? 1 : 1 + Number(line.slice(0, gapEnd));
    const shared = line.charCodeAt(gapEnd + 1) - 'a'.charCodeAt(0);
    const rest = line.slice(gapEnd + 2);
    words = words.slice(0, shared);
    if (rest !== '') words.push(...rest.split(' '));
    const name = words.join(' ').replace('#', () => code.toString(16).toUpperCase().padStart(4, '0'));
    codes.set(name, code);
  }
  loaded = { codes, ideographs: readRanges(ideographs) };
  return loaded;
}

type Ranges = readonly (readonly [first: number, last: number])[];

function readRanges(text: string): Ranges {
  return text.split(',').map((range) => {
    const [first = '', last = ''] = range.split('-');
    return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;
  });
}

function isIn(ranges: Ranges, code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last);
}

const HANGUL = 'HANGUL SYLLABLE ';
const HANGUL_BASE = 0xac00;
/** The short names of the Hangul letters, in the order from which a syllable's code point is computed. */
const LEADING = ' G GG N D DD R M B BB S SS  J JJ C K T P H'.slice(1).split(' ');
const VOWELS = 'A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I'.split(' ');
const TRAILING = ' G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H'.split(' ');
const IDEOGRAPH = 'CJK UNIFIED IDEOGRAPH-';

/**
 * The code point that `\N{name}` stands for in CPython 3.11 (Modules/unicodedata.c, `_getcode`): names and aliases in
 * any case, no named sequences; the computed names of Hangul syllables and ideographs in capitals only.
 * `undefined` for an unknown name.
 */
export function lookupUnicodeName(name: string): number | undefined {
  if (name.startsWith(HANGUL)) return hangulSyllable(name.slice(HANGUL.length));
  if (name.startsWith(IDEOGRAPH)) return ideograph(name.slice(IDEOGRAPH.length));
  // No name is longer than 88 characters, and CPython folds the case of ASCII letters only.
  if (name.length > 256 || /[^\0-\x7f]/.test(name)) return undefined;
  return table().codes.get(name.toUpperCase());
}

function hangulSyllable(text: string): number | undefined {
  const leading = longestPrefix(text, LEADING);
  const afterLeading = text.slice((LEADING[leading] ?? '').length);
  const vowel = longestPrefix(afterLeading, VOWELS);
  if (vowel < 0) return undefined;
  const trailing = TRAILING.indexOf(afterLeading.slice((VOWELS[vowel] ?? '').length));
  if (trailing < 0) return undefined;
  return HANGUL_BASE + (leading * VOWELS.length + vowel) * TRAILING.length + trailing;
}

/** The index of the longest of `letters` that `text` starts with, or -1. */
function longestPrefix(text: string, letters: readonly string[]): number {
  let best = -1;
  letters.forEach((letter, i) => {
    if (text.startsWith(letter) && letter.length > (letters[best]?.length ?? -1)) best = i;
  });
  return best;
}

function ideograph(hex: string): number | undefined {
  if (!/^[0-9A-F]{4,5}$/.test(hex)) return undefined;
  const code = Number.parseInt(hex, 16);
  return isIn(table().ideographs, code) ? code : undefined;
}

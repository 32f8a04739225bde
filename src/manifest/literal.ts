import { type KeyOffsets, LiteralParser } from './parser.ts';
import { LiteralError, TooManyTokens } from './scanner.ts';
import type { PyValue } from './values.ts';

/** Where and why Python rejects a text. Lines and columns count from 1, columns in characters. */
export interface LiteralErrorInfo {
  message: string;
  line: number;
  column: number;
}

export type ParsedLiteral =
  | {
      ok: true;
      value: PyValue;
      /** For a dict: the line of each str key; for a key written twice, the line whose value Python uses. */
      keyLines: Map<string, number>;
      /** What in the text CPython 3.8 cannot read although later ones do. */
      newerThanPython38?: string | undefined;
      /** Python's `len()` of the text. */
      characters: number;
    }
  | {
      ok: false;
      error: LiteralErrorInfo;
      /** The text has too many tokens and was not read to its end, so it may be valid. */
      isTooLong?: boolean;
    };

/**
 * Parses a text as CPython 3.11's `ast.literal_eval` does: it accepts and rejects the same texts and yields the same
 * values. Takes linear time. Never throws: an error is part of the result.
 * @param mostTokens the parser gives up at more tokens than this; no limit by default
 */
export function parseLiteral(source: string, mostTokens?: number): ParsedLiteral {
  const src = source.includes('\r') ? source.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : source;
  const parser = new LiteralParser(src, mostTokens);
  try {
    const value = parser.parse();
    return new Parsed(value, src, parser);
  } catch (error) {
    if (error instanceof LiteralError) {
      return { ok: false, error: { message: error.message, ...position(src, error.offset) } };
    }
    if (error instanceof TooManyTokens) {
      const message = `the manifest has more than ${mostTokens} tokens (values and punctuation)`;
      return { ok: false, error: { message, line: 1, column: 1 }, isTooLong: true };
    }
    // JavaScript cannot hold the value: an int of a billion bits, a dict of more than 16 million keys.
    if (error instanceof RangeError)
      return { ok: false, error: { message: 'the value is too large', line: 1, column: 1 } };
    throw error;
  }
}

/** Counts lines only when asked for them: most manifests have no problem to point at. */
class Parsed {
  readonly ok = true;
  readonly value: PyValue;
  readonly newerThanPython38: string | undefined;
  readonly characters: number;
  readonly #src: string;
  readonly #keys: KeyOffsets;
  #lines: Map<string, number> | undefined;

  constructor(value: PyValue, src: string, parser: LiteralParser) {
    this.value = value;
    this.newerThanPython38 = parser.newerThanPython38();
    this.characters = countCharacters(src);
    this.#src = src;
    this.#keys = parser.keys;
  }

  get keyLines(): Map<string, number> {
    if (this.#lines) return this.#lines;
    const lines = new Map<string, number>();
    if (this.#keys.dict === this.value) {
      let line = 1;
      let newline = this.#src.indexOf('\n');
      this.#keys.names.forEach((name, i) => {
        const offset = this.#keys.offsets[i] ?? 0;
        for (; newline >= 0 && newline < offset; newline = this.#src.indexOf('\n', newline + 1)) line++;
        lines.set(name, line);
      });
    }
    this.#lines = lines;
    return lines;
  }
}

function position(src: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (;;) {
    const newline = src.indexOf('\n', lineStart);
    if (newline < 0 || newline >= offset) break;
    line++;
    lineStart = newline + 1;
  }
  return { line, column: countCharacters(src.slice(lineStart, offset)) + 1 };
}

/** Unlike JavaScript, Python counts a character beyond U+FFFF once. */
function countCharacters(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0);
}

/**
 * A lexical look at Python source, for hints about a module's code. Nothing is executed, and code that Python would refuse
 * gives some result, too. Pure, and linear in the length of the source.
 */

/** A logical line: physical ones joined by brackets or backslashes. */
export interface Statement {
  /** Without comments; the contents of strings are blanks. */
  readonly text: string;
  /** Where the text begins in the source. */
  readonly offset: number;
  /** Columns before its first character; a tab counts as eight, as in Python. */
  readonly indent: number;
}

/** The logical lines of a source that are not blank. */
export function statementsOf(source: string): Statement[] {
  const code = withoutTexts(source);
  const statements: Statement[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at <= code.length; at++) {
    const character = code[at];
    if (character !== undefined && '([{'.includes(character)) depth++;
    else if (character !== undefined && ')]}'.includes(character)) depth = Math.max(0, depth - 1);
    const isEnd = at === code.length || (character === '\n' && depth === 0 && !isContinued(code, at));
    if (!isEnd) continue;
    const text = code.slice(start, at);
    if (text.trim() !== '') statements.push({ text, offset: start, indent: indentOf(text) });
    start = at + 1;
  }
  return statements;
}

/** The line of an offset, from 1. */
export function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let end = source.indexOf('\n'); end >= 0 && end < offset; end = source.indexOf('\n', end + 1)) line++;
  return line;
}

function isContinued(code: string, newline: number): boolean {
  return code[code[newline - 1] === '\r' ? newline - 2 : newline - 1] === '\\';
}

function indentOf(text: string): number {
  let column = 0;
  for (const character of text) {
    if (character === '\t') column += 8 - (column % 8);
    else if (character === ' ') column++;
    else break;
  }
  return column;
}

/** Blanks for comments and the contents of strings; offsets and lines stay the same. */
function withoutTexts(source: string): string {
  const parts: string[] = [];
  let done = 0;
  const start = /["'#]/g;
  for (let found = start.exec(source); found !== null; found = start.exec(source)) {
    const [begin, end] = textAt(source, found.index);
    parts.push(source.slice(done, begin), source.slice(begin, end).replace(/[^\n]/g, ' '));
    done = end;
    start.lastIndex = Math.max(end, begin + 1);
  }
  return parts.join('') + source.slice(done);
}

/** Where the comment or the contents of the string that begins at an offset begin and end. */
function textAt(source: string, at: number): readonly [number, number] {
  const quote = source[at] as string;
  if (quote === '#') return [at, endOfLine(source, at)];
  const isTriple = source.startsWith(quote.repeat(3), at);
  const mark = isTriple ? quote.repeat(3) : quote;
  // The quotes become blanks, too: a string without its contents says nothing.
  for (let end = at + mark.length; end < source.length; end++) {
    if (source[end] === '\\') end++;
    else if (!isTriple && source[end] === '\n') return [at, end];
    else if (source.startsWith(mark, end)) return [at, end + mark.length];
  }
  return [at, source.length];
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

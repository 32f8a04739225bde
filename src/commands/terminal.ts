import { styleText } from 'node:util';
import type { Refusal } from '../base/refusal.ts';
import { oneLine, withoutCommands } from '../base/text.ts';
import { toldOf } from '../base/validate.ts';
import type { ExitCode } from './command.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text where a person looks: on a terminal, unless NO_COLOR says otherwise (https://no-color.org). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const colour = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return colour ? styleText(style, text) : text;
}

/** Prints a text on stdout. In the log of a CI no part of it is a command: it may be anything that a tree holds. */
export function say(text: string): void {
  process.stdout.write(`${withoutCommands(text)}\n`);
}

/** The same on stderr. */
export function remark(text: string): void {
  process.stderr.write(`${withoutCommands(text)}\n`);
}

/** Prints lines of this program's own that are commands of a CI. */
export function command(lines: string): void {
  process.stdout.write(`${lines}\n`);
}

/** Tells the operator something in one line on stderr, whatever names are in it. */
export function log(line: string): void {
  remark(`odoo-link-mcp: ${oneLine(line)}`);
}

/** Prints one line a problem on stderr, and how many more there are; a configuration error, exit code 2. */
export function complain(problems: readonly string[]): ExitCode {
  for (const line of toldOf(problems)) log(line);
  return 2;
}

/** Prints a refusal on stderr, and what to do about it; exit code 1. */
export function complainAbout({ code, message, hint }: Refusal): ExitCode {
  const refused = `${paint('red', 'Refused', process.stderr)} (${code}): ${oneLine(message)}`;
  remark([refused, ...(hint === undefined ? [] : [oneLine(hint)])].join('\n'));
  return 1;
}

/**
 * Lays rows out in columns.
 * @param rows Cells of equal number in each row; the last one is not padded.
 * @param style Paints a cell once its width is known.
 */
export function table(
  rows: readonly (readonly string[])[],
  style: (cell: string, row: number, column: number) => string = (cell) => cell,
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row, y) => {
    const cells = row.map((cell, x) => style(cell, y, x) + ' '.repeat((widths[x] as number) - cell.length));
    return cells.join('  ').trimEnd();
  });
  return lines.join('\n');
}

/**
 * Says on stderr how far a long piece of work has come, from one second on and then once a second.
 * @param what Continues the number: `modules checked`.
 * @returns To be called after each step.
 */
export function progress(what: string): () => void {
  let count = 0;
  let next = performance.now() + 1000;
  return () => {
    count++;
    if (performance.now() < next) return;
    next += 1000;
    remark(`${count} ${what} ...`);
  };
}

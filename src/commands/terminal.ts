import { styleText } from 'node:util';
import { type Refusal, refusalLines } from '../base/refusal.ts';
import { forOperator } from '../base/surface.ts';
import { oneLine, withoutCommands } from '../base/text.ts';
import { toldOf } from '../base/validate.ts';
import type { ExitCode } from './command.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text on a terminal, unless NO_COLOR is set (https://no-color.org). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const colour = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return colour ? styleText(style, text) : text;
}

/** Prints a text on stdout, disarmed so that no part of it is a command in a CI log: it may contain text from modules. */
export function say(text: string): void {
  process.stdout.write(`${withoutCommands(text)}\n`);
}

/** Like {@link say}, on stderr. */
export function remark(text: string): void {
  process.stderr.write(`${withoutCommands(text)}\n`);
}

/** Prints lines that are meant as commands for a CI. */
export function command(lines: string): void {
  process.stdout.write(`${lines}\n`);
}

/** Prints one line for the operator on stderr; names in it cannot break the line. */
export function log(line: string): void {
  remark(`odoo-link-mcp: ${oneLine(line)}`);
}

/** Prints one line per problem on stderr, and how many more there are. Returns 2, the exit code of configuration errors. */
export function complain(problems: readonly string[]): ExitCode {
  for (const line of toldOf(problems)) log(line);
  return 2;
}

/**
 * Prints a refusal, with all its reasons and hints, on stderr.
 * @param options Those with which the commands in its hints find the same configuration.
 * @returns The exit code 1.
 */
export function complainAbout(refusal: Refusal, options: readonly string[] = []): ExitCode {
  const refused = `${paint('red', 'Refused', process.stderr)} (${refusal.code}): ${oneLine(refusal.message)}`;
  const { hint } = refusal;
  const { lines } = refusalLines({
    ...refusal,
    ...(hint !== undefined && { hint: forOperator(hint, options) }),
  });
  remark([refused, ...lines.map(oneLine)].join('\n'));
  return 1;
}

/**
 * Lays rows out in columns.
 * @param rows Each with the same number of cells; the last cell is not padded.
 * @param style Colours a cell after its width is known.
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
 * Reports the progress of long work on stderr, once a second.
 * @param what Follows the number: `modules checked`.
 * @returns A function to call after each step.
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

/** Shows how far long work is. */
export interface ProgressLine {
  show(text: string): void;
  /** Removes the line from a terminal. */
  end(): void;
}

/** How often a line is printed where it cannot be replaced, in milliseconds. */
const PRINT_MS = 10_000;

/** Shows progress on stderr: on a terminal one line that is replaced, elsewhere a line every ten seconds. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  const isTerminal = stream.isTTY && process.env.TERM !== 'dumb';
  let next = performance.now() + PRINT_MS;
  let isShown = false;
  return {
    show(text) {
      if (isTerminal) {
        // A line that is wrapped could not be replaced.
        const line = oneLine(text).slice(0, (stream.columns ?? 80) - 1);
        stream.write(`\r${withoutCommands(line)}\u001b[K`);
        isShown = true;
      } else if (performance.now() >= next) {
        next = performance.now() + PRINT_MS;
        remark(oneLine(text));
      }
    },
    end() {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}

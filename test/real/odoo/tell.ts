/** What was done with a real Odoo, what it said, and whether that is as it should be. */
import { oneLine } from '../../../src/base/text.ts';

export interface Row {
  readonly step: string;
  readonly said: string;
  /** Empty if all is as it should be. */
  readonly wrong: readonly string[];
}

/** What a step saw. */
export interface Seen {
  readonly said: string;
  readonly wrong?: readonly string[];
}

export interface Tale {
  readonly rows: readonly Row[];
  /** Does a step and keeps what it saw; one that throws is wrong, and does not end the tale. */
  step(name: string, work: () => Promise<Seen>): Promise<void>;
}

const MOST_SAID = 260;

/** @param print Called with each row as it comes. */
export function startTale(print: (row: Row) => void): Tale {
  const rows: Row[] = [];
  return {
    rows,
    async step(name, work) {
      const seen = await work().catch((error: Error): Seen => ({ said: '', wrong: [error.message] }));
      const row = { step: name, said: seen.said, wrong: seen.wrong ?? [] };
      rows.push(row);
      print(row);
    },
  };
}

/** A row of a table in Markdown. */
export function tableRow(series: string, { step, said, wrong }: Row): string {
  const short = cell(said);
  const verdict = wrong.length === 0 ? 'yes' : `NO: ${cell(wrong.join('; '))}`;
  return `| ${series} | ${step} | ${short} | ${verdict} |`;
}

function cell(text: string): string {
  const line = oneLine(text.trim().replaceAll('\n', ' ')).replaceAll('|', '\\|');
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID)}...` : line;
}

/** Where a value lacks what is expected of it; a function is asked, and what is in it but not expected does not matter. */
export function differences(actual: unknown, expected: unknown, at = ''): string[] {
  if (typeof expected === 'function')
    return expected(actual) === true ? [] : [`${at} is ${JSON.stringify(actual)}`];
  if (expected instanceof RegExp)
    return expected.test(String(actual)) ? [] : [`${at} is ${JSON.stringify(actual)}`];
  if (typeof expected !== 'object' || expected === null)
    return actual === expected ? [] : [`${at} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
  if (typeof actual !== 'object' || actual === null) return [`${at} is ${JSON.stringify(actual)}`];
  const inner = actual as Readonly<Record<string, unknown>>;
  return Object.entries(expected).flatMap(([key, value]) => differences(inner[key], value, `${at}/${key}`));
}

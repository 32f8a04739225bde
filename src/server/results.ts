import type { CallToolResult } from '@modelcontextprotocol/server';
import { lean } from '../base/lean.ts';
import { briefRefusal, type Refusal, refusalLines } from '../base/refusal.ts';
import { inPlainSight, oneLine } from '../base/text.ts';
import type { Denial, LimitStatus } from '../gate/denial.ts';
import type { LeftOut, Shortened } from '../services/own-words.ts';
import { cutToFit, fitLines } from './fit.ts';

/** How a call ended: with a report, or with a refusal. */
export type Outcome =
  | { readonly ok: true; readonly report: { readonly status: string }; readonly limit: LimitStatus | null }
  | { readonly ok: false; readonly refusal: Refusal | Denial };

/**
 * The most characters of an answer's structure as JSON, and of its text: clients show their model one of the two, and cut or
 * put away what is longer. Services make reports that fit, page by page where need be; what is cut here is told.
 */
export const MOST_SHOWN = 20_000;

/**
 * A success: text for a person, and the same as data. Both are cut if they would be too long. The data contains no
 * invisible characters, and nothing that is empty.
 * @param more How to get what is left out.
 */
export function successResult(
  report: object,
  text: string,
  limit: LimitStatus | null,
  more: string,
): CallToolResult {
  const left = limit === null ? '' : `\n${limit.remaining} of ${limit.limit} left (${limit.counter}).`;
  const { said, data } = fitAnswer(`${text}${left}`, { ...report, limit }, more);
  return { content: [{ type: 'text', text: said }], structuredContent: data };
}

/** A refusal by a service or by the policy, with its hint. */
export function refusalResult(refusal: Refusal | Denial): CallToolResult {
  const told = briefRefusal(refusal);
  const { head, lines } = refusalLines(told);
  const wait = told.retry_after_ms === undefined ? [] : [`retry_after_ms: ${told.retry_after_ms}`];
  const text = [head, ...lines, ...wait].map(oneLine).join('\n');
  const report = { status: 'refused', ...told };
  const { said, data } = fitAnswer(text, report, 'Fix these and call again to see the rest.');
  return { isError: true, content: [{ type: 'text', text: said }], structuredContent: data };
}

function fitAnswer(
  text: string,
  report: object,
  more: string,
): { said: string; data: Record<string, unknown> } {
  const { data, leftOut } = fitData(report, more, (data) => JSON.stringify(data).length);
  if (leftOut.length === 0) return { said: fitLines(text, MOST_SHOWN), data };
  const told = `Too long for one answer; left out: ${leftOut.map(describe).join(', ')}. ${more}`;
  return { said: `${fitLines(text, MOST_SHOWN - told.length - 1)}\n${told}`, data };
}

/** Adds what was cut here to what the report itself leaves out. */
function withLeftOut(report: Shortened, leftOut: readonly LeftOut[], more: string) {
  const own = report.more === undefined ? '' : `${report.more} `;
  return { ...report, left_out: [...(report.left_out ?? []), ...inPlainSight(leftOut)], more: own + more };
}

function describe({ what, items }: LeftOut): string {
  return `${items} of ${oneLine(what)}`;
}

/**
 * Cuts a report of any size, then makes the invisible characters in the rest visible. That makes texts longer, so what no
 * longer fits is cut again with less room.
 * @param measure Counts the characters that the data takes in the answer.
 */
function fitData(
  report: object,
  more: string,
  measure: (data: object) => number,
): { data: Record<string, unknown>; leftOut: readonly LeftOut[] } {
  const whole = lean(report);
  for (let room = MOST_SHOWN; ; room = (room * 3) / 4) {
    const { value, leftOut } = cutToFit(whole, room);
    const seen = inPlainSight(value) as Record<string, unknown>;
    const data = leftOut.length === 0 ? seen : withLeftOut(seen, leftOut, more);
    if (measure(data) <= MOST_SHOWN) return { data, leftOut };
  }
}

/** A report as the text of a resource, cut in the same way. */
export function resourceText(report: object): string {
  const { data } = fitData(report, 'The tools tell the rest.', (data) => inText(data).length);
  return inText(data);
}

function inText(data: object): string {
  return JSON.stringify(data, null, 2);
}

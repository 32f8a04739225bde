import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Refusal } from '../base/refusal.ts';
import { inPlainSight, oneLine } from '../base/text.ts';
import type { Denial, LimitStatus } from '../gate/denial.ts';
import { bytesOf, cutToFit, fitLines, type LeftOut } from './fit.ts';
import { MOST_ANSWER } from './messages.ts';

/** How a call ended: with a report, or with a refusal. */
export type Outcome =
  | { readonly ok: true; readonly report: { readonly status: string }; readonly limit: LimitStatus | null }
  | { readonly ok: false; readonly refusal: Refusal | Denial };

/** The most bytes of an answer's text; the data may use the rest. */
const MOST_TEXT = 96 * 1024;
/** Room for what surrounds the two. */
const ENVELOPE = 4 * 1024;

/**
 * A success: text for a person, and the same as data. Both are cut if the answer would be too long. The data contains no
 * invisible characters.
 * @param more How to get what is left out.
 */
export function successResult(
  report: object,
  text: string,
  limit: LimitStatus | null,
  more: string,
): CallToolResult {
  const { said, data } = fitAnswer(text, report, more);
  return {
    content: [{ type: 'text', text: said }],
    structuredContent: { ...data, ...inPlainSight({ limit }) },
  };
}

/** A refusal by a service or by the policy, with its hint. */
export function refusalResult(refusal: Refusal | Denial): CallToolResult {
  const hint = 'hint' in refusal && refusal.hint !== undefined ? `\n${oneLine(refusal.hint)}` : '';
  const text = `${oneLine(refusal.message)} [${refusal.code}]${hint}`;
  const report = { status: 'refused', ...refusal };
  const { said, data } = fitAnswer(text, report, 'Fix these and call again to see the rest.');
  return { isError: true, content: [{ type: 'text', text: said }], structuredContent: data };
}

function fitAnswer(
  text: string,
  report: object,
  more: string,
): { said: string; data: Record<string, unknown> } {
  const fitted = fitLines(text, MOST_TEXT);
  const room = MOST_ANSWER - ENVELOPE - bytesOf(fitted);
  const { data, leftOut } = fitData(report, room, (data) => Buffer.byteLength(JSON.stringify(data)));
  if (leftOut.length === 0) return { said: fitted, data };
  const said = `${fitted}\nToo long for one answer; left out: ${leftOut.map(describe).join(', ')}. ${more}`;
  return { said, data };
}

/** Adds what was cut here to what the report itself leaves out. */
function withLeftOut(report: { readonly left_out?: unknown }, leftOut: readonly LeftOut[]) {
  const own = Array.isArray(report.left_out) ? (report.left_out as LeftOut[]) : [];
  return { ...report, left_out: [...own, ...inPlainSight(leftOut)] };
}

function describe({ what, items }: LeftOut): string {
  return `${items} of ${oneLine(what)}`;
}

/**
 * Cuts a report of any size, then makes the invisible characters in the rest visible. That makes texts longer, so what no
 * longer fits is cut again with less room.
 * @param measure Counts the bytes that the data takes in the answer.
 */
function fitData(
  report: object,
  most: number,
  measure: (data: object) => number,
): { data: Record<string, unknown>; leftOut: readonly LeftOut[] } {
  for (let room = most; ; room /= 2) {
    const { value, leftOut } = cutToFit(report, room);
    const data = inPlainSight(value) as Record<string, unknown>;
    if (measure(data) > most) continue;
    return { data: leftOut.length === 0 ? data : withLeftOut(data, leftOut), leftOut };
  }
}

/** A report as the text of a resource, cut in the same way. */
export function resourceText(report: object): string {
  const inText = (data: object) => JSON.stringify(data, null, 2);
  const { data } = fitData(report, MOST_ANSWER - ENVELOPE, (data) => bytesOf(inText(data)));
  return inText(data);
}

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Refusal } from '../base/refusal.ts';
import { inPlainSight, oneLine } from '../base/text.ts';
import type { Denial, LimitStatus } from '../gate/denial.ts';
import { bytesOf, cutToFit, fitLines, type LeftOut } from './fit.ts';
import { MOST_ANSWER } from './messages.ts';

/** How a call ended: with a report, or with the reason why nothing was done. */
export type Outcome =
  | { readonly ok: true; readonly report: { readonly status: string }; readonly limit: LimitStatus | null }
  | { readonly ok: false; readonly refusal: Refusal | Denial };

/** What a text may take of an answer; the data has the rest. */
const MOST_TEXT = 96 * 1024;
/** For what is around the two. */
const ENVELOPE = 4 * 1024;

/**
 * A success: a text a person can read, and the same as data, both cut where they would make the answer too long. No text
 * of the data holds what a person does not see.
 * @param more How to get at what is left out.
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

/** A refusal by a service or by the policy, with what to do about it. */
export function refusalResult(refusal: Refusal | Denial): CallToolResult {
  const hint = 'hint' in refusal && refusal.hint !== undefined ? `\n${oneLine(refusal.hint)}` : '';
  const text = `${oneLine(refusal.message)} [${refusal.code}]${hint}`;
  const report = { status: 'refused', ...refusal };
  const { said, data } = fitAnswer(text, report, 'Mend what is told and call again: then the rest is told.');
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
  const said = `${fitted}\nToo much for one answer; left out: ${leftOut.map(describe).join(', ')}. ${more}`;
  return { said, data };
}

/** What was cut here, behind what the report itself says it leaves out. */
function withLeftOut(report: { readonly left_out?: unknown }, leftOut: readonly LeftOut[]) {
  const own = Array.isArray(report.left_out) ? (report.left_out as LeftOut[]) : [];
  return { ...report, left_out: [...own, ...inPlainSight(leftOut)] };
}

function describe({ what, items }: LeftOut): string {
  return `${items} of ${oneLine(what)}`;
}

/**
 * Cuts a report, whatever its size, and shows what is not seen in what is left of it. That makes texts longer: where they
 * have no room any more, they are cut once more with less.
 * @param measure Counts the bytes that the data takes where it goes.
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

/** A report as the text of a resource, cut like an answer. */
export function resourceText(report: object): string {
  const inText = (data: object) => JSON.stringify(data, null, 2);
  const { data } = fitData(report, MOST_ANSWER - ENVELOPE, (data) => bytesOf(inText(data)));
  return inText(data);
}

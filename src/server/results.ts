import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Denial, LimitStatus } from '../policy/denial.ts';
import type { Refusal } from '../refusal.ts';
import { inPlainSight, oneLine } from '../text.ts';

/** A success: a text a person can read, and the same as data, in which no text holds what a person does not see. */
export function successResult(report: object, text: string, limit: LimitStatus | null): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: inPlainSight({ ...report, limit }) };
}

/** A refusal by a service or by the policy, with what to do about it. */
export function refusalResult(refusal: Refusal | Denial): CallToolResult {
  const hint = 'hint' in refusal && refusal.hint !== undefined ? `\n${oneLine(refusal.hint)}` : '';
  return {
    isError: true,
    content: [{ type: 'text', text: `${oneLine(refusal.message)} [${refusal.code}]${hint}` }],
    structuredContent: inPlainSight({ status: 'refused', ...refusal }),
  };
}

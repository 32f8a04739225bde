import * as z from 'zod';
import { type Result, refuse } from '../../base/refusal.ts';
import type { ServiceContext } from '../context.ts';
import { compareInstances } from './compare-instances.ts';
import { type Comparison, ComparisonSchema, describeComparison } from './comparison.ts';
import { describeStatus } from './describe-status.ts';
import { linkStatus, type StatusReport, StatusReportSchema, type StatusRequest } from './link-status.ts';
import { describeOrphans, listOrphans, type OrphansReport, OrphansSchema } from './orphan-report.ts';

export interface StatusCall extends Omit<StatusRequest, 'orphans' | 'instances'> {
  /** Only the links that nobody asked for and nothing linked needs. */
  readonly orphans?: boolean | undefined;
  /** The names of two instances, to compare them. */
  readonly instances?: readonly string[] | undefined;
}

/** All shapes of an answer in one, as a tool answers. */
export const StatusAnswerSchema = z.strictObject({
  ...OrphansSchema.partial().shape,
  ...ComparisonSchema.partial().shape,
  ...StatusReportSchema.partial().shape,
  status: z.literal('ok'),
});

export type StatusAnswer = StatusReport | OrphansReport | Comparison;

/** What is linked; with `orphans` what nobody needs of it, with `instances` how two instances differ. */
export async function statusAnswer(call: StatusCall, context: ServiceContext): Promise<Result<StatusAnswer>> {
  const { orphans, instances, ...request } = call;
  if (orphans !== true && instances === undefined) return linkStatus(request, context);
  const allowed: readonly string[] =
    instances === undefined ? ['instance', 'branch', 'target_dir', 'cursor', 'room'] : ['cursor', 'room'];
  const given = Object.entries({
    ...request,
    orphans: orphans && instances !== undefined ? orphans : undefined,
  });
  const surplus = given.flatMap(([name, value]) =>
    value === undefined || allowed.includes(name) ? [] : name,
  );
  if (surplus.length > 0) {
    const name = instances === undefined ? 'orphans' : 'instances';
    const message = `${name} does not go together with ${surplus.join(' and ')}.`;
    return refuse('invalid_argument', message, { hint: `Leave ${surplus.join(' and ')} out.` });
  }
  if (instances !== undefined) return compareInstances({ ...request, instances }, context);
  return listOrphans(request, context);
}

/** The answer as text for a person. */
export function describeAnswer(answer: StatusAnswer): string {
  if ('compared' in answer) return describeComparison(answer);
  return 'origins' in answer ? describeOrphans(answer) : describeStatus(answer);
}

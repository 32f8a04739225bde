import * as z from 'zod';
import { type Result, refuse } from '../../base/refusal.ts';
import type { Series } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import {
  describePage,
  type MigrationPage,
  MigrationPageSchema,
  pageOfMigration,
} from '../migration/migration-page.ts';
import { compareInstances } from './compare-instances.ts';
import { type Comparison, ComparisonSchema, describeComparison } from './comparison.ts';
import { describeStatus } from './describe-status.ts';
import { linkStatus, type StatusReport, StatusReportSchema, type StatusRequest } from './link-status.ts';
import { describeOrphans, listOrphans, type OrphansReport, OrphansSchema } from './orphan-report.ts';

export interface StatusCall extends Omit<StatusRequest, 'orphans' | 'instances' | 'to'> {
  /** Only the links that nobody asked for and nothing linked needs. */
  readonly orphans?: boolean | undefined;
  /** The names of two instances, to compare them. */
  readonly instances?: readonly string[] | undefined;
  /** A later series: what becomes of the links there. */
  readonly to?: Series | undefined;
}

/** All shapes of an answer in one, as a tool answers. */
export const StatusAnswerSchema = z.strictObject({
  ...OrphansSchema.partial().shape,
  ...ComparisonSchema.partial().shape,
  ...MigrationPageSchema.partial().shape,
  ...StatusReportSchema.partial().shape,
  status: z.literal('ok'),
});

export type StatusAnswer = StatusReport | OrphansReport | Comparison | MigrationPage;

/** The arguments that go together with each that asks for another answer. */
const TOGETHER = {
  instances: ['cursor', 'room'],
  orphans: ['instance', 'branch', 'target_dir', 'cursor', 'room'],
  to: ['instance', 'branch', 'target_dir', 'limit', 'cursor', 'room'],
} as const satisfies Record<string, readonly (keyof StatusCall)[]>;

/**
 * What is linked; with `orphans` what nobody needs of it, with `instances` how two instances differ, with `to` what becomes of it
 * in a later series.
 */
export async function statusAnswer(call: StatusCall, context: ServiceContext): Promise<Result<StatusAnswer>> {
  const { orphans, instances, to, ...request } = call;
  const asked = { instances, to, orphans: orphans === true ? orphans : undefined };
  const [name] = (['instances', 'to', 'orphans'] as const).filter((one) => asked[one] !== undefined);
  if (name === undefined) return linkStatus(request, context);
  const allowed: readonly string[] = [name, ...TOGETHER[name]];
  const surplus = Object.entries({ ...request, ...asked }).flatMap(([given, value]) =>
    value === undefined || value === false || allowed.includes(given) ? [] : given,
  );
  if (surplus.length > 0) {
    const message = `${name} does not go together with ${surplus.join(' and ')}.`;
    return refuse('invalid_argument', message, { hint: `Leave ${surplus.join(' and ')} out.` });
  }
  if (instances !== undefined) return compareInstances({ ...request, instances }, context);
  return to === undefined ? listOrphans(request, context) : pageOfMigration({ ...request, to }, context);
}

/** The answer as text for a person. */
export function describeAnswer(answer: StatusAnswer): string {
  if ('compared' in answer) return describeComparison(answer);
  if ('fates' in answer) return describePage(answer);
  return 'origins' in answer ? describeOrphans(answer) : describeStatus(answer);
}

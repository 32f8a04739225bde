import * as z from 'zod';
import { counted, oneLine, quotedField } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import { MODULE_STATES } from '../../odoo/known-to-odoo.ts';
import { type OperationStep, STEP_REASONS, type StepReason } from '../../odoo/operation-plan.ts';
import { leftOut, ownWords, type ReportOf } from '../own-words.ts';

export const OperationReportSchema = z.strictObject({
  status: z
    .enum(['planned', 'installed', 'upgraded', 'already_installed'])
    .describe('What Odoo says now, not what it answered.'),
  instance: z.string(),
  series: z.enum(SERIES),
  database: z.string(),
  restart: z
    .enum(['planned', 'done'])
    .optional()
    .describe('Odoo is restarted first, by the command of the operator.'),
  modules: z.array(
    z.strictObject({
      module: z.string(),
      action: z.enum(['install', 'upgrade', 'cancel']),
      why: z
        .enum(STEP_REASONS)
        .describe('auto_install: Odoo installs it by itself; dependent: it needs a module that is upgraded.'),
      state: z.enum(MODULE_STATES).optional().describe('In the database, afterwards.'),
      version: ownWords.optional().describe('In the database; in a plan, the one on the disk.'),
      before: ownWords.optional().describe('The version that was installed.'),
    }),
  ),
  left_out: leftOut,
  next_steps: z.array(z.string()).optional(),
});
export type OperationReport = ReportOf<typeof OperationReportSchema>;
type ReportedStep = OperationReport['modules'][number];

/** The most modules that are listed; those that were named come first. */
const MOST_LISTED = 60;

/**
 * Tells steps with what became of them.
 * @param now What the database says afterwards; empty for a plan.
 */
export function reportSteps(
  steps: readonly OperationStep[],
  now: ReadonlyMap<string, Pick<ReportedStep, 'state'> & { readonly installed: string | null }>,
): Pick<OperationReport, 'modules' | 'left_out'> {
  const more = steps.length - MOST_LISTED;
  const modules = steps.slice(0, MOST_LISTED).map(({ module, action, why, from, to }) => {
    // What was cancelled has no state of its own: it is part of the rest, or not installed.
    const after = action === 'cancel' ? undefined : now.get(module);
    const version = after === undefined ? to : after.installed === null ? null : quotedField(after.installed);
    return {
      ...{ module, action, why },
      ...(after?.state !== undefined && { state: after.state }),
      ...(version !== null && { version }),
      ...(from !== null && from !== version && { before: from }),
    };
  });
  return { modules, ...(more > 0 && { left_out: [{ what: '/modules', items: more }] }) };
}

const HEADS: Readonly<Record<OperationReport['status'], string>> = {
  planned: 'nothing was changed; this would be done',
  installed: 'installed',
  upgraded: 'upgraded',
  already_installed: 'all of it is installed already',
};

/** Follows the action: why these are part of it. */
const REASONS: Readonly<Record<StepReason, string>> = {
  named: '',
  needed: ', since it is needed',
  auto_install: ', by auto_install',
  dependent: ', since it needs what is upgraded',
  stuck: ', since it was left unfinished',
};

/** The report as text for a person: a line for all of which the same is to be said. */
export function describeOperation(report: OperationReport): string {
  const { status, instance, series, database, restart, modules, left_out = [] } = report;
  const groups = new Map<string, string[]>();
  for (const { module, action, why, state, version, before } of modules) {
    const now = state === undefined ? '' : `; now ${state}`;
    const head = `${action}${REASONS[why]}${now}`;
    const versions = [before, version].flatMap((one) => one ?? []).join(' -> ');
    groups.set(head, [...(groups.get(head) ?? []), versions === '' ? module : `${module} ${versions}`]);
  }
  return [
    `Odoo ${series} of ${instance}, database ${database}: ${HEADS[status]}.`,
    ...(restart === undefined
      ? []
      : [restart === 'done' ? 'Odoo was restarted first.' : 'Odoo would be restarted first.']),
    ...[...groups].map(([head, its]) => `- ${head}: ${its.join(', ')}`),
    ...left_out.map(({ items }) => `And ${counted(items, 'more module')}.`),
    ...(report.next_steps ?? []).map((step) => `Next: ${step}`),
  ]
    .map(oneLine)
    .join('\n');
}

/** What `apply` did, as the difference between what was there and what is declared. */
import { ok, type Result } from '../../base/refusal.ts';
import type { ServiceContext } from '../context.ts';
import { answerLinks } from '../link/answer.ts';
import type { LinkAnswer } from '../link/brief-links.ts';
import { describeReport } from '../link/describe-report.ts';
import type { ApplyReport } from './apply-state.ts';

/** How many links there are of each kind. */
export interface StateDiff {
  readonly create: number;
  readonly repoint: number;
  readonly remove: number;
  readonly unchanged: number;
  /** Declared modules that were not found and passed over. */
  readonly skipped: number;
}

/** An answer that lists what changes; what is as declared is only counted. */
export type ApplyAnswer = LinkAnswer & { readonly diff: StateDiff };

/** Makes an answer of a report. */
export async function answerApply(
  work: Promise<Result<ApplyReport>>,
  context: ServiceContext,
): Promise<Result<ApplyAnswer>> {
  const done = await work;
  if (!done.ok) return done;
  const { skipped, ...report } = done.value;
  const changed = report.links.filter(({ action }) => action !== 'keep');
  const answered = await answerLinks(Promise.resolve(ok({ ...report, links: changed })), context);
  if (!answered.ok) return answered;
  const diff = {
    create: changed.filter(({ action }) => action === 'create').length,
    repoint: changed.filter(({ action }) => action === 'replace').length,
    remove: report.removed.length,
    unchanged: report.links.length - changed.length,
    skipped,
  };
  return ok({ ...answered.value, diff });
}

/** The answer as text for a person. */
export function describeApply(answer: ApplyAnswer): string {
  const { status, instance, series, target_dir, diff } = answer;
  const { create, repoint, remove, unchanged, skipped } = diff;
  const counts = [
    `${create} created`,
    `${repoint} re-pointed`,
    `${remove} removed`,
    `${unchanged} unchanged`,
  ];
  const said = [...counts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
  const where = `in ${target_dir} (instance ${instance}, Odoo ${series})`;
  return describeReport(answer, `${status === 'planned' ? 'Dry run: ' : ''}${said} ${where}.`);
}

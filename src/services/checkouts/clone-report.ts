import * as z from 'zod';
import type { Refusal } from '../../base/refusal.ts';
import { counted, inWords, oneLine, quoted } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import { leftOut, message, more, ownWords, type ReportOf } from '../own-words.ts';

/** A repository that was not cloned or updated, and why. */
export const FailedRepository = z.strictObject({
  repo: z.string(),
  code: z.string(),
  message,
  hint: z.string().optional(),
});

/** A repository that was cloned, or is there already. */
export const ClonedRepository = z.strictObject({
  repo: z.string(),
  action: z.enum(['clone', 'keep']),
  branch: ownWords.nullable(),
  commit: z.string().nullable(),
  modules: z.int().optional().describe('How many modules it has.'),
  bytes: z.int().optional(),
  for: z.array(z.string()).optional().describe('The modules of the call that are in it.'),
});

/** A repository that was not cloned or updated, of a refusal that has its name in `details.repo`. */
export function tellFailed({ code, message, hint, details }: Refusal): ReportOf<typeof FailedRepository> {
  return { repo: String(details?.repo), code, message, ...(hint !== undefined && { hint }) };
}

export const CloneReportSchema = z.strictObject({
  status: z
    .enum(['cloned', 'already_there', 'planned', 'incomplete'])
    .describe('`incomplete`: some could not be cloned, see `failed`; the others are there.'),
  instance: z.string(),
  series: z.enum(SERIES),
  root: z.string().describe('The folder of checkouts.'),
  repositories: z.array(ClonedRepository),
  failed: z.array(FailedRepository).optional(),
  next_steps: z.array(z.string()),
  left_out: leftOut,
  more,
});
export type CloneReport = ReportOf<typeof CloneReportSchema>;

/** The report as text for a person. */
export function describeClones({
  status,
  series,
  root,
  repositories,
  failed = [],
  next_steps,
}: CloneReport): string {
  const made = repositories.filter(({ action }) => action === 'clone');
  const kept = repositories.length - made.length;
  const verb = status === 'planned' ? 'Would clone' : 'Cloned';
  const head =
    made.length === 0
      ? `Nothing to clone for Odoo ${series}.`
      : `${verb} ${counted(made.length, 'repository', 'repositories')} for Odoo ${series} into ${root}.`;
  return [
    oneLine(head),
    ...made.map(describeCloned),
    ...(kept > 0 ? [`${counted(kept, 'repository is', 'repositories are')} there already.`] : []),
    ...failed.map(({ message, hint = '' }) => oneLine(`- ${message} ${hint}`.trim())),
    ...next_steps,
  ].join('\n');
}

/** A repository in one line. */
export function describeCloned({
  repo,
  branch,
  commit,
  modules,
  bytes,
  for: named = [],
}: CloneReport['repositories'][number]): string {
  const facts = [
    ...(branch === null ? [] : [`branch ${branch}`]),
    ...(commit === null ? [] : [`commit ${commit.slice(0, 12)}`]),
    ...(modules === undefined ? [] : [counted(modules, 'module')]),
    ...(bytes === undefined ? [] : [`${(bytes / 1e6).toFixed(1)} MB`]),
    ...(named.length === 0 ? [] : [`for ${inWords(named.slice(0, 10).map(quoted))}`]),
  ];
  return oneLine(`- ${repo}: ${facts.join(', ')}`);
}

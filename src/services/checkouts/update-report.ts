import * as z from 'zod';
import { counted, firstInWords, oneLine, quoted } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import { leftOut, message, more, ownWords, type ReportOf } from '../own-words.ts';
import { FailedRepository } from './clone-report.ts';

const module = z.string();
const repo = z.string();
const names = z.array(z.string());

export const UpdateReportSchema = z.strictObject({
  // `incomplete`: one failed, or was named and left alone.
  status: z.enum(['updated', 'up_to_date', 'planned', 'incomplete']),
  instance: z.string(),
  series: z.enum(SERIES),
  updated: z
    .array(
      z.strictObject({
        repo,
        before: z.string(),
        after: z.string(),
        commits: z.int().optional().describe('How many come; absent where a shallow clone cannot tell.'),
        date: z.string().optional().describe('Of the last one.'),
        note: message.optional(),
      }),
    )
    .describe('The checkouts that were moved, or would be.'),
  up_to_date: names,
  left_alone: z
    .array(z.strictObject({ repo, problem: message, remedy: z.string() }))
    .describe('Checkouts that cannot be updated as they are.'),
  failed: z.array(FailedRepository).optional(),
  deleted: z
    .array(z.strictObject({ module, repo, remedy: z.string().nullable() }))
    .describe('Linked modules that are gone: their links lead nowhere.'),
  moved: z
    .array(z.strictObject({ module, repo, to: z.string(), remedy: z.string().nullable() }))
    .describe('Linked modules that are in another folder or repository now.'),
  lost_installability: z.array(z.strictObject({ module, repo, problem: message })),
  changed_version: z
    .array(z.strictObject({ module, repo, from: ownWords, to: ownWords }))
    .describe('Linked modules to update in Odoo: what `-u` takes.'),
  changed_without_version: names.describe('Linked modules whose files changed, but not their version.'),
  new_dependencies: z.array(
    z.strictObject({ module, needs: z.string(), is: z.enum(['linked', 'known', 'missing']) }),
  ),
  modules: z
    .strictObject({ added: z.int(), removed: z.int(), changed: z.int() })
    .describe('Of the updated checkouts, linked or not.'),
  next_steps: names,
  left_out: leftOut,
  more,
});
export type UpdateReport = ReportOf<typeof UpdateReportSchema>;

/** How many names a line has. */
const MOST_NAMED = 10;

/** The report as text for a person. */
export function describeUpdates(report: UpdateReport): string {
  const { status, series, updated, up_to_date, left_alone, failed = [], modules, next_steps } = report;
  const verb = status === 'planned' ? 'Would update' : 'Updated';
  const head =
    updated.length === 0
      ? `Nothing to update for Odoo ${series}.`
      : `${verb} ${counted(updated.length, 'repository', 'repositories')} for Odoo ${series}: ${counted(modules.added, 'module')} added, ${modules.removed} removed, ${modules.changed} changed.`;
  return [
    head,
    ...updated.map(describeOne),
    ...(up_to_date.length === 0 ? [] : [`Up to date: ${firstInWords(up_to_date, MOST_NAMED)}.`]),
    ...left_alone.map(
      ({ repo, problem, remedy }) => `- ${quoted(repo)} was left alone. ${problem} ${remedy}`,
    ),
    ...failed.map(({ message, hint = '' }) => `- ${message} ${hint}`.trim()),
    ...describeModules(report),
    ...next_steps,
  ]
    .map(oneLine)
    .join('\n');
}

function describeOne({ repo, before, after, commits, date, note }: UpdateReport['updated'][number]): string {
  const facts = [
    `from ${before.slice(0, 12)} to ${after.slice(0, 12)}`,
    ...(commits === undefined ? [] : [counted(commits, 'commit')]),
    ...(date === undefined ? [] : [`of ${date.slice(0, 10)}`]),
  ];
  return `- ${quoted(repo)}: ${facts.join(', ')}${note === undefined ? '' : `. ${note}`}`;
}

function describeModules(report: UpdateReport): string[] {
  const { deleted, moved, lost_installability, changed_version, changed_without_version } = report;
  const needs = report.new_dependencies.map(
    ({ module, needs, is }) => `${module} -> ${quoted(needs)} (${is})`,
  );
  const versions = changed_version.map(({ module, from, to }) => `${module} ${from} -> ${to}`);
  return [
    ...deleted.map(({ module, repo, remedy }) =>
      `Gone: ${module} from ${quoted(repo)}. ${remedy ?? ''}`.trim(),
    ),
    ...moved.map(({ module, to, remedy }) => `Moved: ${module} to ${quoted(to)}. ${remedy ?? ''}`.trim()),
    ...lost_installability.map(({ problem }) => `No longer installable: ${problem}`),
    ...(versions.length === 0 ? [] : [`New versions: ${firstInWords(versions, MOST_NAMED)}.`]),
    ...(changed_without_version.length === 0
      ? []
      : [`Changed, with the same version: ${firstInWords(changed_without_version, MOST_NAMED)}.`]),
    ...(needs.length === 0 ? [] : [`New dependencies: ${firstInWords(needs, MOST_NAMED)}.`]),
  ];
}

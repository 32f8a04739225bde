import * as z from 'zod';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import { AfterChangeSchema, describeAfter } from '../odoo/after-change.ts';
import { describeRest, type ReportOf, type Shortened } from '../own-words.ts';
import { describeRepository, differing, RepositorySchema } from './by-repository.ts';
import { WarningsSchema } from './link-call.ts';
import { describeWarning, type Room, type Telling, tellLinks, tellWarnings } from './told-links.ts';
import type { UnlinkReport } from './unlink-modules.ts';

/** The answer of `oca_unlink` and `ee_unlink`. */
export const UnlinkAnswerSchema = z.strictObject({
  status: z.enum(['unlinked', 'planned']).describe('planned: a dry run.'),
  instance: z.string(),
  series: z.enum(SERIES),
  target_dir: z.string().describe('Each link was in it, under the name of its module.'),
  count: z.int().describe('All links, listed or not.'),
  links: z
    .array(
      z.strictObject({
        module: z.string(),
        repo: differing.repo,
        source: differing.source,
        because_of: z.array(z.string()).describe('With `cascade`: the unlinked modules that it needs.'),
      }),
    )
    .describe('Those that were named; then those that came along, unless they are many.'),
  repositories: z.array(RepositorySchema),
  warnings: WarningsSchema,
  next_steps: z.array(z.string()),
  odoo: AfterChangeSchema.exactOptional().describe('With `refresh`: what the running Odoo says now.'),
});

export type UnlinkAnswer = ReportOf<typeof UnlinkAnswerSchema> & Shortened;

/** Makes an answer of a report, see {@link briefLinks}. */
export function briefUnlinks(report: UnlinkReport, room: Room, how: string): UnlinkAnswer {
  const { links, warnings, ...rest } = report;
  const { leftOut, ...told } = tellLinks(links, TELLING, room);
  return {
    ...rest,
    count: links.length,
    ...told,
    warnings: tellWarnings(warnings, room),
    ...(leftOut.length > 0 && { left_out: leftOut, more: how }),
  };
}

const TELLING: Telling<UnlinkReport['links'][number], UnlinkAnswer['links'][number]> = {
  because: ({ because_of }) => because_of,
  isNotable: () => false,
  describe(link, repositories, because_of) {
    const { repo, source } = repositories.differing(link);
    return { module: link.module, repo, source, because_of };
  },
};

/** The answer of an unlink call as text for a person. */
export function describeUnlink(answer: UnlinkAnswer): string {
  const { status, instance, series, target_dir, count, links, repositories, warnings, next_steps } = answer;
  const verb = status === 'planned' ? 'Would unlink (dry run)' : 'Unlinked';
  const lines = [
    `${verb}: ${counted(count, 'module')} in ${target_dir} (instance ${instance}, Odoo ${series}).`,
  ];
  for (const { module, repo, source, because_of } of links) {
    const from = repo === null ? '' : ` from ${quoted(repo)}`;
    const at = source === null ? '' : ` at ${source}`;
    const why = because_of.length > 0 ? ` because it needs ${because_of.join(', ')}` : '';
    lines.push(`- ${module}${from}${at}${why}`);
  }
  lines.push(...repositories.map(describeRepository));
  lines.push(...warnings.map(describeWarning));
  lines.push(...describeRest(answer));
  if (answer.odoo !== undefined) lines.push(...describeAfter(answer.odoo));
  lines.push(...next_steps.map((step) => `Next: ${step}`));
  return lines.map(oneLine).join('\n');
}

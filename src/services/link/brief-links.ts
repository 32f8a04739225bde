import * as z from 'zod';
import { SERIES } from '../../manifest/series.ts';
import { ClonedRepository } from '../checkouts/clone-report.ts';
import { AfterChangeSchema } from '../odoo/after-change.ts';
import { ownWords, type ReportOf, type Shortened } from '../own-words.ts';
import { differing, RepositorySchema } from './by-repository.ts';
import { type LinkReport, type ReportedLink, type SatisfiedDependency, WarningsSchema } from './link-call.ts';
import { type Room, type Telling, tellLinks, tellNames, tellWarnings } from './told-links.ts';

const LinkRow = z.strictObject({
  module: z.string(),
  action: z.enum(['replace', 'keep']).nullable().describe('Absent for a new link.'),
  ...differing,
  version: ownWords,
  odoo_version: ownWords.exactOptional().describe('What Odoo makes of it, if that differs.'),
  dirty: z
    .union([z.literal(true), z.literal('unknown')])
    .nullable()
    .describe('Whether it differs from the commit; absent if not, and outside git.'),
  auto_install: z.literal(true).nullable(),
  required_by: z.array(z.string()).describe('Of a module that came along: what needs it.'),
});

const names = z.array(z.string());

/** The answer of `oca_link` and `ee_link`. */
export const LinkAnswerSchema = z.strictObject({
  status: z.enum(['linked', 'already_linked', 'planned']).describe('planned: a dry run.'),
  instance: z.string(),
  series: z.enum(SERIES),
  target_dir: z.string().describe('Each link is in it, under the name of its module.'),
  count: z.int().describe('All links, listed or not.'),
  kept: z.int().nullable().describe('How many of them were there already, where others are made.'),
  links: z
    .array(LinkRow)
    .describe('Those that were named; then those that came along, unless they are many.'),
  repositories: z.array(RepositorySchema),
  satisfied: z
    .strictObject({ core: names, core_list: names, python: names, addons_path: names, linked: names })
    .describe('Dependencies that Odoo already finds, by where.'),
  external_dependencies: z
    .strictObject({ python: z.array(ownWords), bin: z.array(ownWords) })
    .describe('What must be installed besides Odoo.'),
  warnings: WarningsSchema,
  next_steps: names.describe('How to make Odoo see the modules.'),
  odoo: AfterChangeSchema.exactOptional().describe('With `refresh`: what the running Odoo says now.'),
  fetched: z
    .array(ClonedRepository)
    .exactOptional()
    .describe('With `fetch`: the repositories that were cloned for it, or would be.'),
});

/** An answer; that of `apply` has what was removed. */
export type LinkAnswer = ReportOf<typeof LinkAnswerSchema> &
  Shortened & { readonly removed?: readonly string[] };
type LinkRow = LinkAnswer['links'][number];

/**
 * Makes an answer of a report: what the call named in full; what came along in short rows, or counted by repository if that
 * is too much. What is replaced or has local changes is listed in any case.
 * @param how How to get the rest: a sentence.
 */
export function briefLinks(
  report: LinkReport & { readonly removed?: readonly string[] },
  room: Room,
  how: string,
): LinkAnswer {
  const { links, satisfied, warnings, external_dependencies, removed = [], stepFacts: _, ...rest } = report;
  const told = tellLinks(links, TELLING, room);
  const kept = links.filter(({ action }) => action === 'keep').length;
  const there = tellNames(satisfied, 'satisfied', room);
  const gone = tellNames(removed, 'removed', room);
  const python = tellNames(external_dependencies.python, 'external_dependencies/python', room);
  const bin = tellNames(external_dependencies.bin, 'external_dependencies/bin', room);
  const leftOut = [told, there, python, bin, gone].flatMap((part) => part.leftOut);
  return {
    ...rest,
    count: links.length,
    kept: rest.status !== 'already_linked' && kept > 0 ? kept : null,
    links: told.links,
    repositories: told.repositories,
    satisfied: byPlace(there.listed),
    external_dependencies: { python: python.listed, bin: bin.listed },
    warnings: tellWarnings(warnings, room),
    ...(gone.listed.length > 0 && { removed: gone.listed }),
    ...(leftOut.length > 0 && { left_out: leftOut, more: how }),
  };
}

const TELLING: Telling<ReportedLink, LinkRow> = {
  because: ({ required_by }) => required_by,
  isNotable: ({ action, dirty }) => action === 'replace' || dirty === true,
  describe(link, repositories, required_by) {
    const { module, action, version, odoo_version, dirty, branch, commit, auto_install } = link;
    const isInGit = branch !== null || commit !== null;
    const own = repositories.differing(link);
    return {
      module,
      action: action === 'create' ? null : action,
      ...own,
      license: required_by.length === 0 ? own.license : null,
      version,
      ...(odoo_version !== undefined && { odoo_version }),
      dirty: dirty === null && isInGit ? 'unknown' : dirty === true ? true : null,
      auto_install: auto_install ? true : null,
      required_by,
    };
  },
};

function byPlace(satisfied: readonly SatisfiedDependency[]): LinkAnswer['satisfied'] {
  const places: Record<SatisfiedDependency['by'], string[]> = {
    core: [],
    core_list: [],
    python: [],
    addons_path: [],
    linked: [],
  };
  for (const { module, by } of satisfied) places[by].push(module);
  return places;
}

import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import { nextCursor } from '../cursor.ts';
import { leftOut, message, more, ownWords, type ReportOf } from '../own-words.ts';

export const CheckoutStatusSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  total: z.int().describe('All checkouts that the filters of the call leave.'),
  checkouts: z.array(
    z.strictObject({
      repo: z.string(),
      family: z.enum(FAMILIES),
      path: z.string(),
      branch: ownWords.nullable(),
      commit: z.string().nullable(),
      date: z.string().optional().describe('When it was committed.'),
      ahead: z.int().nullable().describe('Commits that the remote had not, as of the last fetch.'),
      behind: z.int().nullable().describe('Commits of the remote that are not here, as of the last fetch.'),
      fetched: z.string().optional().describe('When it was fetched last.'),
      changed: z.boolean().nullable().describe('Whether tracked files differ from the commit.'),
      modules: z.int(),
      linked: z.int().describe('How many of them are linked.'),
      problem: message.optional().describe('Why it could not be updated.'),
    }),
  ),
  note: message.optional(),
  unavailable: z.array(message).describe('Roots that cannot be searched.'),
  next_cursor: nextCursor,
  left_out: leftOut,
  more,
});
export type CheckoutStatus = ReportOf<typeof CheckoutStatusSchema>;

/** The report as text for a person, a line for each checkout. */
export function describeCheckouts(report: CheckoutStatus): string {
  const { instance, series, total, checkouts, note, unavailable, next_cursor } = report;
  return [
    `${counted(total, 'checkout')} of ${instance} (Odoo ${series}).`,
    ...checkouts.map(describeOne),
    ...(note === undefined ? [] : [note]),
    ...unavailable,
    ...(next_cursor === undefined ? [] : [`There are more: call again with cursor ${next_cursor}.`]),
  ]
    .map(oneLine)
    .join('\n');
}

function describeOne(one: CheckoutStatus['checkouts'][number]): string {
  const { repo, family, branch, commit, date, ahead, behind, fetched, changed, modules, linked, problem } =
    one;
  const facts = [
    branch === null ? 'no branch' : `branch ${branch}`,
    ...(commit === null ? [] : [`commit ${commit.slice(0, 12)}`]),
    ...(date === undefined ? [] : [`of ${date.slice(0, 10)}`]),
    ...(ahead === null || ahead === 0 ? [] : [`${ahead} ahead`]),
    ...(behind === null || behind === 0 ? [] : [`${behind} behind`]),
    ...(fetched === undefined ? [] : [`fetched ${fetched.slice(0, 10)}`]),
    ...(changed === true ? ['with changes'] : changed === null ? ['changes unknown'] : []),
    `${counted(modules, 'module')}, ${linked} linked`,
  ];
  return `- ${quoted(repo)} (${family}): ${facts.join(', ')}${problem === undefined ? '' : `. ${problem}`}`;
}

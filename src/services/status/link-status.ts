import { dirname, join } from 'node:path';
import * as z from 'zod';
import { coreLists } from '../../addons/core-lists.ts';
import { lookAtFolders } from '../../addons/folder-look.ts';
import { type OwnersOf, readOwners } from '../../addons/owners.ts';
import { describeFaults } from '../../addons/root-faults.ts';
import { FAMILIES } from '../../addons/roots.ts';
import { doesOdooLookIn } from '../../addons/where-odoo-looks.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { isInterrupted } from '../../links/change-addons-dir.ts';
import { describeForeign } from '../../links/inspect-entry.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { SERIES } from '../../manifest/series.ts';
import { placeOf, type ServiceContext } from '../context.ts';
import { nextCursor, Page, readCursor, writeCursor } from '../cursor.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { message, ownWords, type ReportOf, shownName, shownVersion } from '../own-words.ts';
import { viewPath } from '../path-view.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { createEntryStates, type EntryState } from './entry-state.ts';

export interface StatusRequest extends Selection {
  readonly state?: LinkState | undefined;
  /** `next_cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

const linkState = z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]);

export const StatusReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  target_dirs: z.array(z.string()),
  counts: z.record(linkState, z.int()).describe('Entries by state.'),
  off_path: z
    .array(z.string())
    .describe('Addons directories that are not on the addons path of odoo.conf: Odoo finds nothing in them.'),
  path_unknown: z
    .array(z.strictObject({ dir: z.string(), because: z.string() }))
    .describe('Addons directories of which cannot be told whether Odoo looks there, and why.'),
  interrupted: z
    .array(z.string())
    .describe(
      'Addons directories in which a change was interrupted; the next call that changes links undoes it.',
    ),
  links: z.array(
    z.strictObject({
      module: z.string(),
      link: z.string(),
      state: linkState,
      source: z.string().nullable().describe('Where it leads; null for a broken or foreign link.'),
      family: z.enum(FAMILIES).nullable(),
      repo: z.string().nullable(),
      version: ownWords.nullable(),
      problem: message.nullable(),
      remedy: z.string().nullable().describe('What to do about it.'),
    }),
  ),
  unavailable: z.array(message).optional().describe('Roots that cannot be searched.'),
  next_cursor: nextCursor,
});

export type StatusReport = ReportOf<typeof StatusReportSchema>;
type StatusEntry = StatusReport['links'][number];

/**
 * Lists what is in the addons directories of an instance and what is wrong with it; changes nothing.
 * @returns Every entry, or those in one state, a page at a time; the counts cover all.
 */
export async function linkStatus(
  request: StatusRequest,
  context: ServiceContext,
): Promise<Result<StatusReport>> {
  const target = selectTarget(context.instances, request);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const dirs = request.target_dir === undefined ? instance.addonsDirs : [dir];
  const key = [instance.name, request.target_dir === undefined ? null : dir.path, request.state ?? null];
  const after = request.cursor === undefined ? ok(null) : readCursor(key, request.cursor, isPosition);
  if (!after.ok) return after;
  const turns = takeTurns(context.signal);
  const look = lookAtFolders(instance.roots, turns);
  const ownersOf = await readOwners(instance.roots, turns, look);
  const linked = await readLinkedModules(instance, turns, dirs, look);
  if (!linked.ok) return linked;
  const view = await viewPath(instance, await coreLists(instance.series), look);
  const stateOf = await createEntryStates(instance, linked.value, view, placeOf(instance, context), turns);
  const counts = Object.fromEntries(Object.keys(LINK_STATES).map((state) => [state, 0])) as Counts;
  const page = new Page<StatusEntry>(request.room ?? Number.POSITIVE_INFINITY);
  let isFull = false;
  for (const module of linked.value) {
    await turns.spend(JUDGING);
    const found = stateOf(module);
    counts[found.state]++;
    const isWanted = request.state === undefined || found.state === request.state;
    if (!isWanted || isFull || !isBehind(module, after.value, dirs)) continue;
    isFull = !page.add(describe(module, toldTo(context, module, found), ownersOf));
  }
  const onPath = dirs.map(({ path }) => ({ path, is: doesOdooLookIn(path, instance) }));
  const last = page.items.at(-1);
  const faults = describeFaults(instance.roots);
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    target_dirs: dirs.map(({ path }) => path),
    counts,
    off_path: onPath.filter(({ is }) => is === 'no').map(({ path }) => path),
    path_unknown: onPath.flatMap(({ path, is }) => {
      return typeof is === 'string' ? [] : [{ dir: path, because: is.doubt }];
    }),
    interrupted: dirs.filter((one) => isInterrupted(one, context.stateDir)).map(({ path }) => path),
    links: page.items,
    ...(faults.length > 0 && { unavailable: faults }),
    ...(isFull && last !== undefined && { next_cursor: writeCursor(key, [dirname(last.link), last.module]) }),
  });
}

/** An operator sees where a foreign link leads. */
function toldTo({ isOperator }: ServiceContext, { entry }: LinkedModule, found: EntryState): EntryState {
  if (isOperator !== true || found.state !== 'foreign' || entry.kind !== 'link') return found;
  return { ...found, problem: `It ${describeForeign(entry, null)}.` };
}

type Counts = Record<LinkState, number>;
/** The directory and the name of a page's last entry. */
type Position = readonly [string, string];

/** Units of work for judging a link. */
const JUDGING = 4;

function isPosition(parts: readonly unknown[]): parts is Position {
  return parts.length === 2 && parts.every((part) => typeof part === 'string');
}

/** Whether an entry comes after the previous page, in the order of {@link readLinkedModules}. */
function isBehind({ dir, name }: LinkedModule, after: Position | null, dirs: readonly AddonsDir[]): boolean {
  if (after === null) return true;
  const [path, last] = after;
  const [here, there] = [dirs.indexOf(dir), dirs.findIndex((one) => one.path === path)];
  return here > there || (here === there && name > last);
}

function describe(module: LinkedModule, found: EntryState, ownersOf: OwnersOf): StatusEntry {
  const { name, dir, family, folder, assessment } = module;
  // Where a foreign link leads is not shown.
  const source = folder === null || (family === null && module.entry.kind === 'link') ? null : folder;
  const fields = assessment?.judgement?.fields;
  return {
    module: shownName(name),
    link: join(dir.path, name),
    state: found.state,
    source,
    family,
    repo: source === null ? null : (ownersOf(source)[0]?.name ?? null),
    version: fields == null ? null : shownVersion(fields),
    problem: found.problem ?? null,
    remedy: found.remedy ?? null,
  };
}

const MOST_SHOWN = 200;

/** A status report as short text for a person: the counts, and what is wrong. */
export function describeStatus({
  instance,
  series,
  target_dirs,
  counts,
  off_path,
  path_unknown,
  interrupted,
  links,
  unavailable = [],
  next_cursor,
}: StatusReport): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const said = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const head = `${counted(total, 'entry', 'entries')} in ${target_dirs.join(', ')} (instance ${instance}, Odoo ${series})`;
  const lines = [`${head}${said.length > 0 ? `: ${said.join(', ')}` : ''}.`];
  for (const dir of off_path) {
    lines.push(`Odoo does not look in ${dir}: add it to addons_path in odoo.conf and restart Odoo.`);
  }
  for (const { dir, because } of path_unknown) {
    lines.push(`Whether Odoo looks in ${dir} cannot be told from here, because ${because}.`);
  }
  for (const dir of interrupted) {
    lines.push(`A change in ${dir} was interrupted: the next call that changes links undoes it.`);
  }
  lines.push(...unavailable);
  const bad = links.filter(({ state }) => state !== 'ok');
  lines.push(
    ...bad.slice(0, MOST_SHOWN).map(({ module, state, problem, remedy }) => {
      return `- ${module}: ${state}. ${problem ?? ''} ${remedy ?? ''}`;
    }),
  );
  if (bad.length > MOST_SHOWN) lines.push(`And ${bad.length - MOST_SHOWN} more.`);
  const sound = links.filter(({ state }) => state === 'ok').map(({ module }) => module);
  const others = sound.length > MOST_SHOWN ? ` and ${sound.length - MOST_SHOWN} more` : '';
  if (sound.length > 0) lines.push(`Linked and ok: ${sound.slice(0, MOST_SHOWN).join(', ')}${others}.`);
  if (next_cursor !== undefined) {
    lines.push(
      `${links.length} of them are in this answer. For more, call again with cursor ${next_cursor}; for fewer, with a state.`,
    );
  }
  return lines.map(oneLine).join('\n');
}

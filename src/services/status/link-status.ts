import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isCalledAny, type OwnersOf } from '../../addons/owners.ts';
import { describeFaults } from '../../addons/root-faults.ts';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import { doesOdooLookIn } from '../../addons/where-odoo-looks.ts';
import { didYouMean } from '../../base/nearest.ts';
import { ok, type Result } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import { quoted } from '../../base/text.ts';
import { sortInTurns } from '../../base/turns.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { isInterrupted } from '../../links/change-addons-dir.ts';
import { describeForeign } from '../../links/inspect-entry.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { SERIES } from '../../manifest/series.ts';
import { lookAround, type ServiceContext, surfaceAt } from '../context.ts';
import { nextCursor, readCursor, writeCursor } from '../cursor.ts';
import { GroupedPage, sizeOf } from '../grouped-page.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { InOdooSchema } from '../odoo/in-odoo.ts';
import { findOtherRoots } from '../other-roots.ts';
import { message, type ReportOf, type Shortened, shownName } from '../own-words.ts';
import { type RequestOf, selectTarget } from '../select-target.ts';
import { describeWithheld, linkedPlace } from '../telling.ts';
import { createEntryStates, type EntryState, type StateOf } from './entry-state.ts';
import { describeRemedy, ROOM_OF_CALL } from './remedy.ts';
import { statusInOdoo } from './status-in-odoo.ts';

export interface StatusRequest extends Omit<RequestOf<'link_status'>, 'orphans' | 'instances' | 'to'> {
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

const linkState = z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]);
const names = z.array(z.string());

export const StatusReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  target_dirs: names,
  counts: z.partialRecord(linkState, z.int()).describe('All entries by state.'),
  matching: z.int().exactOptional().describe('How many of them the filters of the call leave.'),
  off_path: names.describe(
    'Addons directories that are not on the addons path of odoo.conf: Odoo finds nothing in them.',
  ),
  path_unknown: z
    .array(z.strictObject({ dir: z.string(), because: z.string() }))
    .describe('Addons directories of which cannot be told whether Odoo looks there, and why.'),
  interrupted: names.describe(
    'Addons directories in which a change was interrupted; the next call that changes links undoes it.',
  ),
  links: z
    .array(
      z.strictObject({
        state: linkState,
        modules: names,
        dir: z.string().nullable().describe('Where there are several.'),
        family: z.enum(FAMILIES).nullable(),
        repo: z.string().nullable().describe('Where they lead; absent for broken and foreign links.'),
        problem: message.nullable(),
        remedy: z.string().nullable().describe('What to do about it.'),
      }),
    )
    .describe('The entries, worst first, in groups with one problem and remedy, or of one repository.'),
  not_linked: names.describe('Names of the call that nothing is linked by.'),
  odoo: InOdooSchema.exactOptional().describe('With `odoo`: what the running Odoo says; on the first page.'),
  note: message.exactOptional().describe('Why nothing matches, or what is not shown.'),
  unavailable: z.array(message).describe('Roots that cannot be searched.'),
  next_cursor: nextCursor,
});

export type StatusReport = ReportOf<typeof StatusReportSchema> & Shortened;

/**
 * What an operator should look at first: what can keep Odoo from working, then what Odoo does not use, then what nobody touches.
 */
const WORST_FIRST: readonly LinkState[] = [
  ...(['verdict', 'wrong_series', 'broken', 'missing_dependency', 'shadowed'] as const),
  ...(['other_instance', 'foreign', 'real_directory', 'ok'] as const),
];

/**
 * Lists what is in the addons directories of an instance and what is wrong with it; changes nothing.
 * @returns The entries that were asked for, the worst first, a page at a time; the counts are of all.
 */
export async function linkStatus(
  request: StatusRequest,
  context: ServiceContext,
): Promise<Result<StatusReport>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const dirs = request.target_dir === undefined ? instance.addonsDirs : [dir];
  const key = keyOf(request, instance.name, dirs);
  const after = request.cursor === undefined ? ok(null) : readCursor(key, request.cursor, isPosition);
  if (!after.ok) return after;
  const surface = surfaceAt(instance, context);
  const scope = await lookAround(instance, context, surface);
  const { sources, view, turns } = scope;
  const linked = await readLinkedModules(instance, turns, dirs, sources.look);
  if (!linked.ok) return linked;
  const otherOf = await findOtherRoots(linked.value, instance, context, turns);
  const reader = { surface, sources, otherOf };
  const stateOf = await createEntryStates(instance, linked.value, view, reader, turns);
  const counts: Partial<Record<LinkState, number>> = {};
  const isWanted = filterOf(request);
  const isIn = inRepository(request, sources.ownersOf);
  const entries: Placed[] = [];
  const wanted = new Set<string>();
  const repos = new Set<string>();
  let matching = 0;
  let withheld = 0;
  let isKnown = request.repo === undefined;
  for (const module of linked.value) {
    await turns.spend(JUDGING);
    if (context.mayTell?.(linkedPlace(module, sources.ownersOf)).ok === false) {
      withheld++;
      continue;
    }
    const entry = place(module, toldTo(context, module, stateOf), dirs, sources.ownersOf);
    const { state } = entry.shared;
    counts[state] = (counts[state] ?? 0) + 1;
    if (entry.shared.repo !== null) repos.add(entry.shared.repo);
    if (!isIn(module)) continue;
    isKnown = true;
    if (!isWanted(module, state)) continue;
    matching++;
    wanted.add(module.name);
    if (after.value === null || comparePlaces(entry.at, after.value) > 0) entries.push(entry);
  }
  const sorted = await sortInTurns(entries, (a, b) => comparePlaces(a.at, b.at), turns);
  const linkedNames = new Set(linked.value.map(({ name }) => name));
  const odoo =
    request.odoo === true && after.value === null
      ? await statusInOdoo(request, { wanted, linked: linkedNames }, scope, context)
      : null;
  const room = request.room === undefined || odoo === null ? request.room : request.room - sizeOf(odoo);
  const page = new GroupedPage<Shared>(room, request.limit);
  const end = sorted.findIndex(({ name, shared }) => {
    return !page.add(shared, name, shared.call === undefined ? undefined : ROOM_OF_CALL);
  });
  const last = end < 0 ? undefined : sorted[end - 1];
  const notes = [isKnown ? null : noLinkInto(request.repo ?? '', repos), describeWithheld(withheld)].flatMap(
    (note) => note ?? [],
  );
  const onPath = dirs.map(({ path }) => ({ path, is: doesOdooLookIn(path, instance) }));
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    target_dirs: dirs.map(({ path }) => path),
    counts,
    ...(matching + withheld < linked.value.length && { matching }),
    off_path: onPath.filter(({ is }) => is === 'no').map(({ path }) => path),
    path_unknown: onPath.flatMap(({ path, is }) => {
      return typeof is === 'string' ? [] : [{ dir: path, because: is.doubt }];
    }),
    interrupted: dirs.filter((one) => isInterrupted(one, context.stateDir)).map(({ path }) => path),
    links: page.list().map((group) => describe(group.shared, group.names, surface)),
    not_linked: namesIn(request)
      .filter((name) => !linkedNames.has(name))
      .map(shownName),
    ...(odoo !== null && { odoo }),
    ...(notes.length > 0 && { note: notes.join(' ') }),
    unavailable: describeFaults(instance.roots, surface),
    ...(last !== undefined && { next_cursor: writeCursor(key, last.at) }),
  });
}

function noLinkInto(repo: string, linked: ReadonlySet<string>): string {
  return `No link leads into a repository called ${quoted(repo)}.${didYouMean(repo, linked)}`;
}

function namesIn({ module }: StatusRequest): readonly string[] {
  return module === undefined ? [] : [...new Set([module].flat())];
}

/** What a cursor is for. A call can name more modules than a cursor has room for. */
function keyOf(request: StatusRequest, instance: string, [dir]: readonly AddonsDir[]): (string | null)[] {
  const { target_dir, state = null, repo = null } = request;
  const named = namesIn(request);
  const modules = named.length === 0 ? null : createHash('sha256').update(named.join()).digest('base64url');
  return [instance, target_dir === undefined ? null : (dir?.path ?? null), state, repo, modules];
}

function inRepository({ repo }: StatusRequest, ownersOf: OwnersOf) {
  return (module: LinkedModule): boolean =>
    repo === undefined || isCalledAny(ownersOf(sourceOf(module) ?? ''), repo);
}

function filterOf(request: StatusRequest) {
  const { state } = request;
  const named = new Set(namesIn(request));
  return (module: LinkedModule, found: LinkState): boolean =>
    (state === undefined || found === state) && (named.size === 0 || named.has(module.name));
}

/** An operator sees where a foreign link leads. */
function toldTo({ isOperator }: ServiceContext, module: LinkedModule, stateOf: StateOf): EntryState {
  const { entry } = module;
  const found = stateOf(module);
  if (isOperator !== true || found.state !== 'foreign' || entry.kind !== 'link') return found;
  return { ...found, problem: `It ${describeForeign(entry, null)}.` };
}

/** Where an entry is in the list: how bad it is, its repository, its addons directory, its name. */
type Place = readonly [rank: number, repo: string, dir: number, name: string];

/** What is told of an entry, and of others in the same group. */
interface Shared extends EntryState {
  readonly dir: string | null;
  readonly family: Family | null;
  readonly repo: string | null;
}

interface Placed {
  readonly name: string;
  readonly shared: Shared;
  readonly at: Place;
}

/** Units of work for judging a link. */
const JUDGING = 4;

function isPosition(parts: readonly unknown[]): parts is Place {
  const kinds = parts.map((part) => (Number.isInteger(part) ? 'integer' : typeof part));
  return kinds.join() === 'integer,string,integer,string';
}

function comparePlaces(one: Place, other: Place): number {
  for (const [at, part] of one.entries()) {
    const counterpart = other[at] as typeof part;
    if (part !== counterpart) return part < counterpart ? -1 : 1;
  }
  return 0;
}

/** Where a link leads, as far as that is told: not where a foreign link leads. */
function sourceOf({ folder, family, entry }: LinkedModule): string | null {
  return folder === null || (family === null && entry.kind === 'link') ? null : folder;
}

function place(
  module: LinkedModule,
  found: EntryState,
  dirs: readonly AddonsDir[],
  ownersOf: OwnersOf,
): Placed {
  const { name, dir, family } = module;
  const source = sourceOf(module);
  const repo = source === null ? null : (ownersOf(source)[0]?.name ?? null);
  const at: Place = [WORST_FIRST.indexOf(found.state), repo ?? '', dirs.indexOf(dir), name];
  const shared = { ...found, dir: dirs.length > 1 ? dir.path : null, family, repo };
  return { name: shownName(name), shared, at };
}

function describe(
  { state, dir, family, repo, problem, ...rest }: Shared,
  modules: readonly string[],
  surface: Surface,
): StatusReport['links'][number] {
  const remedy = describeRemedy(rest, modules, dir === null ? surface : surface.at({ target_dir: dir }));
  return { state, modules, dir, family, repo, problem: problem ?? null, remedy };
}

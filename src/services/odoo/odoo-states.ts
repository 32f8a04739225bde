/** What the database of a running Odoo says of modules, beside what is on the disk. */
import * as z from 'zod';
import { isSound, type PathView } from '../../addons/on-path.ts';
import { type Surface, TOOLS } from '../../base/surface.ts';
import { counted, inWords, quotedField } from '../../base/text.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import { type KnownToOdoo, MODULE_STATES } from '../../odoo/known-to-odoo.ts';
import { sizeOf } from '../grouped-page.ts';
import { leftOut, message, ownWords, type ReportOf, shownName } from '../own-words.ts';

/** The states of Odoo, and that of a module that is not in its list. */
export const ODOO_STATES = ['not in the list', ...MODULE_STATES] as const;
type OdooState = (typeof ODOO_STATES)[number];

export const OdooStatesSchema = z.strictObject({
  counts: z.partialRecord(z.enum(ODOO_STATES), z.int()),
  modules: z
    .array(
      z.strictObject({
        module: z.string(),
        state: z.enum(ODOO_STATES),
        installed: ownWords.optional().describe('The version in the database.'),
        on_disk: ownWords.optional().describe('The version on the disk, where that is another one.'),
        note: message.optional(),
      }),
    )
    .describe('Those that were named; else those that are not installed, or have a note. The worst first.'),
  note: message.optional().describe('Of which modules nothing can be told, and why.'),
  left_out: leftOut,
});
export type OdooStates = ReportOf<typeof OdooStatesSchema>;
type Row = OdooStates['modules'][number];
/** Some parts of it. */
type PartOf<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/**
 * What is known of an installed module that is not found on the search path.
 *
 * - `gone`: Odoo does not find it either
 * - `not_linked`: a root has it, and nothing is linked by its name; Odoo may look elsewhere, too
 * - `unseen`: Odoo may look elsewhere
 * - `imported`: it never had a folder
 */
export type Absence = 'gone' | 'not_linked' | 'unseen' | 'imported';

/** What Odoo knows of modules, and what is on the disk. */
export interface Compared {
  /** The modules. */
  readonly names: readonly string[];
  /** What Odoo says of them. */
  readonly known: readonly KnownToOdoo[];
  readonly view: PathView;
  readonly series: Series;
  /** Whether the caller named them: then all are listed. */
  readonly isNamed: boolean;
  /** Whether only Odoo is asked about them: a name that nothing has may be mistyped. */
  readonly isTyped?: boolean;
  /** Whether Odoo has read its list just now. */
  readonly isFresh: boolean;
  readonly absences?: ReadonlyMap<string, Absence>;
  readonly surface?: Surface;
  /** Characters of JSON for the list; by default as many as an answer of nothing else has. */
  readonly room?: number | undefined;
}

/** The room for the list in an answer of nothing else. */
const ROOM = 12_000;

/** How many modules that nobody named are listed only because they are not installed, unless there is room for all. */
const MOST_PLAIN = 20;

/** Compares what Odoo knows of modules with what is on its search path. */
export function compareStates(compared: Compared): OdooStates {
  const { names, known, isNamed, room = ROOM } = compared;
  const mostPlain = isNamed || room === Number.POSITIVE_INFINITY ? names.length : MOST_PLAIN;
  const rows = new Map(known.map((one) => [one.name, one]));
  const counts: Partial<Record<OdooState, number>> = {};
  const listed: { readonly rank: number; readonly row: Row }[] = [];
  for (const name of names) {
    const row = rows.get(name);
    const state = row?.state ?? 'not in the list';
    counts[state] = (counts[state] ?? 0) + 1;
    const versions = versionsOf(name, row, compared);
    const note = noteOn(name, row, versions, compared);
    if (!isNamed && note === null && state === 'installed') continue;
    const { installed, onDisk } = versions;
    const told: Row = {
      module: shownName(name),
      state,
      ...(installed !== null && { installed: quotedField(installed) }),
      ...(onDisk !== null && { on_disk: quotedField(onDisk) }),
      ...(note !== null && { note: note.says }),
    };
    listed.push({ rank: note?.rank ?? RANKS.length, row: told });
  }
  const sorted = listed.sort((a, b) => a.rank - b.rank).map(({ row }) => row);
  const noted = listed.filter(({ row }) => row.note !== undefined).length;
  const modules = thatFit(sorted.slice(0, noted + mostPlain), room);
  const more = sorted.length - modules.length;
  return { counts, modules, ...(more > 0 && { left_out: [{ what: '/modules', items: more }] }) };
}

/** The first rows, at least one. */
function thatFit(rows: readonly Row[], room: number): readonly Row[] {
  let left = room;
  const end = rows.findIndex((row) => {
    left -= sizeOf(row) + 1;
    return left < 0;
  });
  return end < 0 ? rows : rows.slice(0, Math.max(end, 1));
}

/**
 * The modules that Odoo finds on its search path, with a manifest that can be read: only of those may it be asked which version is on
 * the disk.
 */
export function presentIn(view: PathView, names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.filter((name) => {
      const found = view.find(name);
      return found !== null && (found.assessment === null || found.assessment.judgement !== null);
    }),
  );
}

/** The version of a module in its manifest; null if that is not known. */
export function versionOnPath(name: string, view: PathView): string | null {
  return view.find(name)?.assessment?.judgement?.fields?.version ?? null;
}

/**
 * Whether the running Odoo has another manifest of a module than is on the disk now: from 16.0 on it reads each once
 * (`get_manifest`, `odoo/modules/module.py`), and installs or upgrades the module in vain if it found none.
 */
export function isOutdated(row: KnownToOdoo, view: PathView, series: Series): boolean {
  const { name, state, onDisk } = row;
  const isAtRest = state === 'uninstalled' || state === 'installed';
  if (!isAtRest || onDisk === null || !isSince(series, '16.0')) return false;
  return (versionOnPath(name, view) ?? onDisk) !== onDisk;
}

/** Whether the database uses a module: its code is loaded at the next start. */
export function isInUse({ state }: Pick<KnownToOdoo, 'state'>): boolean {
  return state === 'installed' || state === 'to upgrade' || state === 'to remove';
}

/** Whether an operation was begun and not finished. */
export function isStuck({ state }: Pick<KnownToOdoo, 'state'>): boolean {
  return state.startsWith('to ');
}

interface Versions {
  readonly installed: string | null;
  /** The one on the disk if it is another one: as the running Odoo has it, or else as it finds it after a restart. */
  readonly onDisk: string | null;
}

function versionsOf(
  name: string,
  row: KnownToOdoo | undefined,
  { view, series }: Pick<Compared, 'view' | 'series'>,
): Versions {
  const installed = row?.installed ?? null;
  const read = installed === null ? null : versionOnPath(name, view);
  // What Odoo remembers is not on the disk any more.
  const isRemembered = read !== null && isSince(series, '16.0');
  const running = isRemembered ? null : (row?.onDisk ?? null);
  const onDisk = [running, read].find((version) => version !== null && version !== installed) ?? null;
  return { installed, onDisk };
}

/** What can be said of a module, the worst first. */
const RANKS = [
  ...(['gone', 'not_linked', 'unseen', 'stuck', 'behind'] as const),
  ...(['outdated', 'uninstallable', 'unlisted'] as const),
] as const;
type Kind = (typeof RANKS)[number];

const SAYS: Readonly<Record<Exclude<Kind, 'unlisted' | 'stuck' | 'behind'>, string>> = {
  gone: 'Its folder is no longer on the addons path: from the next restart on, Odoo runs without it, and screens that use it fail. Link it again, or uninstall it in Odoo.',
  not_linked:
    'It is not linked: unless Odoo finds it in a folder that is not known here, Odoo runs without it from the next restart on, and screens that use it fail. Link it again, or uninstall it in Odoo.',
  unseen:
    'It is in no folder that is known here: if Odoo does not find it either, it runs without it from the next restart on, and screens that use it fail.',
  outdated:
    'Odoo remembers another manifest than is on the disk, or that there was none: restart Odoo before it is installed or upgraded.',
  uninstallable:
    'Odoo calls it uninstallable, this program does not: one of the two reads another manifest, or the verdict of this program is wrong.',
};

const NOWHERE =
  'As far as is known here, nothing on its addons path has that name, either: check the name, or link the module.';

/** What there is to say of a module; null if all is as it should be. */
function noteOn(
  name: string,
  row: KnownToOdoo | undefined,
  { installed, onDisk }: Versions,
  { view, series, absences, isFresh, isTyped = false, surface = TOOLS }: Compared,
): { readonly rank: number; readonly says: string } | null {
  const found = view.find(name);
  const isFine = found !== null && isSound(found);
  const of = (kind: keyof typeof SAYS) => ({ rank: RANKS.indexOf(kind), says: SAYS[kind] });
  if (row === undefined) {
    if (found === null && isTyped) return { rank: RANKS.indexOf('unlisted'), says: NOWHERE };
    if (!isFine) return null;
    const says = isFresh
      ? unlisted(series)
      : `Odoo has not read its list of modules since this one was added. ${howToRefresh(surface)}`;
    return { rank: RANKS.indexOf('unlisted'), says };
  }
  const absence = found === null && isInUse(row) ? (absences?.get(name) ?? 'gone') : 'imported';
  if (absence !== 'imported') return of(absence);
  if (isStuck(row)) return { rank: RANKS.indexOf('stuck'), says: unfinished(row, surface) };
  if (row.state === 'installed' && installed !== null && onDisk !== null)
    return { rank: RANKS.indexOf('behind'), says: behind(surface) };
  if (isOutdated(row, view, series)) return of('outdated');
  return row.state === 'uninstallable' && isFine ? of('uninstallable') : null;
}

function unfinished({ state }: KnownToOdoo, surface: Surface): string {
  const tool = state === 'to install' ? 'odoo_install' : 'odoo_upgrade';
  return state === 'to remove' || !surface.has(tool)
    ? 'An operation was begun and not finished: restart Odoo, which goes on with it or says in its log why not.'
    : `An operation was begun and not finished: if nobody is working on it, ${surface.tool(tool)} with ${surface.argument('recover')} begins again, after a restart.`;
}

function behind(surface: Surface): string {
  const how = surface.has('odoo_upgrade') ? surface.tool('odoo_upgrade') : '-u';
  return `The code has another version than the database: restart Odoo and upgrade it (${how}).`;
}

function howToRefresh(surface: Surface): string {
  return surface.has('odoo_refresh')
    ? `${surface.call('odoo_refresh', {})}.`
    : 'Somebody has to press Update Apps List in Odoo.';
}

function unlisted(series: Series): string {
  const doubt = `the running Odoo looks in other folders than odoo.conf says here, or the verdict of this program is wrong.`;
  // `odoo/tools/config.py` of 19.0, `_check_addons_path`: it takes only a folder that has a module.
  return isSince(series, '19.0')
    ? `By its manifest Odoo should list it. Restart Odoo: it leaves out a folder that had no module in it at the start. If that does not help, ${doubt}`
    : `By its manifest Odoo should list it. Either ${doubt}`;
}

/** The states as lines of text. */
export function describeStates({
  counts = {},
  modules = [],
  note,
  left_out = [],
}: PartOf<OdooStates>): string[] {
  const all = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const groups = new Map<string, string[]>();
  for (const row of modules) {
    const said = `${row.state}${row.note === undefined ? '' : `. ${row.note}`}`;
    groups.set(said, [...(groups.get(said) ?? []), describeVersions(row)]);
  }
  const lines = [...groups].map(([said, named]) => `${named.join(', ')}: ${said}`);
  const more = left_out.map(({ items }) => `And ${counted(items, 'more module')}, not named here.`);
  const isOne = modules.length === 1 && Object.values(counts).join() === '1';
  const head = all.length === 0 ? 'In Odoo: nothing to report.' : `In Odoo: ${inWords(all)}.`;
  return [
    ...(isOne ? lines.map((line) => `In Odoo: ${line}`) : [head, ...lines.map((line) => `- ${line}`)]),
    ...more,
    ...(note === undefined ? [] : [note]),
  ];
}

function describeVersions({ module, installed, on_disk }: Row): string {
  const versions = [
    ...(installed === undefined ? [] : [installed]),
    ...(on_disk === undefined ? [] : [`on the disk ${on_disk}`]),
  ];
  return versions.length > 0 ? `${module} (${versions.join(', ')})` : module;
}

/** What the database of a running Odoo says of modules, beside what is on the disk. */
import * as z from 'zod';
import { isSound, type PathView } from '../../addons/on-path.ts';
import { counted, inWords, quotedField } from '../../base/text.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import { type KnownToOdoo, MODULE_STATES } from '../../odoo/known-to-odoo.ts';
import { leftOut, message, ownWords, type ReportOf } from '../own-words.ts';

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
        on_disk: ownWords.optional().describe('The version that Odoo finds, where that is another one.'),
        note: message.optional(),
      }),
    )
    .describe('Those that were named; else those of which something is to be said.'),
  left_out: leftOut,
});
export type OdooStates = ReportOf<typeof OdooStatesSchema>;

/** What is on the search path of an instance. */
export interface OnDisk {
  readonly view: PathView;
  readonly series: Series;
}

/** The most modules that are listed. */
const MOST_LISTED = 60;

/**
 * Compares what Odoo knows of modules with what is on its search path.
 * @param names The modules.
 * @param known What Odoo says of them.
 * @param isNamed Whether the caller named them: then all are listed.
 */
export function compareStates(
  names: readonly string[],
  known: readonly KnownToOdoo[],
  disk: OnDisk,
  isNamed: boolean,
): OdooStates {
  const rows = new Map(known.map((one) => [one.name, one]));
  const counts: Partial<Record<OdooState, number>> = {};
  const modules: OdooStates['modules'][number][] = [];
  for (const name of names) {
    const row = rows.get(name);
    const state = row?.state ?? 'not in the list';
    counts[state] = (counts[state] ?? 0) + 1;
    const note = noteOn(name, row, disk);
    if (!isNamed && note === null) continue;
    const installed = row?.installed ?? null;
    const onDisk = row?.onDisk ?? null;
    modules.push({
      module: name,
      state,
      ...(installed !== null && { installed: quotedField(installed) }),
      ...(onDisk !== null && onDisk !== installed && { on_disk: quotedField(onDisk) }),
      ...(note !== null && { note }),
    });
  }
  const more = modules.length - MOST_LISTED;
  return {
    counts,
    modules: modules.slice(0, MOST_LISTED),
    ...(more > 0 && { left_out: [{ what: '/modules', items: more }] }),
  };
}

/** The modules that Odoo finds on its search path: only of those may it be asked which version is on the disk. */
export function presentIn(view: PathView, names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name) => view.find(name) !== null));
}

/** What there is to say of a module; null if all is as it should be. */
function noteOn(name: string, row: KnownToOdoo | undefined, { view, series }: OnDisk): string | null {
  const found = view.find(name);
  const isFine = found !== null && isSound(found);
  if (row === undefined) return isFine ? unlisted(series) : null;
  const { state, installed, onDisk } = row;
  if (state === 'to install' || state === 'to upgrade' || state === 'to remove')
    return `An operation was begun and not finished: restart Odoo, which goes on with it or says why not.`;
  if (state === 'installed' && found === null)
    return 'It is installed, and its folder is on the addons path no more: the site fails at the next restart. Link it again, or uninstall it in Odoo.';
  if (state === 'installed' && installed !== null && onDisk !== null && installed !== onDisk)
    return 'Its code has another version than the database: restart Odoo and upgrade it (-u).';
  if (state === 'uninstallable' && isFine)
    return 'Odoo calls it uninstallable, this program does not: one of the two reads another manifest, or the verdict of this program is wrong.';
  return null;
}

function unlisted(series: Series): string {
  const doubt = `the running Odoo looks in other folders than odoo.conf says here, or the verdict of this program is wrong.`;
  // `odoo/tools/config.py` of 19.0, `_check_addons_path`: it takes only a folder that has a module.
  return isSince(series, '19.0')
    ? `By its manifest Odoo should list it. Restart Odoo: it leaves out a folder that had no module in it at the start. If that does not help, ${doubt}`
    : `By its manifest Odoo should list it. Either ${doubt}`;
}

/** The states as lines of text. */
export function describeStates({ counts, modules, left_out = [] }: OdooStates): string[] {
  const all = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const lines = modules.map(({ module, state, installed, on_disk, note }) => {
    const versions = [
      ...(installed === undefined ? [] : [installed]),
      ...(on_disk === undefined ? [] : [`on the disk ${on_disk}`]),
    ];
    const shown = versions.length > 0 ? ` (${versions.join(', ')})` : '';
    return `- ${module}: ${state}${shown}${note === undefined ? '' : `. ${note}`}`;
  });
  const more = left_out.map(
    ({ items }) => `And ${counted(items, 'more module')} of which something is to be said.`,
  );
  return [all.length === 0 ? 'No module was asked about.' : `In Odoo: ${inWords(all)}.`, ...lines, ...more];
}

import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { doubtOfPath } from '../../addons/where-odoo-looks.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { firstInWords } from '../../base/text.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import type { OdooClient } from '../../odoo/odoo-client.ts';
import type { OdooFault } from '../../odoo/odoo-fault.ts';
import { READING, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { shownName } from '../own-words.ts';
import { describeWithheld, withDiscretion } from '../telling.ts';
import { PATIENCE_MS } from './ask-odoo.ts';
import {
  type Absence,
  type Compared,
  compareStates,
  isInUse,
  isStuck,
  type OdooStates,
  presentIn,
} from './odoo-states.ts';

/** Of which modules Odoo is asked. */
export interface Asked extends Pick<Compared, 'isNamed' | 'isTyped' | 'isFresh' | 'room'> {
  /** Names that the caller may be told of, each once. */
  readonly names: readonly string[];
  /** The names of all entries of the addons directories. */
  readonly linked: ReadonlySet<string>;
  /** Whether to tell also of what else the database has installed, where something is to be said of it. */
  readonly withRest: boolean;
  /** How many names the policy has left out already. */
  readonly withheld?: number;
}

/** The most of those of which nothing is known that are named to an agent. */
const MOST_UNSEEN = 20;

/**
 * Asks the running Odoo what it knows of modules, and compares that with what is on the disk.
 * @returns What the policy lets the caller be told.
 */
export async function readStates(
  client: OdooClient,
  asked: Asked,
  scope: Scope,
  context: ServiceContext,
): Promise<Result<OdooStates, OdooFault>> {
  const { instance, view } = scope;
  const patience = { limit: PATIENCE_MS, signal: context.signal };
  const present = presentIn(view, asked.names);
  const known = await client.modules(asked.names, present, patience);
  if (!known.ok) return known;
  const rest = asked.withRest ? await readRest(client, asked, scope, context) : ok({ rows: [], withheld: 0 });
  if (!rest.ok) return rest;
  const rows = [...known.value, ...rest.value.rows];
  const absences = await findAbsences(client, rows, asked.linked, scope, context);
  if (!absences.ok) return absences;
  const isUnseen = ({ name }: KnownToOdoo) => !asked.isNamed && absences.value.get(name) === 'unseen';
  const listed = rest.value.rows.filter(
    (row) => !isUnseen(row) && absences.value.get(row.name) !== 'imported',
  );
  const states = compareStates({
    ...asked,
    names: [...asked.names, ...listed.map(({ name }) => name)],
    ...{ known: rows, view, series: instance.series, absences: absences.value },
    surface: surfaceAt(instance, context),
    ...(context.isOperator === true && { room: Number.POSITIVE_INFINITY }),
  });
  const unseen = rest.value.rows.filter(isUnseen).map(({ name }) => shownName(name));
  const notes = [
    describeUnseen(unseen, doubtOfPath(instance), context.isOperator === true ? unseen.length : MOST_UNSEEN),
    describeWithheld((asked.withheld ?? 0) + rest.value.withheld),
  ].flatMap((note) => note ?? []);
  return ok({ ...states, ...(notes.length > 0 && { note: notes.join(' ') }) });
}

function describeUnseen(names: readonly string[], because: string | null, most: number): string | null {
  if (names.length === 0 || because === null) return null;
  return `Installed, and in no folder that is known here: ${firstInWords(names, most)}. Whether Odoo finds ${names.length === 1 ? 'its' : 'their'} files cannot be told, because ${because}.`;
}

/** What the database uses and nobody has linked: what is stuck, or has no files that are known here. */
async function readRest(
  client: OdooClient,
  { names, linked }: Asked,
  scope: Scope,
  context: ServiceContext,
): Promise<Result<{ readonly rows: readonly KnownToOdoo[]; readonly withheld: number }, OdooFault>> {
  const { view, turns } = scope;
  const touched = await client.touched({ limit: PATIENCE_MS, signal: context.signal });
  if (!touched.ok) return touched;
  const { discretion } = withDiscretion(scope, context).sources;
  const asked = new Set(names);
  const rows: KnownToOdoo[] = [];
  let withheld = 0;
  for (const row of touched.value) {
    await turns.spend(READING);
    // What is linked and not asked about is withheld, or filtered out.
    if (asked.has(row.name) || linked.has(row.name)) continue;
    if (!isStuck(row) && view.find(row.name) !== null) continue;
    if ((await discretion?.mayName(row.name)) === false) withheld++;
    else rows.push(row);
  }
  return ok({ rows: rows.sort((a, b) => (a.name < b.name ? -1 : 1)), withheld });
}

/** Which of the modules in use are not found on the search path, and how sure it is that Odoo does not find them, either. */
async function findAbsences(
  client: OdooClient,
  rows: readonly KnownToOdoo[],
  linked: ReadonlySet<string>,
  scope: Scope,
  { signal }: ServiceContext,
): Promise<Result<ReadonlyMap<string, Absence>, OdooFault>> {
  const { view, instance, sources, turns } = scope;
  const names = rows.filter((row) => isInUse(row) && view.find(row.name) === null).map(({ name }) => name);
  const absences = new Map<string, Absence>();
  if (names.length === 0) return ok(absences);
  const imported = await client.imported(names, { limit: PATIENCE_MS, signal });
  if (!imported.ok) return imported;
  const isKnown = doubtOfPath(instance) === null;
  for (const name of names) {
    await turns.spend(READING);
    const offers = isModuleName(name) && !isKnown ? await findOffers(name, sources) : [];
    const isGone = isKnown || linked.has(name);
    const elsewhere = offers.length > 0 ? 'not_linked' : 'unseen';
    absences.set(name, imported.value.has(name) ? 'imported' : isGone ? 'gone' : elsewhere);
  }
  return ok(absences);
}

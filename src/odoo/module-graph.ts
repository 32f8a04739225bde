/** The modules of a database with what they need: what Odoo itself goes by when it installs. */
import * as z from 'zod';
import { ok, type Result } from '../base/refusal.ts';
import { isTechnicalName, type KnownToOdoo, MODEL, MOST_ROWS, readModules } from './known-to-odoo.ts';
import type { OdooFault } from './odoo-fault.ts';
import type { Patience } from './post-json.ts';
import { type RowReader, readRows } from './read-rows.ts';

/** A module of the list, with what decides whether it is installed. */
export interface GraphModule extends Pick<KnownToOdoo, 'name' | 'state' | 'installed'> {
  /** Null for a module that is not in the list yet. */
  readonly id: number | null;
  readonly depends: readonly string[];
  /** Those of them that bring it along once all of them are installed; null if it never comes along. */
  readonly comesWith: readonly string[] | null;
  readonly excludes: readonly string[];
}

/** By name. */
export type ModuleGraph = ReadonlyMap<string, GraphModule>;

/** The most dependencies, exclusions and companies: ten of each module. */
const MOST_RELATED = 10 * MOST_ROWS;

/** Made on first use: most servers need none. */
let schemas: ReturnType<typeof schemasOf> | undefined;
function schemasOf() {
  const name = z.string().max(1000);
  const reference = z.tuple([z.int().positive(), z.unknown()]);
  const dependencies = z.object({ name, module_id: reference, auto_install_required: z.boolean() });
  const exclusions = z.object({ name, module_id: reference });
  const flags = z.object({
    id: z.int().positive(),
    auto_install: z.boolean(),
    country_ids: z.array(z.int()).default([]),
  });
  const companies = z.object({ country_id: z.union([reference, z.literal(false)]) });
  return { dependencies, exclusions, flags, companies };
}

/**
 * Reads the list of modules of a database, with dependencies, `auto_install` and exclusions. A module that is for other
 * countries than those of the companies never comes along (`button_install`, 18.0, 19.0).
 */
export async function readGraph(
  reader: RowReader,
  patience: Patience,
): Promise<Result<ModuleGraph, OdooFault>> {
  schemas ??= schemasOf();
  const rows = schemas;
  const read = <Row>(model: string, fields: readonly string[], row: z.ZodType<Row>) =>
    readRows(reader, { model, domain: [], fields, row, most: MOST_RELATED }, patience);
  const known = await readModules(reader, [], new Set(), patience);
  if (!known.ok) return known;
  const countries = await hasCountries(reader, patience);
  if (!countries.ok) return countries;
  const flags = await read(MODEL, ['auto_install', ...(countries.value ? ['country_ids'] : [])], rows.flags);
  if (!flags.ok) return flags;
  const needs = await read(
    `${MODEL}.dependency`,
    ['name', 'module_id', 'auto_install_required'],
    rows.dependencies,
  );
  if (!needs.ok) return needs;
  const exclusions = await read(`${MODEL}.exclusion`, ['name', 'module_id'], rows.exclusions);
  if (!exclusions.ok) return exclusions;
  const companies = countries.value
    ? await read('res.company', ['country_id'], rows.companies)
    : ok<z.infer<typeof rows.companies>[]>([]);
  if (!companies.ok) return companies;
  const at = new Set(
    companies.value.flatMap(({ country_id }) => (country_id === false ? [] : [country_id[0]])),
  );
  const isHere = (ids: readonly number[]) => ids.length === 0 || ids.some((id) => at.has(id));
  const comesAlong = new Set(
    flags.value.flatMap(({ id, auto_install, country_ids }) =>
      auto_install && isHere(country_ids) ? [id] : [],
    ),
  );
  const named = <Row extends { readonly name: string }>(rows: readonly Row[]) =>
    rows.filter((row) => isTechnicalName(row.name));
  const [needed, excluded] = [byModule(named(needs.value)), byModule(named(exclusions.value))];
  return ok(
    new Map(
      known.value.map((one) => {
        const its = needed.get(one.id) ?? [];
        const graphed: GraphModule = {
          ...one,
          depends: namesOf(its),
          comesWith: comesAlong.has(one.id) ? namesOf(its.filter((row) => row.auto_install_required)) : null,
          excludes: namesOf(excluded.get(one.id) ?? []),
        };
        return [one.name, graphed];
      }),
    ),
  );
}

/** Each once. */
function namesOf(rows: readonly { readonly name: string }[]): string[] {
  return [...new Set(rows.map(({ name }) => name))];
}

/** Whether this Odoo limits modules to countries: later builds of 17.0 may, and a field that is not there must not be asked for. */
async function hasCountries({ call }: RowReader, patience: Patience): Promise<Result<boolean, OdooFault>> {
  const answered = await call(
    MODEL,
    'fields_get',
    { allfields: ['country_ids'], attributes: ['type'] },
    patience,
  );
  if (!answered.ok) return answered;
  return ok(typeof answered.value === 'object' && answered.value !== null && 'country_ids' in answered.value);
}

function byModule<Row extends { readonly module_id: readonly [number, unknown] }>(
  rows: readonly Row[],
): Map<number, Row[]> {
  const grouped = new Map<number, Row[]>();
  for (const row of rows) {
    const [id] = row.module_id;
    const among = grouped.get(id);
    if (among === undefined) grouped.set(id, [row]);
    else among.push(row);
  }
  return grouped;
}

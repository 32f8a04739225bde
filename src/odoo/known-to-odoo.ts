/** What the database of a running Odoo knows of modules. */
import * as z from 'zod';
import { ok, type Result } from '../base/refusal.ts';
import type { OdooFault } from './odoo-fault.ts';
import type { Patience } from './post-json.ts';
import { type RowReader, readRows } from './read-rows.ts';

/** The states of a module (`odoo/addons/base/models/ir_module.py`, `STATES`). */
export const MODULE_STATES = [
  'uninstallable',
  'uninstalled',
  'installed',
  'to upgrade',
  'to remove',
  'to install',
] as const;
export type ModuleState = (typeof MODULE_STATES)[number];

/** A module as the database has it. */
export interface KnownToOdoo {
  readonly id: number;
  readonly name: string;
  readonly state: ModuleState;
  /** The version that is installed; null if it is not. Odoo's field for it is called `latest_version`. */
  readonly installed: string | null;
  /**
   * The version on the disk, as the running process has it; null if it was not asked for. Odoo's field for it is called
   * `installed_version`.
   */
  readonly onDisk: string | null;
}

/** Whether a text can be the technical name of a module. Nothing is done with what a database has under another name. */
export function isTechnicalName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(text);
}

/** Odoo's model of a module. */
export const MODEL = 'ir.module.module';
/** The most modules of an answer. */
export const MOST_ROWS = 20_000;

/**
 * Reads modules of the list.
 * @param domain Which, as Odoo writes conditions; empty for all.
 * @param present Those whose files are there: only their version on the disk is asked for. To answer that, Odoo from 16.0 on reads
 *   the manifest and remembers until it ends what it found, also that there was none: then it installs a module in vain whose files
 *   come later (`get_manifest`, `odoo/modules/module.py`).
 */
export async function readModules(
  reader: RowReader,
  domain: readonly unknown[],
  present: ReadonlySet<string>,
  patience: Patience,
): Promise<Result<readonly KnownToOdoo[], OdooFault>> {
  const search = <Row>(condition: readonly unknown[], fields: readonly string[], row: z.ZodType<Row>) =>
    readRows(reader, { model: MODEL, domain: condition, fields, row, most: MOST_ROWS }, patience);
  const { known, found } = makeSchemas();
  const rows = await search(domain, ['name', 'state', 'latest_version'], known);
  if (!rows.ok) return rows;
  const valid = rows.value.filter(({ name }) => isTechnicalName(name));
  const names = valid.map(({ name }) => name).filter((name) => present.has(name));
  const disk =
    names.length === 0 ? ok([]) : await search([['name', 'in', names]], ['name', 'installed_version'], found);
  if (!disk.ok) return disk;
  const versions = new Map(disk.value.map(({ name, installed_version }) => [name, installed_version]));
  const shown = (version: string | false | undefined) => (version ? withoutSecretIn(version, reader) : null);
  return ok(
    valid.map(({ id, name, state, latest_version }) => {
      return { id, name, state, installed: shown(latest_version), onDisk: shown(versions.get(name)) };
    }),
  );
}

/** A version of nothing but numbers is compared with that on the disk, and a short secret may be one of them. */
function withoutSecretIn(version: string, { hide }: RowReader): string {
  return /^[\d.]*$/.test(version) ? version : hide(version);
}

/**
 * Those of the modules that were imported into the database as data, such as `studio_customization`: they have no folder
 * (`addons/base_import_module/models/ir_module.py`, whose field it is).
 */
export async function readImported(
  reader: RowReader,
  names: readonly string[],
  patience: Patience,
): Promise<Result<ReadonlySet<string>, OdooFault>> {
  const importer = await readModules(reader, [['name', 'in', ['base_import_module']]], new Set(), patience);
  if (!importer.ok) return importer;
  if (!importer.value.some(({ state }) => state === 'installed' || state === 'to upgrade'))
    return ok(new Set());
  const domain = [
    ['name', 'in', [...names]],
    ['imported', '=', true],
  ];
  const imported = await readModules(reader, domain, new Set(), patience);
  return imported.ok ? ok(new Set(imported.value.map(({ name }) => name))) : imported;
}

/** Made on first use: most servers need none. */
let schemas: ReturnType<typeof schemasOf> | undefined;
function makeSchemas() {
  schemas ??= schemasOf();
  return schemas;
}
function schemasOf() {
  const version = z.union([z.string(), z.literal(false)]);
  const name = z.string().max(1000);
  return {
    known: z.object({
      id: z.int().positive(),
      name,
      state: z.enum(MODULE_STATES),
      latest_version: version,
    }),
    found: z.object({ name, installed_version: version }),
  };
}

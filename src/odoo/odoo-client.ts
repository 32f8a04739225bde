/** Modules of a running Odoo: what it knows of them, and what can be done with them. */
import * as z from 'zod';
import { ok, type Result, refused } from '../base/refusal.ts';
import { openJson2 } from './json-2.ts';
import { type CallMethod, callService, openJsonRpc } from './json-rpc.ts';
import { type OdooConnection, protocolOf } from './odoo-connection.ts';
import { type OdooFault, odooFault } from './odoo-fault.ts';
import type { Patience } from './post-json.ts';

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
  /** The version on the disk, as the running process has it. Odoo's field for it is called `installed_version`. */
  readonly onDisk: string | null;
}

/** What a call does with modules. */
export type Operation = 'install' | 'upgrade' | 'cancel_install' | 'cancel_upgrade';

/** The methods of `ir.module.module`; their names are the same from 14.0 to 19.0. */
const BUTTONS: Readonly<Record<Operation, string>> = {
  install: 'button_immediate_install',
  upgrade: 'button_immediate_upgrade',
  cancel_install: 'button_install_cancel',
  cancel_upgrade: 'button_upgrade_cancel',
};

/** A running Odoo to which the login was accepted. */
export interface OdooClient {
  /** Reads what the database knows of modules; those that it does not know are missing. */
  modules(names: readonly string[], patience: Patience): Promise<Result<readonly KnownToOdoo[], OdooFault>>;
  /** Reads all modules that are installed, or in the middle of something. */
  touched(patience: Patience): Promise<Result<readonly KnownToOdoo[], OdooFault>>;
  /** Reads the folders on the addons path again (*Update Apps List*). Returns how many modules changed, and how many are new. */
  updateList(
    patience: Patience,
  ): Promise<Result<{ readonly updated: number; readonly added: number }, OdooFault>>;
  /** Presses a button. That Odoo answers proves nothing: read the states again. */
  press(operation: Operation, ids: readonly number[], patience: Patience): Promise<Result<void, OdooFault>>;
}

const MODEL = 'ir.module.module';
const FIELDS = ['name', 'state', 'installed_version', 'latest_version'];
/** Odoo says what is wrong in the language of the user, if nobody asks for another one; English is always there. */
const IN_ENGLISH = { context: { lang: 'en_US' } } as const;
/** The most modules of an answer. */
const MOST_ROWS = 20_000;

/**
 * Opens a client.
 * @returns The client, or why Odoo lets nobody in.
 */
export async function openClient(
  connection: OdooConnection,
  patience: Patience,
): Promise<Result<OdooClient, OdooFault>> {
  if (protocolOf(connection) === 'json-2') return ok(clientOf(openJson2(connection)));
  const call = await openJsonRpc(connection, patience);
  return call.ok ? ok(clientOf(call.value)) : call;
}

/** The series that a server says it has. It tells this to everybody. */
export async function seriesOfServer(
  connection: Pick<OdooConnection, 'url'>,
  patience: Patience,
): Promise<Result<string, OdooFault>> {
  const answered = await callService(connection, 'common', 'version', [], patience);
  if (!answered.ok) return answered;
  const version = z.looseObject({ server_serie: z.string().max(20) }).safeParse(answered.value);
  return version.success ? ok(version.data.server_serie) : refused(odooFault('not_odoo'));
}

function clientOf(callIn: CallMethod): OdooClient {
  const call: CallMethod = (model, method, args, patience) =>
    callIn(model, method, { ...args, ...IN_ENGLISH }, patience);
  const read = async (domain: unknown[], patience: Patience) => {
    const answered = await call(MODEL, 'search_read', { domain, fields: FIELDS, limit: MOST_ROWS }, patience);
    return answered.ok ? understand(answered.value) : answered;
  };
  return {
    modules: (names, patience) => read([['name', 'in', [...names]]], patience),
    touched: (patience) => read([['state', 'not in', ['uninstalled', 'uninstallable']]], patience),
    async updateList(patience) {
      const answered = await call(MODEL, 'update_list', {}, patience);
      if (!answered.ok) return answered;
      const counts = z.tuple([z.int(), z.int()]).safeParse(answered.value);
      if (!counts.success) return refused(odooFault('not_odoo'));
      const [updated, added] = counts.data;
      return ok({ updated, added });
    },
    async press(operation, ids, patience) {
      // An empty list "succeeds".
      if (ids.length === 0) throw new Error('a button needs modules');
      const answered = await call(MODEL, BUTTONS[operation], { ids: [...ids] }, patience);
      return answered.ok ? ok(undefined) : answered;
    },
  };
}

let rows: z.ZodType<RowOfOdoo[]> | undefined;
interface RowOfOdoo {
  readonly id: number;
  readonly name: string;
  readonly state: ModuleState;
  readonly installed_version: string | false;
  readonly latest_version: string | false;
}

function understand(answer: unknown): Result<readonly KnownToOdoo[], OdooFault> {
  const version = z.union([z.string().max(200), z.literal(false)]);
  rows ??= z
    .array(
      z.object({
        id: z.int().positive(),
        name: z.string().max(256),
        state: z.enum(MODULE_STATES),
        installed_version: version,
        latest_version: version,
      }),
    )
    .max(MOST_ROWS);
  const read = rows.safeParse(answer);
  if (!read.success) return refused(odooFault('not_odoo'));
  return ok(
    read.data.map(({ id, name, state, installed_version, latest_version }) => {
      return { id, name, state, installed: latest_version || null, onDisk: installed_version || null };
    }),
  );
}

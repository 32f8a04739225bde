/** Modules of a running Odoo: what it knows of them, and what can be done with them. */
import * as z from 'zod';
import { ok, type Result, refused } from '../base/refusal.ts';
import { openJson2 } from './json-2.ts';
import { type CallMethod, callService, openJsonRpc, type Reached } from './json-rpc.ts';
import { type KnownToOdoo, MODEL, readImported, readModules } from './known-to-odoo.ts';
import { type ModuleGraph, readGraph } from './module-graph.ts';
import { type OdooConnection, protocolOf } from './odoo-connection.ts';
import { type OdooFault, odooFault } from './odoo-fault.ts';
import type { Patience } from './post-json.ts';
import type { RowReader } from './read-rows.ts';
import { withoutSecret } from './without-secret.ts';

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
  /**
   * Reads what the database knows of modules; those that it does not know are missing.
   * @param present Those whose files are there; the version on the disk is told only of them, see {@link readModules}.
   */
  modules(
    names: readonly string[],
    present: ReadonlySet<string>,
    patience: Patience,
  ): Promise<Result<readonly KnownToOdoo[], OdooFault>>;
  /** Reads all modules that are installed, or in the middle of something; not their versions on the disk. */
  touched(patience: Patience): Promise<Result<readonly KnownToOdoo[], OdooFault>>;
  /** Those of the modules that were imported into the database, as data: they never had a folder. */
  imported(names: readonly string[], patience: Patience): Promise<Result<ReadonlySet<string>, OdooFault>>;
  /** Reads all modules with what they need. */
  graph(patience: Patience): Promise<Result<ModuleGraph, OdooFault>>;
  /** Reads the folders on the addons path again (*Update Apps List*). Returns how many modules changed, and how many are new. */
  updateList(
    patience: Patience,
  ): Promise<Result<{ readonly updated: number; readonly added: number }, OdooFault>>;
  /** Presses a button. That Odoo answers proves nothing: read the states again. */
  press(operation: Operation, ids: readonly number[], patience: Patience): Promise<Result<void, OdooFault>>;
}

/**
 * What every call says besides: Odoo then tells its errors in English, whatever language its user has. `en_US` is there in every
 * database.
 */
const CONTEXT = { lang: 'en_US' };

/**
 * Opens a client.
 * @returns The client, or why Odoo lets nobody in.
 */
export async function openClient(
  connection: OdooConnection,
  patience: Patience,
): Promise<Result<OdooClient, OdooFault>> {
  if (protocolOf(connection) === 'json-2') return ok(clientOf(openJson2(connection), connection));
  const call = await openJsonRpc(connection, patience);
  return call.ok ? ok(clientOf(call.value, connection)) : call;
}

/** `17.0`, `saas~17.2` (`serie`, `odoo/release.py`). */
const SERIE = /^(?:saas[~-])?\d{1,3}\.\d{1,3}$/;

/** The series that a server says it has. It tells this to everybody. */
export async function seriesOfServer(
  connection: Reached,
  patience: Patience,
): Promise<Result<string, OdooFault>> {
  const answered = await callService(connection, 'common', 'version', [], patience);
  if (!answered.ok) return answered;
  const version = z.object({ server_serie: z.string().regex(SERIE) }).safeParse(answered.value);
  return version.success ? ok(version.data.server_serie) : refused(odooFault('not_odoo'));
}

function clientOf(bare: CallMethod, connection: OdooConnection): OdooClient {
  const call: CallMethod = (model, method, args, patience) =>
    bare(model, method, { ...args, context: CONTEXT }, patience);
  const reader: RowReader = { call, hide: (text) => withoutSecret(text, connection) };
  return {
    async modules(names, present, patience) {
      const read = await readModules(reader, [['name', 'in', [...names]]], present, patience);
      const asked = new Set(names);
      // Of others, nothing is to be decided.
      return read.ok ? ok(read.value.filter(({ name }) => asked.has(name))) : read;
    },
    touched: (patience) =>
      readModules(reader, [['state', 'not in', ['uninstalled', 'uninstallable']]], new Set(), patience),
    imported: (names, patience) => readImported(reader, names, patience),
    graph: (patience) => readGraph(reader, patience),
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

import { ok, type Result, refused } from '../base/refusal.ts';
import type { OdooConnection } from './odoo-connection.ts';
import { faultOfException, type OdooFault, odooFault } from './odoo-fault.ts';
import { type Patience, postJson } from './post-json.ts';

/** Calls a method of a model; `args` are its positional arguments. */
export type CallMethod = (
  model: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
  patience: Patience,
) => Promise<Result<unknown, OdooFault>>;

/** Where an Odoo is, and what must not come back from it. */
export type Reached = Pick<OdooConnection, 'url' | 'secret'>;

/**
 * Calls a service of Odoo by JSON-RPC 2.0 (14.0 to 19.0, `odoo/addons/base/controllers/rpc.py`, `/jsonrpc`), which 16.0 to 18.0
 * keep alive when a manifest takes `/xmlrpc` down.
 */
export async function callService(
  connection: Reached,
  service: 'common' | 'object',
  method: string,
  args: readonly unknown[],
  patience: Patience,
): Promise<Result<unknown, OdooFault>> {
  const body = { jsonrpc: '2.0', method: 'call', id: 1, params: { service, method, args } };
  const answered = await postJson(new URL('jsonrpc', connection.url), body, {}, patience);
  if (!answered.ok) return answered;
  const { json } = answered.value;
  if (typeof json !== 'object' || json === null || !('jsonrpc' in json))
    return refused(odooFault('not_odoo'));
  const { error, result } = json as { readonly error?: unknown; readonly result?: unknown };
  return error === undefined ? ok(result) : refused(faultOfError(error, connection));
}

function faultOfError(error: unknown, connection: Reached): OdooFault {
  const { data, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly data?: { readonly name?: unknown; readonly message?: unknown; readonly debug?: unknown } | null;
    readonly message?: unknown;
  };
  return faultOfException({ ...data, message: data?.message ?? message }, connection);
}

/**
 * Logs in.
 * @returns The id of the user, or why not.
 */
async function logIn(connection: OdooConnection, patience: Patience): Promise<Result<number, OdooFault>> {
  const { database, login, secret } = connection;
  const args = [database, login, secret.value, {}];
  const answered = await callService(connection, 'common', 'authenticate', args, patience);
  if (!answered.ok)
    return answered.refusal.kind === 'not_administrator' ? refused(odooFault('bad_login')) : answered;
  const uid = answered.value;
  if (uid === false || uid === null) return refused(odooFault('bad_login'));
  return typeof uid === 'number' ? ok(uid) : refused(odooFault('not_odoo'));
}

/** A caller of methods by JSON-RPC, which logs in first. */
export async function openJsonRpc(
  connection: OdooConnection,
  patience: Patience,
): Promise<Result<CallMethod, OdooFault>> {
  const uid = await logIn(connection, patience);
  if (!uid.ok) return uid;
  const { database, secret } = connection;
  return ok((model, method, { ids, ...named }, its) => {
    const positional = ids === undefined ? [] : [ids];
    const args = [database, uid.value, secret.value, model, method, positional, named];
    return callService(connection, 'object', 'execute_kw', args, its);
  });
}

/** What somebody does at the web client, without our program. */

/** Calls a method of modules. */
export type CallByHand = (
  method: string,
  /** The modules; none for a method of all. */
  names: readonly string[],
  args?: readonly unknown[],
) => Promise<unknown>;

/** A caller that logs in once: without names each call is one request. @param model Another one than that of modules. */
export function callerByHand(
  url: string,
  database: string,
  password: string,
  model = 'ir.module.module',
): CallByHand {
  const call = async (service: string, called: string, given: readonly unknown[]) => {
    const body = { jsonrpc: '2.0', method: 'call', id: 1, params: { service, method: called, args: given } };
    // Each request may be answered by another process.
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    // biome-ignore lint/suspicious/noExplicitAny: whatever Odoo says
    const { result, error } = (await (await fetch(new URL('jsonrpc', url), init)).json()) as any;
    if (error !== undefined) throw new Error(`${error.data?.name}: ${error.data?.message}`);
    return result;
  };
  let uid: Promise<unknown> | undefined;
  const execute = async (called: string, given: readonly unknown[]) => {
    uid ??= call('common', 'authenticate', [database, 'admin', password, {}]);
    return call('object', 'execute_kw', [database, await uid, password, model, called, given]);
  };
  return async (method, names, args = []) => {
    if (names.length === 0) return execute(method, args);
    return execute(method, [await execute('search', [[['name', 'in', names]]]), ...args]);
  };
}

/** A line of Odoo's log about a request to `/jsonrpc`, with the process that answered it. */
const LINE_OF_REQUEST = /^\S+ \S+ (\d+) \w+ \S+ werkzeug: .*"POST \/jsonrpc/gm;

/** How many processes of Odoo have answered such requests. */
export function processesAsked(log: string): number {
  return new Set([...log.matchAll(LINE_OF_REQUEST)].map(([, pid]) => pid)).size;
}

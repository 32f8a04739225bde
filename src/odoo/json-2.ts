import { ok, refused } from '../base/refusal.ts';
import type { CallMethod } from './json-rpc.ts';
import type { OdooConnection } from './odoo-connection.ts';
import { faultOfException, type OdooFault, odooFault } from './odoo-fault.ts';
import { type Answer, postJson } from './post-json.ts';

/** A caller of methods by Odoo's own protocol of 19.0 (`addons/rpc/controllers/json2.py`), with an API key. */
export function openJson2(connection: OdooConnection): CallMethod {
  const { url, database, secret } = connection;
  const headers = { authorization: `bearer ${secret.value}`, 'x-odoo-database': database };
  return async (model, method, args, patience) => {
    const answered = await postJson(new URL(`json/2/${model}/${method}`, url), args, headers, patience);
    if (!answered.ok) return answered;
    const { status, json } = answered.value;
    return status === 200 && json !== null ? ok(json) : refused(faultOf(answered.value, connection));
  };
}

function faultOf({ status, json }: Answer, connection: OdooConnection): OdooFault {
  const exception: { readonly name?: unknown } = typeof json === 'object' && json !== null ? json : {};
  if (status === 401) return odooFault('bad_login');
  // Odoo answers with a page where there is no such database: it does not know the route then.
  if (status === 404 && json === null) return odooFault('no_database');
  if (status === 403) return odooFault('not_administrator');
  if (typeof exception.name !== 'string') return odooFault('not_odoo');
  return faultOfException(exception, connection);
}

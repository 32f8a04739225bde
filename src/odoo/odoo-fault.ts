/** Why a running Odoo did not do what it was asked. */
import { cut, inOneLine, oneLine } from '../base/text.ts';
import { exceptionText, raisedAt } from './exception-text.ts';
import type { OdooConnection } from './odoo-connection.ts';
import { withoutSecret } from './without-secret.ts';

/** Every kind of fault, and what it means; follows the name of the host. */
export const ODOO_FAULTS = {
  unreachable: 'cannot be reached',
  untrusted: 'has a certificate that is not trusted',
  no_tls: 'does not answer over TLS as it should',
  timed_out: 'did not answer in time',
  redirected: 'redirects to another address',
  broke_off: 'ended the connection without a whole answer',
  not_odoo: 'does not answer as Odoo does',
  too_large: 'answers more than any Odoo would',
  no_database: 'has no database of that name',
  bad_login: 'does not accept the login',
  not_administrator: 'does not let the user change modules: that takes an administrator',
  other_series: 'is of another series than the instance',
  busy: 'is busy with something else',
  concurrent: 'is updating its list of modules for somebody else',
  user_error: 'refused',
  server_error: 'failed',
  restart_missing: 'was not restarted: the program of its restart command is not there',
  restart_denied: "was not restarted: the server's user may not run its restart command",
  restart_failed: 'was not restarted: its restart command failed',
  restart_timed_out: 'may be in the middle of a restart: its restart command did not end in time',
  not_restarted:
    'went on answering while its restart command ran, and after it: the old process may still be there',
  not_back: 'did not answer again in time after its restart',
  cancelled: 'was not waited for: the call was cancelled',
} as const;

export type OdooFaultKind = keyof typeof ODOO_FAULTS;

export interface OdooFault {
  readonly kind: OdooFaultKind;
  /** What Odoo said, in one line, cut; it is Odoo's text, and that of modules. Empty if it said nothing. */
  readonly said: string;
  /** The file and line where it arose, in one line; where Odoo tells that. */
  readonly at?: string;
}

const MOST_SAID = 500;
/** What is looked at of a message: looking takes longer than sending. */
const MOST_READ = 20_000;

export function odooFault(kind: OdooFaultKind, said = ''): OdooFault {
  return { kind, said: oneLine(inOneLine(said.slice(0, MOST_READ))).slice(0, MOST_SAID) };
}

/**
 * Understands an exception as Odoo's server describes it (`odoo/http.py`, `serialize_exception`).
 * @param exception Whatever a server sends: the class with its module, the message, and the traceback.
 * @param connection Its secret is hidden, should the message repeat it.
 */
export function faultOfException(
  exception: { readonly name?: unknown; readonly message?: unknown; readonly debug?: unknown },
  connection: Pick<OdooConnection, 'secret'>,
): OdooFault {
  const name = textOf(exception.name);
  const told = withoutSecret(textOf(exception.message), connection);
  const message = cut(told, MOST_READ);
  if (/does not exist\s*$/.test(message) && /\bdatabase "/.test(message)) return odooFault('no_database');
  // `_button_immediate_function` (odoo/addons/base/models/ir_module.py): a scheduled action excludes operations, too.
  if (/processing (another module operation|a scheduled action)/i.test(message))
    return odooFault('busy', message);
  // PostgreSQL lets one of two transactions that update a module wait, and ends it after some 30 seconds. It may say so in its own
  // language.
  if (
    /\.(SerializationFailure|LockNotAvailable|DeadlockDetected)$/.test(name) ||
    /while updating tuple|could not serialize access|deadlock detected|could not obtain lock/i.test(message)
  )
    return odooFault('concurrent', message);
  // An address that Odoo does not have: 15.0 tells of it in JSON.
  if (name.endsWith('werkzeug.exceptions.NotFound')) return odooFault('not_odoo');
  const kind = (Object.entries(BY_CLASS) as [string, OdooFaultKind][]).find(([end]) =>
    name.endsWith(end),
  )?.[1];
  if (kind === 'not_administrator') return odooFault(kind);
  const traceback = withoutSecret(textOf(exception.debug), connection);
  const at = oneLine(raisedAt(traceback));
  return { ...odooFault(kind ?? 'server_error', exceptionText(told, traceback)), ...(at !== '' && { at }) };
}

/** Not by `String`, which calls what an object brings along, and goes as deep as a list does. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const BY_CLASS: Readonly<Record<string, OdooFaultKind>> = {
  'exceptions.AccessDenied': 'not_administrator',
  'exceptions.AccessError': 'not_administrator',
  'exceptions.UserError': 'user_error',
  'exceptions.RedirectWarning': 'user_error',
  'exceptions.ValidationError': 'user_error',
  'exceptions.MissingError': 'user_error',
};

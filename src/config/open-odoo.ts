import { isAbsolute } from 'node:path';
import type { OdooConnection } from '../odoo/odoo-connection.ts';
import type { InstanceConfig, OdooConfig } from './schema.ts';
import { readSecret } from './secret.ts';

/**
 * Opens the running Odoo of an instance. Nothing is sent.
 * @param env The environment, for secrets.
 * @param complain Called with the key of the instance and what is wrong with it.
 * @returns Null if none is configured or something is wrong with it.
 */
export function openOdoo(
  { odoo, series }: InstanceConfig,
  env: Readonly<Record<string, string | undefined>>,
  complain: (path: readonly PropertyKey[], problem: string) => void,
): OdooConnection | null {
  if (odoo === undefined) return null;
  const url = readUrl(odoo, (problem) => complain(['odoo', 'url'], problem));
  const secret = readLogin(odoo, env, (path, problem) => complain(['odoo', ...path], problem));
  const wrong = whatIsWrongWithProgram(odoo.restart);
  if (wrong !== null) complain(['odoo', 'restart', ...wrong.at], wrong.problem);
  if (url === null || secret === null || wrong !== null) return null;
  const { database, login, restart = null } = odoo;
  return { url, database, login, secret, series, restart };
}

/** A relative path would be found in the working directory; a name, where the operator's PATH leads. */
function whatIsWrongWithProgram(
  restart: OdooConfig['restart'] = [],
): { readonly at: readonly number[]; readonly problem: string } | null {
  const [program] = restart;
  if (program === undefined) return null;
  if (!isAbsolute(program) && !/^\w[\w.+-]*$/.test(program))
    return { at: [0], problem: 'must be an absolute path, or the name of a program' };
  const at = restart.findIndex((word) => word.includes('\0'));
  return at < 0 ? null : { at: [at], problem: 'has a NUL in it, which no program can be given' };
}

function readLogin(
  { password, apiKey }: OdooConfig,
  env: Readonly<Record<string, string | undefined>>,
  complain: (path: readonly PropertyKey[], problem: string) => void,
): OdooConnection['secret'] | null {
  const given = password ?? apiKey;
  if (given === undefined) {
    complain([], 'needs `password` or `apiKey`');
    return null;
  }
  if (password !== undefined && apiKey !== undefined) {
    complain([], 'has both `password` and `apiKey`: leave one out');
    return null;
  }
  const kind = password === undefined ? 'apiKey' : 'password';
  const secret = readSecret(given, env);
  if (secret.ok) return { kind, value: secret.value };
  complain([kind], secret.refusal);
  return null;
}

/** Hosts that are this machine. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function readUrl(
  { url: written, insecure = false }: OdooConfig,
  complain: (problem: string) => void,
): URL | null {
  const wrong = (problem: string) => {
    complain(problem);
    return null;
  };
  if (!URL.canParse(written)) return wrong('must be an address, such as http://127.0.0.1:8069');
  const url = new URL(written);
  if (!['http:', 'https:'].includes(url.protocol)) return wrong('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '')
    return wrong('must have no user or password in it: give `login` and `password` or `apiKey` beside it');
  if (url.search !== '' || url.hash !== '') return wrong('must have no query and no fragment');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !insecure)
    return wrong(
      'would send the password over http, where others can read it: use https, or set `insecure` to true',
    );
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

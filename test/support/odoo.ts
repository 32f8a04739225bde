/**
 * A stand-in for a running Odoo, written from recorded exchanges with live servers of 15.0 to 19.0: both protocols, the shapes of
 * their errors, and a list of modules that behaves as Odoo's does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ModuleState } from '../../src/odoo/known-to-odoo.ts';
import type { OdooConnection } from '../../src/odoo/odoo-connection.ts';

export interface StandInModule {
  state: ModuleState;
  /** The version in the database. */
  installed: string | false;
  onDisk: string | false;
  /** Whether it was imported as data. */
  imported?: true;
}

export interface StandIn {
  readonly url: string;
  readonly modules: Map<string, StandInModule>;
  /** `update_list`, `button_immediate_install 3`, ... in the order they came. */
  readonly calls: string[];
  /** Everything that was sent, with headers. */
  readonly sent: string[];
  close(): Promise<void>;
}

export interface StandInOptions {
  /** By default one that is free. */
  readonly port?: number;
  readonly series?: string;
  readonly database?: string;
  readonly login?: string;
  readonly password?: string;
  readonly apiKey?: string;
  /** Whether the user is no administrator. */
  readonly isLow?: boolean;
  readonly modules?: Readonly<Record<string, StandInModule>>;
  /** What `update_list` finds on the disk. */
  readonly onDisk?: () => Readonly<Record<string, string>>;
  /** Answers a request instead; may write what it likes. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse, body: string) => boolean;
  /** Called before a method of modules; may throw an {@link OdooError}. */
  readonly before?: (method: string, names: readonly string[]) => void | Promise<void>;
}

/** An exception as Odoo tells it. */
export class OdooError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}
export const userError = (message: string) => new OdooError('odoo.exceptions.UserError', message);

/** How it is reached by a configuration. */
export function connectionTo(
  { url }: Pick<StandIn, 'url'>,
  more: Partial<OdooConnection> = {},
): OdooConnection {
  const secret = { kind: 'password', value: 'pass-word' } as const;
  const at = { url: new URL(url), database: 'prod', login: 'admin', secret };
  return { ...at, series: '17.0', restart: null, ...more };
}

const USER = 2;

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { series = '17.0', database = 'prod', login = 'admin', password = 'pass-word' } = options;
  const modules = new Map(Object.entries(options.modules ?? {}).map(([name, one]) => [name, { ...one }]));
  const ids = new Map<string, number>();
  const idOf = (name: string) => {
    if (!ids.has(name)) ids.set(name, 480 + ids.size);
    return ids.get(name) as number;
  };
  const calls: string[] = [];
  const sent: string[] = [];

  const run = async (method: string, args: Record<string, unknown>): Promise<unknown> => {
    const named = [...modules.keys()].filter((name) => ((args.ids ?? []) as number[]).includes(idOf(name)));
    calls.push([method, ...named].join(' '));
    if (options.isLow) {
      throw method === 'search_read'
        ? new OdooError('odoo.exceptions.AccessError', 'You are not allowed to access this.')
        : new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
    }
    await options.before?.(method, named);
    if (method === 'search_read') {
      const domain = args.domain as [string, string, unknown][];
      const isMet = (name: string, { state, imported }: StandInModule) =>
        domain.every(([field, operator, value]) => {
          const own = { name, state, imported: imported === true }[field];
          if (own === undefined) throw new OdooError('builtins.ValueError', `Invalid field ${field}`);
          return operator === '='
            ? own === value
            : (value as unknown[]).includes(own) === (operator === 'in');
        });
      return [...modules]
        .filter(([name, module]) => isMet(name, module))
        .map(([name, { state, installed, onDisk }]) => {
          const row = { name, state, installed_version: onDisk, latest_version: installed };
          const asked = Object.entries(row).filter(([key]) => (args.fields as string[]).includes(key));
          return { id: idOf(name), ...Object.fromEntries(asked) };
        });
    }
    if (method === 'update_list') {
      let added = 0;
      for (const [name, version] of Object.entries(options.onDisk?.() ?? {})) {
        const known = modules.get(name);
        if (known === undefined) {
          modules.set(name, { state: 'uninstalled', installed: false, onDisk: version });
          added++;
        } else known.onDisk = version;
      }
      return [modules.size - added, added];
    }
    for (const name of named) {
      const module = modules.get(name) as StandInModule;
      if (method.endsWith('_cancel')) module.state = method.includes('install') ? 'uninstalled' : 'installed';
      else Object.assign(module, { state: 'installed', installed: module.onDisk });
    }
    return { type: 'ir.actions.act_url', target: 'self', url: '/web' };
  };

  const unknownDatabase = (name: unknown) =>
    new OdooError(
      'psycopg2.OperationalError',
      `connection to server failed: FATAL:  database "${name}" does not exist\n`,
    );

  const jsonRpc = async ({ service, method, args }: { service: string; method: string; args: unknown[] }) => {
    if (service === 'common' && method === 'version')
      return { server_version: series, server_serie: series, protocol_version: 1 };
    if (args[0] !== database) throw unknownDatabase(args[0]);
    const isRight = (secret: unknown) =>
      secret === password || (options.apiKey !== undefined && secret === options.apiKey);
    if (method === 'authenticate') return args[1] === login && isRight(args[2]) ? USER : false;
    const [, uid, secret, , called, positional, named] = args as [
      string,
      number,
      string,
      string,
      string,
      unknown[],
      object,
    ];
    if (uid !== USER || !isRight(secret))
      throw new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
    return run(called, { ...named, ...(positional.length > 0 && { ids: positional[0] }) });
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts).toString();
      sent.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      if (options.instead?.(request, response, body) === true) return;
      const answer = (status: number, json: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      };
      const given = JSON.parse(body);
      if (request.url === '/jsonrpc') {
        try {
          answer(200, { jsonrpc: '2.0', id: given.id, result: (await jsonRpc(given.params)) ?? null });
        } catch (error) {
          const { type, message } = error as OdooError;
          const data = { name: type, debug: 'Traceback ...', message, arguments: [message], context: {} };
          answer(200, {
            jsonrpc: '2.0',
            id: given.id,
            error: { code: series === '19.0' ? 0 : 200, message: 'Odoo Server Error', data },
          });
        }
        return;
      }
      const method = /^\/json\/2\/ir\.module\.module\/(\w+)$/.exec(request.url ?? '')?.[1];
      if (method === undefined || series !== '19.0' || request.headers['x-odoo-database'] !== database) {
        // Up to 15.0 such a request is answered in its own kind.
        if (series === '14.0' || series === '15.0') {
          const message = '404 Not Found: The requested URL was not found on the server.';
          const data = { name: 'werkzeug.exceptions.NotFound', debug: 'Traceback ...', message };
          answer(200, {
            jsonrpc: '2.0',
            id: given.id,
            error: { code: 404, message: '404: Not Found', data },
          });
          return;
        }
        response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html><h1>Not Found</h1>');
        return;
      }
      const shown = (error: OdooError) => ({
        name: error.type,
        message: error.message,
        arguments: [error.message],
        debug: '',
      });
      if (request.headers.authorization !== `bearer ${options.apiKey}`)
        return answer(401, shown(new OdooError('werkzeug.exceptions.Unauthorized', 'Invalid apikey')));
      try {
        answer(200, await run(method, given));
      } catch (error) {
        const { type } = error as OdooError;
        answer(/Access/.test(type) ? 403 : /UserError/.test(type) ? 422 : 500, shown(error as OdooError));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, modules, calls, sent, close };
}

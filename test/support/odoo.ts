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
  depends?: readonly string[];
  /** Those of them that bring it along. */
  comesWith?: readonly string[];
  excludes?: readonly string[];
  /** Whether it was imported as data. */
  imported?: true;
}

/** What the manifest of a module says, where it says more than a version. */
export type OnDisk =
  | string
  | (Pick<StandInModule, 'depends' | 'comesWith' | 'excludes'> & { readonly version: string });

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
  readonly onDisk?: () => Readonly<Record<string, OnDisk>>;
  /** The modules that it remembers to be missing, so that it installs them in vain until it is restarted. */
  readonly missed?: Set<string>;
  /** Whether it serves the static files of modules. */
  readonly servesStatic?: boolean;
  /** Answers a request instead; may write what it likes. `run`: does what is asked, and does not answer. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse, body: string) => boolean | 'run';
  /** Called before a method of modules; may throw an {@link OdooError}. */
  readonly before?: (method: string, names: readonly string[]) => void | Promise<void>;
}

/** An exception as Odoo tells it. */
export class OdooError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly debug = 'Traceback ...',
  ) {
    super(message);
  }
}
export const userError = (message: string) => new OdooError('odoo.exceptions.UserError', message);

type Row = Readonly<Record<string, unknown>>;
const MODULE = 'ir.module.module';
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

  const run = async (model: string, method: string, args: Record<string, unknown>): Promise<unknown> => {
    const named = [...modules.keys()].filter((name) => ((args.ids ?? []) as number[]).includes(idOf(name)));
    if (method !== 'fields_get' && (model === MODULE || method !== 'search_read'))
      calls.push([method, ...named].join(' '));
    if (options.isLow) {
      throw method === 'search_read'
        ? new OdooError('odoo.exceptions.AccessError', 'You are not allowed to access this.')
        : new OdooError('odoo.exceptions.AccessDenied', 'Access Denied');
    }
    await options.before?.(method, named);
    if (method === 'search_read') return search(model, args);
    if (method === 'fields_get') return series >= '18.0' ? { country_ids: { type: 'many2many' } } : {};
    if (method === 'update_list') return updateList();
    for (const name of named) {
      const module = modules.get(name) as StandInModule;
      if (method === 'button_install_cancel') module.state = 'uninstalled';
      else if (method === 'button_upgrade_cancel') module.state = 'installed';
      else if (method === 'button_immediate_install') mark(name);
      else module.state = 'to upgrade';
    }
    if (method.startsWith('button_immediate')) load();
    return { type: 'ir.actions.act_url', target: 'self', url: '/web' };
  };

  const search = (model: string, { domain, fields }: Record<string, unknown>): object[] => {
    const isMet = (name: string, { state, imported }: StandInModule) =>
      (domain as [string, string, unknown][]).every(([field, operator, value]) => {
        const own = { name, state, imported: imported === true }[field];
        if (own === undefined) throw new OdooError('builtins.ValueError', `Invalid field ${field}`);
        return operator === '=' ? own === value : (value as unknown[]).includes(own) === (operator === 'in');
      });
    const rows = [...modules]
      .filter(([name, module]) => isMet(name, module))
      .flatMap(([name, module]) => rowsOf(model, name, module));
    return rows.map(({ id, ...row }) => {
      const asked = Object.entries(row).filter(([key]) => (fields as string[]).includes(key));
      return { id, ...Object.fromEntries(asked) };
    });
  };

  const rowsOf = (model: string, name: string, module: StandInModule): ({ id: number } & Row)[] => {
    const { state, installed, onDisk, depends = [], comesWith, excludes = [] } = module;
    const id = idOf(name);
    const reference = [id, `Module ${name}`];
    switch (model) {
      case 'ir.module.module.dependency':
        return depends.map((one) => {
          return {
            id,
            name: one,
            module_id: reference,
            auto_install_required: comesWith?.includes(one) ?? false,
          };
        });
      case 'ir.module.module.exclusion':
        return excludes.map((one) => ({ id, name: one, module_id: reference }));
      case 'res.company':
        return [];
      default: {
        const versions = { installed_version: onDisk, latest_version: installed };
        return [{ id, name, state, ...versions, auto_install: comesWith !== undefined, country_ids: [] }];
      }
    }
  };

  const updateList = (): [number, number] => {
    let added = 0;
    for (const [name, found] of Object.entries(options.onDisk?.() ?? {})) {
      if (options.missed?.has(name)) continue;
      const { version, ...more } = typeof found === 'string' ? { version: found } : found;
      const known = modules.get(name);
      if (known === undefined) {
        modules.set(name, { state: 'uninstalled', installed: false, onDisk: version, ...more });
        added++;
      } else Object.assign(known, { onDisk: version, ...more });
    }
    return [modules.size - added, added];
  };

  /** Marks a module and what it needs. */
  const mark = (name: string): void => {
    const module = modules.get(name);
    if (module === undefined)
      throw userError(`You try to install module a that depends on module '${name}'.`);
    if (module.state !== 'uninstalled') return;
    module.state = 'to install';
    for (const need of module.depends ?? []) mark(need);
    const there = ['installed', 'to install', 'to upgrade'];
    for (const [other, { state, comesWith }] of modules) {
      const isDue = comesWith?.every((one) => there.includes(modules.get(one)?.state ?? ''));
      if (state === 'uninstalled' && isDue) mark(other);
    }
  };

  /** Does what is marked, as far as its files are known to be there. */
  const load = (): void => {
    for (const [name, module] of modules) {
      if (module.state !== 'to install' && module.state !== 'to upgrade') continue;
      if (options.missed?.has(name)) continue;
      Object.assign(module, { state: 'installed', installed: module.onDisk });
    }
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
    const [, uid, secret, model, called, positional, named] = args as [
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
    return run(model, called, { ...named, ...(positional.length > 0 && { ids: positional[0] }) });
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts).toString();
      sent.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      const isElsewhere = options.instead?.(request, response, body) ?? false;
      if (isElsewhere === true) return;
      const answer = (status: number, json: unknown) => {
        if (isElsewhere === 'run') return;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      };
      if (request.method === 'HEAD') {
        response.writeHead(options.servesStatic === true ? 200 : 404).end();
        return;
      }
      const given = JSON.parse(body);
      if (request.url === '/jsonrpc') {
        try {
          answer(200, { jsonrpc: '2.0', id: given.id, result: (await jsonRpc(given.params)) ?? null });
        } catch (error) {
          const { type, message, debug } = error as OdooError;
          const data = { name: type, debug, message, arguments: [message], context: {} };
          answer(200, {
            jsonrpc: '2.0',
            id: given.id,
            error: { code: series === '19.0' ? 0 : 200, message: 'Odoo Server Error', data },
          });
        }
        return;
      }
      const [, model = '', method] = /^\/json\/2\/([\w.]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
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
        debug: error.debug,
      });
      if (request.headers.authorization !== `bearer ${options.apiKey}`)
        return answer(401, shown(new OdooError('werkzeug.exceptions.Unauthorized', 'Invalid apikey')));
      try {
        answer(200, await run(model, method, given));
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

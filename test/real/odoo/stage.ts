/** What the steps work with: the real Odoo, our server and command line, and who watches for secrets. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from '../../../src/manifest/series.ts';
import { type Answer, type Finished, runCli, startServer, type TestServer } from '../../support/server.ts';
import type { World } from '../../support/world.ts';
import type { TryModules } from './modules.ts';
import type { ScratchOdoo } from './scratch-odoo.ts';
import { type Watch, watchFor } from './secrets.ts';
import { differences, type Seen, type Tale } from './tell.ts';

export interface Stage {
  readonly series: Series;
  readonly world: World;
  readonly odoo: ScratchOdoo;
  readonly modules: TryModules;
  readonly tale: Tale;
  /** Writes a configuration. @param odoo Keys of the connection that are other. */
  config(name: string, odoo?: object, more?: ConfigMore): string;
  /** Runs our command line with the configuration of a server, or another one. */
  cli(config: ServerName | (string & {}), ...args: string[]): Promise<Finished>;
  /** Calls a tool of one of our servers, each of which goes on for the whole tale. */
  call(tool: string, args: Record<string, unknown>, server?: ServerName): Promise<Answer>;
  /** A step that is one call. @param expected Of the answer's data. */
  callStep(
    name: string,
    tool: string,
    args: Record<string, unknown>,
    expected: unknown,
    server?: ServerName,
  ): Promise<void>;
  /** Writes a file that only this user may read, and returns its path. */
  secretFile(name: string, text: string): string;
  /** Ends our servers, and looks for secrets in all that was written. */
  end(): ReturnType<Watch['end']>;
}

export interface ConfigMore {
  readonly series?: string;
  readonly roots?: object;
  /** Null for the built-in one. */
  readonly policy?: object | null;
  readonly knowsPython?: boolean;
}

/**
 * Our servers: `plain` does not know how Odoo is restarted, `hook` does, `broken` has a command that fails; `asking` has the built-in policy; `blind` does not know
 * Odoo's Python; `low` has the login of a user who is no administrator. `hook`, `asking` and `blind` have API keys, with which 19.0
 * is asked through another protocol.
 */
export type ServerName = 'plain' | 'hook' | 'broken' | 'asking' | 'blind' | 'low';

/** Names of variables that our processes find the secrets in. */
export const VARIABLES = { password: 'TRY_PASSWORD', wrong: 'TRY_WRONG', low: 'TRY_LOW' } as const;
export const variable = (name: keyof typeof VARIABLES) => `\${${VARIABLES[name]}}`;

/** @param addons More folders with checkouts of the OCA. */
export function setStage(
  parts: Pick<Stage, 'series' | 'world' | 'odoo' | 'modules' | 'tale'> & {
    readonly checkout: string;
    readonly python: string;
    readonly addons: readonly string[];
  },
): Stage {
  const { series, world, odoo, tale, checkout, python, addons } = parts;
  const { password, lowPassword, apiKey, lowKey } = odoo.logins;
  const wrong = `wrong-${password}`;
  const env = { [VARIABLES.password]: password, [VARIABLES.wrong]: wrong, [VARIABLES.low]: lowPassword };
  const watch = watchFor([password, lowPassword, apiKey, lowKey]);
  const secretFile = (name: string, text: string) => {
    const path = world.file(join('secrets', name), text);
    chmodSync(path, 0o600);
    return path;
  };
  const config: Stage['config'] = (name, connection = {}, more = {}) => {
    const login = { url: odoo.url, database: odoo.database, login: 'admin' };
    const secret = Object.keys(connection).some((key) => key === 'password' || key === 'apiKey')
      ? {}
      : { password: variable('password') };
    const { series: other = series, roots = {}, policy, knowsPython = true } = more;
    const prod = {
      series: other,
      addonsDirs: [world.at('linked')],
      roots: { core: [checkout], oca: [world.at('src/oca'), ...addons], ...roots },
      odooConf: odoo.conf,
      ...(knowsPython && { python }),
      odoo: { ...login, ...secret, ...connection },
    };
    const file = {
      instances: { prod },
      ...(policy !== null && { policy: policy ?? { version: '1', default: 'allow' } }),
      stateDir: world.at('state'),
    };
    return world.file(join('config', `${name}.json`), JSON.stringify(file));
  };
  const key = { apiKey: { file: secretFile('api-key', apiKey) } };
  secretFile('low-key', lowKey);
  const hook = { ...key, restart: odoo.restartCommand };
  const configs: Readonly<Record<ServerName, () => string>> = {
    plain: () => config('plain'),
    hook: () => config('hook', hook),
    broken: () => config('broken', { restart: ['false'] }),
    asking: () => config('asking', hook, { policy: null }),
    blind: () => config('blind', key, { knowsPython: false }),
    low: () => config('low', { login: 'low', password: variable('low') }),
  };
  const servers = new Map<ServerName, Promise<TestServer>>();
  const serverOf = (name: ServerName) => {
    const known = servers.get(name) ?? startServer(['--config', configs[name]()], { env, keep: true });
    servers.set(name, known);
    return known;
  };
  const end = async () => {
    for (const starting of servers.values()) {
      // One that did not start was told of by the step that needed it.
      const server = await starting.catch(() => null);
      if (server === null) continue;
      watch.hear('logs of our servers', server.stderr());
      await server.close();
    }
    watch.look('files of our state', world.at('state'));
    watch.look('configurations', world.at('config'));
    watch.hear('logs of Odoo', odoo.log());
    return watch.end();
  };
  let ended: ReturnType<typeof end> | undefined;
  const stage: Stage = {
    ...parts,
    config,
    secretFile,
    async cli(name, ...args) {
      const file = name in configs ? configs[name as ServerName]() : name;
      const ended = await runCli([...args, '--config', file], { env });
      watch.hear('answers of commands', ended.stdout + ended.stderr);
      return ended;
    },
    async call(tool, args, name = 'plain') {
      const server = await serverOf(name);
      const answer = await server.call(tool, args, { timeout: LONGEST_MS });
      watch.hear('answers of tools', JSON.stringify(answer.result));
      return answer;
    },
    callStep: (step, tool, args, expected, name) =>
      tale.step(step, async () => {
        const begun = performance.now();
        const { data, text } = await stage.call(tool, args, name);
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        return seen(`${text.slice(Math.max(0, text.search(ABOUT_ODOO)))} (${seconds} s)`, data, expected);
      }),
    end: () => (ended ??= end()),
  };
  return stage;
}

/** How long a call may take, in milliseconds. */
const LONGEST_MS = 20 * 60_000;

/** Where the part about Odoo begins in an answer about links. */
const ABOUT_ODOO = /^Odoo (?:has read|did not read) its list/m;

/** What a step saw, beside what was expected of it. */
export function seen(said: string, actual: unknown, expected: unknown): Seen {
  return { said, wrong: differences(actual, expected) };
}

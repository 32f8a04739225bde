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
  readonly watch: Watch;
  /** Writes a configuration. @param odoo Keys of the connection that are other. */
  config(name: string, odoo?: object, more?: ConfigMore): string;
  /** Runs our command line. */
  cli(config: string, ...args: string[]): Promise<Finished>;
  /** Calls a tool of our server, which goes on for the whole tale. */
  call(tool: string, args: Record<string, unknown>): Promise<Answer>;
  /** A step that is one call. @param expected Of the answer's data. */
  callStep(name: string, tool: string, args: Record<string, unknown>, expected: unknown): Promise<void>;
  /** Writes a file that only this user may read, and returns its path. */
  secretFile(name: string, text: string): string;
  /** Ends our server, and looks for secrets in all that was written. */
  end(): Promise<void>;
}

export interface ConfigMore {
  readonly series?: string;
  readonly roots?: object;
  readonly policy?: object;
}

/** Names of variables that our processes find the secrets in. */
export const VARIABLES = { password: 'TRY_PASSWORD', wrong: 'TRY_WRONG', low: 'TRY_LOW' } as const;
export const variable = (name: keyof typeof VARIABLES) => `\${${VARIABLES[name]}}`;

/** @param addons More folders with checkouts of the OCA. */
export async function setStage(
  parts: Pick<Stage, 'series' | 'world' | 'odoo' | 'modules' | 'tale'> & {
    readonly checkout: string;
    readonly python: string;
    readonly addons: readonly string[];
  },
): Promise<Stage> {
  const { series, world, odoo, tale, checkout, python, addons } = parts;
  const { password, lowPassword, apiKey } = odoo.logins;
  const wrong = `wrong-${password}`;
  const env = { [VARIABLES.password]: password, [VARIABLES.wrong]: wrong, [VARIABLES.low]: lowPassword };
  const watch = watchFor([password, lowPassword, apiKey]);
  const secretFile = (name: string, text: string) => {
    const path = world.file(join('secrets', name), text);
    chmodSync(path, 0o600);
    return path;
  };
  secretFile('api-key', apiKey);
  const config: Stage['config'] = (name, connection = {}, more = {}) => {
    const login = { url: odoo.url, database: odoo.database, login: 'admin' };
    const secret = Object.keys(connection).some((key) => key === 'password' || key === 'apiKey')
      ? {}
      : { password: variable('password') };
    const prod = {
      series: more.series ?? series,
      addonsDirs: [world.at('linked')],
      roots: { core: [checkout], oca: [world.at('src/oca'), ...addons], ...more.roots },
      odooConf: odoo.conf,
      python,
      odoo: { ...login, ...secret, ...connection },
    };
    const policy = more.policy ?? { version: '1', default: 'allow' };
    const file = { instances: { prod }, policy, stateDir: world.at('state') };
    return world.file(join('config', `${name}.json`), JSON.stringify(file));
  };
  const server: TestServer = await startServer(['--config', config('main')], { env, keep: true });
  const stage: Stage = {
    ...parts,
    watch,
    config,
    secretFile,
    async cli(file, ...args) {
      const ended = await runCli([...args, '--config', file], { env });
      watch.hear('answers of commands', ended.stdout + ended.stderr);
      return ended;
    },
    async call(tool, args) {
      const answer = await server.call(tool, args);
      watch.hear('answers of tools', JSON.stringify(answer.result));
      return answer;
    },
    callStep: (name, tool, args, expected) =>
      tale.step(name, async () => {
        const { data, text } = await stage.call(tool, args);
        return seen(text.slice(Math.max(0, text.search(ABOUT_ODOO))), data, expected);
      }),
    async end() {
      watch.hear('logs of our server', server.stderr());
      await server.close();
      watch.look('files of our state', world.at('state'));
      watch.look('configurations', world.at('config'));
      watch.hear('logs of Odoo', odoo.log());
    },
  };
  return stage;
}

/** Where the part about Odoo begins in an answer about links. */
const ABOUT_ODOO = /^Odoo (?:has read|did not read) its list/m;

/** What a step saw, beside what was expected of it. */
export function seen(said: string, actual: unknown, expected: unknown): Seen {
  return { said, wrong: differences(actual, expected) };
}

/** A real Odoo in a scratch folder, on a PostgreSQL of its own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { isSince, type Series } from '../../../src/manifest/series.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { type CallByHand, callerByHand, processesAsked } from './by-hand.ts';

export interface OdooPlace {
  /** With `odoo-bin`, `odoo/` and `addons/`. */
  readonly checkout: string;
  readonly series: Series;
  readonly python: string;
  /** A folder for everything but PostgreSQL. */
  readonly scratch: string;
  /** The folder of links, last on the addons path. */
  readonly linked: string;
  /** Processes of Odoo; 0 for threads of one. */
  readonly workers: number;
  readonly signal: AbortSignal;
  /** Called with what is to be done in the end, the last first. */
  readonly undo: (work: () => Promise<unknown>) => void;
}

/** Who may log in. */
export interface OdooLogins {
  readonly password: string;
  readonly lowPassword: string;
  readonly apiKey: string;
  readonly lowKey: string;
}

export interface ScratchOdoo {
  readonly url: string;
  readonly database: string;
  readonly conf: string;
  readonly workers: number;
  readonly logins: OdooLogins;
  /** Stops it and starts it; does not wait until it answers. */
  readonly restartCommand: readonly string[];
  /** Starts it, or starts it again, and waits until it answers. */
  restart(): Promise<void>;
  /** Opens it in a browser. */
  browse(): Promise<void>;
  /** What it has logged, from the start on. */
  log(): string;
  /** Waits until it logs something new. */
  untilLogged(what: RegExp): Promise<void>;
  /** The id of its process. */
  pid(): number;
  /** Presses a button, or calls another method of modules, as somebody at the web client would. */
  readonly byHand: CallByHand;
  /** What the database says of a module, without a look at its files. Odoo calls the version there `latest_version`. */
  fieldOf(name: string, field: 'state' | 'latest_version'): Promise<string>;
  hasModel(name: string): Promise<boolean>;
  /** Opens a module in Apps, which has Odoo read its manifest, in each of its processes. @returns The version that is shown. */
  lookInApps(name: string): Promise<string>;
}

const DATABASE = 'shop';
/** Odoo refuses to work as the superuser of PostgreSQL. */
const ROLE = 'odoo';
const RESTART = join(import.meta.dirname, 'restart.cjs');

/** Makes a database with `base` alone, without demo data, and logins for it. Nothing runs but PostgreSQL then. */
export async function createOdoo(place: OdooPlace): Promise<ScratchOdoo> {
  const { checkout, series, python, scratch, signal, undo, workers } = place;
  const at = (name: string) => join(scratch, name);
  mkdirSync(at('data'), { recursive: true });
  const postgres = await startPostgres();
  undo(() => postgres.remove());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  writeFileSync(at('odoo.conf'), await confOf(place, at('data'), postgres, port));
  const odooBin = [join(checkout, 'odoo-bin')];
  const more = ['-c', at('odoo.conf')];
  const run = (args: readonly string[], input = '') => runToEnd(python, [...odooBin, ...args], input, signal);
  await run([...more, '-i', 'base', '--without-demo=all', '--stop-after-init', '--no-http', '--logfile=']);
  const logins = await makeLogins(series, (code) => run(['shell', ...more, '--no-http', '--logfile='], code));
  writeFileSync(
    at('odoo.json'),
    JSON.stringify({ command: python, args: [...odooBin, ...more], cwd: scratch }),
  );
  const restartCommand = [process.execPath, RESTART, scratch];
  undo(() => runToEnd(process.execPath, [RESTART, scratch, 'end'], '', undefined));
  const byHand = callerByHand(url, DATABASE, logins.password);
  const readOf = async (name: string, field: string) => {
    const rows = await byHand('search_read', [], [[['name', '=', name]], [field]]);
    return (rows as Record<string, string>[])[0]?.[field] ?? '';
  };
  return {
    ...{
      url,
      database: DATABASE,
      conf: at('odoo.conf'),
      workers,
      logins,
      restartCommand,
    },
    async restart() {
      await runToEnd(process.execPath, [RESTART, scratch], '', signal);
      await untilItAnswers(url, () => readLog(at('odoo.out')), signal);
    },
    browse: () => browse(url),
    log: () => readLog(at('odoo.log')),
    async untilLogged(what) {
      const before = readLog(at('odoo.log')).length;
      for (let tries = 0; tries < 1200; tries++) {
        signal.throwIfAborted();
        if (what.test(readLog(at('odoo.log')).slice(before))) return;
        await sleep(50);
      }
      throw new Error(`Odoo does not log ${what}`);
    },
    pid: () => Number(readFileSync(at('odoo.pid'), 'utf8')),
    byHand,
    fieldOf: readOf,
    async hasModel(model) {
      const search = callerByHand(url, DATABASE, logins.password, model)('search', [], [[]]);
      const refusal = await search.then(
        () => '',
        (error: Error) => error.message,
      );
      // One that nobody may read is there all the same.
      return !refusal.includes("doesn't exist");
    },
    async lookInApps(name) {
      const before = readLog(at('odoo.log')).length;
      const shown = new Set<string>();
      const asked = () => processesAsked(readLog(at('odoo.log')).slice(before));
      do {
        signal.throwIfAborted();
        shown.add(await readOf(name, 'installed_version'));
      } while (asked() < workers);
      return [...shown].join(' or ');
    },
  };
}

async function confOf(
  { checkout, series, linked, workers }: OdooPlace,
  dataDir: string,
  postgres: PostgresServer,
  port: number,
): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  await client.query(`CREATE ROLE ${ROLE} LOGIN CREATEDB`);
  await client.end();
  const options = {
    addons_path: `${join(checkout, 'addons')},${linked}`,
    data_dir: dataDir,
    db_host: postgres.socket,
    db_user: ROLE,
    db_name: DATABASE,
    http_interface: '127.0.0.1',
    http_port: port,
    [isSince(series, '16.0') ? 'gevent_port' : 'longpolling_port']: await freePort(),
    workers,
    max_cron_threads: 0,
    logfile: join(dataDir, '../odoo.log'),
  };
  const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}\n`);
  return `[options]\n${lines.join('')}`;
}

/** Secrets go to the shell of Odoo on its standard input: no list of processes has them. */
async function makeLogins(series: Series, shell: (code: string) => Promise<string>): Promise<OdooLogins> {
  const [password, lowPassword] = [randomSecret(), randomSecret()];
  const ends = isSince(series, '18.0') ? ', datetime.datetime.now() + datetime.timedelta(days=1)' : '';
  const said = await shell(`
import datetime
env.ref('base.user_admin').password = '${password}'
low = env['res.users'].create({'name': 'Low', 'login': 'low', 'password': '${lowPassword}'})
make = lambda user: env['res.users.apikeys'].with_user(user)._generate('rpc', 'try'${ends})
keys = make(env.ref('base.user_admin')) + ' ' + make(low)
env.cr.commit()
print('KEYS ' + keys)
`);
  const [, apiKey, lowKey] = /^KEYS (\w+) (\w+)$/m.exec(said) ?? [];
  if (apiKey === undefined || lowKey === undefined) throw new Error(`Odoo made no API keys: ${said}`);
  return { password, lowPassword, apiKey, lowKey };
}

const randomSecret = () => `secret-${crypto.randomUUID()}`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The first static file has Odoo up to 18.0 look for those of all modules: every browser asks for one. */
async function browse(url: string): Promise<void> {
  const headers = { connection: 'close' };
  await (await fetch(new URL('web/static/img/favicon.ico', url), { headers })).body?.cancel();
}

async function untilItAnswers(url: string, said: () => string, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    signal.throwIfAborted();
    const answered = await fetch(new URL('web/login', url), { redirect: 'manual' }).catch(() => null);
    await answered?.body?.cancel();
    if (answered !== null) {
      await browse(url);
      return;
    }
    await sleep(100);
  }
  throw new Error(`Odoo does not answer: ${said()}`);
}

/** Runs a program to its end. @returns What it wrote on standard output. */
async function runToEnd(
  command: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const started = promisify(execFile)(command, [...args], { signal, maxBuffer: 64 * 1024 * 1024 });
  started.child.stdin?.on('error', () => {});
  started.child.stdin?.end(input);
  return (await started).stdout;
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

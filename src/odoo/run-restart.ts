/** Runs the command with which the operator has Odoo restarted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { errnoOf } from '../base/errno.ts';
import { findProgram } from '../base/find-program.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { smallEnvironment } from '../base/small-environment.ts';
import { inOneLine } from '../base/text.ts';
import { type OdooFault, odooFault } from './odoo-fault.ts';

/** How long a command that is told to end may take, in milliseconds, until it is killed. */
const GRACE_MS = 3000;
/** The end of what it prints, in characters. */
const MOST_KEPT = 4096;
const LAST_LINES = 3;
const MOST_SAID = 250;

/**
 * Runs a restart command: without a shell, without input, in `/`, with a small environment, and in a process group of its own.
 *
 * It ends when the program does, not when its output does: what the program leaves running may keep that open, and is left
 * alone, because it may be Odoo. At the time limit, the group is told to end, and killed a little later. What the command has
 * handed to others, such as to systemd or docker, goes on.
 * @param command The program and its arguments.
 * @param limit In milliseconds.
 * @param hide Hides a secret in what it printed.
 * @returns Why the command did not do it, with its last words.
 */
export async function runRestart(
  [program = '', ...args]: readonly string[],
  limit: number,
  hide: (text: string) => string = (text) => text,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Result<void, OdooFault>> {
  const found = findProgram(program, env.PATH);
  if (!found.ok) return refused(odooFault(`restart_${found.refusal}`));
  let child: ChildProcess;
  try {
    child = spawn(found.value, args, {
      cwd: '/',
      env: smallEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (error) {
    // Lack of memory, and other errors that are thrown instead of emitted as an event.
    return refused(notStarted(error));
  }
  return watch(child, limit, hide);
}

function watch(
  child: ChildProcess,
  limit: number,
  hide: (text: string) => string,
): Promise<Result<void, OdooFault>> {
  return new Promise((resolve) => {
    let output = '';
    let isLate = false;
    const pipes = [child.stdout, child.stderr];
    const timers: NodeJS.Timeout[] = [];
    const end = (result: Result<void, OdooFault>) => {
      for (const timer of timers) clearTimeout(timer);
      for (const pipe of pipes) pipe?.destroy();
      // A program of another user, such as sudo, cannot be killed: the server must be able to end without it.
      child.unref();
      resolve(result);
    };
    const late = () => end(refused(odooFault('restart_timed_out', lastWords(output, hide))));
    timers.push(
      setTimeout(() => {
        isLate = true;
        signalGroup(child.pid, 'SIGTERM');
        timers.push(
          setTimeout(() => {
            signalGroup(child.pid, 'SIGKILL');
            late();
          }, GRACE_MS),
        );
      }, limit),
    );
    // Registered first: without file descriptors there are no pipes, and an unhandled error event would end the server.
    child.once('error', (error) => end(refused(notStarted(error))));
    for (const pipe of pipes) {
      pipe?.on('error', () => {});
      pipe?.setEncoding('utf8').on('data', (text: string) => {
        output = `${output}${text}`.slice(-MOST_KEPT);
      });
    }
    child.once('exit', (code, signal) => {
      if (isLate) {
        // Those of the group that have not ended with it.
        signalGroup(child.pid, 'SIGKILL');
        return late();
      }
      if (code === 0) return end(ok(undefined));
      // What it printed last may still be in the pipes.
      const failed = () => {
        const how = code === null ? `signal ${signal}` : `exit code ${code}`;
        const words = lastWords(output, hide);
        end(refused(odooFault('restart_failed', words === '' ? how : `${how}: ${words}`)));
      };
      child.once('close', failed);
      timers.push(setTimeout(failed, GRACE_MS));
    });
  });
}

function notStarted(error: unknown): OdooFault {
  const errno = errnoOf(error);
  if (errno === 'EACCES' || errno === 'EPERM') return odooFault('restart_denied');
  // The interpreter that a script names may be missing.
  return errno === 'ENOENT' ? odooFault('restart_missing') : odooFault('restart_failed', errno);
}

/** The end of an output in one line. */
function lastWords(output: string, hide: (text: string) => string): string {
  const lines = hide(stripVTControlCharacters(output))
    .split(/[\r\n]+/)
    .map(inOneLine);
  const said = lines
    .filter((line) => line !== '')
    .slice(-LAST_LINES)
    .join(' / ');
  return said.length > MOST_SAID ? `…${said.slice(-MOST_SAID)}` : said;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has already ended, or belongs to another user.
  }
}

import { execFile, spawn } from 'node:child_process';
import { findProgram } from '../base/find-program.ts';

/** The path of git; null if it is not found, see {@link findProgram}. */
export function findGit(path: string | undefined): string | null {
  const found = findProgram('git', path);
  return found.ok ? found.value : null;
}

/** The environment of git in a private git folder. It has no PATH, because git starts no other programs there. */
export const PRIVATE_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  // Otherwise `git status` would refresh the index.
  GIT_OPTIONAL_LOCKS: '0',
  // Missing objects are not fetched.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_TERMINAL_PROMPT: '0',
  // For objects or an index that claim to be huge.
  GIT_ALLOC_LIMIT: '512m',
  LC_ALL: 'C',
};

/** Where and how long git runs. */
export interface GitRun {
  readonly cwd: string;
  /** The whole environment: nothing of the server's own reaches git. */
  readonly environment: Readonly<Record<string, string>>;
  /** In milliseconds; then git is killed. */
  readonly limit: number;
  /** Aborted, git is killed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs git and reads what it prints, records that end with a NUL.
 * @param take Called with each record; true if no more are needed. Git is killed then.
 * @returns Whether that was all, or enough; false if git failed, could not be started, took too long, or printed more than
 *   {@link MOST_OUTPUT}. Resolves after the process has ended.
 */
export function readRecords(
  git: string,
  args: readonly string[],
  { cwd, environment, limit, signal }: GitRun,
  take: (record: string) => boolean,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(git, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
    // Registered first: without file descriptors this is the only event, and there is no stdout.
    child.once('error', () => end(false));
    let isEnough = false;
    let isLost = false;
    const lose = () => {
      isLost = true;
      child.kill('SIGKILL');
    };
    const late = setTimeout(lose, limit);
    signal?.addEventListener('abort', lose, { once: true });
    const end = (answer: boolean) => {
      clearTimeout(late);
      signal?.removeEventListener('abort', lose);
      resolve(answer);
    };
    let rest = '';
    let length = 0;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (isEnough || isLost) return;
      length += text.length;
      if (length > MOST_OUTPUT) return lose();
      const records = `${rest}${text}`.split('\0');
      rest = records.pop() as string;
      isEnough = records.some(take);
      if (isEnough) child.kill('SIGKILL');
    });
    child.once('close', (code) => end(isEnough || (code === 0 && !isLost)));
  });
}

/** The most that is read of git's output, in bytes. */
const MOST_OUTPUT = 32 * 1024 * 1024;

/**
 * Runs git and returns what it prints.
 * @param onStart Called with its process id, before anything else happens.
 * @returns Null if git failed, could not be started, printed too much, or took too long.
 */
export function outputOf(
  git: string,
  args: readonly string[],
  { cwd, environment, limit, signal }: GitRun,
  onStart?: (pid: number) => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: environment,
      timeout: limit,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_OUTPUT,
    } as const;
    const kill = () => child.kill('SIGKILL');
    const child = execFile(git, args, options, (error, stdout) => {
      signal?.removeEventListener('abort', kill);
      resolve(error === null ? stdout : null);
    });
    if (child.pid !== undefined) onStart?.(child.pid);
    signal?.addEventListener('abort', kill, { once: true });
  });
}

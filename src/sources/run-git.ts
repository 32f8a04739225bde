import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { accessErrno } from '../base/paths.ts';

/**
 * Finds git on a search path. Entries that are not absolute are passed over: what they name could lie in a checkout.
 * @param path As in the environment variable PATH.
 */
export function findGit(path: string | undefined): string | null {
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const files = folders.map((folder) => join(folder, 'git'));
  return files.find((file) => accessErrno(file, constants.X_OK) === null) ?? null;
}

/** Where and how long git runs. */
export interface GitRun {
  readonly cwd: string;
  /** The whole environment: nothing of the server's own reaches git. */
  readonly environment: Readonly<Record<string, string>>;
  /** In milliseconds; git is ended after it. */
  readonly limit: number;
}

/**
 * Runs git and tells whether it prints anything. The first byte is the answer, and git is ended then.
 * @returns When the process has ended; null where git failed, could not be started, or took too long.
 */
export function printsAnything(
  git: string,
  args: readonly string[],
  { cwd, environment, limit }: GitRun,
): Promise<boolean | null> {
  return new Promise((resolve) => {
    const child = spawn(git, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
    // First of all: where no descriptor is left this event is all that comes, and there is no stdout.
    child.once('error', () => end(null));
    let isPrinting = false;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, limit);
    const end = (answer: boolean | null) => {
      clearTimeout(late);
      resolve(answer);
    };
    child.stdout?.once('data', () => {
      isPrinting = true;
      child.kill('SIGKILL');
    });
    child.once('close', (code) => end(isPrinting ? true : code === 0 && !isLate ? false : null));
  });
}

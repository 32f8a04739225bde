import { randomUUID } from 'node:crypto';
import type { SimpleGitProgressEvent } from 'simple-git';
import { MiB } from '../../base/bounded-file.ts';
import { messageOf } from '../../base/errno.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { findGit } from '../run-git.ts';
import { endHelpers, MARK } from './end-helpers.ts';
import type { Remote } from './remote.ts';
import { faultFrom, type RemoteFault, type RemoteFaultKind } from './remote-fault.ts';

/** How git talks with a remote. */
export interface Talking {
  readonly remote: Remote;
  readonly cwd: string;
  /** Its whole environment, see {@link talkingEnvironment}. */
  readonly environment: Readonly<Record<string, string>>;
  /** In milliseconds; then git is ended. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** Called from time to time; git is ended with what it returns. */
  readonly watch?: (() => RemoteFaultKind | null) | undefined;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
}

/** How far git is, as it says itself. */
export interface GitProgress {
  /** `receiving`, `resolving`, ... */
  readonly stage: string;
  /** 0 to 100. */
  readonly percent: number;
}

/** How often a folder that grows is looked at. */
const WATCH_MS = 200;

/** The most that git may print, in bytes: all is kept in memory, and what a remote says to people is printed too. */
const MOST_PRINTED = 4 * MiB;

/**
 * What git may be told by its environment although that can be dangerous where others write it. Here nobody else does: the
 * environment is made in one place, from the operator's configuration.
 */
const OWN_SETTINGS = {
  allowUnsafeCustomBinary: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeAskPass: true,
  allowUnsafeSshCommand: true,
  allowUnsafeProtocolOverride: true,
};

/**
 * Runs a git that talks with a remote.
 * @param args The command and its arguments.
 * @returns What it printed, or why it failed. Resolves after the process has ended.
 */
export async function talk(
  args: readonly string[],
  { remote, cwd, environment, limit, signal, watch, onProgress }: Talking,
): Promise<Result<string, RemoteFault>> {
  const program = findGit(environment.PATH);
  if (program === null) return refused({ kind: 'no_git', said: '' });
  if (signal?.aborted === true) return refused({ kind: 'cancelled', said: '' });
  const ending = new AbortController();
  const mark = randomUUID();
  const marked = { ...environment, [MARK]: mark };
  let because: RemoteFaultKind | null = null;
  const end = (kind: RemoteFaultKind) => {
    because ??= kind;
    ending.abort();
  };
  const cancel = () => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  const late = setTimeout(() => end('too_slow'), limit);
  const look = setInterval(() => {
    try {
      const kind = watch?.() ?? null;
      if (kind !== null) end(kind);
    } catch {
      // For want of file descriptors. The next look has them, or the one after the end says so.
    }
  }, WATCH_MS);
  let printed = 0;
  const count = (part: Buffer) => {
    printed += part.length;
    if (printed > MOST_PRINTED) end('broken');
  };
  try {
    const package_ = await import('simple-git');
    // In the built program the package is the default export.
    const { simpleGit } = package_.simpleGit === undefined ? package_.default : package_;
    const git = simpleGit({
      baseDir: cwd,
      binary: program,
      abort: ending.signal,
      allowEnvironment: Object.keys(marked),
      unsafe: OWN_SETTINGS,
      ...(onProgress !== undefined && {
        progress: ({ stage, progress }: SimpleGitProgressEvent) =>
          onProgress({ stage: stage.replace(/:$/, ''), percent: progress }),
      }),
    })
      .outputHandler((_command, ...streams) => {
        for (const stream of streams.slice(0, 2)) (stream as NodeJS.ReadableStream).on('data', count);
      })
      .env(marked);
    return ok(await git.raw([...args]));
  } catch (error) {
    if (because !== null) {
      endHelpers(mark);
      return refused({ kind: because, said: '' });
    }
    return refused(faultFrom(messageOf(error), remote));
  } finally {
    clearTimeout(late);
    clearInterval(look);
    signal?.removeEventListener('abort', cancel);
  }
}

import { spawn } from 'node:child_process';
import type { GitRun } from './run-git.ts';

/** An object that git has. */
export interface GitObject {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What is asked of git's objects. */
export interface ObjectsAsked {
  /** Full ids. */
  readonly ids: readonly string[];
  /** The most bytes of an object that is read. */
  readonly mostEach: number;
  /** The most bytes of all of them. */
  readonly most: number;
}

/** What git says of objects: what they are and how large; those that it does not have are absent. */
export type ObjectSizes = ReadonlyMap<string, { readonly type: string; readonly size: number }>;

/** A line of `git cat-file` for an object that it has (git-cat-file(1), "BATCH OUTPUT"). */
const HEAD = /^([0-9a-f]{40,64}) (\w+) (\d+)$/;

/**
 * Looks which objects git has, without reading them.
 * @returns Null if git failed or took too long.
 */
export async function sizesOf(git: string, ids: readonly string[], run: GitRun): Promise<ObjectSizes | null> {
  const sizes = new Map<string, { type: string; size: number }>();
  if (ids.length === 0) return sizes;
  const said = await answerOf(git, '--batch-check', ids, run, ids.length * MOST_LINE);
  if (said === null) return null;
  for (const line of said.toString('latin1').split('\n')) {
    const [, id, type, size] = HEAD.exec(line) ?? [];
    if (id !== undefined && type !== undefined) sizes.set(id, { type, size: Number(size) });
  }
  return sizes;
}

/** Longer than a line that tells of an object. */
const MOST_LINE = 128;

/**
 * Reads objects.
 * @returns Those that are not too large; null if git failed, took too long or lacks one, or if they are too large together.
 */
export async function readObjects(
  git: string,
  { ids, mostEach, most }: ObjectsAsked,
  run: GitRun,
): Promise<ReadonlyMap<string, GitObject> | null> {
  const sizes = await sizesOf(git, [...new Set(ids)], run);
  if (sizes === null || !ids.every((id) => sizes.has(id))) return null;
  const small = [...sizes].filter(([, { size }]) => size <= mostEach);
  const bytes = small.reduce((sum, [, { size }]) => sum + size, 0);
  if (bytes > most) return null;
  if (small.length === 0) return new Map();
  const ofSmall = small.map(([id]) => id);
  const said = await answerOf(git, '--batch', ofSmall, run, bytes + small.length * MOST_LINE);
  return said === null ? null : parseObjects(said);
}

/** Takes apart what git printed: a line, the bytes of the object and a line feed for each. */
function parseObjects(said: Buffer): ReadonlyMap<string, GitObject> | null {
  const objects = new Map<string, GitObject>();
  for (let at = 0; at < said.length; ) {
    const end = said.indexOf('\n', at);
    const [, id, type, size] = HEAD.exec(said.subarray(at, end).toString('latin1')) ?? [];
    if (end === -1 || id === undefined || type === undefined) return null;
    const next = end + 1 + Number(size);
    objects.set(id, { type, bytes: said.subarray(end + 1, next) });
    at = next + 1;
  }
  return objects;
}

/** What `git cat-file` answers to lines; null if it failed, took too long or printed more than `most` bytes. */
function answerOf(
  git: string,
  mode: '--batch' | '--batch-check',
  ids: readonly string[],
  { cwd, environment, limit }: GitRun,
  most: number,
): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const child = spawn(git, ['cat-file', mode], {
      cwd,
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // Registered first: without file descriptors this is the only event, and there are no pipes.
    child.once('error', () => end(null));
    const parts: Buffer[] = [];
    let length = 0;
    const late = setTimeout(() => child.kill('SIGKILL'), limit);
    const end = (answer: Buffer | null) => {
      clearTimeout(late);
      resolve(answer);
    };
    child.stdout?.on('data', (part: Buffer) => {
      length += part.length;
      if (length > most) child.kill('SIGKILL');
      else parts.push(part);
    });
    // It may end before it has read everything.
    child.stdin?.on('error', () => {}).end(ids.map((id) => `${id}\n`).join(''));
    child.once('close', (code) => end(code === 0 && length <= most ? Buffer.concat(parts) : null));
  });
}

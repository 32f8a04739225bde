import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { objectFormat } from './comparison-config.ts';
import type { GitFolder } from './git-folder.ts';
import { provenObjects } from './git-objects.ts';
import { readSettings } from './git-settings.ts';
import { withPrivateGitFolder } from './private-git-folder.ts';
import { findGit, type GitRun, PRIVATE_ENVIRONMENT } from './run-git.ts';

/** An object of git. */
export interface GitObject {
  readonly type: string;
  readonly bytes: Buffer;
}

/**
 * Reads objects by their full ids, in that order.
 * @returns Null for one that is not there; null for all if git failed, took too long, or an object or all together are too large.
 */
export type ReadObjects = (ids: readonly string[]) => Promise<readonly (GitObject | null)[] | null>;

/** The most bytes of one object, and of all that are read at once. */
const MOST_EACH = 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Lends the objects of a repository to one git process, which reads as many as are asked for: git has nothing of the repository
 * but its objects, see {@link withPrivateGitFolder}. Nothing is fetched, and nothing replaces an object.
 * @param limit In milliseconds.
 * @returns What the work returns; null if the repository's objects may not be read, or there is no git.
 */
export async function withObjects<T>(
  git: GitFolder,
  limit: number,
  work: (read: ReadObjects) => Promise<T>,
): Promise<T | null> {
  const [program, settings, objects] = [findGit(process.env.PATH), readSettings(git), provenObjects(git)];
  if (program === null || settings === null || objects === null) return null;
  const format = objectFormat(settings);
  if (!['sha1', 'sha256'].includes(format)) return null;
  const config = `[core]\nrepositoryformatversion = ${format === 'sha1' ? 0 : 1}\nbare = true\n${format === 'sha1' ? '' : '[extensions]\nobjectFormat = sha256\n'}`;
  const contents = { head: 'ref: refs/heads/none\n', config, files: new Map(), objects };
  return withPrivateGitFolder(contents, async (path, lent) => {
    const environment = {
      ...PRIVATE_ENVIRONMENT,
      GIT_DIR: path,
      GIT_OBJECT_DIRECTORY: join(path, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: lent.join(delimiter),
    };
    const reader = startReader(program, { cwd: path, environment, limit });
    try {
      return await work(reader.read);
    } finally {
      await reader.end();
    }
  });
}

/** What git says before an object (git-cat-file(1), "BATCH OUTPUT"), or of one that is not there. */
const HEAD = /^[0-9a-f]{40,64} (?:missing|(\w+) (\d+))$/;

interface Question {
  readonly objects: (GitObject | null)[];
  readonly count: number;
  readonly answer: (objects: readonly (GitObject | null)[] | null) => void;
}

function startReader(program: string, { cwd, environment, limit }: GitRun) {
  const child = spawn(program, ['cat-file', '--batch'], {
    cwd,
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const questions: Question[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let length = 0;
  let isLost = false;
  const lose = () => {
    isLost = true;
    child.kill('SIGKILL');
    for (const { answer } of questions.splice(0)) answer(null);
  };
  const ended = new Promise<void>((resolve) => {
    // Registered first: without file descriptors this is the only event, and there are no pipes.
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const late = setTimeout(lose, limit);
  ended.then(lose);
  // It may have ended before it has read everything.
  child.stdin?.on('error', () => {});
  child.stdout?.on('data', (part: Buffer) => {
    if (isLost) return;
    length += part.length;
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    if (length > MOST_BYTES || !takeObjects()) lose();
  });

  /** Takes what is complete; false if it is not what git says. */
  function takeObjects(): boolean {
    for (;;) {
      const end = rest.indexOf('\n');
      if (end < 0) return rest.length < MOST_EACH;
      const [said, type, size = '0'] = HEAD.exec(rest.toString('latin1', 0, end)) ?? [];
      const [question] = questions;
      if (said === undefined || question === undefined || Number(size) > MOST_EACH) return false;
      const next = type === undefined ? end + 1 : end + 2 + Number(size);
      if (rest.length < next) return true;
      question.objects.push(
        type === undefined ? null : { type, bytes: Buffer.from(rest.subarray(end + 1, next - 1)) },
      );
      rest = rest.subarray(next);
      if (question.objects.length === question.count) questions.shift()?.answer(question.objects);
    }
  }

  return {
    read: ((ids) => {
      if (isLost) return Promise.resolve(null);
      if (ids.length === 0) return Promise.resolve([]);
      return new Promise((answer) => {
        questions.push({ objects: [], count: ids.length, answer });
        child.stdin?.write(ids.map((id) => `${id}\n`).join(''));
      });
    }) satisfies ReadObjects as ReadObjects,
    async end() {
      clearTimeout(late);
      child.stdin?.end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

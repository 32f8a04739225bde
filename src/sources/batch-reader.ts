import { spawn } from 'node:child_process';
import type { GitRun } from './run-git.ts';

/** An object that git has. */
export interface GitObject {
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** Null if it is larger than is read, or its size was all that was asked for. */
  readonly bytes: Buffer | null;
}

/**
 * Asks for objects by their full ids, in that order.
 * @returns Null for one that git does not have; null for all if git failed, took too long, or they are too large together.
 */
export type ReadObjects = (ids: readonly string[]) => Promise<readonly (GitObject | null)[] | null>;

/** A git process that answers as often as it is asked. */
export interface BatchReader {
  readonly read: ReadObjects;
  /** Ends it; resolves when it has ended. */
  end(): Promise<void>;
}

/** What is read of objects. */
export interface BatchLimits {
  /** The most bytes of one object; a larger one is skipped. */
  readonly mostEach: number;
  /** The most bytes of all of them. */
  readonly most: number;
}

/** What git says before an object, or of one that it does not have (git-cat-file(1), "BATCH OUTPUT"). */
const HEAD = /^[0-9a-f]{40,64} (?:missing|(\w+) (\d+))$/;
/** Longer than such a line. */
const LONGEST_HEAD = 200;

interface Question {
  readonly objects: (GitObject | null)[];
  readonly count: number;
  readonly answer: (objects: readonly (GitObject | null)[] | null) => void;
}

/**
 * Starts a git process that reads objects, or only looks which there are and how large.
 * @param mode `--batch-check` for the look.
 */
export function startReader(
  program: string,
  { cwd, environment, limit }: GitRun,
  limits: BatchLimits,
  mode: BatchMode = '--batch',
): BatchReader {
  const child = spawn(program, ['cat-file', mode], {
    cwd,
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const questions: Question[] = [];
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
  const answers = new Answers(limits, mode, (object) => {
    const [question] = questions;
    question?.objects.push(object);
    if (question?.objects.length === question?.count) questions.shift()?.answer(question?.objects ?? null);
    return question !== undefined;
  });
  child.stdout?.on('data', (part: Buffer) => {
    if (!isLost && !answers.add(part)) lose();
  });
  return {
    read(ids) {
      if (isLost) return Promise.resolve(null);
      if (ids.length === 0) return Promise.resolve([]);
      return new Promise((answer) => {
        questions.push({ objects: [], count: ids.length, answer });
        child.stdin?.write(ids.map((id) => `${id}\n`).join(''));
      });
    },
    async end() {
      clearTimeout(late);
      child.stdin?.end();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

type BatchMode = '--batch' | '--batch-check';

/** Takes apart what git answers: a line, and with `--batch` the bytes of the object and a line feed. */
class Answers {
  readonly #limits: BatchLimits;
  readonly #mode: BatchMode;
  readonly #take: (object: GitObject | null) => boolean;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes that are still to come of an object that is too large. */
  #skipped = 0;
  #length = 0;

  /** @param take Called with each object; false if none was asked for. */
  constructor(limits: BatchLimits, mode: BatchMode, take: (object: GitObject | null) => boolean) {
    this.#limits = limits;
    this.#mode = mode;
    this.#take = take;
  }

  /** @returns False if it is not what git says, or too much. */
  add(part: Buffer): boolean {
    const kept = part.subarray(Math.min(this.#skipped, part.length));
    this.#skipped -= part.length - kept.length;
    this.#rest = this.#rest.length === 0 ? kept : Buffer.concat([this.#rest, kept]);
    for (;;) {
      const done = this.#takeOne();
      if (done !== 'next') return done;
    }
  }

  /** `next` if an object was taken, true if more has to come. */
  #takeOne(): 'next' | boolean {
    const rest = this.#rest;
    const end = rest.indexOf('\n');
    if (end < 0) return rest.length < LONGEST_HEAD;
    const [said, type, digits = '0'] = HEAD.exec(rest.toString('latin1', 0, end)) ?? [];
    if (said === undefined) return false;
    const size = Number(digits);
    const hasBytes = type !== undefined && this.#mode === '--batch';
    const isRead = hasBytes && size <= this.#limits.mostEach;
    if (isRead && this.#length + size > this.#limits.most) return false;
    // A line feed follows the bytes.
    const next = end + 1 + (hasBytes ? size + 1 : 0);
    if (isRead && rest.length < next) return true;
    const bytes = isRead ? Buffer.from(rest.subarray(end + 1, next - 1)) : null;
    this.#length += bytes?.length ?? 0;
    this.#skipped = Math.max(0, next - rest.length);
    this.#rest = rest.subarray(next);
    return this.#take(type === undefined ? null : { type, size, bytes }) && 'next';
  }
}

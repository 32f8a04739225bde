/**
 * The note that an update leaves in a checkout while it changes it: it is `index.lock`, by which git keeps other gits out
 * (git's technical documentation, "API lockfile"), and it says who updates from which commit to which. One that is left
 * tells that an update was interrupted, and what it may have done.
 */
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, lstatOrNull } from '../../base/paths.ts';
import { readTextInside } from '../../base/read-inside.ts';
import { childProcess, isDead, nameHolder, parseHolder, thisProcess } from '../../state/holder.ts';
import type { GitFolder } from '../git-folder.ts';
import { PULSE_MS, showLife } from './staging.ts';

/** The name of the lock in the git folder. */
export const INDEX_LOCK = 'index.lock';
const MARK = 'odoo-link-mcp update';
const MOST_BYTES = 2048;
/** How long a git may run of which nobody knows the process: it was being started when the server was ended. */
const UNKNOWN_GIT_MS = 60_000;

/** From which commit to which a checkout is updated. */
export interface Move {
  readonly before: string;
  readonly after: string;
}

/** What is at the place of the lock. `left`: an update was interrupted, and nothing of it runs any more. */
export type FoundNote =
  | { readonly kind: 'none' | 'of another' | 'at work' }
  | (Move & { readonly kind: 'left' });

/** Reads the note of a checkout. */
export function readNote(git: Pick<GitFolder, 'path'>): FoundNote {
  const stats = lstatOrNull(join(git.path, INDEX_LOCK));
  if (stats === null) return { kind: 'none' };
  const file = readTextInside(git.path, INDEX_LOCK, MOST_BYTES);
  if (file === 'absent') return { kind: 'none' };
  const parts = file === null ? null : NOTE.exec(file.text);
  if (parts === null) return { kind: 'of another' };
  const [, before = '', after = '', server = '', child = ''] = parts;
  const isOver = (name: string) => {
    const holder = parseHolder(name);
    return holder !== null && isDead(holder, stats.mtimeMs);
  };
  const isChildOver =
    child === 'none' ||
    (child === 'unknown' ? Date.now() - stats.mtimeMs > UNKNOWN_GIT_MS : child !== '' && isOver(child));
  const isServerOver = server === GAVE_UP || isOver(server);
  return isServerOver && isChildOver ? { kind: 'left', before, after } : { kind: 'at work' };
}
const GAVE_UP = 'gave up';
const NOTE = new RegExp(
  `^${MARK}\nfrom ([0-9a-f]{40,64})\nto ([0-9a-f]{40,64})\nserver (${GAVE_UP}|[\\w.-]+)\ngit ([\\w.-]+)\n$`,
);

/** A note that this process has left, and the lock that it is. */
export interface HeldNote {
  /** Says that a git is about to be started, and then which process it is. */
  starting(): (pid: number) => void;
  /** Says that this process does no more, although not all is done or undone. */
  giveUp(): void;
  release(): void;
}

/**
 * Takes the lock of a checkout's index with a note. The note is written elsewhere and appears with its contents at once.
 * @param scratch A folder on the same file system.
 * @returns Null if something has the lock already.
 * @throws A system error.
 */
export function leaveNote(git: Pick<GitFolder, 'path'>, move: Move, scratch: string): HeldNote | null {
  const draft = draftOf(git, move, scratch);
  draft.write(nameHolder(thisProcess()), 'none');
  draft.writeLast();
  try {
    return leave(draft.path, draft.lock) ? hold(draft) : null;
  } finally {
    rmSync(draft.path, { force: true });
  }
}

/** Puts a note in the place of the lock, unless something is there: unlike a rename, this never replaces a lock. */
function leave(note: string, lock: string): boolean {
  try {
    linkSync(note, lock);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes over a note that was left, so that what it tells of can be undone.
 * @returns Null if another process has just done so.
 * @throws A system error.
 */
export function takeOver(git: Pick<GitFolder, 'path'>, move: Move, scratch: string): HeldNote | null {
  if (readNote(git).kind !== 'left') return null;
  const draft = draftOf(git, move, scratch);
  draft.write(nameHolder(thisProcess()), 'none');
  draft.writeLast();
  renameSync(draft.path, draft.lock);
  return hold(draft);
}

interface Draft {
  readonly path: string;
  readonly lock: string;
  write(server: string, child: string): void;
  /** The note by which this process gives up: written beforehand, since the disk may be full then. */
  readonly last: string;
  writeLast(): void;
  /** Whether the lock is still that of this process: people remove what keeps them from work. */
  isHeld(): boolean;
}

function draftOf(git: Pick<GitFolder, 'path'>, { before, after }: Move, scratch: string): Draft {
  const path = join(scratch, 'note');
  const last = join(scratch, 'last-note');
  const textOf = (server: string, child: string) =>
    `${MARK}\nfrom ${before}\nto ${after}\nserver ${server}\ngit ${child}\n`;
  return {
    path,
    lock: join(git.path, INDEX_LOCK),
    write: (server, child) => writeFileSync(path, textOf(server, child)),
    last,
    writeLast: () => writeFileSync(last, textOf(GAVE_UP, 'none')),
    isHeld() {
      const file = readTextInside(git.path, INDEX_LOCK, MOST_BYTES);
      return file !== null && file !== 'absent' && NOTE.exec(file.text)?.[3] === nameHolder(thisProcess());
    },
  };
}

function hold({ path, lock, write, last, isHeld }: Draft): HeldNote {
  const own = nameHolder(thisProcess());
  const rewrite = (server: string, child: string) => {
    write(server, child);
    if (isHeld()) renameSync(path, lock);
  };
  const pulse = setInterval(() => showLife(lock), PULSE_MS).unref();
  return {
    starting() {
      rewrite(own, 'unknown');
      return (pid) => {
        try {
          rewrite(own, nameHolder(childProcess(pid)));
        } catch (error) {
          // That git runs already: it stays unknown, and is waited for.
          if (errnoOf(error) === undefined) throw error;
        }
      };
    },
    giveUp() {
      clearInterval(pulse);
      if (isHeld()) renameSync(last, lock);
      else leave(last, lock);
    },
    release() {
      clearInterval(pulse);
      if (isHeld()) rmSync(lock, { force: true });
    },
  };
}

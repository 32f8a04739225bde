import { closeSync, constants, fstatSync, ftruncateSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { syncFolder, syncHandle } from '../state/folder.ts';
import type { Lock } from '../state/lock.ts';
import { chain, GENESIS, type Head, PLACE_BYTES, TEAR, toText, type Unplaced } from './chain.ts';
import { type Ending, findEnding } from './ending.ts';
import { CURRENT, openOwn, rotatedName, rotatedNames } from './files.ts';

export interface AppenderOptions {
  /** Tells the operator. */
  readonly log: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** A file that would grow beyond this many bytes is completed, and a new one begun. */
  readonly maxBytes: number;
}

/** The file to which lines are appended, as this process left it. */
interface OpenFile {
  readonly fd: number;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly head: Head;
  readonly rest: Ending['rest'];
  /** The name of the previous file if this one has no line yet; null if it has or is the first. */
  readonly continues: string | null;
}

/** Appends lines to the trail's file; other processes may append between calls. */
export interface Appender {
  /**
   * Appends lines, all of them or none. They are on the disk only after {@link sync}.
   * @param lock The trail's lock.
   * @returns Nothing; `io_error` if the trail's end is damaged; or `busy` if another process has taken the lock.
   * @throws A system error.
   */
  append(lines: readonly Unplaced[], lock: Lock): Promise<Result<void>>;
  /**
   * Waits until the appended lines are on the disk; needs no lock.
   * @throws A system error.
   */
  sync(): Promise<Result<void>>;
  close(): void;
}

export function createAppender(stateDir: string, options: AppenderOptions): Appender {
  let file: OpenFile | null = null;
  /** The end of the chain after this process's last write. */
  let known: Head | null = null;
  let canRotate = true;
  const close = () => {
    if (file !== null) closeSync(file.fd);
    file = null;
  };
  return {
    async append(lines, lock) {
      const current = await openAsItIs(stateDir, file, close, options);
      if (!current.ok) return current;
      file = current.value;
      if (known !== null && isLost(known, file.head)) {
        options.log(
          `audit: line ${known.seq}:${known.hash} was the last one and no longer exists: the trail was truncated or replaced.`,
        );
        known = null;
      }
      const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + PLACE_BYTES, 0);
      const isFull = file.size > 0 && file.rest === 'none' && file.size + bytes > options.maxBytes;
      if (isFull && canRotate) canRotate = await setAside(stateDir, file, options.log);
      if (isFull && canRotate) {
        const { head } = file;
        close();
        const next = await open(stateDir, options.log, { head, name: rotatedName(head.seq) });
        if (!next.ok) return next;
        file = next.value;
      }
      // Checked last: nothing is awaited between this and the write.
      if (!lock.touch()) return takenOver();
      try {
        file = write(file, lines, options.clock);
        known = file.head;
        return ok(undefined);
      } catch (error) {
        undo(file, options.log);
        close();
        throw error;
      }
    },
    async sync() {
      if (file !== null) await syncHandle(file.fd);
      return ok(undefined);
    },
    close,
  };
}

/** Whether a chain with this head cannot contain the line that was last. */
function isLost(last: Head, { seq, hash }: Head): boolean {
  return seq < last.seq || (seq === last.seq && hash !== last.hash);
}

/** The current file. What this process remembers of it is valid only if no other process has appended to it or rotated it. */
async function openAsItIs(
  stateDir: string,
  last: OpenFile | null,
  close: () => void,
  { log }: AppenderOptions,
): Promise<Result<OpenFile>> {
  const stats = lstatOrNull(join(stateDir, CURRENT));
  if (last !== null && stats?.ino === last.ino && stats.dev === last.dev) {
    return stats.size === last.size ? ok(last) : lookAtEnd(stateDir, last.fd, log);
  }
  close();
  return open(stateDir, log);
}

/**
 * Opens the file, or creates it.
 * @param before The file and head that a new file continues, if known.
 */
async function open(
  stateDir: string,
  log: (line: string) => void,
  before?: { head: Head; name: string },
): Promise<Result<OpenFile>> {
  const flags = constants.O_RDWR | constants.O_APPEND;
  let opened = openOwn(stateDir, CURRENT, flags, log);
  if (opened.ok && opened.value === null) {
    opened = openOwn(stateDir, CURRENT, flags | constants.O_CREAT | constants.O_EXCL, log);
  }
  if (!opened.ok) return opened;
  const fd = opened.value as number;
  try {
    // The process that created it may have been killed before syncing the folder.
    await syncFolder(stateDir);
    const result = lookAtEnd(stateDir, fd, log, before);
    if (!result.ok) closeSync(fd);
    return result;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function lookAtEnd(
  stateDir: string,
  fd: number,
  log: (line: string) => void,
  before?: { head: Head; name: string },
): Result<OpenFile> {
  const { dev, ino, size } = fstatSync(fd);
  const ending = findEnding(fd, size);
  if (ending === null) return noHead(CURRENT);
  const { head, rest, damaged } = ending;
  if (damaged > 0) {
    log(
      `audit: changed lines at the end of ${CURRENT}: ${damaged}; \`odoo-link-mcp audit verify\` shows them.`,
    );
  }
  const found = { fd, dev, ino, size, rest };
  if (head !== null) return ok({ ...found, head, continues: null });
  const base = before === undefined ? lastRotated(stateDir) : ok(before);
  if (!base.ok) return base;
  return ok({ ...found, head: base.value?.head ?? GENESIS, continues: base.value?.name ?? null });
}

/** The head of the newest complete file, which the current file continues; null if there is none. */
function lastRotated(stateDir: string): Result<{ head: Head; name: string } | null> {
  const name = rotatedNames(stateDir).at(-1);
  if (name === undefined) return ok(null);
  const opened = openOwn(stateDir, name, constants.O_RDONLY);
  if (!opened.ok) return opened;
  const fd = opened.value as number;
  try {
    const head = findEnding(fd, fstatSync(fd).size)?.head ?? null;
    return head === null ? noHead(name) : ok({ head, name });
  } finally {
    closeSync(fd);
  }
}

/**
 * Completes a file by giving it its final name.
 * @returns False if that is impossible: then the file keeps growing, because a line in a large file is better than none.
 */
async function setAside(stateDir: string, file: OpenFile, log: (line: string) => void): Promise<boolean> {
  const name = rotatedName(file.head.seq);
  try {
    // The next file continues the chain of this one.
    await syncHandle(file.fd);
    if (lstatOrNull(join(stateDir, name)) !== null) throw Object.assign(new Error(name), { code: 'EEXIST' });
    renameSync(join(stateDir, CURRENT), join(stateDir, name));
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    log(`audit: ${CURRENT} cannot be renamed to ${name} (${errnoOf(error)}); it keeps growing.`);
    return false;
  }
}

/** Chains the lines to the end of the file and writes them together. */
function write(file: OpenFile, lines: readonly Unplaced[], clock: () => number): OpenFile {
  const time = new Date(clock()).toISOString();
  let { head } = file;
  let text = '';
  const add = (line: Unplaced) => {
    const next = chain(line, head);
    text += next.text;
    head = next.head;
  };
  if (file.rest === 'line') text = '\n';
  else if (file.rest !== 'none') {
    text = TEAR;
    add(toText({ time, kind: 'seal', ...file.rest }));
  }
  if (file.continues !== null) add(toText({ time, kind: 'rotation', file: file.continues }));
  for (const line of lines) add(line);
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    const count = writeSync(file.fd, bytes, written);
    if (count === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    written += count;
  }
  return { ...file, size: file.size + bytes.length, head, rest: 'none', continues: null };
}

/** Removes a partly written line; if that fails, the next writer seals it. */
function undo({ fd, size }: OpenFile, log: (line: string) => void): void {
  try {
    if (fstatSync(fd).size > size) ftruncateSync(fd, size);
  } catch (error) {
    log(
      `audit: an incomplete line remains at the end of ${CURRENT} (${errnoOf(error)}); the next line seals it.`,
    );
  }
}

function noHead(name: string): Refused {
  return refuse(
    'io_error',
    `${name} in the state directory does not end with a line that the trail could continue.`,
    {
      hint: `Ask the operator to run \`odoo-link-mcp audit verify\` and to move ${name} away.`,
    },
  );
}

/** This process was suspended for so long that another one took its lock. */
function takenOver(): Refused {
  return refuse('busy', 'The server was suspended, and another process took over the audit trail.', {
    hint: 'Call again.',
    retry_after_ms: 1000,
  });
}

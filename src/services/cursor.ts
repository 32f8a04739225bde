/**
 * Cursors of lists that come in pages. A cursor holds all that is needed to go on: nothing of it is kept between calls,
 * and it is good for the very arguments it was given for.
 */
import { ok, type Result, refuse } from '../base/refusal.ts';

/** The arguments that make a list what it is. */
export type CursorKey = readonly (string | boolean | null)[];

/** What a page ended with. */
export type CursorPosition = readonly (string | number)[];

export function writeCursor(key: CursorKey, position: CursorPosition): string {
  return Buffer.from(JSON.stringify([key, ...position])).toString('base64url');
}

/**
 * Reads a cursor.
 * @param key The arguments it is used with.
 * @param isPosition Whether the rest is what this list writes.
 * @param what What gives such cursors, for messages.
 * @returns `invalid_argument` for anything but what {@link writeCursor} wrote for those arguments.
 */
export function readCursor<T extends CursorPosition>(
  key: CursorKey,
  cursor: string,
  isPosition: (parts: readonly unknown[]) => parts is T,
  what = 'call',
): Result<T> {
  const parts = decode(cursor);
  if (parts === null) {
    return refuse('invalid_argument', `cursor is not one that a ${what} gave.`, {
      hint: 'Pass next_cursor of the last page as it is, or leave cursor out to begin anew.',
    });
  }
  const [madeFor, ...position] = parts;
  if (!isPosition(position) || JSON.stringify(madeFor) !== JSON.stringify(key)) {
    return refuse('invalid_argument', `cursor belongs to another ${what}.`, {
      hint: `Repeat the arguments of the ${what} that gave it, or leave cursor out to begin anew.`,
    });
  }
  return ok(position);
}

function decode(cursor: string): unknown[] | null {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node passes over whatever is not base64.
  if (bytes.toString('base64url') !== cursor) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Fills a page as long as there is room in an answer. */
export class Page<T> {
  readonly items: T[] = [];
  #room: number;

  /** @param room Bytes of JSON. */
  constructor(room: number) {
    this.#room = room;
  }

  /** @returns Whether there was room; the first always has some. */
  add(item: T): boolean {
    this.#room -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (this.#room < 0 && this.items.length > 0) return false;
    this.items.push(item);
    return true;
  }
}

/**
 * Cursors of lists that come in pages. A cursor contains all that the next page needs, so that nothing is kept between
 * calls. It is valid only with the arguments it was given for.
 */
import * as z from 'zod';
import { lean } from '../base/lean.ts';
import { ok, type Result, refuse } from '../base/refusal.ts';
import { inPlainSight } from '../base/text.ts';

/** The cursor in a report. */
export const nextCursor = z.string().optional().describe('For the next page; absent on the last.');

/** The arguments that determine a list. */
export type CursorKey = readonly (string | boolean | null)[];

/** Where a page ended. */
export type CursorPosition = readonly (string | number)[];

export function writeCursor(key: CursorKey, position: CursorPosition): string {
  return Buffer.from(JSON.stringify([key, ...position])).toString('base64url');
}

/**
 * Reads a cursor.
 * @param key The arguments it is used with.
 * @param isPosition Whether the rest is a position in this list.
 * @param what What gives such cursors, for messages.
 * @returns The position, or `invalid_argument` for anything but a cursor that {@link writeCursor} wrote for these arguments.
 */
export function readCursor<T extends CursorPosition>(
  key: CursorKey,
  cursor: string,
  isPosition: (parts: readonly unknown[]) => parts is T,
  what = 'call',
): Result<T> {
  const parts = decode(cursor);
  if (parts === null) {
    return refuse('invalid_argument', `cursor was not given by a ${what}.`, {
      hint: 'Pass next_cursor of the last page unchanged, or leave cursor out to start from the beginning.',
    });
  }
  const [madeFor, ...position] = parts;
  if (!isPosition(position) || JSON.stringify(madeFor) !== JSON.stringify(key)) {
    return refuse('invalid_argument', `cursor belongs to another ${what}.`, {
      hint: `Repeat the arguments of the ${what} that gave it, or leave cursor out to start from the beginning.`,
    });
  }
  return ok(position);
}

function decode(cursor: string): unknown[] | null {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node skips characters that are not base64.
  if (bytes.toString('base64url') !== cursor) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Fills a page until an answer has no more room. */
export class Page<T> {
  readonly items: T[] = [];
  #room: number;

  /** @param room Characters of JSON, as {@link lean} and {@link inPlainSight} leave it. */
  constructor(room: number) {
    this.#room = room;
  }

  /** @returns Whether there was room. The first item is always added. */
  add(item: T): boolean {
    this.#room -= JSON.stringify(inPlainSight(lean(item))).length + 1;
    if (this.#room < 0 && this.items.length > 0) return false;
    this.items.push(item);
    return true;
  }
}

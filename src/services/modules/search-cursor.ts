import { ok, type Result } from '../../base/refusal.ts';
import type { Position } from '../../catalog/search.ts';
import { type CursorKey, readCursor, writeCursor } from '../cursor.ts';

/** The number of characters that stand for a module that was shown. */
const MARK = 5;

/** Writes where a page ended, so that the next one starts there even if modules change meanwhile. */
export function writeSearchCursor(key: CursorKey, position: Position): string {
  if (position.by !== 'name') return writeCursor(key, [position.by, position.shown.join('')]);
  const { rank, name, repo, path } = position;
  return writeCursor(key, [rank, name, repo, path]);
}

/**
 * Reads what {@link writeSearchCursor} wrote.
 * @param key The arguments it is used with.
 * @returns The position, or `invalid_argument`.
 */
export function readSearchCursor(key: CursorKey, cursor: string): Result<Position> {
  const read = readCursor(key, cursor, isPosition, 'search');
  if (!read.ok) return read;
  if (read.value.length === 2) {
    const [by, marks] = read.value;
    return ok({ by, shown: marks.match(new RegExp(`.{${MARK}}`, 'g')) ?? [] });
  }
  const [rank, name, repo, path] = read.value;
  return ok({ by: 'name', rank, name, repo, path });
}

type Parts = readonly [number, string, string, string] | readonly ['words' | 'similarity', string];

function isPosition(parts: readonly unknown[]): parts is Parts {
  const [first, ...texts] = parts;
  if (!texts.every((part) => typeof part === 'string')) return false;
  if (first === 'words' || first === 'similarity') return texts.length === 1 && isMarks(texts[0] as string);
  return typeof first === 'number' && Number.isInteger(first) && first >= 0 && texts.length === 3;
}

function isMarks(text: string): boolean {
  return text.length % MARK === 0 && /^[\w-]+$/.test(text);
}

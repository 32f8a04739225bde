import { ok, type Result } from '../../base/refusal.ts';
import type { Position } from '../../catalog/search.ts';
import { type CursorKey, readCursor, writeCursor } from '../cursor.ts';

/** Writes where a page ended, so that the next one starts there even if modules change meanwhile. */
export function writeSearchCursor(key: CursorKey, { rank, name, repo, path }: Position): string {
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
  const [rank, name, repo, path] = read.value;
  return ok({ rank, name, repo, path });
}

function isPosition(parts: readonly unknown[]): parts is [number, string, string, string] {
  const [rank, ...texts] = parts;
  const isRank = typeof rank === 'number' && Number.isInteger(rank) && rank >= 0;
  return isRank && texts.length === 3 && texts.every((part) => typeof part === 'string');
}

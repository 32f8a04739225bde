import type { Position } from '../../addons/search.ts';
import { ok, type Result, refuse } from '../../refusal.ts';

/** The arguments that make a search what it is; a cursor is good for the very same ones. */
export type SearchKey = readonly (string | boolean | null)[];

/**
 * Writes down where a page ended, so that the next one goes on from there, whatever happens to the modules meanwhile.
 * Nothing of it is kept here: the cursor holds it all.
 */
export function writeCursor(key: SearchKey, { rank, name, repo, path }: Position): string {
  return Buffer.from(JSON.stringify([key, rank, name, repo, path])).toString('base64url');
}

/**
 * Reads a cursor.
 * @param key The arguments it is used with.
 * @returns `invalid_argument` for anything but what {@link writeCursor} wrote for those arguments.
 */
export function readCursor(key: SearchKey, cursor: string): Result<Position> {
  const parts = decode(cursor);
  if (parts === null) {
    return refuse('invalid_argument', 'cursor is not one that a search gave.', {
      hint: 'Pass next_cursor of the last page as it is, or leave cursor out to begin anew.',
    });
  }
  const [madeFor, rank, name, repo, path] = parts;
  const isRank = typeof rank === 'number' && Number.isInteger(rank) && rank >= 0;
  const isPosition = isRank && [name, repo, path].every((part) => typeof part === 'string');
  if (!isPosition || JSON.stringify(madeFor) !== JSON.stringify(key)) {
    return refuse('invalid_argument', 'cursor belongs to another search.', {
      hint: 'Repeat the arguments of the search that gave it, or leave cursor out to begin anew.',
    });
  }
  return ok({ rank, name, repo, path } as Position);
}

function decode(cursor: string): unknown[] | null {
  const bytes = Buffer.from(cursor, 'base64url');
  // Node passes over whatever is not base64.
  if (bytes.toString('base64url') !== cursor) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return Array.isArray(value) && value.length === 5 ? value : null;
  } catch {
    return null;
  }
}

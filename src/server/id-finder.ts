import type { RequestId } from '@modelcontextprotocol/server';
import { isId, MOST_CHARACTERS } from './messages.ts';

const Byte = {
  Quote: 34,
  Comma: 44,
  Colon: 58,
  OpenList: 91,
  Backslash: 92,
  CloseList: 93,
  Open: 123,
  Close: 125,
} as const;

const BLANKS: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'));

/** The longest key or id that is kept: in quotes, with every character escaped (`\u0069`). */
const MOST_BYTES = 6 * MOST_CHARACTERS + 2;

/**
 * Finds the id of a request in a message that is too large to keep, reading byte by byte: the members of a JSON object come
 * in any order, and many clients write the id last.
 */
export class IdFinder {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  /** The key that was read; undefined after a comma. */
  #key: unknown;
  #isValue = false;
  #kept = '';
  #isCut = false;
  #id: RequestId | null = null;
  #isRequest = false;

  /** @param bytes The next part of the message, from its beginning on. */
  read(bytes: Uint8Array): void {
    for (const byte of bytes) this.#next(byte);
  }

  /** The id, and whether the message is a request: only requests are answered. */
  get found(): { readonly id: RequestId | null; readonly isRequest: boolean } {
    return { id: this.#id, isRequest: this.#isRequest };
  }

  #next(byte: number): void {
    const isOwn = this.#depth === 1;
    if (this.#isInText) {
      if (isOwn) this.#keep(byte);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === Byte.Backslash) this.#isEscaped = true;
      else if (byte === Byte.Quote) this.#isInText = false;
      return;
    }
    if (byte === Byte.Quote) {
      this.#isInText = true;
      if (isOwn) this.#keep(byte);
    } else if (byte === Byte.Open || byte === Byte.OpenList) {
      this.#depth++;
    } else if (byte === Byte.Close || byte === Byte.CloseList) {
      if (isOwn) this.#endMember();
      this.#depth--;
    } else if (isOwn && byte === Byte.Comma) this.#endMember();
    else if (isOwn && byte === Byte.Colon && !this.#isValue) {
      this.#key = this.#parseKept();
      this.#isValue = true;
    } else if (isOwn) this.#keep(byte);
  }

  #keep(byte: number): void {
    // Blanks around a key or a value are kept as one.
    const isBlank = !this.#isInText && BLANKS.has(byte);
    if (isBlank && (this.#kept === '' || this.#kept.endsWith(' '))) return;
    if (this.#kept.length < MOST_BYTES) this.#kept += isBlank ? ' ' : String.fromCharCode(byte);
    else if (!isBlank) this.#isCut = true;
  }

  /** Of several members with one name the last counts, as in `JSON.parse`. */
  #endMember(): void {
    const value = this.#key === 'id' ? this.#parseKept() : undefined;
    if (this.#key === 'id') this.#id = isId(value) ? value : null;
    if (this.#key === 'method') this.#isRequest = true;
    this.#key = undefined;
    this.#isValue = false;
    this.#kept = '';
    this.#isCut = false;
  }

  /** Parses what was kept and forgets it; undefined for a list, an object, invalid JSON, or a text that is too long. */
  #parseKept(): unknown {
    const [kept, isCut] = [this.#kept, this.#isCut];
    this.#kept = '';
    this.#isCut = false;
    if (kept === '' || isCut) return undefined;
    try {
      // Fast path: a message may have very many keys, and few have escapes.
      if (/^"[ -!#-[\]-~]*"$/.test(kept)) return kept.slice(1, -1);
      return JSON.parse(Buffer.from(kept, 'latin1').toString());
    } catch {
      return undefined;
    }
  }
}

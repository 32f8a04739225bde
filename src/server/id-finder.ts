import type { RequestId } from '@modelcontextprotocol/sdk/types.js';
import { isId } from './messages.ts';

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

/** What is kept of a key or an id. */
const MOST_BYTES = 1100;

/**
 * Finds the id of a request in a message that is too large to be kept, byte by byte as it passes: the members of a JSON
 * object come in any order, and many clients write the id last.
 */
export class IdFinder {
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  /** The key that was read, or is being read; undefined behind a comma. */
  #key: string | undefined;
  #isValue = false;
  #kept = '';
  #id: RequestId | null = null;
  #isRequest = false;

  /** @param bytes The next part of the message, from its beginning on. */
  read(bytes: Uint8Array): void {
    for (const byte of bytes) this.#next(byte);
  }

  /** The id and whether the message asks for an answer; what is not a request has no id that could be answered. */
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
      this.#key = this.#kept.trim();
      this.#isValue = true;
      this.#kept = '';
    } else if (isOwn) this.#keep(byte);
  }

  #keep(byte: number): void {
    if (this.#kept.length < MOST_BYTES) this.#kept += String.fromCharCode(byte);
  }

  /** The last of several members of one name counts, as for `JSON.parse`. */
  #endMember(): void {
    if (this.#key === '"id"') this.#id = parseId(this.#kept);
    if (this.#key === '"method"') this.#isRequest = true;
    this.#key = undefined;
    this.#isValue = false;
    this.#kept = '';
  }
}

function parseId(latin1: string): RequestId | null {
  try {
    const id: unknown = JSON.parse(Buffer.from(latin1, 'latin1').toString());
    return isId(id) ? id : null;
  } catch {
    return null;
  }
}

import type { Readable, Writable } from 'node:stream';
import { type JSONRPCMessage, ProtocolErrorCode, type Transport } from '@modelcontextprotocol/server';
import { IdFinder } from './id-finder.ts';
import { type ErrorAnswer, MOST_ANSWER, otherRevision, readMessage, tamed, tooLarge } from './messages.ts';

/** The revision of the protocol in which each request names it. */
export const EACH_REQUEST_NAMES = '2026-07-28';

/** Longer messages are not read, so that memory stays bounded; no call needs a hundredth of this. */
const MAX_LINE_BYTES = 1024 * 1024;
/**
 * The most commas and opening brackets of a message: reading and checking one with half a million would block all other
 * calls. A call that names 500 modules has a thousand.
 */
const MOST_SIGNS = 25_000;
/** A client that has gone reads nothing more. */
const ENDS_OF_WAIT = ['drain', 'close'] as const;
/** A shorter message cannot have more of them. */
const FEW_BYTES = 2 * MOST_SIGNS;

/**
 * One client on two streams, a message a line.
 *
 * It replaces the SDK's transport (2.4), which does not answer messages it cannot read, keeps ten megabytes of a line
 * without an end and then closes, aborts the calls in hand at the end of the input, and sends errors of any length. The SDK
 * answers a request of a revision that it does not know only at the beginning, and later takes it for one that it knows.
 */
export class LineTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #log: (line: string) => void;
  #parts: Buffer[] = [];
  #length = 0;
  /** Looks for the id of a message that is too large; null while the message is not. */
  #finder: IdFinder | null = null;
  #isStopped = false;
  #hasBegun = false;
  /** The revision that each request has to name; null after a handshake, when requests name none. */
  #revision: string | null = null;

  /** @param log Writes a line about what is dropped, or not sent to the client. */
  constructor(input: Readable, output: Writable, log: (line: string) => void) {
    this.#input = input;
    this.#output = output;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#take);
  }

  /** @param version The revision of the protocol that is spoken from now on. */
  setProtocolVersion(version: string): void {
    this.#revision = version === EACH_REQUEST_NAMES ? version : null;
  }

  /** Reads no more; what is sent still goes out. */
  stop(): void {
    this.#isStopped = true;
    this.#input.pause();
  }

  async close(): Promise<void> {
    this.stop();
    this.#input.off('data', this.#take);
    this.#parts = [];
    this.onclose?.();
  }

  send(message: JSONRPCMessage): Promise<void> {
    return this.#write(tamed(message, this.#log));
  }

  #write(message: JSONRPCMessage | ErrorAnswer): Promise<void> {
    let text = JSON.stringify(message);
    if ('id' in message && Buffer.byteLength(text) > MOST_ANSWER) {
      const error = { code: ProtocolErrorCode.InternalError, message: 'The answer is too large.' };
      text = JSON.stringify({ jsonrpc: '2.0', id: message.id, error });
    }
    if (this.#output.write(`${text}\n`)) return Promise.resolve();
    // Requests of a client that does not read answers wait, because all answers would be kept in memory. The end of the
    // input waits too; but a client that goes away without reading breaks the pipe, and signals still work.
    this.#input.pause();
    return new Promise((resolve) => {
      const goOn = () => {
        for (const event of ENDS_OF_WAIT) this.#output.off(event, goOn);
        if (!this.#isStopped) this.#input.resume();
        resolve();
      };
      for (const event of ENDS_OF_WAIT) this.#output.once(event, goOn);
    });
  }

  readonly #take = (chunk: Buffer): void => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  };

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#finder === null && this.#length > MAX_LINE_BYTES) {
      this.#finder = new IdFinder();
      for (const kept of this.#parts) this.#finder.read(kept);
      this.#parts = [];
    }
    if (this.#finder !== null) this.#finder.read(part);
    else if (part.length > 0) this.#parts.push(part);
  }

  #endLine(): void {
    const finder = this.#finder;
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#finder = null;
    if (finder !== null) this.#drop(finder, `is larger than ${MAX_LINE_BYTES} bytes`);
    else if (line.length > FEW_BYTES && countSigns(line) > MOST_SIGNS) {
      const late = new IdFinder();
      late.read(line);
      this.#drop(late, `has more than ${MOST_SIGNS} members`);
    } else this.#read(line.toString('utf8'));
  }

  #read(line: string): void {
    if (line.trim() === '') return;
    const reading = readMessage(line);
    if ('message' in reading) {
      if (this.#isTooEarly(reading.message)) return;
      const answer = otherRevision(reading.message, this.#revision);
      if (answer === null) this.onmessage?.(reading.message);
      else void this.#write(answer);
    } else {
      this.onerror?.(new Error(reading.problem));
      if (reading.answer !== null) void this.#write(reading.answer);
    }
  }

  /**
   * A notification before the first request says nothing, and must not decide how the client speaks: the SDK (2.4) takes one
   * for a client with a handshake, also after a question for the revisions.
   */
  #isTooEarly(message: JSONRPCMessage): boolean {
    if (this.#hasBegun) return false;
    const isRequest = 'method' in message && 'id' in message;
    this.#hasBegun = isRequest && message.method !== 'server/discover';
    return !isRequest;
  }

  #drop(finder: IdFinder, what: string): void {
    this.onerror?.(new Error(`dropped a message that ${what}`));
    const { id, isRequest } = finder.found;
    // Without an id it may have been a request, so the client is told.
    if (isRequest || id === null) void this.#write(tooLarge(what, id));
  }
}

function countSigns(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 44 || byte === 91 || byte === 123) count++;
  return count;
}

import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { oneLine } from '../text.ts';
import type { LinkServer } from './server.ts';

/** A longer message is dropped: no call needs a hundredth of it, and memory stays bounded. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Serves one client on stdin and stdout until stdin ends, the client goes away, or SIGINT or SIGTERM arrives; then
 * finishes the calls in hand.
 *
 * What it adds to the SDK's transport, which does none of it (1.32): noticing the end of stdin, surviving a client
 * that closes its end (EPIPE), and surviving a line without an end.
 * @param log Writes a line to stderr.
 * @returns When everything is answered and written.
 */
export async function serveStdio(
  { server, hangUp, idle }: LinkServer,
  log: (line: string) => void,
): Promise<void> {
  // Nothing but the protocol may reach stdout, whatever a library prints.
  console.log = console.info = console.debug = console.error;
  process.stderr.on('error', () => {});
  // The SDK waits for `drain` once for every answer; thousands at once are no leak.
  process.stdout.setMaxListeners(0);
  const lines = process.stdin.pipe(new LineGuard(log));
  const ended = endOf(lines);
  server.onerror = (error) => log(`protocol error: ${briefly(error)}`);
  await server.connect(new StdioServerTransport(lines, process.stdout));
  await ended;
  process.stdin.pause();
  // Requests that came with the last bytes get their turn before the calls in hand are counted.
  await setImmediate();
  hangUp();
  await idle();
  await flush();
}

function endOf(lines: Readable): Promise<void> {
  return new Promise((resolve) => {
    lines.once('end', resolve);
    process.stdin.once('error', resolve);
    // The reader has gone: nobody is left to answer.
    process.stdout.once('error', resolve);
    process.stdout.on('error', () => {});
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

async function flush(): Promise<void> {
  await setImmediate();
  if (!process.stdout.writable) return;
  await new Promise<void>((resolve) => {
    process.stdout.once('error', () => resolve());
    process.stdout.write('', () => resolve());
  });
}

/** In one line, without control characters: what could not be parsed is quoted in the message. */
function briefly({ message }: Error): string {
  return oneLine(message.replace(/\s+/g, ' ').slice(0, 200));
}

/** Passes whole lines on and drops those that are too long. */
class LineGuard extends Transform {
  readonly #log: (line: string) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #dropping = false;

  constructor(log: (line: string) => void) {
    super();
    this.#log = log;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#take(chunk.subarray(start, end + 1));
      if (!this.#dropping) this.push(Buffer.concat(this.#parts));
      this.#dropping = false;
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#take(chunk.subarray(start));
    done();
  }

  #take(part: Buffer): void {
    this.#length += part.length;
    if (this.#dropping) return;
    if (this.#length > MAX_LINE_BYTES) {
      this.#log(`protocol error: a message of more than ${MAX_LINE_BYTES} bytes was dropped`);
      this.#dropping = true;
      this.#parts = [];
    } else if (part.length > 0) this.#parts.push(part);
  }
}

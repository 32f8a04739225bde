import { setImmediate } from 'node:timers/promises';
import { serveStdio as serveConnection } from '@modelcontextprotocol/server/stdio';
import { oneLine } from '../base/text.ts';
import { EACH_REQUEST_NAMES, LineTransport } from './lines.ts';
import type { LinkServer } from './server.ts';

/**
 * Serves one client on stdin and stdout until stdin ends, the client goes away, or SIGINT or SIGTERM arrives; then
 * finishes the running calls. The SDK tells from the first messages which revision of the protocol the client speaks.
 *
 * It adds to the SDK (2.4) that calls in hand are finished; see {@link LineTransport} for the rest.
 * @param log Writes a line to stderr.
 * @returns When everything is answered and written.
 */
export async function serveStdio(
  { open, hangUp, idle }: LinkServer,
  log: (line: string) => void,
): Promise<void> {
  // Nothing but the protocol may reach stdout, whatever a library prints.
  console.log = console.info = console.debug = console.error;
  process.stderr.on('error', () => {});
  // The transport waits for `drain` once for each answer: thousands of listeners are not a leak.
  process.stdout.setMaxListeners(0);
  const ended = endOfInput();
  const transport = new LineTransport(process.stdin, process.stdout, log);
  const onerror = reporter(log);
  const connection = serveConnection(
    ({ era }) => {
      if (era === 'modern') transport.setProtocolVersion(EACH_REQUEST_NAMES);
      return Object.assign(open(era), { onerror });
    },
    { transport, onerror },
  );
  await ended;
  transport.stop();
  // Requests that came with the last bytes must start before the running calls are counted.
  await setImmediate();
  hangUp();
  await idle();
  // The answers go out after the calls have ended.
  await setImmediate();
  await connection.close();
  await flush();
}

/** The SDK reports an error of the transport twice. */
function reporter(log: (line: string) => void): (error: Error) => void {
  let last: Error | null = null;
  return (error) => {
    if (error !== last) log(`protocol error: ${briefly(error)}`);
    last = error;
  };
}

function endOfInput(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('error', resolve);
    // The client reads no more answers.
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

/** One line without control characters: the message may quote what could not be parsed. */
function briefly({ message }: Error): string {
  return oneLine(message.replace(/\s+/g, ' ').slice(0, 200));
}

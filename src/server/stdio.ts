import { setImmediate } from 'node:timers/promises';
import { oneLine } from '../base/text.ts';
import { LineTransport } from './lines.ts';
import type { LinkServer } from './server.ts';

/**
 * Serves one client on stdin and stdout until stdin ends, the client goes away, or SIGINT or SIGTERM arrives; then
 * finishes the running calls.
 *
 * It adds to the SDK (1.32) that the end of stdin is noticed and that a client may close its end (EPIPE); see
 * {@link LineTransport} for the rest.
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
  // The transport waits for `drain` once for each answer: thousands of listeners are not a leak.
  process.stdout.setMaxListeners(0);
  const ended = endOfInput();
  server.onerror = (error) => log(`protocol error: ${briefly(error)}`);
  const transport = new LineTransport(process.stdin, process.stdout, log);
  await server.connect(transport);
  await ended;
  transport.stop();
  // Requests that came with the last bytes must start before the running calls are counted.
  await setImmediate();
  hangUp();
  await idle();
  await flush();
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

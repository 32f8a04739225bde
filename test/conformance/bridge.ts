/**
 * HTTP in front of a server on standard streams, for the suite of conformance, which speaks only HTTP. It does what the
 * transport asks for and leaves every message as it is, but for ids and tokens, which are made unique where several
 * requests share a server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** How a server is started. */
export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Bridge {
  readonly url: string;
  close(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the suite and the server say
type Message = any;

const SESSION = 'mcp-session-id';
const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
/** The status of an answer with an error (specification 2026-07-28, "Streamable HTTP"). */
const STATUS: Readonly<Record<number, number>> = {
  [-32601]: 404,
  [-32020]: 400,
  [-32021]: 400,
  [-32022]: 400,
};

/** Starts a server for each session, and one for all requests that need none. */
export async function startBridge(start: StartCommand): Promise<Bridge> {
  const lines = new Map<string, Line>();
  let shared: Line | null = null;
  const open = () => new Line(start);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const session = request.headers[SESSION] as string | undefined;
    const line = session === undefined ? undefined : lines.get(session);
    if (request.method === 'GET' && line !== undefined) return line.listen(response);
    if (request.method === 'DELETE' && session !== undefined && line !== undefined) {
      lines.delete(session);
      line.close();
      return void response.writeHead(200).end();
    }
    if (request.method !== 'POST') return void response.writeHead(line === undefined ? 404 : 405).end();
    const message = parse(await text(request));
    if (message === null) return fail(response, 400, -32700, 'Parse error');
    if (isModern(message, request)) {
      shared ??= open().greet();
      return shared.take(message, response, true);
    }
    if (message.method === 'initialize' && session === undefined) {
      const own = randomUUID();
      const opened = open();
      lines.set(own, opened);
      response.setHeader(SESSION, own);
      return opened.take(message, response, false);
    }
    if (line === undefined)
      return fail(response, session === undefined ? 400 : 404, -32000, 'No such session');
    line.take(message, response, false);
  };
  const http = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    close() {
      http.close();
      http.closeAllConnections();
      for (const line of [...lines.values(), ...(shared === null ? [] : [shared])]) line.close();
    },
  };
}

function parse(body: string): Message | null {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isModern({ params }: Message, { headers }: IncomingMessage): boolean {
  const version = params?._meta?.[VERSION] ?? headers['mcp-protocol-version'];
  return headers[SESSION] === undefined && version !== undefined && !/^202[45]-/.test(version);
}

function fail(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }));
}

/** A request that waits for its answer. */
interface Pending {
  readonly id: unknown;
  readonly token: unknown;
  readonly response: ServerResponse;
  readonly isModern: boolean;
}

/** A running server. */
class Line {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #listener: ServerResponse | null = null;
  #last = 0;

  constructor({ command, args, env }: StartCommand) {
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#bring(JSON.parse(line)),
    );
    this.#child.stdin?.on('error', () => {});
  }

  /** The first message decides which revision a server speaks, and the suite's first is none of either. */
  greet(): this {
    const _meta = { [VERSION]: '2026-07-28', [CAPABILITIES]: {} };
    this.#write({ jsonrpc: '2.0', id: 0, method: 'prompts/list', params: { _meta } });
    return this;
  }

  /** A message of the client. */
  take(message: Message, response: ServerResponse, isModern: boolean): void {
    if (message.method === undefined || message.id === undefined) {
      response.writeHead(202).end();
      this.#write(message.method === 'notifications/cancelled' ? this.#cancelled(message) : message);
      return;
    }
    const own = ++this.#last;
    const meta = message.params?._meta;
    this.#pending.set(own, { id: message.id, token: meta?.progressToken, response, isModern });
    response.on('close', () => this.#leave(own));
    const withToken =
      meta?.progressToken === undefined
        ? {}
        : { params: { ...message.params, _meta: { ...meta, progressToken: own } } };
    this.#write({ ...message, id: own, ...withToken });
  }

  /** The client waits for what belongs to no request. */
  listen(response: ServerResponse): void {
    this.#listener = response;
    stream(response);
    response.flushHeaders();
    response.on('close', () => {
      this.#listener = null;
    });
  }

  close(): void {
    this.#child.kill();
    this.#listener?.end();
  }

  #write(message: Message): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #cancelled(message: Message): Message {
    const own = [...this.#pending].find(([, { id }]) => id === message.params?.requestId)?.[0];
    return { ...message, params: { ...message.params, requestId: own } };
  }

  /** A client without a session cancels by closing the stream. */
  #leave(own: number): void {
    const isModern = this.#pending.get(own)?.isModern;
    this.#pending.delete(own);
    if (isModern)
      this.#write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: own } });
  }

  /** A message of the server. */
  #bring(message: Message): void {
    if (message.method === undefined) this.#answer(message);
    else this.#tell(message);
  }

  /** A request or a notification. */
  #tell(message: Message): void {
    const meta = message.params?._meta ?? {};
    const own: number | undefined = meta[SUBSCRIPTION] ?? message.params?.progressToken;
    const request = own === undefined ? undefined : this.#pending.get(own);
    // A request or a notification that names no call goes out with the latest.
    const to = request ?? [...this.#pending.values()].at(-1);
    const response = to?.response ?? this.#listener;
    if (response === null) return;
    const params = { ...message.params };
    if (params.progressToken !== undefined) params.progressToken = request?.token;
    if (meta[SUBSCRIPTION] !== undefined) params._meta = { ...meta, [SUBSCRIPTION]: request?.id };
    stream(response);
    response.write(event({ ...message, ...(message.params === undefined ? {} : { params }) }));
  }

  #answer(message: Message): void {
    const request = this.#pending.get(message.id);
    if (request === undefined) return;
    this.#pending.delete(message.id);
    const { id, response, isModern } = request;
    const answer = { ...message, id };
    const meta = message.result?._meta;
    if (meta?.[SUBSCRIPTION] !== undefined)
      answer.result = { ...message.result, _meta: { ...meta, [SUBSCRIPTION]: id } };
    if (response.headersSent) {
      response.end(event(answer));
      return;
    }
    const { error } = message;
    const status = error !== undefined && isModern ? (STATUS[error.code] ?? 400) : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }
}

function stream(response: ServerResponse): void {
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
}

function event(message: Message): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

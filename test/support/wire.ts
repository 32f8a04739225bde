import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Era } from '../../src/server/request.ts';

const INFO = { name: 'test', version: '0' };

/** A client that says itself what goes over the wire, in one of the two ways to speak. */
export interface Wire {
  /** The first line, whose answer has the id 0. */
  readonly hello: string;
  request(id: number | string, method: string, params?: object): string;
  notification(method: string, params: object): string;
}

/** @param capabilities What the client can do. */
export function wireOf(era: Era, capabilities: object = {}): Wire {
  const line = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    'io.modelcontextprotocol/clientInfo': INFO,
  };
  const request: Wire['request'] = (id, method, params = {}) =>
    line({ id, method, params: era === 'modern' ? { _meta: meta, ...params } : params });
  const handshake = { protocolVersion: '2025-11-25', capabilities, clientInfo: INFO };
  return {
    hello: era === 'modern' ? request(0, 'server/discover') : request(0, 'initialize', handshake),
    request,
    notification: (method, params) => line({ method, params }),
  };
}

/** A JSON-RPC message from a server. */
export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A conversation with a server that a test has started. */
export interface Talk {
  /** Sends a request and waits for its answer. */
  ask(method: string, params?: object): Promise<Message>;
  /** Everything that came that is no answer. */
  readonly told: readonly Message[];
}

/** @param child Speaks on its standard streams, a message a line. */
export function talkTo(child: ChildProcessWithoutNullStreams, wire: Wire): Talk {
  const waiting = new Map<unknown, (message: Message) => void>();
  const told: Message[] = [];
  createInterface(child.stdout).on('line', (line) => {
    const message: Message = JSON.parse(line);
    if (message.method === undefined) waiting.get(message.id)?.(message);
    else told.push(message);
  });
  return {
    told,
    ask(method, params) {
      const own = randomUUID();
      const answered = new Promise<Message>((resolve) => waiting.set(own, resolve));
      child.stdin.write(wire.request(own, method, params));
      return answered;
    },
  };
}

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

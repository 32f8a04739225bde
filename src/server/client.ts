import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

/** A session with a server that this process started. */
export interface Session {
  listTools(): Promise<string[]>;
  call(tool: string, args: Record<string, unknown>): Promise<CallToolResult>;
  close(): Promise<void>;
}

/**
 * Starts a server as an MCP client would, and connects to it over stdio.
 * @param cli The program's path.
 * @param args The program's arguments.
 */
export async function connect(cli: string, args: readonly string[], version: string): Promise<Session> {
  const client = new Client({ name: 'odoo-link-mcp-demo', version });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [cli, ...args], stderr: 'inherit' }),
  );
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => (await client.callTool({ name, arguments: args })) as CallToolResult,
    close: () => client.close(),
  };
}

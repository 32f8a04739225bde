import { type CallToolResult, Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

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
  // The server is this very program, so nothing has to be negotiated.
  const versionNegotiation = { mode: { pin: '2026-07-28' } };
  const client = new Client({ name: 'odoo-link-mcp-demo', version }, { versionNegotiation });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [cli, ...args], stderr: 'inherit' }),
  );
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  };
}

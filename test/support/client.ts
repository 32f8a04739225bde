import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

/** How a client starts a server, as its configuration says. */
export interface StartCommand {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server exactly as a client's configuration says, and connects a client to it until the test ends. */
export async function connect(
  { command, args = [], env = {} }: StartCommand,
  home: string,
  path = process.env.PATH as string,
) {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { PATH: path, HOME: home, ...env },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(transport).catch((error) => {
    throw new Error(`${error.message}\n${stderr}`);
  });
  onTestFinished(() => client.close());
  return {
    version: client.getServerVersion()?.version,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name: string, input: Record<string, unknown>) =>
      ((await client.callTool({ name, arguments: input })) as CallToolResult).structuredContent,
  };
}

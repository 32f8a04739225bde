import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

/** The built binary: what users run is what is tested. */
export const CLI = join(import.meta.dirname, '../../dist/cli.js');

export interface Answer {
  readonly result: CallToolResult;
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
  readonly data: any;
}

export interface TestServer {
  call(tool: string, args: Record<string, unknown>): Promise<Answer>;
  listTools(): Promise<Tool[]>;
  instructions(): string | undefined;
  stderr(): string;
  close(): Promise<void>;
}

/** Starts the built server and connects the SDK's client to it; both end with the test unless `keep` is set. */
export async function startServer(
  args: readonly string[],
  options: { env?: Record<string, string>; command?: readonly string[]; keep?: boolean } = {},
): Promise<TestServer> {
  const [command, ...before] = options.command ?? [process.execPath];
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent', ...options.env };
  const transport = new StdioClientTransport({
    command: command as string,
    args: [...before, CLI, 'serve', ...args],
    env,
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const client = new Client({ name: 'test', version: '0' });
  await client.connect(transport);
  // From here on the client validates every answer against the tool's output schema, refusals too.
  await client.listTools();
  if (options.keep !== true) onTestFinished(() => client.close());
  return {
    async call(name, args) {
      const result = (await client.callTool({ name, arguments: args })) as CallToolResult;
      const [first] = result.content;
      return {
        result,
        isError: result.isError === true,
        text: first?.type === 'text' ? first.text : '',
        data: result.structuredContent,
      };
    },
    listTools: async () => (await client.listTools()).tools,
    instructions: () => client.getInstructions(),
    stderr: () => stderr,
    close: () => client.close(),
  };
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built binary to its end; `cli` names another copy of it. */
export function runCli(
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; cwd?: string; cli?: string } = {},
): Promise<Finished> {
  const child = spawnCli(args, options);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return finished(child);
}

export function spawnCli(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; cli?: string } = {},
): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent', ...options.env };
  return spawn(process.execPath, [options.cli ?? CLI, ...args], { env, cwd: options.cwd });
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
}

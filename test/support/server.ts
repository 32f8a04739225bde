import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import { TOOLS } from '../../src/server/tools.ts';
import { type AnswerForm, type ClientName, type Connected, connectClient } from './clients.ts';

/** The built binary: what users run is what is tested. Where other users have to run it too, it is a copy for all. */
export const CLI = process.env.ODOO_LINK_TEST_CLI ?? join(import.meta.dirname, '../../dist/cli.js');

export interface Answer {
  readonly result: CallToolResult;
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
  readonly data: any;
}

export interface TestServer extends Pick<Connected, 'client' | 'told'> {
  call(tool: string, args: Record<string, unknown>, more?: More): Promise<Answer>;
  listTools(): Promise<Tool[]>;
  instructions(): string | undefined;
  stderr(): string;
  /** Of the process the command began as. */
  pid(): number;
  close(): Promise<void>;
}

/** What a call has besides its tool and arguments. */
interface More extends NonNullable<Parameters<Connected['call']>[1]> {
  /** More parameters. */
  readonly params?: Record<string, unknown>;
}

/** Starts the built server and connects a client of the SDK to it; both end with the test unless `keep` is set. */
export async function startServer(
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    command?: readonly string[];
    keep?: boolean;
    client?: ClientName;
    answerForm?: AnswerForm;
  } = {},
): Promise<TestServer> {
  const [command, ...before] = options.command ?? [process.execPath];
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent', ...options.env };
  const start = { command: command as string, args: [...before, CLI, 'serve', ...args], env };
  const { client, call, ...connected } = await connectClient(
    options.client ?? 'SDK 1',
    start,
    options.answerForm,
  );
  // From here on the client validates every answer against the listed output schema, refusals too.
  await client.listTools();
  if (options.keep !== true) onTestFinished(() => connected.close());
  return {
    ...connected,
    client,
    async call(name, args, { params, ...more } = {}) {
      const result = await call({ name, arguments: args, ...params }, more);
      // What is listed leaves much out; this is what answers are held to.
      TOOLS.find((tool) => tool.name === name)?.output.parse(result.structuredContent);
      const [first] = result.content;
      return {
        result,
        isError: result.isError === true,
        text: first?.type === 'text' ? first.text : '',
        data: result.structuredContent,
      };
    },
    listTools: async () => (await client.listTools()).tools as Tool[],
    instructions: () => client.getInstructions(),
  };
}

/**
 * For {@link runCli}: runs a command on a terminal of its own; what it shows there is its output.
 * @param answer What is typed when the question is shown; without it the terminal goes away then.
 */
export function onTerminal(question: string, answer: string): string[] {
  return ['python3', join(import.meta.dirname, 'terminal.py'), question, answer];
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface SpawnOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** A command that is given the one to run as its last arguments. */
  readonly through?: readonly string[];
  /** Another copy of the built binary. */
  readonly cli?: string;
}

/** Runs the built binary to its end. */
export function runCli(
  args: readonly string[],
  options: SpawnOptions & { input?: string } = {},
): Promise<Finished> {
  const child = spawnCli(args, options);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return finished(child);
}

export function spawnCli(
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent', ...options.env };
  const [command, ...rest] = [...(options.through ?? []), process.execPath, options.cli ?? CLI, ...args];
  return spawn(command as string, rest, { env, cwd: options.cwd });
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

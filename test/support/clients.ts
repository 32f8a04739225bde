import {
  Client,
  type ClientCapabilities,
  type ElicitRequest,
  type ElicitResult,
  type RequestOptions,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type CallToolResult, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** The clients that servers are called with, and the revision of the protocol that each ends up speaking. */
export const CLIENTS = {
  'SDK 1': '2025-11-25',
  'SDK 2': '2025-11-25',
  'SDK 2, which asks': '2026-07-28',
  'SDK 2, pinned': '2026-07-28',
} as const;
export type ClientName = keyof typeof CLIENTS;
export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];

const NEGOTIATION = {
  'SDK 2': 'legacy',
  'SDK 2, which asks': 'auto',
  'SDK 2, pinned': { pin: '2026-07-28' },
} as const;

/** How a server is started. */
export interface StartCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What the person at the client says to a form. Without it the client shows none. */
export type AnswerForm = (params: ElicitRequest['params']) => ElicitResult | Promise<ElicitResult>;

/** What is the same with every client. */
export interface Connected {
  /** The client. Those of both lines take the same parameters, but for `callTool`. */
  readonly client: Omit<Client, 'callTool'>;
  call(
    params: { readonly name: string; readonly arguments?: Record<string, unknown> },
    options?: Pick<RequestOptions, 'signal' | 'onprogress' | 'timeout'>,
  ): Promise<CallToolResult>;
  /** The methods of the notifications that came. */
  readonly told: readonly string[];
  stderr(): string;
  pid(): number;
  close(): Promise<void>;
}

/** Starts a server and connects a client to it. */
export async function connectClient(
  name: ClientName,
  { command, args, env = {} }: StartCommand,
  answerForm?: AnswerForm,
): Promise<Connected> {
  const start = { command, args: [...args], env: { ...env }, stderr: 'pipe' as const };
  const info = { name: 'test', version: '0' };
  const capabilities: ClientCapabilities = answerForm === undefined ? {} : { elicitation: {} };
  const told: string[] = [];
  const note = async ({ method }: { method: string }) => void told.push(method);
  let stderr = '';
  const keep = (chunk: unknown) => {
    stderr += chunk;
  };
  const rest = { told, stderr: () => stderr };
  if (name === 'SDK 1') {
    const transport = new EarlierTransport(start);
    transport.stderr?.on('data', keep);
    const client = new EarlierClient(info, { capabilities });
    client.fallbackNotificationHandler = note;
    if (answerForm !== undefined)
      client.setRequestHandler(ElicitRequestSchema, ({ params }) => answerForm(params as never) as never);
    await client.connect(transport);
    return {
      ...rest,
      client: client as unknown as Connected['client'],
      call: async (params, options) => (await client.callTool(params, undefined, options)) as CallToolResult,
      pid: () => transport.pid as number,
      close: () => client.close(),
    };
  }
  const transport = new StdioClientTransport(start);
  transport.stderr?.on('data', keep);
  const client = new Client(info, { capabilities, versionNegotiation: { mode: NEGOTIATION[name] } });
  client.fallbackNotificationHandler = note;
  if (answerForm !== undefined)
    client.setRequestHandler('elicitation/create', ({ params }) => answerForm(params));
  await client.connect(transport);
  return {
    ...rest,
    client,
    call: async (params, options) => (await client.callTool(params, options)) as CallToolResult,
    pid: () => transport.pid as number,
    close: () => client.close(),
  };
}

import { randomUUID } from 'node:crypto';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { Protocol } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { Instance } from '../config/instance.ts';
import type { Gate } from '../policy/gate.ts';
import { refuse } from '../refusal.ts';
import type { LinkContext } from '../services/link-call.ts';
import { pointer, validate } from '../validate.ts';
import { linkResult, refusalResult } from './results.ts';
import { toJsonSchema } from './schemas.ts';
import { eeLink } from './tools/ee-link.ts';
import { ocaLink } from './tools/oca-link.ts';
import type { Tool } from './tools/tool.ts';

/** Every tool there is, in the order they are listed. */
export const TOOLS: readonly Tool[] = [ocaLink as Tool, eeLink as Tool];

export interface ServerParts {
  readonly version: string;
  readonly context: LinkContext;
  readonly gate: Gate;
  /** Where unexpected faults are written; never the protocol's stream. */
  readonly log: (line: string) => void;
}

export interface LinkServer {
  readonly server: Server;
  /** Resolves when no tool call is in hand. */
  idle(): Promise<void>;
}

/**
 * Builds the MCP server from its tools; knows no transport.
 *
 * The low-level `Server` is used on purpose: `McpServer` answers a bad argument or an exception with its own text,
 * where a caller of this program is promised a refusal with a code.
 */
export function buildServer(parts: ServerParts): LinkServer {
  const { version, context, gate } = parts;
  const server = new Server(
    { name: 'odoo-link-mcp', title: 'Odoo module links', version },
    { capabilities: { tools: {} }, instructions: instructions(context.instances) },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listTools(gate) }));
  const inHand = new Set<Promise<CallToolResult>>();
  // Past `Server`'s own override, which answers malformed arguments with a dump of zod's error.
  Protocol.prototype.setRequestHandler.call(server, AnyCallSchema, async ({ params }, { signal }) => {
    const call = callTool(params as z.infer<typeof AnyCallSchema>['params'], parts, signal);
    inHand.add(call);
    try {
      return await call;
    } finally {
      inHand.delete(call);
    }
  });
  const idle = async () => {
    while (inHand.size > 0) await Promise.allSettled(inHand);
  };
  return { server, idle };
}

/** The tools as `tools/list` shows them. */
export function listTools(gate: Gate) {
  return TOOLS.filter(({ name }) => gate.isListed(name)).map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: toJsonSchema(tool.input, 'input'),
    outputSchema: toJsonSchema(tool.output, 'output'),
    annotations: { title: tool.title, ...tool.annotations },
  }));
}

/** A `tools/call` whatever its parameters are: {@link callTool} says what is wrong with them. */
const AnyCallSchema = z.object({
  method: z.literal('tools/call'),
  params: z.looseObject({ name: z.unknown().optional(), arguments: z.unknown().optional() }).optional(),
});

async function callTool(
  params: z.infer<typeof AnyCallSchema>['params'],
  parts: ServerParts,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const tool = TOOLS.find((candidate) => candidate.name === params?.name);
  if (tool === undefined || parts.gate.isHidden(tool.name)) {
    throw new McpError(ErrorCode.InvalidParams, 'There is no tool of that name.');
  }
  const checked = validate(tool.input, params?.arguments === undefined ? {} : params.arguments);
  if ('problems' in checked) {
    const message = checked.problems
      .map(({ path, message }) => `${pointer(path).slice(1) || 'arguments'} ${message}`)
      .join(' ');
    return refusalResult(refuse('invalid_argument', message).refusal);
  }
  try {
    const entered = await parts.gate.enter(tool.name);
    if ('denial' in entered) return refusalResult(entered.denial);
    const { limit, commit, release } = entered.admission;
    const result = await tool.run(checked.value, { ...parts.context, signal });
    // Only what reached the addons directory is charged: a refusal and a dry run changed nothing.
    if (result.ok && result.value.status !== 'planned') {
      await commit();
      return linkResult(result.value, limit);
    }
    const standing = await release();
    return result.ok ? linkResult(result.value, standing) : refusalResult(result.refusal);
  } catch (error) {
    // Nobody knows what was changed before the fault: the call stays counted.
    return fault(error, parts.log);
  }
}

/** Exceptions are bugs: the caller gets an id, the log on stderr the rest. */
function fault(error: unknown, log: ServerParts['log']): CallToolResult {
  const id = randomUUID();
  log(`internal error ${id}: ${error instanceof Error ? error.stack : String(error)}`);
  return refusalResult(
    refuse('internal_error', `Something went wrong in the server (id ${id}).`, {
      details: { id },
      hint: 'Tell the operator: the log of the server has the same id.',
    }).refusal,
  );
}

function instructions(instances: readonly Instance[]): string {
  const described = instances.map(({ name, series, addonsDirs }) => {
    return `${name} (Odoo ${series}; addons directories: ${addonsDirs.map(({ path }) => path).join(', ')})`;
  });
  return (
    'Links Odoo modules into the addons directories of these instances, so that Odoo can find them: ' +
    `${described.join('; ')}. Call oca_link for OCA modules and ee_link for Odoo Enterprise modules, with technical ` +
    'names. Every refusal has a code and usually a hint; do what it says rather than trying variants.'
  );
}

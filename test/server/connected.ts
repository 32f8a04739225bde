import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { ClientCapabilities, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import type { AuditTrail } from '../../src/audit/trail.ts';
import { ok } from '../../src/base/refusal.ts';
import type { Instance } from '../../src/config/instance.ts';
import type { CallParts, Track } from '../../src/server/call-tool.ts';
import { gateOf } from '../policy/policies.ts';
import { makeContext } from '../support/instance.ts';
import type { World } from '../support/world.ts';

/** Connects the SDK's client to a server in this process; both end with the test. */
export async function connect(server: Server, capabilities: ClientCapabilities = {}): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' }, { capabilities });
  const [atClient, atServer] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(atServer), client.connect(atClient)]);
  onTestFinished(() => client.close());
  return client;
}

/** A server that offers one thing, and a client of it. */
export async function offering(
  capabilities: ServerCapabilities,
  offer: (server: Server) => void,
): Promise<Client> {
  const server = new Server({ name: 'test', version: '0' }, { capabilities });
  offer(server);
  return connect(server);
}

export const track: Track = (work) => work;

/** What calls need, with a policy that allows what has no rule. */
export function partsFor(
  world: World,
  instances: readonly Instance[],
  rules: Record<string, object | 'hidden'> = {},
): CallParts {
  const hide = Object.keys(rules).filter((tool) => rules[tool] === 'hidden');
  const tools = Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== 'hidden'));
  const decided = { conclude: async () => ok(undefined) };
  return {
    context: makeContext(world, instances),
    gate: gateOf({ version: '1', default: 'allow', tools, hide }),
    trail: { decide: async () => ok(decided) } as unknown as AuditTrail,
    principal: 'uid:1',
    client: () => null,
    ask: async () => 'unable',
    log: () => {},
  };
}

/** The code of the error a request ends with. */
export async function codeOf(request: Promise<unknown>): Promise<number> {
  const error = await request.then(
    () => null,
    (thrown) => thrown as { code: number },
  );
  if (error === null) throw new Error('it succeeded');
  return error.code;
}

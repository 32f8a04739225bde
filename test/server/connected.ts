import { Client, type ClientCapabilities } from '@modelcontextprotocol/client';
import { InMemoryTransport, Server, type ServerCapabilities } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { onTestFinished } from 'vitest';
import type { AuditTrail } from '../../src/audit/trail.ts';
import { ok } from '../../src/base/refusal.ts';
import type { Instance } from '../../src/config/instance.ts';
import type { CallParts, SharedParts, Track } from '../../src/server/call-tool.ts';
import { callsOf, type Era, type RunCall } from '../../src/server/request.ts';
import { createRequestStates } from '../../src/server/request-state.ts';
import { gateOf } from '../policy/policies.ts';
import { makeContext } from '../support/instance.ts';
import type { World } from '../support/world.ts';

export const ERAS = ['legacy', 'modern'] as const satisfies readonly Era[];

/** The revision that is spoken in an era, and how a client of the SDK is made to speak it. */
export const REVISIONS = {
  legacy: { revision: '2025-11-25', options: {} },
  modern: { revision: '2026-07-28', options: { versionNegotiation: { mode: { pin: '2026-07-28' } } } },
} as const;

/** Connects the SDK's client to a server in this process; both end with the test. */
export async function connect(
  open: (era: Era) => Server,
  capabilities: ClientCapabilities = {},
  era: Era = 'legacy',
): Promise<Client> {
  const client = new Client({ name: 'test', version: '0' }, { capabilities, ...REVISIONS[era].options });
  const [atClient, atServer] = InMemoryTransport.createLinkedPair();
  serveStdio((opened) => open(opened.era), { transport: atServer });
  await client.connect(atClient);
  onTestFinished(() => client.close());
  return client;
}

/** A server that offers one thing, and a client of it. */
export async function offering(
  capabilities: ServerCapabilities,
  offer: (server: Server, era: Era) => void,
  era: Era = 'legacy',
): Promise<Client> {
  const open = (opened: Era) => {
    const server = new Server({ name: 'test', version: '0' }, { capabilities });
    offer(server, opened);
    return server;
  };
  return connect(open, {}, era);
}

/** Runs calls for the only client of a server. */
export function runFor(server: Server, era: Era, parts: SharedParts): RunCall {
  const { signal: gone } = new AbortController();
  return callsOf({ server, era, gone, states: createRequestStates() }, parts);
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
    client: null,
    ask: async () => 'unable',
    objection: null,
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

import type { Server } from '@modelcontextprotocol/server';

/** What a server lists that depends on the policy. */
export interface Lists {
  tools(): unknown;
  prompts(): unknown;
  resources(): unknown;
}

const TELL = {
  tools: (server: Server) => server.sendToolListChanged(),
  prompts: (server: Server) => server.sendPromptListChanged(),
  resources: (server: Server) => server.sendResourceListChanged(),
};

/**
 * Makes a function that tells clients which lists differ from what they were when it was called last, or at first from what
 * they are now. Clients of 2026-07-28 hear of those that they listen for.
 * @param servers Those that may have a client.
 */
export function listWatch(lists: Lists, servers: Iterable<Server>): () => void {
  const kinds = Object.keys(TELL) as (keyof Lists)[];
  const look = () => kinds.map((kind) => JSON.stringify(lists[kind]()));
  let seen = look();
  return () => {
    const now = look();
    const changed = kinds.filter((_, index) => now[index] !== seen[index]);
    seen = now;
    for (const server of servers) {
      // Before the handshake a client has seen no list.
      if (server.getNegotiatedProtocolVersion() === undefined) continue;
      for (const kind of changed) TELL[kind](server).catch(() => {});
    }
  };
}

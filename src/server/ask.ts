import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { AskPerson } from '../gate/consent.ts';

/** A timer that is set for longer ends at once (setTimeout(), Node.js documentation). */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Asks the person at the client by a form (specification 2025-06-18, "Elicitation"). Whatever is not a clear yes is a
 * no: declining, closing the form, letting the time pass, a client that answers in another way.
 * @param signals One is aborted when nobody waits for the call any more: then the form is withdrawn.
 */
export function askThroughClient(server: Server, ...signals: AbortSignal[]): AskPerson {
  return async ({ message, word, timeoutMs }) => {
    if (server.getClientCapabilities()?.elicitation?.form === undefined) return 'unable';
    const signal = AbortSignal.any(signals);
    try {
      const { action, content } = await server.elicitInput(
        {
          message: `${message} Type ${word} to allow it.`,
          requestedSchema: {
            type: 'object',
            properties: { name: { type: 'string', title: 'Name', description: `Type ${word}` } },
            required: ['name'],
          },
        },
        { timeout: Math.min(timeoutMs, LONGEST_MS), signal },
      );
      if (action !== 'accept') return 'no';
      return content?.name === word ? 'yes' : 'mistyped';
    } catch {
      return signal.aborted ? 'gone' : 'no';
    }
  };
}

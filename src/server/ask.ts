import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { AskPerson } from '../policy/consent.ts';

/**
 * Asks the person at the client by a form (specification 2025-06-18, "Elicitation"). Whatever is not a clear yes is a
 * no: declining, closing the form, letting the time pass, a client that answers in another way.
 */
export function askThroughClient(server: Server): AskPerson {
  return async ({ message, word, timeoutMs }) => {
    if (server.getClientCapabilities()?.elicitation?.form === undefined) return 'unable';
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
        { timeout: timeoutMs },
      );
      if (action !== 'accept') return 'no';
      return content?.name === word ? 'yes' : 'mistyped';
    } catch {
      return 'no';
    }
  };
}

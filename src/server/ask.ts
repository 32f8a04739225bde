import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { AskPerson } from '../gate/consent.ts';

/** A longer timer would fire at once (setTimeout(), Node.js documentation). */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Asks the person at the client with a form (specification 2025-06-18, "Elicitation"). Anything but a clear yes is a no:
 * declining, closing the form, a timeout, an answer in another form.
 * @param signals Aborted when no one waits for the call any more; the form is then withdrawn.
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

import { randomBytes } from 'node:crypto';
import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';

/** What a person was shown. Its request is for exactly the changes that the question named. */
export interface Shown {
  /** The id of the request for approval. */
  readonly id: string;
  /** What the person had to type. */
  readonly word: string;
}

/** What a client keeps between two attempts of one call, and sends back. */
export interface RequestStates {
  /**
   * Makes a state.
   * @param call What tells the call from every other one: only the same call can come with this state.
   * @param ttlMs For how long.
   */
  seal(shown: Shown, call: string, ttlMs: number): Promise<string>;
  /**
   * Reads a state that came back, which may be anything.
   * @returns What was shown, or what is wrong with the state.
   */
  open(state: unknown, call: string): Promise<Shown | string>;
}

/** What is wrong, by the reason that the codec gives. */
const FAULTS: Readonly<Record<string, string>> = {
  expired: 'it has expired',
  bind: 'it belongs to another call or another caller',
};

/**
 * Makes states that only this process can make or read: its key is random, so a server that was started anew asks again.
 * They are signed, not secret (specification 2026-07-28, "Multi Round-Trip Requests", server requirements 4 and 5).
 */
export function createRequestStates(): RequestStates {
  const key = randomBytes(32);
  const codecOf = (call: string, ttlMs: number) => {
    return createRequestStateCodec<Shown>({ key, ttlSeconds: Math.ceil(ttlMs / 1000), bind: () => call });
  };
  // The codec hands it to `bind`, which needs nothing of it.
  const context = {} as ServerContext;
  return {
    seal: (shown, call, ttlMs) => codecOf(call, ttlMs).mint(shown, context),
    async open(state, call) {
      try {
        return await codecOf(call, 0).verify(typeof state === 'string' ? state : '', context);
      } catch (error) {
        return FAULTS[(error as Error).message] ?? 'this server did not make it, or it was changed';
      }
    },
  };
}

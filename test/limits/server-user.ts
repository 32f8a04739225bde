import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { type Finished, finished, spawnCli } from '../support/server.ts';

/** A call that is to be made. */
export interface Wish {
  readonly tool: 'oca_link' | 'oca_unlink';
  readonly modules: readonly string[];
  readonly isDryRun?: boolean;
  /** Taken back a moment after it was sent. */
  readonly isCancelled?: boolean;
}

/** A call that was made, as its user saw it. */
export interface SeenCall extends Wish {
  /** The user's name. */
  readonly client: string;
  /** Between these, in microseconds, it was in hand. */
  readonly sentUs: number;
  answeredUs: number | null;
  /** The status of a success, or the code of a refusal; null when no answer came: cancelled, or killed before. */
  answer: string | null;
  isSuccess: boolean;
  retryAfterMs: number;
}

/** A server and who uses it: they begin and end together. */
export interface ServerUser {
  readonly name: string;
  /** Every call so far. */
  readonly calls: readonly SeenCall[];
  isAlive(): boolean;
  /** Makes a call, while alive, and waits for its end. */
  make(wish: Wish): Promise<SeenCall>;
  signal(signal: NodeJS.Signals): void;
  /** Lets the server finish in order, if it is not dead already. */
  end(): Promise<Finished>;
}

export interface UserParts {
  readonly name: string;
  readonly config: string;
  /** Added to the server's environment. */
  readonly env: Record<string, string>;
  /** The clock that counts are kept by, in microseconds, which may lag behind by less than {@link GRAIN_US}. */
  readonly clock: () => number;
}

/** As much of an answer as is looked at. */
interface Answer {
  readonly status: string;
  readonly code?: string;
  readonly retry_after_ms?: number;
}

/** The clock of the day is read in milliseconds. */
const GRAIN_US = 1000;
/** After how many milliseconds, at most, a call is taken back. */
const CANCEL_MS = 60;

/** Starts a server and introduces its user; waits for nothing. */
export function startUser({ name, config, env, clock }: UserParts): ServerUser {
  const child = spawnCli(['serve', '--config', config], { env });
  const ended = finished(child);
  // What is sent to a server that was killed is lost.
  child.stdin.on('error', () => {});
  const calls: SeenCall[] = [];
  const waiting = new Map<number, (answer: Answer | null) => void>();
  let lastId = 0;
  let isAlive = true;
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const settle = (id: number, answer: Answer | null) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  createInterface(child.stdout)
    .on('line', (line) => {
      const message = parse(line);
      if (message !== null) settle(message.id, message.result?.structuredContent ?? UNHEARD_OF);
    })
    .on('close', () => {
      isAlive = false;
      for (const id of waiting.keys()) settle(id, null);
    });
  const clientInfo = { name, version: '0' };
  send({
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
  });
  send({ method: 'notifications/initialized' });

  return {
    name,
    calls,
    isAlive: () => isAlive,
    async make(wish) {
      const id = ++lastId;
      const sent = { client: name, sentUs: clock(), answeredUs: null, answer: null };
      const call: SeenCall = { ...wish, ...sent, isSuccess: false, retryAfterMs: 0 };
      calls.push(call);
      const answered = new Promise<Answer | null>((resolve) => waiting.set(id, resolve));
      send({ id, method: 'tools/call', params: { name: wish.tool, arguments: argumentsOf(wish) } });
      if (wish.isCancelled === true) {
        void pause(Math.random() * CANCEL_MS).then(() => {
          send({ method: 'notifications/cancelled', params: { requestId: id } });
          settle(id, null);
        });
      }
      const answer = await answered;
      if (answer !== null) {
        call.answeredUs = clock() + GRAIN_US;
        call.answer = answer.code ?? answer.status;
        call.isSuccess = answer.code === undefined;
        call.retryAfterMs = answer.retry_after_ms ?? 0;
      }
      return call;
    },
    signal: (signal) => void child.kill(signal),
    end() {
      child.stdin.end();
      return ended;
    },
  };
}

/** Stands for an error of the protocol. */
const UNHEARD_OF: Answer = { status: 'refused', code: 'no_result' };

function argumentsOf({ tool, modules, isDryRun = false }: Wish): Record<string, unknown> {
  return { [tool === 'oca_link' ? 'module' : 'modules']: modules, dry_run: isDryRun };
}

/** Null for a line that a killed server has not written to its end. */
function parse(line: string): { id: number; result?: { structuredContent?: Answer } } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type Implementation,
  type InputRequiredResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { canonicalJson } from '../base/canonical-json.ts';
import type { Refusal } from '../base/refusal.ts';
import { askInAnswer, askThroughClient, questionResult } from './ask.ts';
import { runTool, type SharedParts } from './call-tool.ts';
import type { RequestStates } from './request-state.ts';
import type { Outcome } from './results.ts';
import type { Tool } from './tool.ts';

/**
 * How a client speaks. `legacy`: a revision up to 2025-11-25, with a handshake. `modern`: 2026-07-28, where each request
 * says who the client is, and the server asks in its answers.
 */
export type Era = 'legacy' | 'modern';

/** What the requests of one client have in common. */
export interface Connection {
  readonly server: Server;
  readonly era: Era;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
  readonly states: RequestStates;
}

/** Runs a call of a tool for a request; ends with its outcome, or with a question for the person at the client. */
export type RunCall = (
  tool: Tool,
  args: unknown,
  context: ServerContext,
) => Promise<Outcome | InputRequiredResult>;

/** @param shared What is the same for every call. */
export function callsOf(connection: Connection, shared: SharedParts): RunCall {
  const { server, era, gone, states } = connection;
  return async (tool, args, { mcpReq }) => {
    const { signal } = mcpReq;
    const own = { ...shared, context: { ...shared.context, signal, onProgress: reportProgress(mcpReq) } };
    if (era === 'legacy') {
      const ask = askThroughClient(server, signal, gone);
      return runTool(tool, args, { ...own, client: server.getClientVersion() ?? null, ask, objection: null });
    }
    const { [CLIENT_INFO_META_KEY]: client, [CLIENT_CAPABILITIES_META_KEY]: capabilities } = senderOf(mcpReq);
    // Made only for a question or its answer: arguments that nobody has checked can be very large.
    const keyOfCall = () => keyOf(tool, args, shared);
    const state = mcpReq.requestState();
    const opened = state === undefined ? null : await states.open(state, keyOfCall());
    const [shown, objection] = typeof opened === 'string' ? [null, badState(opened)] : [opened, null];
    const { ask, asked } = askInAnswer(capabilities, mcpReq.inputResponses, shown);
    const outcome = await runTool(tool, args, { ...own, client: client ?? null, ask, objection });
    const question = asked();
    if (question === null || outcome.ok || outcome.refusal.code !== 'approval_required') return outcome;
    const { id, word, timeoutMs } = question;
    return questionResult(question, await states.seal({ id, word }, keyOfCall(), timeoutMs));
  };
}

/** Who sent a request that says so itself. The SDK has checked it, but gives it no type. */
interface Sender {
  readonly [CLIENT_INFO_META_KEY]?: Implementation;
  readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities;
}

function senderOf({ envelope = {} }: ServerContext['mcpReq']): Sender {
  return envelope as Sender;
}

/** What tells a call from every other one, and its caller from others. */
function keyOf({ name }: Tool, args: unknown, { principal }: Pick<SharedParts, 'principal'>): string {
  // A client may send the members in another order, and `{}` for none.
  return canonicalJson([principal, name, args ?? {}]);
}

function badState(fault: string): Refusal {
  return {
    code: 'invalid_request_state',
    message: `The requestState of the call cannot be accepted: ${fault}. Nothing was changed.`,
    hint: 'Make the same call again without requestState: where an approval is needed, the client then asks for it.',
  };
}

/** Reports how much of a plan is done, if the client sent a progress token. */
function reportProgress({ _meta, notify, signal }: ServerContext['mcpReq']) {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let told = -1;
  return (progress: number, total: number, what?: string): void => {
    // It must grow, also where one call does several things (specification, "Progress").
    if (progress <= told) return;
    told = progress;
    // Nothing may be sent for a call that was cancelled (specification 2026-07-28, "stdio", Cancellation).
    if (signal.aborted) return;
    const message = what ?? `${progress} of ${total} links`;
    // If the client has gone, the call itself goes on.
    notify({ method: 'notifications/progress', params: { progressToken, progress, total, message } }).catch(
      () => {},
    );
  };
}

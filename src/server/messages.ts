/** Parses a line from a client, and answers one that is not a message of the protocol. Pure. */
import {
  ProtocolErrorCode as ErrorCode,
  type JSONRPCMessage,
  PROTOCOL_VERSION_META_KEY,
  parseJSONRPCMessage,
  type RequestId,
  UnsupportedProtocolVersionError,
} from '@modelcontextprotocol/server';
import { oneLine } from '../base/text.ts';

/** An error response. The SDK's own type has no null for a request whose id is unknown (JSON-RPC 2.0, section 5). */
export interface ErrorAnswer {
  readonly jsonrpc: '2.0';
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A line that was read: a message, or what is wrong with it, and the answer if one is due. */
export type Reading =
  | { readonly message: JSONRPCMessage }
  | { readonly problem: string; readonly answer: ErrorAnswer | null };

/** The most characters of ids and tokens: they are repeated in answers. */
export const MOST_CHARACTERS = 256;

/**
 * Reads a line.
 * @returns The message, or what is wrong with it: with an answer for a request, and none for a notification or a response
 *   of the client.
 */
export function readMessage(line: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return wrong('The message is not JSON.', ErrorCode.ParseError, null);
  }
  const message = messageIn(value);
  if (message !== null) return findLong(message) ?? { message };
  if (!isRecord(value)) return wrong('The message is not an object.', ErrorCode.InvalidRequest, null);
  const id = isId(value.id) ? value.id : null;
  // The client would take an answer to its response as the answer to another request.
  if (!('method' in value) && ('result' in value || 'error' in value))
    return { problem: 'a response of the client is malformed', answer: null };
  if (value.jsonrpc !== '2.0') return wrong('jsonrpc must be "2.0".', ErrorCode.InvalidRequest, id);
  if (typeof value.method !== 'string')
    return wrong('method must be a string.', ErrorCode.InvalidRequest, id);
  if ('id' in value && (id === null || (typeof id === 'number' && !Number.isInteger(id))))
    return wrong(
      `id must be a string, or an integer of at most ${Number.MAX_SAFE_INTEGER}.`,
      ErrorCode.InvalidRequest,
      id,
    );
  if (!('id' in value)) return { problem: 'a notification is malformed', answer: null };
  if ('params' in value && !isRecord(value.params))
    return wrong('params must be an object.', ErrorCode.InvalidParams, id);
  if (isRecord(value.params) && '_meta' in value.params)
    return wrong('params._meta is not valid.', ErrorCode.InvalidParams, id);
  return wrong('The request has members that JSON-RPC does not define.', ErrorCode.InvalidRequest, id);
}

/**
 * The answer to a request of another revision than the one that is spoken.
 * @param revision The revision that each request has to name; null where requests name none.
 * @returns Null for any other message: what a request must have besides is for the SDK to check.
 */
export function otherRevision(message: JSONRPCMessage, revision: string | null): ErrorAnswer | null {
  if (revision === null || !('method' in message) || !('id' in message)) return null;
  const requested = message.params?._meta?.[PROTOCOL_VERSION_META_KEY];
  if (typeof requested !== 'string' || requested === revision) return null;
  const { id } = message;
  const {
    code,
    message: said,
    data,
  } = new UnsupportedProtocolVersionError({ supported: [revision], requested });
  return { jsonrpc: '2.0', id, error: { code, message: said.slice(0, MOST_MESSAGE), data: cut(data) } };
}

/** Null for what is no message. */
function messageIn(value: unknown): JSONRPCMessage | null {
  try {
    return parseJSONRPCMessage(value);
  } catch {
    return null;
  }
}

/** The answer to a message that is too large to read. */
export function tooLarge(what: string, id: RequestId | null): ErrorAnswer {
  return answer(`The message ${what}.`, ErrorCode.InvalidRequest, id);
}

/**
 * Whether a value can be an id that an answer repeats; null cannot. Several integers beyond 2^53 are read as the same
 * number, which may be the id of another request.
 */
export function isId(value: unknown): value is RequestId {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return typeof value === 'string' && value.length <= MOST_CHARACTERS;
}

function findLong(message: JSONRPCMessage): Reading | null {
  if (!('method' in message)) return null;
  const id = 'id' in message ? message.id : null;
  if (id !== null && !isId(id)) return wrong('id is too long.', ErrorCode.InvalidRequest, null);
  const token = message.params?._meta?.progressToken;
  if (typeof token !== 'string' || token.length <= MOST_CHARACTERS) return null;
  if (id === null) return { problem: 'the progress token of a notification is too long', answer: null };
  return wrong('params._meta.progressToken is too long.', ErrorCode.InvalidParams, id);
}

function wrong(message: string, code: ErrorCode, id: RequestId | null): Reading {
  return { problem: message, answer: answer(message, code, id) };
}

function answer(message: string, code: number, id: RequestId | null): ErrorAnswer {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The most bytes an answer to a client may have. */
export const MOST_ANSWER = 256 * 1024;
const MOST_MESSAGE = 1000;

/**
 * Replaces an error message of the SDK, which repeats what its schemas or an exception say, at any length.
 * @param log Writes what is not passed on.
 */
export function tamed(message: JSONRPCMessage, log: (line: string) => void): JSONRPCMessage {
  if (!('error' in message)) return message;
  const { code, message: text, data } = message.error;
  if (code !== ErrorCode.InternalError) {
    const told = data !== undefined && WITH_DATA.has(code) ? { data: cut(data) } : {};
    const error = { code, message: text.slice(0, MOST_MESSAGE), ...told };
    return { ...message, error };
  }
  const invalid = describeIssues(text);
  if (invalid !== null) return { ...message, error: { code: ErrorCode.InvalidParams, message: invalid } };
  log(`protocol error: ${oneLine(text.slice(0, MOST_MESSAGE))}`);
  return { ...message, error: { code, message: 'Internal error in the server.' } };
}

/** The errors whose data the protocol defines, so that clients go by it (specification 2026-07-28, "Error Codes"). */
const WITH_DATA: ReadonlySet<number> = new Set([
  ErrorCode.InvalidParams,
  ErrorCode.MissingRequiredClientCapability,
  ErrorCode.UnsupportedProtocolVersion,
]);

/** The data of an error may repeat what the client sent: a URI, or the name of a revision. */
function cut(data: unknown): unknown {
  const shorten = (_: string, value: unknown) => {
    return typeof value === 'string' ? value.slice(0, MOST_MESSAGE) : value;
  };
  return JSON.parse(JSON.stringify(data, shorten));
}

/** What zod says about params that do not fit their method, which the SDK passes on as text; null for any other text. */
function describeIssues(text: string): string | null {
  const [, list] = /^(?:ZodError: )?(\[.*)$/s.exec(text) ?? [];
  if (list === undefined) return null;
  try {
    const issues = JSON.parse(list) as { path: unknown[]; message: string }[];
    const [first] = issues;
    if (first === undefined) return null;
    return `${first.path.join('.')}: ${first.message}`.slice(0, MOST_MESSAGE);
  } catch {
    return null;
  }
}

/** What a line from a client is, and what it is answered with when it is no message of the protocol. Pure. */
import {
  ErrorCode,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { oneLine } from '../base/text.ts';

/** An error response; the SDK's own type has no place for a request whose id could not be told (JSON-RPC 2.0, section 5). */
export interface ErrorAnswer {
  readonly jsonrpc: '2.0';
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string };
}

/** A line that was read: a message, or what is wrong with it, with an answer where one is due. */
export type Reading =
  | { readonly message: JSONRPCMessage }
  | { readonly problem: string; readonly answer: ErrorAnswer | null };

/** Ids and tokens come back in answers, so that long ones would make those long. */
export const MOST_CHARACTERS = 256;

/**
 * Reads a line.
 * @returns The message; or an error, which a request gets as an answer with its id, and a notification or an answer of the
 *   client does not.
 */
export function readMessage(line: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return wrong('The message is not JSON.', ErrorCode.ParseError, null);
  }
  const parsed = JSONRPCMessageSchema.safeParse(value);
  if (parsed.success) {
    const problem = findLong(parsed.data);
    return problem === null ? { message: parsed.data } : problem;
  }
  if (!isRecord(value)) return wrong('The message is not an object.', ErrorCode.InvalidRequest, null);
  const id = isId(value.id) ? value.id : null;
  // An answer to an answer would be taken for one to another request.
  if (!('method' in value) && ('result' in value || 'error' in value))
    return { problem: 'an answer of the client is malformed', answer: null };
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
  return wrong('The request has members that JSON-RPC does not know.', ErrorCode.InvalidRequest, id);
}

/** The answer to a message that was too large to be read. */
export function tooLarge(what: string, id: RequestId | null): ErrorAnswer {
  return answer(`The message ${what}.`, ErrorCode.InvalidRequest, id);
}

/**
 * Whether a value can be an id that is given back; null is none. Of integers beyond 2^53 several are read as the same
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
  if (id === null) return { problem: 'a notification has too long a token', answer: null };
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
 * What goes out instead of an error of the SDK: it tells what its schemas or an exception say, at any length.
 * @param log Told what is not passed on.
 */
export function tamed(message: JSONRPCMessage, log: (line: string) => void): JSONRPCMessage {
  if (!('error' in message)) return message;
  const { code, message: text } = message.error;
  if (code !== ErrorCode.InternalError) {
    return { ...message, error: { code, message: text.slice(0, MOST_MESSAGE) } };
  }
  const invalid = describeIssues(text);
  if (invalid !== null) return { ...message, error: { code: ErrorCode.InvalidParams, message: invalid } };
  log(`protocol error: ${oneLine(text.slice(0, MOST_MESSAGE))}`);
  return { ...message, error: { code, message: 'Something went wrong in the server.' } };
}

/** What zod says of params that do not fit their method, which is all the SDK passes on; null for any other text. */
function describeIssues(text: string): string | null {
  if (!text.startsWith('[')) return null;
  try {
    const issues = JSON.parse(text) as { path: unknown[]; message: string }[];
    const [first] = issues;
    if (first === undefined) return null;
    return `${first.path.join('.')}: ${first.message}`.slice(0, MOST_MESSAGE);
  } catch {
    return null;
  }
}

import type { IncomingMessage } from 'node:http';
import { ok, type Result, refused } from '../base/refusal.ts';
import { type OdooFault, type OdooFaultKind, odooFault } from './odoo-fault.ts';
import { send } from './send.ts';

/** How long an answer may take, and who still waits for it. */
export interface Patience {
  /** In milliseconds. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** The most bytes of an answer, by default enough for one that is no list. */
  readonly most?: number;
}

/** An answer: its JSON, or null where it is something else. */
export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

/** An error may come with a long traceback. */
const MOST_BYTES = 1024 * 1024;

/**
 * Sends JSON to a server and reads the JSON it answers. Goes to no other address, and reads an answer only up to a size.
 * @returns The answer, also one that tells of an error; or why there is none.
 */
export async function postJson(
  url: URL,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  { limit, signal, most = MOST_BYTES }: Patience,
): Promise<Result<Answer, OdooFault>> {
  const late = AbortSignal.timeout(limit);
  const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    const response = await send(url, JSON.stringify(body), { ...JSON_BOTH_WAYS, ...headers }, ends);
    const { statusCode: status = 0 } = response;
    if (status >= 300 && status < 400) {
      response.destroy();
      return refused(odooFault('redirected'));
    }
    const text = await readBounded(response, most);
    if (text === null) return refused(odooFault('too_large'));
    const json = parsed(text);
    const fault = json === null ? GATEWAY[status] : undefined;
    return fault === undefined ? ok({ status, json }) : refused(odooFault(fault, `HTTP ${status}`));
  } catch (error) {
    if (signal?.aborted === true) return refused(odooFault('cancelled'));
    return refused(late.aborted ? odooFault('timed_out') : unreached(error));
  }
}

const JSON_BOTH_WAYS = { 'content-type': 'application/json', accept: 'application/json' };

/** What a proxy answers in place of an Odoo that does not. */
const GATEWAY: Readonly<Record<number, OdooFaultKind>> = {
  502: 'unreachable',
  503: 'unreachable',
  504: 'timed_out',
};

/** @returns Null if there is more than that. */
async function readBounded(response: IncomingMessage, most: number): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    // Leaving the loop ends the connection.
    if (length > most) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Codes of OpenSSL about a certificate (`tls`, Node.js documentation). */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH/;

/** Codes of an answer that is no TLS, or not such as is understood here. */
const NO_TLS = /^EPROTO$|^ERR_(?:SSL|TLS)_/;
/** What Node.js says where there was no answer to the beginning of TLS (`onConnectEnd`, `tls`): Odoo ends such a connection. */
const BEFORE_TLS = 'before secure TLS connection was established';

/** Codes of an answer that is no HTTP. */
const NO_HTTP = /^HPE_|^ERR_INVALID_CHAR$/;

function unreached(error: unknown): OdooFault {
  const code = (error as { readonly code?: unknown } | null)?.code;
  const said = typeof code === 'string' ? code : '';
  if (CERTIFICATE.test(said)) return odooFault('untrusted', said);
  const isBeforeTls = error instanceof Error && error.message.includes(BEFORE_TLS);
  if (NO_TLS.test(said) || isBeforeTls) return odooFault('no_tls', said);
  if (said === 'ECONNRESET' || said === 'EPIPE') return odooFault('broke_off');
  return odooFault(NO_HTTP.test(said) ? 'not_odoo' : 'unreachable', said);
}

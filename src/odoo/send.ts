import http from 'node:http';
import https from 'node:https';

/**
 * Sends a request to a server: no redirection is followed, and an agent of its own is no proxy's, whatever the environment says. Not
 * by `fetch`, which waits five minutes at most for an answer to begin: Odoo installs for longer.
 * @param body Of a POST; null for a HEAD.
 * @returns The answer; its body is still to be read.
 * @throws What Node.js throws if there is none.
 */
export function send(
  url: URL,
  body: string | null,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
  const method = body === null ? 'HEAD' : 'POST';
  return new Promise((resolve, reject) => {
    request(url, { method, agent: new Agent(), headers: { ...length, ...headers }, signal }, resolve)
      .on('error', reject)
      // An answer that switches protocols ends the connection without another word.
      .on('close', () => reject(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })))
      .end(body ?? undefined);
  });
}

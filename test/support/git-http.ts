/** Git repositories over HTTP, from loopback, by `git http-backend`: what GitHub does, with a token if wanted. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A request as it came. */
export interface GitRequest {
  /** Decoded, with the query: `/web/info/refs?service=git-upload-pack`. */
  readonly url: string;
  /** The first segment of the path, without `.git`. */
  readonly repo: string;
  /** The value of the header, whatever it is. */
  readonly authorization: string | undefined;
  /** What was asked, with lengths of lines in between; '' for a GET. Has `command=ls-refs` or `command=fetch` and `want`s. */
  readonly body: string;
}

export interface GitHttp {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** All requests so far, in the order they came. */
  readonly requests: readonly GitRequest[];
  close(): Promise<void>;
}

export interface GitHttpOptions {
  /** Where a repository is; by default the folder of that name. Null: there is none. */
  readonly find?: (repo: string) => string | null;
  /** Who is let in; by default everybody. */
  readonly login?: { readonly user: string; readonly token: string };
  /** Settings of the server's git. By default filters work, as on GitHub: `{ 'uploadpack.allowFilter': 'true' }`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Whether it speaks only protocol 0, as a very old server. */
  readonly isOld?: boolean;
  /** After so many bytes of an answer no more are sent, and the connection stays open. */
  readonly stallAfter?: number;
  /**
   * Called before a request is answered, once it is let in; may wait.
   * @returns A status with which it is answered instead, or nothing.
   */
  readonly before?: ((request: GitRequest) => number | undefined | Promise<number | undefined>) | undefined;
}

/**
 * Serves git repositories, for reading only.
 * @param folder Where they are, each a folder with the name of the repository, bare or not.
 */
export async function serveGit(folder: string, options: GitHttpOptions = {}): Promise<GitHttp> {
  const { find = (repo: string) => join(folder, repo), login, before } = options;
  const requests: GitRequest[] = [];
  const ending = new AbortController();
  const allowed = login && `Basic ${Buffer.from(`${login.user}:${login.token}`).toString('base64')}`;
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(incoming);
    const url = decodeURIComponent(incoming.url ?? '');
    const [path = '', query = ''] = url.split('?');
    const [, named = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
    const repo = named.replace(/\.git$/, '');
    const { authorization } = incoming.headers;
    const isZipped = incoming.headers['content-encoding'] === 'gzip';
    const request = {
      url,
      repo,
      authorization,
      body: (isZipped ? gunzipSync(body) : body).toString('latin1'),
    };
    requests.push(request);
    if (allowed !== undefined && authorization !== allowed)
      return response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    const status = await before?.(request);
    const place = find(repo);
    if (status !== undefined || place === null) return response.writeHead(status ?? 404).end();
    if (options.isOld) incoming.headers['git-protocol'] = '';
    runBackend(incoming, response, { place, rest, query, body }, options, ending.signal);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        ending.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts);
}

interface BackendRequest {
  /** The repository's folder. */
  readonly place: string;
  /** The path in it. */
  readonly rest: string;
  readonly query: string;
  readonly body: Buffer;
}

/** Answers a request by CGI (git-http-backend(1)). */
function runBackend(
  { method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
  { place, rest, query, body }: BackendRequest,
  { config = { 'uploadpack.allowFilter': 'true' }, stallAfter = Number.POSITIVE_INFINITY }: GitHttpOptions,
  signal: AbortSignal,
): void {
  // The repositories may be another user's.
  const settings = Object.entries({ 'safe.directory': '*', ...config });
  const child = spawn('git', ['http-backend'], {
    signal,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      PATH_TRANSLATED: `${place}${rest}`,
      PATH_INFO: rest,
      REQUEST_METHOD: method,
      QUERY_STRING: query,
      CONTENT_TYPE: headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  child.on('error', () => response.destroy());
  response.on('close', () => child.kill());
  // It may end before it has read everything.
  child.stdin.on('error', () => {}).end(body);
  let head: Buffer | null = Buffer.alloc(0);
  let left = stallAfter;
  const send = (part: Buffer) => {
    response.write(part.subarray(0, Math.max(0, Math.min(left, part.length))));
    left -= part.length;
  };
  child.stdout.on('data', (part: Buffer) => {
    if (head === null) return send(part);
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const fields = head.subarray(0, end).toString('latin1').split('\r\n').map(splitField);
    const status = fields.find(([name]) => name === 'Status')?.[1];
    response.writeHead(Number.parseInt(status ?? '200', 10), Object.fromEntries(fields));
    send(head.subarray(end + 4));
    head = null;
  });
  child.stdout.on('end', () => {
    if (left >= 0) response.end();
  });
}

function splitField(line: string): [string, string] {
  const [, name = '', value = ''] = /^([^:]*):\s*(.*)$/.exec(line) ?? [];
  return [name, value];
}

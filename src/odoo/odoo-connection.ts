import type { Series } from '../manifest/series.ts';

/** How a running Odoo is reached, as the operator configures it. */
export interface OdooConnection {
  /** With a slash at its end. */
  readonly url: URL;
  readonly database: string;
  readonly login: string;
  /** A password or an API key: never shown. */
  readonly secret: { readonly kind: 'password' | 'apiKey'; readonly value: string };
  /** The program that restarts it, and its arguments; null if the operator has not configured it. */
  readonly restart: readonly string[] | null;
  /** The series of the instance. */
  readonly series: Series;
}

/** Which of Odoo's protocols is spoken: `/jsonrpc` is deprecated in 19.0, whose `/json/2` takes API keys alone. */
export function protocolOf({ series, secret }: OdooConnection): 'json-2' | 'json-rpc' {
  return series === '19.0' && secret.kind === 'apiKey' ? 'json-2' : 'json-rpc';
}

import type { OdooConnection } from './odoo-connection.ts';
import type { Patience } from './post-json.ts';
import { send } from './send.ts';

/**
 * Whether a running Odoo serves a file of the `static` folder of a module, as it does to everybody.
 * @param path Below the folder of the module, beginning with `static`.
 * @returns Null if it says neither.
 */
export async function servesFile(
  { url }: Pick<OdooConnection, 'url'>,
  module: string,
  path: readonly string[],
  { limit, signal }: Patience,
): Promise<boolean | null> {
  const late = AbortSignal.timeout(limit);
  const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
  const place = [module, ...path].map(encodeURIComponent).join('/');
  try {
    const response = await send(new URL(place, url), null, {}, ends);
    response.destroy();
    const { statusCode = 0 } = response;
    return statusCode === 404 ? false : statusCode < 300 ? true : null;
  } catch {
    return null;
  }
}

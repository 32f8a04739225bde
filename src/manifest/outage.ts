import { isSince, type Series } from './series.ts';

/** What besides the module's own absence follows from a manifest that raises. */
export interface RaisedManifest {
  /** Whether `literal_eval` raises, or decoding the file before it. */
  isUnreadable: boolean;
  /** Whether the module's folder has a folder `static`. */
  hasStatic: () => boolean;
  /** The last line of the traceback. */
  error: string;
}

/**
 * What one manifest that raises does to the whole site from the next start on; null where it does nothing.
 *
 * 16.0 to 18.0 look for static files with a map of all manifests on the path, which is made on the first URL of three
 * parts and raises each time (odoo/http.py, `Application.statics` and `get_static_file`). 14.0 and 15.0 read the literals
 * of modules that have a folder `static`, once at the start (odoo/http.py, `load_addons`). 19.0 asks each manifest alone.
 */
export function outageOf(series: Series, { isUnreadable, hasStatic, error }: RaisedManifest): string | null {
  if (isSince(series, '19.0')) return null;
  const then = (what: string) =>
    `with the module on the addons path, ${what} for the whole site from the next restart on, with \`${error}\` in the log`;
  if (isSince(series, '16.0'))
    return then('every URL of three or more parts (/web/static/…, /xmlrpc/2/…) answers 500');
  return isUnreadable && hasStatic() ? then('everything under /web/static answers 404') : null;
}

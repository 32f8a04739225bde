import { pyRepr } from './repr.ts';
import { parsePyInt } from './sequences.ts';
import { isSince, type Series } from './series.ts';
import { PySurrogateText, type PyValue } from './values.ts';

/** What Odoo does with a manifest's version. */
export type VersionVerdict =
  | {
      /** `foreign`: a version of another series, which from 19.0 on sets `installable` to False. */
      outcome: 'ok' | 'foreign';
      version: string;
    }
  /** `raises`: an error that hides the module; `raises_if_installable`: an error that Odoo ignores otherwise. */
  | { outcome: 'raises' | 'raises_if_installable'; version: string };

/**
 * Adapts and checks a version as Odoo does (odoo/modules/module.py: `adapt_version` and `load_manifest`; from 19.0 on
 * `check_version` and `_load_manifest`).
 * @param raw the value of the key `version`, or the default `1.0`
 */
export function adaptVersion(raw: PyValue, series: Series): VersionVerdict {
  if (isSince(series, '19.0')) return adaptCheckedVersion(textOf(raw), series);
  // Other types have no `startswith`, or one that rejects a str: AttributeError, TypeError.
  if (typeof raw !== 'string' && !(raw instanceof PySurrogateText)) {
    return { outcome: 'raises', version: prefixed(textOf(raw), series) };
  }
  const text = textOf(raw);
  const version = prefixed(text, series);
  if (!isSince(series, '17.0')) return { outcome: 'ok', version };
  const base = version.slice(series.length + 1);
  // Python's `$` also matches before a final line break.
  if (/^[0-9]+\.[0-9]+(?:\.[0-9]+)?\n?$/.test(base)) return { outcome: 'ok', version };
  return { outcome: 'raises_if_installable', version: text };
}

/** Python's `str(value)`. */
function textOf(value: PyValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof PySurrogateText) return value.text;
  return pyRepr(value);
}

function prefixed(version: string, series: Series): string {
  return version.startsWith(`${series}.`) ? version : `${series}.${version}`;
}

/**
 * 19.0: two to five numbers, which `int()` reads with white space around them; two or three get the series as a prefix,
 * unless they begin with it.
 */
function adaptCheckedVersion(text: string, series: Series): VersionVerdict {
  const parts = text.split('.');
  if (parts.length < 2 || parts.length > 5 || parts.some((part) => parsePyInt(part) === undefined)) {
    return { outcome: 'raises_if_installable', version: text };
  }
  const version = parts.length <= 3 && !text.startsWith(series) ? `${series}.${text}` : text;
  return { outcome: version.startsWith(`${series}.`) ? 'ok' : 'foreign', version };
}

/** The series a five-part version was written for, if it is not `series`: `16.0` for `16.0.1.0.0` on 17.0. Else `null`. */
export function foreignSeries(raw: PyValue | undefined, series: Series): string | null {
  if (typeof raw !== 'string') return null;
  const written = /^(6\.[01]|(?:[7-9]|[1-9][0-9])\.0)(?:\.[0-9]+){3}\s*$/.exec(raw)?.[1];
  return written === undefined || written === series ? null : written;
}

import type { Problem } from './problems.ts';
import type { PyValue } from './values.ts';

export type { Problem } from './problems.ts';

/**
 * What Odoo does with a manifest when it updates its module list.
 *
 * - `installable`: the module appears and can be installed
 * - `uninstallable`: it appears, greyed out
 * - `invisible`: reading the manifest raises, Odoo swallows the error, the module is silently absent
 * - `breaks_update`: the exception is not caught, the update fails for the whole instance
 */
export const VERDICTS = ['installable', 'uninstallable', 'invisible', 'breaks_update'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A manifest as the rest of the program needs it, after Odoo's defaults. */
export interface ManifestFields {
  /** Empty when the manifest has none. */
  name: string;
  /** As Odoo ends up with it, prefixed with the series. */
  version: string;
  /** As written; `null` when the manifest has none, or none that is a text. */
  rawVersion: string | null;
  /** The series a five-part version belongs to when it is not the instance's own: `16.0` for `16.0.1.0.0` on 17.0. */
  versionSeries: string | null;
  license: string;
  category: string;
  summary: string;
  /** After everything that makes Odoo change it. */
  installable: boolean;
  /** `true`: once all dependencies are installed; a list: once these are (an empty one: always). */
  autoInstall: boolean | string[];
  depends: string[];
  excludes: string[];
  externalDependencies: { python: string[]; bin: string[] };
  application: boolean;
  /** Country codes that gate auto-install, from 17.0 on; none: everywhere. */
  countries: string[];
}

export interface Judgement {
  verdict: Verdict;
  problems: Problem[];
  /** The value Python reads, before any default; `undefined` when it reads none. */
  literal: PyValue | undefined;
  /** `null` when there is no dict to read them from. */
  fields: ManifestFields | null;
}

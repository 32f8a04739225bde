import type { Problem } from './problems.ts';
import type { PyValue } from './values.ts';

export type { Problem } from './problems.ts';

/**
 * What Odoo does with a manifest when it updates its module list.
 *
 * - `installable`: the module appears and can be installed
 * - `uninstallable`: the module appears but cannot be installed
 * - `invisible`: reading the manifest raises, Odoo swallows the error, and the module is silently missing; the web side of
 *   some series does not swallow it, see `outageOf`
 * - `breaks_update`: Odoo does not catch the exception, and the update fails for the whole instance
 */
export const VERDICTS = ['installable', 'uninstallable', 'invisible', 'breaks_update'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The manifest's values after Odoo's defaults. */
export interface ManifestFields {
  /** Empty when the manifest has none. */
  name: string;
  /** As Odoo stores it, prefixed with the series. */
  version: string;
  /** As written; `null` when the manifest has none, or one that is not a string. */
  rawVersion: string | null;
  /** The series a five-part version names, if it is not the instance's series: `16.0` for `16.0.1.0.0` on 17.0. */
  versionSeries: string | null;
  license: string;
  category: string;
  summary: string;
  /** As Odoo uses it: from 19.0 on, a version of another series sets it to false. */
  installable: boolean;
  /** `true`: installed once all dependencies are; a list: once the modules in it are (an empty list: always). */
  autoInstall: boolean | string[];
  depends: string[];
  excludes: string[];
  externalDependencies: { python: string[]; bin: string[] };
  application: boolean;
  /** From 17.0 on, the module is auto-installed only in these countries; an empty list: in all. */
  countries: string[];
}

export interface Judgement {
  verdict: Verdict;
  problems: Problem[];
  /** What the manifest does to the whole site from the next start of Odoo on, if anything; its problem says so, too. */
  outage: string | null;
  /** The value as Python reads it, without defaults; `undefined` when Python cannot read it. */
  literal: PyValue | undefined;
  /** `null` when the manifest is not a dict. */
  fields: ManifestFields | null;
}

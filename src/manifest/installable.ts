import type { Inspection } from './findings.ts';
import { shown } from './stored-values.ts';
import { truthy } from './values.ts';
import { adaptVersion, foreignSeries } from './version.ts';

/** Whether a module can be installed, and its version, on which that depends in 19.0. */
export interface Installability {
  version: string;
  installable: boolean;
}

/** Reports problems of `installable` and `version`, and each fact once: what is not installable needs no other number. */
export function inspectVersion(manifest: Inspection): Installability {
  const { series } = manifest;
  const raw = manifest.get('version') ?? (manifest.get('version') === null ? null : '1.0');
  const foreign = foreignSeries(raw, series);
  const installable = inspectInstallable(manifest, foreign);
  const { outcome, version } = adaptVersion(raw, series);
  const raises = outcome === 'raises' || (outcome === 'raises_if_installable' && installable);
  if (raises) reportRefused(manifest, foreign, outcome);
  else if (!installable) {
    if (outcome === 'raises_if_installable' && foreign === null) {
      const message = `Odoo ${series} would refuse version ${shown(raw)} if the module were installable`;
      manifest.report('version_ignored', 'surprises', message, 'version');
    }
  } else if (foreign !== null) {
    const then = outcome === 'foreign' ? ', and makes the module uninstallable' : '';
    manifest.report(
      'wrong_series',
      'refused',
      `${madeFor(manifest, foreign)}${then}; ${migrate(series)}`,
      'version',
    );
  } else if (outcome === 'foreign') {
    const message = `Odoo ${series} reads version ${shown(raw)} as one of another series and makes the module uninstallable; write '${series}.1.0.0'`;
    manifest.report('version_invalid', 'refused', message, 'version');
  }
  return { version, installable: installable && outcome !== 'foreign' };
}

function madeFor(manifest: Inspection, foreign: string): string {
  const version = shown(manifest.get('version') ?? null);
  return `version ${version} says this code was written for Odoo ${foreign}, not ${manifest.series}`;
}

function migrate(series: string): string {
  return `check out the branch ${series} of its repository, or migrate the module`;
}

/** `check_version` and `adapt_version` raise ValueError; a version that is no str has no `startswith` up to 18.0. */
function reportRefused(manifest: Inspection, foreign: string | null, outcome: string): void {
  const { series } = manifest;
  if (foreign !== null) {
    const what = madeFor(manifest, foreign);
    manifest.raise('wrong_series', { what, advice: migrate(series), error: INVALID }, 'version');
    return;
  }
  const what = `Odoo ${series} refuses version ${shown(manifest.get('version') ?? null)}`;
  const error = outcome === 'raises' ? 'AttributeError' : INVALID;
  manifest.raise('version_invalid', { what, advice: `write '${series}.1.0.0'`, error }, 'version');
}
const INVALID = 'ValueError: Module …: invalid manifest';

function inspectInstallable(manifest: Inspection, foreign: string | null): boolean {
  const value = manifest.get('installable');
  if (value === undefined) return true;
  const installable = truthy(value);
  if (typeof value !== 'boolean') {
    const taken = installable ? 'True' : 'False';
    const message = `\`installable\` is ${shown(value)}, which Odoo reads as ${taken}; write True or False without quotes`;
    manifest.report('installable_not_bool', 'surprises', message, 'installable');
  }
  if (!installable) {
    const message =
      foreign === null
        ? '`installable` is false, so Odoo lists the module but does not install it'
        : `the module is not migrated to ${manifest.series} yet: its version is of Odoo ${foreign} and \`installable\` is false`;
    manifest.report('not_installable', 'refused', message, 'installable');
  }
  return installable;
}

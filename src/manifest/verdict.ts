import { Inspection } from './findings.ts';
import type { Judgement, ManifestFields, Verdict } from './judgement.ts';
import { meantKey } from './keys.ts';
import { type ParsedLiteral, parseLiteral } from './literal.ts';
import {
  inspectAutoInstall,
  inspectCountries,
  inspectDepends,
  inspectExcludes,
  inspectExternalDependencies,
} from './module-names.ts';
import { updateDict } from './sequences.ts';
import type { Series } from './series.ts';
import {
  inspectCategory,
  inspectContributors,
  inspectDescription,
  inspectLicense,
  inspectName,
  inspectSequence,
  inspectStorable,
  shown,
  textField,
} from './stored-values.ts';
import { PyDict, pyType, truthy } from './values.ts';
import { adaptVersion, foreignSeries } from './version.ts';

export type { Judgement, ManifestFields, Verdict } from './judgement.ts';

export interface ManifestSurroundings {
  /** Whether the module folder holds README.rst, README.md or README.txt, which stands in for an empty description. */
  hasReadme?: boolean;
}

/**
 * Judges a manifest as Odoo of a series does, from its text. Never throws. All problems are reported; the verdict is
 * the one that Odoo reaches first: what raises while the manifest is read hides the module, so that the list update
 * never sees its values; then what raises while they are stored; then `installable`.
 *
 * Source: odoo/modules/module.py (`load_information_from_description_file` in 14.0, `load_manifest`, `_load_manifest` in
 * 19.0) and odoo/addons/base/models/ir_module.py (`get_module_info`, `update_list`).
 */
export function judgeManifest(text: string, series: Series, surroundings?: ManifestSurroundings): Judgement {
  return judgeLiteral(parseLiteral(text), series, surroundings);
}

/** The same for a manifest that is parsed already. */
export function judgeLiteral(
  parsed: ParsedLiteral,
  series: Series,
  { hasReadme = false }: ManifestSurroundings = {},
): Judgement {
  if (!parsed.ok) {
    return {
      verdict: 'invisible',
      problems: [{ code: 'syntax_error', level: 'error', ...parsed.error }],
      literal: undefined,
      fields: null,
    };
  }
  const literal = parsed.value;
  const dict = updateDict(literal);
  if (dict === undefined) {
    const message = `the manifest is of type ${pyType(literal)}, and Odoo cannot read it; it must be one dict: {'name': …}`;
    return {
      verdict: 'invisible',
      problems: [{ code: 'not_a_dict', level: 'error', message }],
      literal,
      fields: null,
    };
  }
  const manifest = new Inspection(dict, parsed.keyLines, series);
  if (!(literal instanceof PyDict)) {
    const message = `the manifest is of type ${pyType(literal)}; Odoo takes it for a list of keys and values, but write a dict`;
    manifest.report('not_a_dict', 'surprises', message);
  }
  const fields = inspect(manifest, hasReadme);
  return { verdict: verdictOf(manifest, fields.installable), problems: manifest.problems, literal, fields };
}

function verdictOf(manifest: Inspection, installable: boolean): Verdict {
  if (manifest.effects.has('raises')) return 'invisible';
  if (manifest.effects.has('breaks')) return 'breaks_update';
  return installable ? 'installable' : 'uninstallable';
}

/** Looks at all keys, in about the order in which Odoo does. */
function inspect(manifest: Inspection, hasReadme: boolean): ManifestFields {
  const depends = inspectDepends(manifest);
  const autoInstall = inspectAutoInstall(manifest);
  const { version, installable } = inspectVersion(manifest);
  inspectDescription(manifest, hasReadme);
  inspectContributors(manifest);
  inspectSequence(manifest);
  inspectStorable(manifest);
  const raw = manifest.get('version');
  const fields: ManifestFields = {
    name: inspectName(manifest),
    version,
    rawVersion: typeof raw === 'string' ? raw : null,
    versionSeries: foreignSeries(raw, manifest.series),
    license: inspectLicense(manifest),
    category: inspectCategory(manifest),
    summary: textField(manifest.get('summary')),
    installable,
    autoInstall,
    depends,
    excludes: inspectExcludes(manifest),
    externalDependencies: inspectExternalDependencies(manifest),
    application: truthy(manifest.get('application') ?? false),
    countries: inspectCountries(manifest),
  };
  inspectKeys(manifest);
  return fields;
}

/** The version, and what becomes of `installable`, which in 19.0 depends on it. */
function inspectVersion(manifest: Inspection): { version: string; installable: boolean } {
  const installable = inspectInstallable(manifest);
  const { series } = manifest;
  const raw = manifest.get('version') ?? (manifest.get('version') === null ? null : '1.0');
  const { outcome, version } = adaptVersion(raw, series);
  const write = `write '${series}.1.0.0'`;
  const foreign = foreignSeries(raw, series);
  if (foreign !== null) {
    const message = `version ${shown(raw)} says that this code was written for Odoo ${foreign}, not ${series}`;
    manifest.report('wrong_series', 'refused', message, 'version');
  }
  if (outcome === 'raises' || (outcome === 'raises_if_installable' && installable)) {
    const message = `Odoo ${series} refuses version ${shown(raw)} and does not show the module; ${write}`;
    manifest.report('version_invalid', 'raises', message, 'version');
  } else if (outcome === 'raises_if_installable') {
    const message = `version ${shown(raw)} would hide the module on Odoo ${series} if it were installable; ${write}`;
    manifest.report('version_ignored', 'surprises', message, 'version');
  } else if (outcome === 'foreign' && installable) {
    const message = `Odoo ${series} takes version ${shown(raw)} for another series and makes the module uninstallable; ${write}`;
    manifest.report('version_invalid', 'refused', message, 'version');
  }
  return { version, installable: installable && outcome !== 'foreign' };
}

function inspectInstallable(manifest: Inspection): boolean {
  const value = manifest.get('installable');
  if (value === undefined) return true;
  const installable = truthy(value);
  if (typeof value !== 'boolean') {
    const taken = installable ? 'True' : 'False';
    const message = `\`installable\` is ${shown(value)}, which Odoo takes for ${taken}; write True or False without quotes`;
    manifest.report('installable_not_bool', 'surprises', message, 'installable');
  }
  if (!installable) {
    const message = '`installable` is False: Odoo lists the module, but does not let anybody install it';
    manifest.report('not_installable', 'refused', message, 'installable');
  }
  return installable;
}

function inspectKeys(manifest: Inspection): void {
  for (const key of manifest.keys()) {
    const meant = typeof key === 'string' ? meantKey(key) : undefined;
    if (typeof key !== 'string' || meant === undefined || manifest.get(meant) !== undefined) continue;
    const message = `Odoo ignores the key ${shown(key)}; if it was meant to be '${meant}', write that`;
    manifest.report('key_misspelt', 'surprises', message, key);
  }
}

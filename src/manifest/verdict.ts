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
  /** Whether the module folder has README.rst, README.md or README.txt, which replaces an empty description. */
  hasReadme?: boolean;
}

/**
 * Judges the text of a manifest as Odoo of a series does. Never throws. Reports all problems; the verdict is the one
 * Odoo reaches first: an error while reading the manifest hides the module, so the list update never sees its values;
 * next comes an error while storing the values; then `installable`.
 *
 * Source: odoo/modules/module.py (`load_information_from_description_file` in 14.0, `load_manifest`, `_load_manifest` in
 * 19.0) and odoo/addons/base/models/ir_module.py (`get_module_info`, `update_list`).
 */
export function judgeManifest(text: string, series: Series, surroundings?: ManifestSurroundings): Judgement {
  return judgeLiteral(parseLiteral(text), series, surroundings);
}

/** Like {@link judgeManifest}, for a manifest that is already parsed. */
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
    const message = `the manifest is of type ${pyType(literal)}, so Odoo cannot read it; write a dict: {'name': …}`;
    return {
      verdict: 'invisible',
      problems: [{ code: 'not_a_dict', level: 'error', message }],
      literal,
      fields: null,
    };
  }
  const manifest = new Inspection(dict, parsed.keyLines, series);
  if (!(literal instanceof PyDict)) {
    const message = `the manifest is of type ${pyType(literal)}, which Odoo reads as a list of pairs; write a dict`;
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

/** Inspects all keys, roughly in Odoo's order. */
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

/** The version and `installable`, which depends on the version in 19.0. */
function inspectVersion(manifest: Inspection): { version: string; installable: boolean } {
  const installable = inspectInstallable(manifest);
  const { series } = manifest;
  const raw = manifest.get('version') ?? (manifest.get('version') === null ? null : '1.0');
  const { outcome, version } = adaptVersion(raw, series);
  const write = `write '${series}.1.0.0'`;
  const foreign = foreignSeries(raw, series);
  if (foreign !== null) {
    const message = `version ${shown(raw)} says this code was written for Odoo ${foreign}, not ${series}`;
    manifest.report('wrong_series', 'refused', message, 'version');
  }
  if (outcome === 'raises' || (outcome === 'raises_if_installable' && installable)) {
    const message = `Odoo ${series} refuses version ${shown(raw)} and does not show the module; ${write}`;
    manifest.report('version_invalid', 'raises', message, 'version');
  } else if (outcome === 'raises_if_installable') {
    const message = `version ${shown(raw)} would hide the module on Odoo ${series} if it were installable; ${write}`;
    manifest.report('version_ignored', 'surprises', message, 'version');
  } else if (outcome === 'foreign' && installable) {
    const message = `Odoo ${series} reads version ${shown(raw)} as one of another series and makes the module uninstallable; ${write}`;
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
    const message = `\`installable\` is ${shown(value)}, which Odoo reads as ${taken}; write True or False without quotes`;
    manifest.report('installable_not_bool', 'surprises', message, 'installable');
  }
  if (!installable) {
    const message = '`installable` is false: Odoo lists the module but does not let it be installed';
    manifest.report('not_installable', 'refused', message, 'installable');
  }
  return installable;
}

function inspectKeys(manifest: Inspection): void {
  for (const key of manifest.keys()) {
    const meant = typeof key === 'string' ? meantKey(key) : undefined;
    if (typeof key !== 'string' || meant === undefined || manifest.get(meant) !== undefined) continue;
    const message = `Odoo ignores the key ${shown(key)}; if you meant '${meant}', write that`;
    manifest.report('key_misspelt', 'surprises', message, key);
  }
}

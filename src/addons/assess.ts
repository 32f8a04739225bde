import { statSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { isInside } from '../base/paths.ts';
import { ok, type Refusal, type Result, refuse, refused } from '../base/refusal.ts';
import { inQuotes } from '../base/text.ts';
import type { ReadReadme } from '../manifest/description.ts';
import { BREAKS } from '../manifest/findings.ts';
import type { Judgement } from '../manifest/judgement.ts';
import { type ParsedLiteral, parseLiteral } from '../manifest/literal.ts';
import { outageOf } from '../manifest/outage.ts';
import { atLine, type Problem } from '../manifest/problems.ts';
import type { Series } from '../manifest/series.ts';
import { judgeLiteral } from '../manifest/verdict.ts';
import { NOT_UTF8, readManifestFile } from './manifest-file.ts';
import { isFolder } from './module-folders.ts';
import { isModuleName } from './module-name.ts';
import { readReadmeFile } from './readme-file.ts';
import { familyOf, type Root } from './roots.ts';

/** A module's folder and its manifest as Python reads it, not judged yet. */
export interface ReadModule {
  /** The folder's name; it need not be a valid module name. */
  readonly name: string;
  /** The real path of the folder. */
  readonly path: string;
  readonly series: Series;
  /** The manifest's file name and value, or why it could not be read. */
  readonly manifest: Result<{
    readonly file: string;
    readonly parsed: ParsedLiteral;
    /** SHA-256 of the file's bytes, in hex. */
    readonly sha256: string;
  }>;
  /** Looks for the README that stands in for a missing description. */
  readonly readReadme: ReadReadme;
}

/** The result of assessing a module's folder for one series. */
export interface Assessment {
  /** Null when there is no manifest to judge. */
  readonly judgement: Judgement | null;
  /** Every reason not to link the module; empty when it may be linked. */
  readonly refusals: readonly Refusal[];
  /** SHA-256 of the manifest that was judged, in hex; null when there is none. */
  readonly sha256: string | null;
}

/** What of an assessment is kept for long: everything but the manifest's value. */
export interface KeptAssessment {
  readonly judgement: Readonly<Omit<Judgement, 'literal'>> | null;
  /** Every reason not to link the module; empty when it may be linked. */
  readonly refusals: readonly Refusal[];
  /** SHA-256 of the manifest that was judged, in hex; null when there is none. */
  readonly sha256: string | null;
}

/**
 * The most tokens a manifest may have. Reading and judging that many takes about 20 ms, during which the server answers
 * no other call. The largest manifests of Odoo and the OCA have a few thousand.
 */
export const MOST_TOKENS = 30_000;

/**
 * Reads a module's manifest.
 * @param path The real path of the module's folder.
 * @param isAllowed Whether a real path may be read, see {@link readManifestFile}.
 */
export function readModule(
  name: string,
  path: string,
  series: Series,
  isAllowed: (realPath: string) => boolean,
): ReadModule {
  const module = { name, path, series, readReadme: () => readReadmeFile(path, series, isAllowed) };
  const read = readManifestFile(path, series, isAllowed);
  if (!read.ok) return { ...module, manifest: refused(about(name, read.refusal)) };
  const { file, text, sha256 } = read.value;
  const parsed = parseLiteral(text, MOST_TOKENS);
  if (parsed.ok || parsed.isTooLong !== true) return { ...module, manifest: ok({ file, parsed, sha256 }) };
  const message = `${file} was not read: ${parsed.error.message}.`;
  const hint =
    'Odoo may accept it, but the server does not: reading it would block other calls. Shorten the manifest.';
  const { refusal } = refuse('manifest_unreadable', message, { hint });
  return { ...module, manifest: refused(about(name, refusal)) };
}

/** Judges a module as Odoo would: the rule behind linking, `check` and `doctor`. */
export function assessModule(module: ReadModule): Assessment {
  const { name, path, series, manifest } = module;
  if (!manifest.ok) {
    const refusals = [...refuseName(name, null), withOutage(manifest.refusal, module)];
    return { judgement: null, refusals, sha256: null };
  }
  const judgement = judge(manifest.value.parsed, module);
  const refusals = refuseName(name, judgement);
  const refusal = refuseManifest(name, judgement, series);
  if (refusal !== null) refusals.push(refusal);
  if (!isFile(join(path, '__init__.py'))) {
    const message = `${name} has no __init__.py: Odoo lists it and Python imports it as a namespace package, but its hooks and models are not loaded.`;
    const hint = `Ask the maintainers of ${name} to add an __init__.py, which may be empty.`;
    refusals.push(refuse('not_importable', message, { module: name, hint }).refusal);
  }
  return { judgement, refusals, sha256: manifest.value.sha256 };
}

/** The refusal of a name that no module can have, unless Odoo's verdict is about the name already. */
function refuseName(name: string, judgement: Judgement | null): Refusal[] {
  if (isModuleName(name) || judgement?.problems.some(({ code }) => code === 'folder_name_invalid')) return [];
  const message = `The folder name ${inQuotes(name)} is not a Python identifier, so it is never linked; rename the folder.`;
  return [refuse('invalid_module_name', message).refusal];
}

function judge(parsed: ParsedLiteral, { name, path, series, readReadme }: ReadModule): Judgement {
  return judgeLiteral(parsed, series, { folder: name, hasStatic: () => hasStatic(path), readReadme });
}

/** Whether a module's folder has files that Odoo serves as they are. */
export function hasStatic(path: string): boolean {
  return isFolder(join(path, 'static'));
}

/** A file that is not UTF-8 raises in Odoo as a manifest that is no literal does. */
function withOutage(refusal: Refusal, { path, series }: ReadModule): Refusal {
  if (refusal.details?.error !== NOT_UTF8) return refusal;
  const outage = outageOf(series, { isUnreadable: true, hasStatic: () => hasStatic(path), error: NOT_UTF8 });
  return outage === null ? refusal : { ...refusal, message: `${refusal.message} Besides, ${outage}.` };
}

/**
 * Reads and judges a module folder: in a root, on the search path, or behind a link.
 * @param folder The real path. The manifest must lie in a root of the folder's own family; for a folder outside all
 *   roots, in the folder itself.
 */
export function assessFolder(
  name: string,
  folder: string,
  roots: readonly Root[],
  series: Series,
): Assessment {
  const family = familyOf(folder, roots);
  const isAllowed = (real: string) =>
    family === null ? isInside(real, folder) : familyOf(real, roots) === family;
  return assessModule(readModule(name, folder, series, isAllowed));
}

/** Whether a path is a regular file or a symlink to one. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    stopAtShortage(error);
    return false;
  }
}

function about(module: string, refusal: Refusal): Refusal {
  return { ...refusal, message: `${module}: ${refusal.message}`, module };
}

/** The refusal for a judgement; null for none. Code for another series comes first: other problems follow from it. */
function refuseManifest(module: string, judgement: Judgement, series: Series): Refusal | null {
  const { verdict, fields, problems, outage } = judgement;
  const errors = problems.filter(({ level }) => level === 'error');
  const made = fields?.versionSeries;
  if (made != null && errors.some(({ code }) => code === 'wrong_series')) {
    return refuse(
      'wrong_series',
      `${module} has version ${fields?.rawVersion}: it was made for Odoo ${made}, not ${series}.${outage === null ? '' : ` Besides, ${outage}.`}`,
      {
        module,
        details: { made_for: made, series },
        hint: `Ask the operator to check out the branch ${series} of its repository, or to migrate the module.`,
      },
    ).refusal;
  }
  const reasons = errors.map(atLine).join('; ');
  const rest = { module, details: { problems: errors } };
  if (verdict === 'breaks_update') {
    const why = reasons.replaceAll(`, ${BREAKS}`, '');
    const message = `${module} would make Update Apps List fail for the whole instance: ${why}`;
    return refuse('breaks_update', message, { ...rest, hint: `${fix(errors)} first.` }).refusal;
  }
  if (verdict === 'invisible' || (verdict === 'installable' && errors.length > 0)) {
    const message = `The manifest of ${module} is not valid for Odoo ${series}: ${reasons}`;
    const hint =
      outage === null
        ? `${fix(errors)} first.`
        : `${fix(errors)} first; if the module is linked already, fix or unlink it before Odoo restarts.`;
    return refuse('manifest_invalid', message, { ...rest, hint }).refusal;
  }
  if (verdict === 'uninstallable') {
    const message = `${module} cannot be installed on ${series}: ${reasons}`;
    const hint = `${made == null ? '' : `Wait for its migration to ${series}, or migrate it. `}Linking it would have no effect.`;
    return refuse('not_installable', message, { module, hint }).refusal;
  }
  return null;
}

/** What to do about problems, by the worst of them. */
function fix(problems: readonly Problem[]): string {
  if (problems.some(({ code }) => code === 'folder_name_invalid')) return 'Rename the folder';
  return problems.every(({ code }) => code === 'readme_invalid') ? 'Fix the README' : 'Fix the manifest';
}

/** The names in a manifest's `depends`; none if it cannot be read or is not a list of names. */
export function dependsOf(assessment: Pick<KeptAssessment, 'judgement'> | null): readonly string[] {
  const judgement = assessment?.judgement;
  if (judgement?.problems.some(({ code }) => code === 'depends_invalid')) return [];
  return judgement?.fields?.depends ?? [];
}

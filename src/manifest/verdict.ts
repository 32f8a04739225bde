import { inspectDescription, type ReadReadme } from './description.ts';
import { Inspection } from './findings.ts';
import { inspectFolderName } from './folder-name.ts';
import { inspectVersion } from './installable.ts';
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
import { outageOf } from './outage.ts';
import type { Problem } from './problems.ts';
import { updateDict } from './sequences.ts';
import type { Series } from './series.ts';
import {
  inspectCategory,
  inspectContributors,
  inspectIcon,
  inspectLicense,
  inspectName,
  inspectSequence,
  inspectTexts,
  shown,
  textField,
} from './stored-values.ts';
import { PyDict, type PyValue, pyType, truthy } from './values.ts';
import { foreignSeries } from './version.ts';

export type { Judgement, ManifestFields, Verdict } from './judgement.ts';

/** What Odoo looks at besides the manifest. */
export interface ManifestSurroundings {
  /** The folder's name; any by default. */
  folder?: string;
  /** Whether the folder has a folder `static`; called only where that matters. */
  hasStatic?: () => boolean;
  /** Looks for the README; called only where it stands in for the description. */
  readReadme?: ReadReadme;
}

/**
 * Judges the text of a manifest as Odoo of a series does. Never throws. Reports all problems; the verdict is the one
 * Odoo reaches first: up to 18.0 an error while reading the manifest hides the module, so the list update never sees its
 * values; next comes an error while storing the values; then `installable`.
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
  surroundings: ManifestSurroundings = {},
): Judgement {
  const { hasStatic = () => false } = surroundings;
  if (!parsed.ok) {
    const outage = outageOf(series, { isUnreadable: true, hasStatic, error: 'SyntaxError' });
    const problem: Problem = { code: 'syntax_error', level: 'error', ...parsed.error };
    return {
      verdict: 'invisible',
      problems: [also(problem, outage)],
      outage,
      literal: undefined,
      fields: null,
    };
  }
  const literal = parsed.value;
  const dict = updateDict(literal);
  const manifest = new Inspection(dict ?? new PyDict(), parsed, series);
  inspectFolderName(manifest, surroundings.folder);
  inspectPython(manifest, parsed.newerThanPython38);
  inspectLength(manifest, parsed.characters);
  if (!(literal instanceof PyDict)) inspectRoot(manifest, literal, dict !== undefined);
  const fields = dict === undefined ? null : inspect(manifest, surroundings);
  const verdict = verdictOf(manifest, fields?.installable ?? false);
  const { problems, raised } = manifest;
  if (verdict !== 'invisible' || raised === undefined)
    return { verdict, problems, outage: null, literal, fields };
  const isUnreadable = dict === undefined || raised.problem.code === 'syntax_error';
  const outage = outageOf(series, { isUnreadable, hasStatic, error: raised.error });
  const all = problems.map((problem) => (problem === raised.problem ? also(problem, outage) : problem));
  return { verdict, problems: all, outage, literal, fields };
}

/** A problem with what else follows from it. */
function also(problem: Problem, outage: string | null): Problem {
  return outage === null ? problem : { ...problem, message: `${problem.message}. Besides, ${outage}` };
}

/** 14.0 usually runs on Python 3.8, whose `literal_eval` reads less; later series need newer ones or usually have them. */
function inspectPython(manifest: Inspection, newer: string | undefined): void {
  if (newer === undefined || manifest.since('15.0')) return;
  const what = `Python 3.8, on which Odoo 14.0 usually runs, cannot read ${newer}`;
  manifest.refuseLiteral({ what, advice: 'write it otherwise', error: 'SyntaxError' });
}

/** The most characters that Odoo hands to Python's `literal_eval`; ODOO_LIMIT_LITEVAL_BUFFER can change it. */
const MOST_CHARACTERS = 102_400;

/** From 15.0 on Odoo replaces `ast.literal_eval` (odoo/tools/_monkeypatches.py; from 18.0 on odoo/_monkeypatches). */
function inspectLength(manifest: Inspection, characters: number): void {
  if (characters <= MOST_CHARACTERS || !manifest.since('15.0')) return;
  const what = `the manifest has ${characters} characters, and Odoo reads at most ${MOST_CHARACTERS}`;
  const advice = 'move long texts, such as the description, into README.rst';
  manifest.refuseLiteral({ what, advice, error: "ValueError: expression can't exceed buffer limit" });
}

function inspectRoot(manifest: Inspection, literal: PyValue, isUsable: boolean): void {
  const what = `the manifest is of type ${pyType(literal)}`;
  if (isUsable) {
    const message = `${what}, which Odoo reads as a list of pairs; write a dict`;
    manifest.report('not_a_dict', 'surprises', message);
  } else {
    const advice = "write a dict: {'name': …}";
    manifest.raise('not_a_dict', { what: `${what}, not a dict`, advice, error: 'TypeError' });
  }
}

function verdictOf({ effects }: Inspection, installable: boolean): Verdict {
  if (effects.has('hides')) return 'invisible';
  if (effects.has('breaks')) return 'breaks_update';
  return installable ? 'installable' : 'uninstallable';
}

/** Inspects all keys, roughly in Odoo's order. */
function inspect(manifest: Inspection, { readReadme = () => null }: ManifestSurroundings): ManifestFields {
  const depends = inspectDepends(manifest);
  const autoInstall = inspectAutoInstall(manifest);
  const { version, installable } = inspectVersion(manifest);
  inspectDescription(manifest, readReadme);
  inspectContributors(manifest);
  inspectSequence(manifest);
  inspectTexts(manifest);
  inspectIcon(manifest);
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

function inspectKeys(manifest: Inspection): void {
  for (const key of manifest.keys()) {
    const meant = typeof key === 'string' ? meantKey(key) : undefined;
    if (typeof key !== 'string' || meant === undefined || manifest.get(meant) !== undefined) continue;
    const message = `Odoo ignores the key ${shown(key)}; if you meant '${meant}', write that`;
    manifest.report('key_misspelt', 'surprises', message, key);
  }
}

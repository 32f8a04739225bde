import type { Inspection } from './findings.ts';
import { DEFAULT_LICENSE, LICENSES, meantLicense } from './licenses.ts';
import { pyRepr } from './repr.ts';
import { iterate, parsePyInt } from './sequences.ts';
import { PyBytes, PyFloat, PySurrogateText, type PyValue, truthy } from './values.ts';

/**
 * The values that Odoo stores when it updates its module list (odoo/addons/base/models/ir_module.py, `update_list` and
 * `get_values_from_terp`). Odoo does not catch what they raise: the update fails for all modules.
 */

const BREAKS = 'so Update Apps List fails for the whole instance';
const MAX_SHOWN = 60;

/** A value as it appears in a message: its Python `repr`, cut short. */
export function shown(value: PyValue): string {
  const repr = pyRepr(value, MAX_SHOWN + 1);
  return repr.length > MAX_SHOWN ? `${repr.slice(0, MAX_SHOWN)}…` : repr;
}

export function isText(value: PyValue | undefined): value is string | PySurrogateText {
  return typeof value === 'string' || value instanceof PySurrogateText;
}

/** The text Odoo stores for a value: `str(value)`, and nothing for None and False. */
export function textField(value: PyValue | undefined): string {
  if (value === undefined || value === null || value === false) return '';
  if (typeof value === 'string') return value;
  return value instanceof PySurrogateText ? value.text : pyRepr(value);
}

export function inspectName(manifest: Inspection): string {
  const name = textField(manifest.get('name'));
  if (name.trim() === '') {
    const creates = manifest.since('19.0')
      ? ''
      : ', and no database can be created while the module is on the addons path';
    manifest.report(
      'name_missing',
      'surprises',
      `\`name\` is missing: Odoo shows an empty title${creates}; add one`,
      'name',
    );
  }
  return name;
}

export function inspectLicense(manifest: Inspection): string {
  const license = manifest.get('license');
  if (license === undefined || !truthy(license)) {
    if (manifest.since('15.0')) {
      const message = `\`license\` is missing: Odoo assumes ${DEFAULT_LICENSE} and logs a warning each time; add one`;
      manifest.report('license_missing', 'surprises', message, 'license');
    }
    return DEFAULT_LICENSE;
  }
  if (typeof license === 'string' && (LICENSES as readonly string[]).includes(license)) return license;
  const meant = typeof license === 'string' ? meantLicense(license) : undefined;
  const advice = meant === undefined ? `write one of: ${LICENSES.join(', ')}` : `write '${meant}'`;
  const message = `Odoo does not know the license ${shown(license)}, ${BREAKS}; ${advice}`;
  manifest.report('license_invalid', 'breaks', message, 'license');
  return textField(license);
}

export function inspectCategory(manifest: Inspection): string {
  const category = manifest.get('category');
  if (category === undefined) return 'Uncategorized';
  if (!isText(category)) {
    const message = `\`category\` is ${shown(category)}, not a string, ${BREAKS}; write it in quotes or leave it out`;
    manifest.report('category_invalid', 'breaks', message, 'category');
  }
  return textField(category);
}

/** The range of PostgreSQL's int4, the column's type. */
const MAX_SEQUENCE = 2n ** 31n - 1n;
const MIN_SEQUENCE = -(2n ** 31n);

export function inspectSequence(manifest: Inspection): void {
  const sequence = manifest.get('sequence');
  if (sequence === undefined || !truthy(sequence)) return;
  const stored = toInt(sequence);
  if (stored !== undefined && stored >= MIN_SEQUENCE && stored <= MAX_SEQUENCE) return;
  const message = `\`sequence\` is ${shown(sequence)}, which Odoo cannot store as a number, ${BREAKS}; write a number such as 100`;
  manifest.report('sequence_invalid', 'breaks', message, 'sequence');
}

/** Python's `int(value)` (odoo/fields.py, `Integer.convert_to_column`). */
function toInt(value: PyValue): bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return BigInt(value);
  if (typeof value === 'string') return parsePyInt(value);
  if (value instanceof PyBytes)
    return parsePyInt(
      Buffer.from(value.bytes)
        .toString('latin1')
        .replace(/[^\0-\x7f]/g, '?'),
    );
  if (value instanceof PyFloat && Number.isFinite(value.value)) return BigInt(Math.trunc(value.value));
  return undefined;
}

/**
 * From 17.0 on the description goes through `textwrap.dedent`. Before that, Odoo replaces an empty one of any type with
 * the text of the module's README, if there is one; if there is none, 19.0 uses an empty string.
 */
export function inspectDescription(manifest: Inspection, hasReadme: boolean): void {
  const description = manifest.get('description');
  if (description === undefined || isText(description) || !manifest.since('17.0')) return;
  if (!truthy(description) && (hasReadme || manifest.since('19.0'))) return;
  const message = `\`description\` is ${shown(description)}, not a string, ${BREAKS}; write it in quotes or leave it out`;
  manifest.report('description_invalid', 'breaks', message, 'description');
}

/** Every series joins the contributors with commas; it joins a string letter by letter. */
export function inspectContributors(manifest: Inspection): void {
  const contributors = manifest.get('contributors');
  if (contributors === undefined || iterate(contributors)?.every(isText)) return;
  const message = `\`contributors\` is not a list of strings, ${BREAKS}; write a list of names`;
  manifest.report('contributors_invalid', 'breaks', message, 'contributors');
}

/** The keys whose strings Odoo stores, alone or in a list. */
const STORED_TEXTS = [
  'name',
  'summary',
  'description',
  'author',
  'maintainer',
  'contributors',
  'website',
  'category',
  'url',
  'live_test_url',
  'depends',
  'excludes',
];

/** PostgreSQL rejects a NUL in text, and its driver rejects code points that UTF-8 cannot encode. */
export function inspectStorable(manifest: Inspection): void {
  for (const key of STORED_TEXTS) {
    const value = manifest.get(key);
    if (value === undefined) continue;
    const texts = isText(value) ? [value] : [...(iterate(value) ?? [])];
    if (texts.some(isUnstorable)) {
      const message = `\`${key}\` contains a NUL or half a character (\\ud800 to \\udfff), ${BREAKS}; remove it`;
      manifest.report('text_unstorable', 'breaks', message, key);
    }
  }
}

function isUnstorable(value: PyValue): boolean {
  if (value instanceof PySurrogateText) return true;
  return typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value);
}

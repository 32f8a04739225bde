import type { Inspection } from './findings.ts';
import { DEFAULT_LICENSE, LICENSES, meantLicense } from './licenses.ts';
import { pyRepr } from './repr.ts';
import { iterate, parsePyInt } from './sequences.ts';
import { PyBytes, PyFloat, PySurrogateText, type PyValue, truthy } from './values.ts';

/**
 * The values that Odoo stores when it updates its module list (odoo/addons/base/models/ir_module.py, `update_list` and
 * `get_values_from_terp`). What raises here is not caught: the update fails, for all modules.
 */

const BREAKS = 'Update Apps List fails for the whole instance';
const MAX_SHOWN = 60;

/** A value in a message. */
export function shown(value: PyValue): string {
  const repr = pyRepr(value, MAX_SHOWN + 1);
  return repr.length > MAX_SHOWN ? `${repr.slice(0, MAX_SHOWN)}…` : repr;
}

export function isText(value: PyValue | undefined): value is string | PySurrogateText {
  return typeof value === 'string' || value instanceof PySurrogateText;
}

/** A text field as the rest of the program shows it: Odoo stores `str(value)`, and nothing for None and False. */
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
      : ', and creating a database fails while the module is on the addons path';
    manifest.report(
      'name_missing',
      'surprises',
      `there is no \`name\`: Odoo shows an empty title${creates}`,
      'name',
    );
  }
  return name;
}

export function inspectLicense(manifest: Inspection): string {
  const license = manifest.get('license');
  if (license === undefined || !truthy(license)) {
    if (manifest.since('15.0')) {
      const message = `there is no \`license\`: Odoo assumes ${DEFAULT_LICENSE} and logs a warning each time`;
      manifest.report('license_missing', 'surprises', message, 'license');
    }
    return DEFAULT_LICENSE;
  }
  if (typeof license === 'string' && (LICENSES as readonly string[]).includes(license)) return license;
  const meant = typeof license === 'string' ? meantLicense(license) : undefined;
  const advice = meant === undefined ? `write one of: ${LICENSES.join(', ')}` : `write '${meant}'`;
  const message = `Odoo does not know the license ${shown(license)}, and ${BREAKS}; ${advice}`;
  manifest.report('license_invalid', 'breaks', message, 'license');
  return textField(license);
}

export function inspectCategory(manifest: Inspection): string {
  const category = manifest.get('category');
  if (category === undefined) return 'Uncategorized';
  if (!isText(category)) {
    const message = `\`category\` is ${shown(category)}, not a text, and ${BREAKS}; write it in quotes or leave it out`;
    manifest.report('category_invalid', 'breaks', message, 'category');
  }
  return textField(category);
}

/** A PostgreSQL int4: the column's type. */
const MAX_SEQUENCE = 2n ** 31n - 1n;
const MIN_SEQUENCE = -(2n ** 31n);

export function inspectSequence(manifest: Inspection): void {
  const sequence = manifest.get('sequence');
  if (sequence === undefined || !truthy(sequence)) return;
  const stored = toInt(sequence);
  if (stored !== undefined && stored >= MIN_SEQUENCE && stored <= MAX_SEQUENCE) return;
  const message = `\`sequence\` is ${shown(sequence)}, no number that Odoo can store, and ${BREAKS}; write a number such as 100`;
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
 * From 17.0 on the description goes through `textwrap.dedent`. An empty one, whatever its type, is replaced with the
 * text of the module's README before that, if there is one; 19.0 takes an empty text where there is none.
 */
export function inspectDescription(manifest: Inspection, hasReadme: boolean): void {
  const description = manifest.get('description');
  if (description === undefined || isText(description) || !manifest.since('17.0')) return;
  if (!truthy(description) && (hasReadme || manifest.since('19.0'))) return;
  const message = `\`description\` is ${shown(description)}, not a text, and ${BREAKS}; write it in quotes or leave it out`;
  manifest.report('description_invalid', 'breaks', message, 'description');
}

/** Odoo joins the contributors with commas, whatever the series: a text is joined letter by letter. */
export function inspectContributors(manifest: Inspection): void {
  const contributors = manifest.get('contributors');
  if (contributors === undefined || iterate(contributors)?.every(isText)) return;
  const message = `\`contributors\` is no list of texts, and ${BREAKS}; write a list of names`;
  manifest.report('contributors_invalid', 'breaks', message, 'contributors');
}

/** The keys whose texts are stored, as they are or within a list. */
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

/** PostgreSQL takes no NUL in a text, and its driver no code point that UTF-8 cannot encode. */
export function inspectStorable(manifest: Inspection): void {
  for (const key of STORED_TEXTS) {
    const value = manifest.get(key);
    if (value === undefined) continue;
    const texts = isText(value) ? [value] : [...(iterate(value) ?? [])];
    if (texts.some(isUnstorable)) {
      const message = `\`${key}\` holds a NUL or half a character (\\ud800 to \\udfff), and ${BREAKS}; take it out`;
      manifest.report('text_unstorable', 'breaks', message, key);
    }
  }
}

function isUnstorable(value: PyValue): boolean {
  if (value instanceof PySurrogateText) return true;
  return typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value);
}

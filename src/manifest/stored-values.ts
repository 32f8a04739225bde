import { BREAKS, type Inspection } from './findings.ts';
import { DEFAULT_LICENSE, LICENSES, meantLicense } from './licenses.ts';
import { pyRepr } from './repr.ts';
import { iterate, parsePyInt } from './sequences.ts';
import { unstorable } from './storable.ts';
import { PyBytes, PyFloat, PySurrogateText, type PyValue, truthy } from './values.ts';

/**
 * The values that Odoo stores when it updates its module list (odoo/addons/base/models/ir_module.py, `update_list` and
 * `get_values_from_terp`), whether the module is installable or not. Odoo does not catch what they raise.
 */

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
  if (value instanceof PyBytes) return Buffer.from(value.bytes).toString('utf8');
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

/** Odoo's `Selection.convert_to_cache`; what is falsy, `load_manifest` has replaced. */
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

/** Odoo calls `split('/')` on it (`_update_category`), and makes each part the name and the identifier of a category. */
export function inspectCategory(manifest: Inspection): string {
  const category = manifest.get('category');
  if (category === undefined) return 'Uncategorized';
  if (!isText(category)) {
    const message = `\`category\` is ${shown(category)}, not a string, ${BREAKS}; write it in quotes or leave it out`;
    manifest.report('category_invalid', 'breaks', message, 'category');
  } else reportUnstorable(manifest, 'category', category, false);
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

/** Every series joins the contributors with commas; it joins a string letter by letter. */
export function inspectContributors(manifest: Inspection): void {
  const contributors = manifest.get('contributors');
  if (contributors === undefined) return;
  const names = iterate(contributors);
  if (names === undefined || !names.every(isText)) {
    const message = `\`contributors\` is not a list of strings, ${BREAKS}; write a list of names`;
    manifest.report('contributors_invalid', 'breaks', message, 'contributors');
    return;
  }
  const bad = names.find((name) => unstorable(name, PLAIN) !== null);
  if (bad !== undefined) reportUnstorable(manifest, 'contributors', bad, false);
}

const PLAIN = { isJson: false, takesLatin1: false };

/** The Char fields, and whether their texts are translated. */
const CHAR_FIELDS = { name: true, summary: true, author: false, maintainer: false, website: false };

/** Reports texts that the database cannot store. */
export function inspectTexts(manifest: Inspection): void {
  for (const [key, isTranslated] of Object.entries(CHAR_FIELDS)) {
    reportUnstorable(manifest, key, manifest.get(key), isTranslated);
  }
  const url = manifest.get('url');
  const urlKey = url !== undefined && truthy(url) ? 'url' : 'live_test_url';
  reportUnstorable(manifest, urlKey, manifest.get(urlKey), false);
}

/** 19.0 calls `lstrip('/')` on an icon and stores it if there is such a file (`get_module_icon`); others store it. */
export function inspectIcon(manifest: Inspection): void {
  const icon = manifest.get('icon');
  if (icon === undefined) return;
  if (!manifest.since('19.0')) reportUnstorable(manifest, 'icon', icon, false);
  else if (truthy(icon) && !isText(icon)) {
    const message = `\`icon\` is ${shown(icon)}, not a string, ${BREAKS}; write a path in quotes or leave it out`;
    manifest.report('icon_invalid', 'breaks', message, 'icon');
  }
}

/** Reports a value that a Char field, or the Text field of the description, cannot store. */
export function reportUnstorable(
  manifest: Inspection,
  key: string,
  value: PyValue | undefined,
  isTranslated: boolean,
  takesLatin1 = false,
): void {
  if (value === undefined) return;
  const why = unstorable(value, { isJson: isTranslated && manifest.since('16.0'), takesLatin1 });
  if (why === null) return;
  manifest.report('text_unstorable', 'breaks', `\`${key}\` ${why}, ${BREAKS}; remove it`, key);
}

import { isUtf8 } from 'node:buffer';
import { BREAKS, type Inspection } from './findings.ts';
import { iterate, toSet } from './sequences.ts';
import { isComparable, isInsertable, isUnstorableText } from './storable.ts';
import { isText, shown, textField } from './stored-values.ts';
import { PyBytes, PyDict, PySet, PyTuple, type PyValue, truthy } from './values.ts';

/**
 * The keys that name other modules, and those that decide when Odoo auto-installs this one
 * (odoo/modules/module.py, `load_manifest`; odoo/addons/base/models/ir_module.py, `_update_dependencies`).
 */

/** Whether a value is a list, tuple or set of strings. Iterating a dict or a string also yields strings, but the wrong ones. */
function isNameList(value: PyValue): boolean {
  const items = Array.isArray(value)
    ? value
    : value instanceof PyTuple || value instanceof PySet
      ? iterate(value)
      : undefined;
  return items?.every((item) => typeof item === 'string') ?? false;
}

/** The names Odoo takes from a value, in order and without duplicates. */
function namesOf(value: PyValue): string[] {
  return [...new Set((iterate(value) ?? []).map(textField))];
}

/** Whether Odoo can evaluate `set(value or [])` and store each element (`_update_dependencies`, `_update_exclusions`). */
function isStorable(value: PyValue): boolean {
  return !truthy(value) || (toSet(value)?.every(isInsertable) ?? false);
}

/** The value of `depends` at the point where Odoo handles `auto_install`. */
function effectiveDepends(manifest: Inspection): PyValue {
  const depends = manifest.get('depends');
  if (manifest.since('19.0') && (depends === undefined || !truthy(depends))) return ['base'];
  return depends === undefined ? [] : depends;
}

/** Whether `auto_install` makes `load_manifest` evaluate `set(depends)`. */
function needsDepends(manifest: Inspection): boolean {
  const autoInstall = manifest.get('auto_install');
  return autoInstall !== undefined && (truthy(autoInstall) || iterate(autoInstall) !== undefined);
}

/** Reports problems of `depends`; returns the names Odoo uses. */
export function inspectDepends(manifest: Inspection): string[] {
  const depends = effectiveDepends(manifest);
  const write = "write a list of module names, such as ['base']";
  if (needsDepends(manifest) && toSet(depends) === undefined) {
    const what = `\`depends\` is ${shown(depends)}, and because of \`auto_install\` Odoo makes a set of it`;
    manifest.raise('depends_invalid', { what, advice: write, error: 'TypeError' }, 'depends');
  } else if (!isStorable(depends)) {
    const message = `\`depends\` is ${shown(depends)}, ${BREAKS}; ${write}`;
    manifest.report('depends_invalid', 'breaks', message, 'depends');
  } else if (truthy(depends) && !isNameList(depends)) {
    const reading = isText(depends)
      ? 'a string, which Odoo reads letter by letter'
      : 'which is not a list of module names';
    manifest.report(
      'depends_invalid',
      'refused',
      `\`depends\` is ${shown(depends)}, ${reading}; ${write}`,
      'depends',
    );
  }
  return namesOf(depends);
}

/**
 * Reports problems of `auto_install`; returns the value Odoo uses. The old key `active` has no effect on any series:
 * `auto_install` has its default before Odoo 14.0 would read `active`.
 */
export function inspectAutoInstall(manifest: Inspection): boolean | string[] {
  const value = manifest.get('auto_install');
  if (value === undefined || value === false) return false;
  const depends = toSet(effectiveDepends(manifest));
  if (depends === undefined && needsDepends(manifest)) return false;
  const triggers = toSet(value);
  if (iterate(value) !== undefined) return inspectTriggers(manifest, value, triggers, depends ?? []);
  if (truthy(value)) reportIncomparable(manifest, depends ?? []);
  if (value === true) return true;
  // 14.0 tests the truth value; later series test `is not False`, so None and 0 count as true.
  const taken = truthy(value) || manifest.since('15.0');
  const message = `\`auto_install\` is ${shown(value)}, which Odoo reads as ${taken ? 'True' : 'False'}; write True or False`;
  manifest.report('auto_install_not_bool', 'surprises', message, 'auto_install');
  return taken;
}

function inspectTriggers(
  manifest: Inspection,
  value: PyValue,
  triggers: PyValue[] | undefined,
  depends: readonly PyValue[],
): boolean | string[] {
  const known = new PySet();
  for (const name of depends) known.add(name);
  const strangers = triggers?.filter((trigger) => !known.has(trigger));
  if (triggers === undefined || strangers === undefined || strangers.length > 0) {
    reportStrangers(manifest, value, strangers);
    return false;
  }
  reportIncomparable(manifest, triggers);
  if (!isNameList(value)) {
    const message = `\`auto_install\` is ${shown(value)}, which Odoo reads as a list of modules; write a list, True or False`;
    manifest.report('auto_install_not_bool', 'surprises', message, 'auto_install');
  }
  return namesOf(value);
}

function reportStrangers(
  manifest: Inspection,
  value: PyValue,
  strangers: readonly PyValue[] | undefined,
): void {
  const reason = isText(value)
    ? {
        what: `\`auto_install\` is the string ${shown(value)}, which Odoo reads letter by letter as names of modules`,
        advice: 'write True or False without quotes',
      }
    : {
        what: `\`auto_install\` names modules that are not in \`depends\`${strangers === undefined ? '' : `: ${shown([...strangers])}`}`,
        advice: 'add them there, or write True or False',
      };
  const error = 'AssertionError: auto_install triggers must be dependencies, …';
  manifest.raise('auto_install_invalid', { ...reason, error }, 'auto_install');
}

/** `_update_dependencies` compares the names of the dependencies with an array of these. */
function reportIncomparable(manifest: Inspection, triggers: readonly PyValue[]): void {
  const odd = triggers.find((trigger) => !isComparable(trigger));
  if (odd === undefined || !triggers.every(isInsertable)) return;
  const message = `\`auto_install\` comes to ${shown(odd)}, which is not the name of a module, ${BREAKS}; write a list of module names in \`depends\``;
  manifest.report('auto_install_invalid', 'breaks', message, 'auto_install');
}

export function inspectExcludes(manifest: Inspection): string[] {
  const excludes = manifest.get('excludes');
  if (excludes === undefined || !truthy(excludes)) return [];
  const write = 'write a list of module names';
  if (!isStorable(excludes)) {
    const message = `\`excludes\` is ${shown(excludes)}, ${BREAKS}; ${write}`;
    manifest.report('excludes_invalid', 'breaks', message, 'excludes');
    return [];
  }
  if (!isNameList(excludes)) {
    manifest.report(
      'excludes_invalid',
      'surprises',
      `\`excludes\` is ${shown(excludes)}; ${write}`,
      'excludes',
    );
  }
  return namesOf(excludes);
}

/** Odoo checks these only when it installs the module (`check_manifest_dependencies`). */
export function inspectExternalDependencies(manifest: Inspection): { python: string[]; bin: string[] } {
  const value = manifest.get('external_dependencies');
  const found = { python: [] as string[], bin: [] as string[] };
  if (value === undefined || !truthy(value)) return found;
  let isValid = value instanceof PyDict;
  if (value instanceof PyDict) {
    for (const kind of ['python', 'bin'] as const) {
      const names = value.get(kind);
      if (names === undefined) continue;
      if (isNameList(names)) found[kind] = namesOf(names);
      else isValid = false;
    }
  }
  if (!isValid) {
    const message =
      "Odoo cannot read `external_dependencies`, so installing the module fails; write {'python': ['…'], 'bin': ['…']}";
    manifest.report('external_dependencies_invalid', 'surprises', message, 'external_dependencies');
  }
  return found;
}

/**
 * From 17.0 on, the countries in which the module is auto-installed. `_update_countries` calls `upper()` on each and looks
 * for it among the codes, which are cut to two characters. The first builds of 17.0 do not have that function.
 */
export function inspectCountries(manifest: Inspection): string[] {
  const countries = manifest.get('countries');
  if (!manifest.since('17.0') || countries === undefined) return [];
  const write = "write a list of country codes, such as ['be', 'fr']";
  if (!(iterate(countries)?.every(isSearchable) ?? false)) {
    const what = `\`countries\` is ${shown(countries)}`;
    if (manifest.since('18.0'))
      manifest.report('countries_invalid', 'breaks', `${what}, ${BREAKS}; ${write}`, 'countries');
    else {
      const depends =
        'it depends on the build of Odoo 17.0: the first ones ignore it, on later ones Update Apps List';
      const message = `${what}; ${depends} fails for the whole instance; ${write}`;
      manifest.report('countries_invalid', 'refused', message, 'countries');
    }
  } else if (truthy(countries) && !isNameList(countries)) {
    manifest.report(
      'countries_invalid',
      'surprises',
      `\`countries\` is not a list of strings; ${write}`,
      'countries',
    );
  } else return namesOf(countries);
  return [];
}

/** Whether `code.upper()` can be looked for; bytes have that method, too, and are decoded. */
function isSearchable(code: PyValue): boolean {
  if (code instanceof PyBytes) return isUtf8(code.bytes) && !code.bytes.subarray(0, 2).includes(0);
  return typeof code === 'string' && !isUnstorableText([...code.toUpperCase()].slice(0, 2).join(''));
}

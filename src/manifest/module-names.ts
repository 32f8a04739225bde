import type { Inspection } from './findings.ts';
import { iterate, toSet } from './sequences.ts';
import { isText, shown, textField } from './stored-values.ts';
import { PyDict, PyFloat, PySet, PyTuple, type PyValue, truthy } from './values.ts';

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

/** Whether PostgreSQL's driver can store a value in a text column; it accepts numbers and bools too. */
function isStorableName(value: PyValue): boolean {
  if (isText(value) || value === null) return true;
  return (
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof PyFloat
  );
}

/** Whether `_update_dependencies` can evaluate `set(value or [])` and store each element. */
function isStorable(value: PyValue): boolean {
  return !truthy(value) || (toSet(value)?.every(isStorableName) ?? false);
}

/** The value of `depends` at the point where Odoo handles `auto_install`. */
function effectiveDepends(manifest: Inspection): PyValue {
  const depends = manifest.get('depends');
  if (manifest.since('19.0') && (depends === undefined || !truthy(depends))) return ['base'];
  return depends === undefined ? [] : depends;
}

/** Reports problems of `depends`; returns the names Odoo uses. */
export function inspectDepends(manifest: Inspection): string[] {
  const depends = effectiveDepends(manifest);
  const write = "write a list of module names, such as ['base']";
  if (manifest.since('19.0') && iterate(depends) === undefined) {
    manifest.report(
      'depends_invalid',
      'raises',
      `\`depends\` is ${shown(depends)}, so Odoo cannot read the manifest; ${write}`,
      'depends',
    );
  } else if (!isStorable(depends)) {
    const message = `\`depends\` is ${shown(depends)}, so Update Apps List fails for the whole instance; ${write}`;
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
  const triggers = iterate(value);
  if (triggers !== undefined) return inspectTriggers(manifest, value, depends);
  if (truthy(value) && depends === undefined) {
    const message = 'Odoo cannot read the manifest: `auto_install` needs a list of module names in `depends`';
    manifest.report('auto_install_invalid', 'raises', message, 'auto_install');
    return false;
  }
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
  depends: PyValue[] | undefined,
): boolean | string[] {
  const triggers = toSet(value);
  const known = new PySet();
  for (const name of depends ?? []) known.add(name);
  const strangers = triggers?.filter((trigger) => !known.has(trigger));
  if (depends === undefined || strangers === undefined || strangers.length > 0) {
    const what = isText(value)
      ? `\`auto_install\` is the string ${shown(value)}; write True or False without quotes`
      : `\`auto_install\` names modules that are not in \`depends\`${strangers === undefined ? '' : `: ${shown(strangers)}`}`;
    manifest.report(
      'auto_install_invalid',
      'raises',
      `${what} (Odoo does not show the module)`,
      'auto_install',
    );
    return false;
  }
  if (!isNameList(value)) {
    const message = `\`auto_install\` is ${shown(value)}, which Odoo reads as a list of modules; write a list, True or False`;
    manifest.report('auto_install_not_bool', 'surprises', message, 'auto_install');
  }
  return namesOf(value);
}

export function inspectExcludes(manifest: Inspection): string[] {
  const excludes = manifest.get('excludes');
  if (excludes === undefined || !truthy(excludes)) return [];
  const write = 'write a list of module names';
  if (!isStorable(excludes)) {
    const message = `\`excludes\` is ${shown(excludes)}, so Update Apps List fails for the whole instance; ${write}`;
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

/** From 17.0 on, the countries in which the module is auto-installed; `_update_countries` calls `upper()` on each. */
export function inspectCountries(manifest: Inspection): string[] {
  const countries = manifest.get('countries');
  if (!manifest.since('17.0') || countries === undefined) return [];
  const write = "write a list of country codes, such as ['be', 'fr']";
  if (!(iterate(countries)?.every(isText) ?? false)) {
    const message = `\`countries\` is ${shown(countries)}, so Update Apps List fails for the whole instance; ${write}`;
    manifest.report('countries_invalid', 'breaks', message, 'countries');
  } else if (truthy(countries) && !isNameList(countries)) {
    manifest.report('countries_invalid', 'surprises', `\`countries\` is not a list; ${write}`, 'countries');
  } else return namesOf(countries);
  return [];
}

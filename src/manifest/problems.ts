/** Every problem code and its meaning. The documentation is generated from this table. */
export const PROBLEM_CODES = {
  syntax_error:
    'the manifest is not a Python literal, or is too long for Odoo, which cannot read it and does not show the module',
  not_a_dict: 'the value is not a dict; Odoo also accepts a list of pairs, and fails on anything else',
  folder_name_invalid:
    'Odoo cannot list a module whose folder has this name: from 19.0 on, or with a space, the update of the module list fails',
  wrong_series:
    'the version has five parts and begins with another series: the code was written for another Odoo version',
  version_invalid:
    'Odoo refuses the version: the module is invisible or cannot be installed, or, from 19.0 on, the update of the module list fails',
  version_ignored: 'Odoo would refuse the version if the module were installable',
  installable_not_bool: 'installable is neither True nor False; Odoo takes its truth value',
  not_installable:
    'installable is false: the module is listed but cannot be installed; with a version of another series it is not migrated yet',
  name_missing: 'name is missing; Odoo shows an empty title, and up to 18.0 it fails to create a database',
  license_missing: 'license is missing; Odoo assumes LGPL-3 and logs a warning',
  license_invalid: 'Odoo does not know the license; the update of the module list fails',
  category_invalid: 'category is not a string; the update of the module list fails',
  sequence_invalid: 'sequence is not a number that Odoo can store; the update of the module list fails',
  description_invalid: 'description is not a string; from 17.0 on the update of the module list fails',
  readme_invalid:
    'the README that stands in for the missing description is not UTF-8, contains a NUL or cannot be read',
  icon_invalid: 'icon is not a string; from 19.0 on the update of the module list fails',
  contributors_invalid: 'contributors is not a list of strings; the update of the module list fails',
  text_unstorable:
    'a text contains what PostgreSQL rejects, such as a NUL or half a character; the update of the module list fails',
  depends_invalid: 'depends is not a list of module names',
  auto_install_invalid:
    'auto_install names modules that are not in depends; the module is invisible, or, from 19.0 on, the update of the module list fails',
  auto_install_not_bool: 'auto_install is neither a bool nor a list of names; Odoo reads it as one of them',
  excludes_invalid: 'excludes is not a list of module names',
  external_dependencies_invalid: 'external_dependencies is not a dict of lists; installing the module fails',
  countries_invalid:
    'countries is not a list of country codes; from 18.0 on, and on later builds of 17.0, the update of the module list fails, unless it is a string',
  key_misspelt: 'an unknown key is one letter away from a known one; Odoo ignores it',
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof PROBLEM_CODES;

/** A problem of a manifest, to show to its author or the operator. */
export interface Problem {
  code: ProblemCode;
  /** `error`: do not link the module, whatever the verdict. `warning`: it works, but perhaps not as intended. */
  level: 'error' | 'warning';
  /** What Odoo does with it, and what to write instead. */
  message: string;
  /** Counted from 1; missing when the place in the manifest is not known. */
  line?: number;
  column?: number;
}

/** A problem's message, preceded by its line if that is known. */
export function atLine({ message, line }: { readonly message: string; readonly line?: number }): string {
  return line === undefined ? message : `line ${line}: ${message}`;
}

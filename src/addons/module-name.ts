import { combineRefusals, ok, type Result, refuse, refused } from '../base/refusal.ts';

declare const moduleName: unique symbol;
/** A checked technical name: a Python identifier, so it has no path separator and no dot. */
export type ModuleName = string & { readonly [moduleName]: true };

const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** Whether a string can be the technical name of a module, see {@link checkModuleName}. */
export function isModuleName(name: string): name is ModuleName {
  // `$` without the m flag matches only at the very end, so a trailing newline is rejected.
  return MODULE_NAME.test(name);
}

/**
 * Checks the technical name of a module.
 *
 * The rule is Odoo 19.0's (`odoo/modules/module.py`, `MODULE_NAME_RE`), limited to ASCII: the name becomes the Python
 * package `odoo.addons.<name>`. Earlier series list other names too, but cannot import all of them.
 * @param argument The value's name in the message, such as `modules[2]`: the message never repeats a bad value.
 * @returns The branded name, or `invalid_module_name`.
 */
export function checkModuleName(name: string, argument: string): Result<ModuleName> {
  if (isModuleName(name)) return ok(name);
  return refuse(
    'invalid_module_name',
    `${argument} is not the technical name of an Odoo module: only ASCII letters, digits and underscores, not ` +
      'starting with a digit, at most 256 characters.',
    { hint: 'Give only the folder name, such as "account_financial_report", without a path.' },
  );
}

/**
 * Checks the module names of a call.
 * @param argument The name of the call's argument, for messages.
 * @returns The names without duplicates, or one refusal for all bad ones.
 */
export function checkNames(modules: readonly string[], argument: string): Result<ModuleName[]> {
  const checked = [...new Set(modules)].map((name) => {
    return checkModuleName(name, modules.length > 1 ? `${argument}[${modules.indexOf(name)}]` : argument);
  });
  const refusals = checked.flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  return ok(checked.flatMap((result) => (result.ok ? [result.value] : [])));
}

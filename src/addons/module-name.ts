import { combineRefusals, ok, type Result, refuse } from '../base/refusal.ts';

declare const moduleName: unique symbol;
/** A technical name that was checked: no separator, no dot, nothing but a Python identifier. */
export type ModuleName = string & { readonly [moduleName]: true };

const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** Whether a string can be the technical name of a module, see {@link checkModuleName}. */
export function isModuleName(name: string): name is ModuleName {
  // `$` without the m flag matches only at the very end, so a trailing newline is refused.
  return MODULE_NAME.test(name);
}

/**
 * Checks the technical name of a module.
 *
 * The rule is Odoo 19.0's (`odoo/modules/module.py`, `MODULE_NAME_RE`), in ASCII: the name becomes the Python
 * package `odoo.addons.<name>`. Earlier series list other names too, but cannot import all of them.
 * @param argument How the message calls the value, such as `modules[2]`: a bad value itself is never echoed.
 * @returns The branded name, or `invalid_module_name`.
 */
export function checkModuleName(name: string, argument: string): Result<ModuleName> {
  if (isModuleName(name)) return ok(name);
  return refuse(
    'invalid_module_name',
    `${argument} is not the technical name of an Odoo module: only ASCII letters, digits and underscores, not ` +
      'starting with a digit, at most 256 characters.',
    { hint: 'Give the folder name alone, such as "account_financial_report", without a path.' },
  );
}

/**
 * Checks the names of a call.
 * @param argument The argument they came in, for messages.
 * @returns Each name once, or what is wrong with all that are none.
 */
export function checkNames(modules: readonly string[], argument: string): Result<ModuleName[]> {
  const checked = [...new Set(modules)].map((name) => {
    return checkModuleName(name, modules.length > 1 ? `${argument}[${modules.indexOf(name)}]` : argument);
  });
  const refusals = checked.flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (refusals.length > 0) return { ok: false, refusal: combineRefusals(refusals) };
  return ok(checked.flatMap((result) => (result.ok ? [result.value] : [])));
}

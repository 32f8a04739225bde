import { combineRefusals, ok, type Result, refuse, refused } from '../base/refusal.ts';
import { isOfOca, repositoryName } from '../base/repository-name.ts';
import { type Surface, TOOLS } from '../base/surface.ts';
import { cut, inQuotes, quoted } from '../base/text.ts';

declare const moduleName: unique symbol;
/** A checked technical name: a Python identifier, so it has no path separator and no dot. */
export type ModuleName = string & { readonly [moduleName]: true };

const MODULE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/** Whether a string can be the technical name of a module, see {@link checkModuleName}. */
export function isModuleName(name: string): name is ModuleName {
  // `$` without the m flag matches only at the very end, so a trailing newline is rejected.
  return MODULE_NAME.test(name);
}

/** The most characters of a text that are searched for a name. */
const MOST_CHARACTERS = 512;

/**
 * The module that a text names which is not a technical name, by the forms people use: a distribution of pip
 * (`odoo14-addon-web-x==14.0.1.0.0`), an archive (`web_x-17.0.zip`), a path, a Python package, a title, another case.
 * @returns Null if the text names none. The module need not exist.
 */
export function meantName(text: string): ModuleName | null {
  if (text.length > MOST_CHARACTERS) return null;
  const path = text.replace(/[\s"'`]+$|^[\s"'`]+|[/\\]+(?:__(?:manifest|init)__\.py)?[\s"'`]*$/g, '');
  const name = path
    .replace(/^.*[/\\]/, '')
    .replace(/\.(?:zip|tgz|tar\.gz|git|py)$/i, '')
    .replace(/^(?:odoo|openerp)\.addons\./i, '')
    .replace(/[[=<>~!;@].*$/, '')
    .replace(/[-_ ]v?\d+\.\d.*$/i, '')
    .replace(/^odoo\d*[-_]addons?[-_]/i, '')
    .trim()
    .replace(/[\s.-]+/g, '_')
    .toLowerCase();
  return isModuleName(name) && name !== text && /[a-z0-9]/.test(name) ? name : null;
}

/** Several names in one text: `web_x, web_y`, or a list written as text; null for one name. */
function meantList(text: string): readonly string[] | null {
  const parts = text.length > MOST_CHARACTERS ? [] : text.replace(/^\s*\[|\]\s*$/g, '').split(/[,;\n]/);
  const names = parts.map((part) => part.replace(/^[\s"']+|[\s"']+$/g, '')).filter((part) => part !== '');
  return names.length > 1 && names.every(isModuleName) ? names : null;
}

/**
 * Checks the technical name of a module.
 *
 * The rule is Odoo 19.0's (`odoo/modules/module.py`, `MODULE_NAME_RE`), limited to ASCII: the name becomes the Python
 * package `odoo.addons.<name>`. Earlier series list other names too, but cannot import all of them.
 * @param argument The value's name in the message, such as `modules[2]`.
 * @returns The branded name, or `invalid_module_name` with the value, quoted and cut, and the name it may mean.
 */
export function checkModuleName(
  name: string,
  argument: string,
  surface: Surface = TOOLS,
): Result<ModuleName> {
  if (isModuleName(name)) return ok(name);
  return refuse(
    'invalid_module_name',
    `${argument} is ${inQuotes(name)}, not the technical name of an Odoo module: only ASCII letters, digits and ` +
      'underscores, not starting with a digit, at most 256 characters.',
    { hint: hintFor(name, surface) },
  );
}

function hintFor(name: string, surface: Surface): string {
  const list = meantList(name);
  if (list !== null) return `Give several modules as a list: ${cut(surface.list(list), MOST_CHARACTERS)}.`;
  // Names of the OCA's repositories have hyphens; the address of a page may lead to a folder in one.
  if (isOfOca(name) && !repositoryName(name).includes('_') && !/\/(?:tree|blob)\/[^/]+\/./.test(name)) {
    return `${quoted(name)} is a repository, and its modules are folders in it: ${surface.again({ repo: repositoryName(name) })} and the names of modules.`;
  }
  const meant = meantName(name);
  if (meant === null) return 'Give only the folder name, such as "account_financial_report", without a path.';
  return `Did you mean ${quoted(meant)}? The technical name is the name of the module's folder.`;
}

/**
 * Checks the module names of a call.
 * @param argument The name of the call's argument, for messages.
 * @returns The names without duplicates, or one refusal for all bad ones.
 */
export function checkNames(
  modules: readonly string[],
  argument: string,
  surface: Surface = TOOLS,
): Result<ModuleName[]> {
  const checked = [...new Set(modules)].map((name) => {
    return checkModuleName(
      name,
      modules.length > 1 ? `${argument}[${modules.indexOf(name)}]` : argument,
      surface,
    );
  });
  const refusals = checked.flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  return ok(checked.flatMap((result) => (result.ok ? [result.value] : [])));
}

/**
 * What modules say of themselves, as answers tell it: in data as in texts the same way, so that whoever reads an answer
 * can tell it from what the server says.
 */
import { isModuleName } from '../addons/module-name.ts';
import { quoted, quotedField } from '../base/text.ts';
import { LICENSES } from '../manifest/licenses.ts';

/** A module's name as it is. One that is no module name may hold anything, at any length: that is quoted. */
export function shownName(name: string): string {
  return isModuleName(name) ? name : quoted(name);
}

/** A licence that Odoo knows as it is, so that it can be compared; another one is the module's word for it. */
export function shownLicense(license: string): string {
  return LICENSES.some((known) => known === license) ? license : quotedField(license);
}

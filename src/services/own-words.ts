/**
 * How answers show text from modules: the same in data and in text, so that a reader can tell it from what the server says.
 */
import { isModuleName } from '../addons/module-name.ts';
import { quoted, quotedField } from '../base/text.ts';
import { LICENSES } from '../manifest/licenses.ts';

/** A valid module name unchanged; any other name may be a text of any length, and is quoted. */
export function shownName(name: string): string {
  return isModuleName(name) ? name : quoted(name);
}

/** A licence that Odoo knows unchanged, so that it can be compared; any other as a text of the module. */
export function shownLicense(license: string): string {
  return LICENSES.some((known) => known === license) ? license : quotedField(license);
}

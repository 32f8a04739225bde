import { MiB, readText } from '../base/bounded-file.ts';

/**
 * The series of an Odoo package, read as text from its `release.py`: the first two numbers of `version_info`
 * (`odoo/release.py`, where `version_info = (17, 0, 0, FINAL, 0, '')`).
 * @param packageFolder The folder `odoo` that contains `addons` and `release.py`.
 * @returns For example `17.0`; null if there is no such line, as for a `saas~17.2`.
 */
export function odooRelease(packageFolder: string): string | null {
  const read = readText(`${packageFolder}/release.py`, MiB);
  const found = read.ok ? /^version_info\s*=\s*\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,/m.exec(read.value) : null;
  return found === null ? null : `${Number(found[1])}.${Number(found[2])}`;
}

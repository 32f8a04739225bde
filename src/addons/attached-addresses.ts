import { extname, join } from 'node:path';
import { MiB, readBounded } from '../base/bounded-file.ts';
import { stopAtShortage } from '../base/interruption.ts';
import { isInside, realpathOrNull } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';

const FIELD = /<field\s([^<>]{1,200})>([^<]{1,500})<\/field>/g;
const IS_URL = /\bname\s*=\s*["']url["']/;
/** So many bytes are read in the time of one unit of work. */
const BYTES_OF_UNIT = 16 * 1024;

/**
 * The addresses that a module's data gives to records: the field `url`. An attachment with the address of an asset
 * stands in for its file (`_get_paths` in `ir_asset.py`, `WebAsset.stat` in `assetsbundle.py`); Odoo's own `web`
 * lists one, `web/static/asset_styles_company_report.scss`.
 * @param folder The real path of the module.
 * @param files The paths in it that `data` lists. Files that are not XML, cannot be read or have more than 1 MiB are
 *   passed over.
 * @returns The addresses without the slash at their beginning.
 */
export async function attachedAddresses(
  folder: string,
  files: readonly string[],
  turns: Turns,
): Promise<ReadonlySet<string>> {
  const addresses = new Set<string>();
  for (const file of files) {
    const text = extname(file) === '.xml' ? readXml(folder, file) : '';
    for (const [, attributes = '', value = ''] of text.matchAll(FIELD)) {
      if (IS_URL.test(attributes)) addresses.add(value.trim().replace(/^\//, ''));
    }
    await turns.spend(1 + Math.floor(text.length / BYTES_OF_UNIT));
  }
  return addresses;
}

function readXml(folder: string, file: string): string {
  const real = realpathOrNull(join(folder, file));
  if (real === null || !isInside(real, folder)) return '';
  try {
    const read = readBounded(real, { most: MiB, followLinks: false });
    return read.ok ? read.value.toString() : '';
  } catch (error) {
    stopAtShortage(error);
    return '';
  }
}

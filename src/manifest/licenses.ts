/** The licences Odoo knows (odoo/addons/base/models/ir_module.py, the selection of `license`, 14.0 to 19.0). */
export const LICENSES = [
  'GPL-2',
  'GPL-2 or any later version',
  'GPL-3',
  'GPL-3 or any later version',
  'AGPL-3',
  'LGPL-3',
  'Other OSI approved licence',
  'OEEL-1',
  'OPL-1',
  'Other proprietary',
] as const;

/** The licence Odoo assumes when a manifest names none. */
export const DEFAULT_LICENSE = 'LGPL-3';

const WRITTEN_OTHERWISE: ReadonlyMap<string, (typeof LICENSES)[number]> = new Map(
  Object.entries({
    agpl: 'AGPL-3',
    agpl3: 'AGPL-3',
    agplv3: 'AGPL-3',
    agpl30: 'AGPL-3',
    lgpl: 'LGPL-3',
    lgpl3: 'LGPL-3',
    lgplv3: 'LGPL-3',
    lgpl30: 'LGPL-3',
    gpl2: 'GPL-2',
    gplv2: 'GPL-2',
    gpl3: 'GPL-3',
    gplv3: 'GPL-3',
    gpl30: 'GPL-3',
    oeel: 'OEEL-1',
    oeel1: 'OEEL-1',
    oeel10: 'OEEL-1',
    opl: 'OPL-1',
    opl1: 'OPL-1',
    opl10: 'OPL-1',
    proprietary: 'Other proprietary',
    otherproprietary: 'Other proprietary',
    otherosiapprovedlicense: 'Other OSI approved licence',
    otherosiapprovedlicence: 'Other OSI approved licence',
  } as const),
);

/** Odoo's name for a licence written as `AGPL-3 ` or `LGPLv3`; `undefined` when the text matches none clearly. */
export function meantLicense(text: string): string | undefined {
  return WRITTEN_OTHERWISE.get(text.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

/**
 * Which licence may depend on which. A module is a work based on the modules it depends on, so its licence must be
 * compatible with theirs.
 *
 * Copyleft licences are ordered by strictness: a module may depend on modules under its own kind of licence or a less
 * strict one. Proprietary modules may depend on LGPL-3 and on other proprietary modules. Every module may depend on one
 * under another OSI licence; such a module itself may depend on what an LGPL-3 module may depend on.
 *
 * OEEL-1 and OPL-1 themselves allow modules that only use theirs as a library, under any compatible licence; both name
 * LGPL and MIT as examples (https://www.odoo.com/documentation/17.0/legal/licenses.html). The LGPL does not forbid it
 * either: it says nothing of what a library uses. Of other proprietary licences the text is not known.
 */
import type { Family } from './roots.ts';

/** `odoo`: the proprietary licences of Odoo itself, whose texts are known. */
type Kind = 'permissive' | 'lgpl' | 'gpl' | 'agpl' | 'odoo' | 'proprietary';

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    'Other OSI approved licence': 'permissive',
    'LGPL-3': 'lgpl',
    'GPL-2': 'gpl',
    'GPL-2 or any later version': 'gpl',
    'GPL-3': 'gpl',
    'GPL-3 or any later version': 'gpl',
    'AGPL-3': 'agpl',
    'OEEL-1': 'odoo',
    'OPL-1': 'odoo',
    'Other proprietary': 'proprietary',
  } as const),
);

const MAY_BUILD_ON = {
  permissive: ['permissive', 'lgpl'],
  lgpl: ['permissive', 'lgpl'],
  gpl: ['permissive', 'lgpl', 'gpl'],
  agpl: ['permissive', 'lgpl', 'gpl', 'agpl'],
  odoo: ['permissive', 'lgpl', 'odoo', 'proprietary'],
  proprietary: ['permissive', 'lgpl', 'odoo', 'proprietary'],
} as const;

/**
 * The licence that counts for a module: Odoo Community is LGPL-3 and Odoo Enterprise OEEL-1, whatever a manifest says.
 * @param family Null if the module's family is not known.
 */
export function effectiveLicense(family: Family | null, license: string): string {
  if (family === 'core') return 'LGPL-3';
  return family === 'ee' ? 'OEEL-1' : license;
}

/** What an operator wants done about a dependency whose licence does not fit. */
export interface LicenseRules {
  /** If the licences do not allow it. */
  readonly conflicts: 'warn' | 'refuse';
  /** If an LGPL-3 or permissive module builds on OEEL-1 or OPL-1, which these licences allow and some operators do not. */
  readonly lgpl_on_proprietary: 'allow' | 'warn' | 'refuse';
}

/** A dependency that the licences or the operator do not allow. */
export interface LicenseFinding {
  readonly rule: keyof LicenseRules;
  readonly effect: 'warn' | 'refuse';
}

/**
 * Judges the licences of a module and of one it depends on.
 * @param dependent,dependency Licences as Odoo writes them; an unknown one may depend on any and be depended on by any.
 * @returns Null if there is nothing to say.
 */
export function judgeLicenses(
  dependent: string,
  dependency: string,
  rules: LicenseRules,
): LicenseFinding | null {
  const [above, below] = [KINDS.get(dependent), KINDS.get(dependency)];
  if (above === undefined || below === undefined) return null;
  if ((MAY_BUILD_ON[above] as readonly Kind[]).includes(below)) return null;
  if (below !== 'odoo' || (above !== 'lgpl' && above !== 'permissive'))
    return { rule: 'conflicts', effect: rules.conflicts };
  const effect = rules.lgpl_on_proprietary;
  return effect === 'allow' ? null : { rule: 'lgpl_on_proprietary', effect };
}

/** What is wrong with a pair of modules, as a sentence. */
export function describeLicenses(
  { module, license }: { readonly module: string; readonly license: string },
  dependency: { readonly module: string; readonly license: string },
  { rule }: LicenseFinding,
): string {
  const pair = `${module} (${license}) depends on ${dependency.module} (${dependency.license})`;
  if (rule === 'conflicts') return `${pair}, whose licence does not allow it.`;
  return `${pair}: the licence allows it, but the setting licenses.lgpl_on_proprietary does not.`;
}

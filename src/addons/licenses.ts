/**
 * Which licence may depend on which. A module is a work based on the modules it depends on, so its licence must be
 * compatible with theirs.
 *
 * Copyleft licences are ordered by strictness: a module may depend on modules under its own kind of licence or a less
 * strict one. Proprietary modules may depend on LGPL-3 and on other proprietary modules. Every module may depend on one
 * under another OSI licence; such a module itself may depend on what an LGPL-3 module may depend on.
 */
import type { Family } from './roots.ts';

type Kind = 'permissive' | 'lgpl' | 'gpl' | 'agpl' | 'proprietary';

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    'Other OSI approved licence': 'permissive',
    'LGPL-3': 'lgpl',
    'GPL-2': 'gpl',
    'GPL-2 or any later version': 'gpl',
    'GPL-3': 'gpl',
    'GPL-3 or any later version': 'gpl',
    'AGPL-3': 'agpl',
    'OEEL-1': 'proprietary',
    'OPL-1': 'proprietary',
    'Other proprietary': 'proprietary',
  } as const),
);

const MAY_BUILD_ON = {
  permissive: ['permissive', 'lgpl'],
  lgpl: ['permissive', 'lgpl'],
  gpl: ['permissive', 'lgpl', 'gpl'],
  agpl: ['permissive', 'lgpl', 'gpl', 'agpl'],
  proprietary: ['permissive', 'lgpl', 'proprietary'],
} as const;

/**
 * The licence that counts for a module: Odoo Community is LGPL-3 and Odoo Enterprise OEEL-1, whatever a manifest says.
 * @param family Null if the module's family is not known.
 */
export function effectiveLicense(family: Family | null, license: string): string {
  if (family === 'core') return 'LGPL-3';
  return family === 'ee' ? 'OEEL-1' : license;
}

/**
 * Whether a module under one licence may depend on a module under another.
 * @param dependent,dependency Licences as Odoo writes them; an unknown one may depend on any and be depended on by any.
 */
export function mayBuildOn(dependent: string, dependency: string): boolean {
  const [above, below] = [KINDS.get(dependent), KINDS.get(dependency)];
  return (
    above === undefined || below === undefined || (MAY_BUILD_ON[above] as readonly string[]).includes(below)
  );
}

/**
 * Which licence may build on which. A module is a work based on what it depends on, so its licence has to allow that.
 *
 * Copyleft licences are ordered by what they ask for: a module may build on its own kind and on what asks for less.
 * Proprietary modules may build on LGPL-3 and on other proprietary ones. What is published under another OSI licence
 * may be built on by anybody; as a dependent it asks for no more than LGPL-3 does.
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
 * The licence a module counts with: Odoo Community is LGPL-3 and Odoo Enterprise OEEL-1, whatever a manifest says.
 * @param family Null for a module of no known family.
 */
export function effectiveLicense(family: Family | null, license: string): string {
  if (family === 'core') return 'LGPL-3';
  return family === 'ee' ? 'OEEL-1' : license;
}

/**
 * Whether a module under one licence may depend on a module under another.
 * @param dependent,dependency Licences as Odoo writes them; one it does not know is nobody's business here.
 */
export function mayBuildOn(dependent: string, dependency: string): boolean {
  const [above, below] = [KINDS.get(dependent), KINDS.get(dependency)];
  return (
    above === undefined || below === undefined || (MAY_BUILD_ON[above] as readonly string[]).includes(below)
  );
}

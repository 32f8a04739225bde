/** Name conflicts between sources. Pure: reads nothing itself. */
import { countWithheld, quoted } from '../base/text.ts';
import type { CoreLists } from './core-lists.ts';
import type { GraphNode } from './graph.ts';
import type { Family, Root } from './roots.ts';

/** The kinds of conflict and their meanings. */
export const CONFLICT_KINDS = {
  same_name: 'several repositories of one family offer a module of this name',
  families: 'two families, such as the OCA and Odoo Enterprise, have a module of this name',
  core: 'Odoo Community has a module of this name, and Odoo loads it instead',
  shadowed: 'Odoo finds another module of this name earlier on its search path',
  excludes: 'two modules on the addons path cannot be installed in the same database',
  license: 'a module depends on another whose licence, or the setting `licenses`, does not allow it',
  cycle: 'modules depend on one another in a circle, so Odoo can install none of them',
} as const;

export type ConflictKind = keyof typeof CONFLICT_KINDS;

export interface Conflict {
  readonly kind: ConflictKind;
  readonly module: string;
  readonly message: string;
  /** The folders that offer the name; `path` is null for a name from a built-in list. */
  readonly offers: readonly ModuleOffer[];
  /** Of a pair, the module that was not asked about. */
  readonly other?: ModulePlace & { readonly module: string };
}

/** Where a module is. */
export interface ModulePlace {
  readonly state: GraphNode['state'];
  readonly family: Family | null;
  /** Null unless a root offers it, and where it may not be shown. */
  readonly repo: string | null;
}

export interface ModuleOffer {
  readonly family: Family;
  readonly repo: string | null;
  readonly path: string | null;
}

/**
 * The conflict between several offers of one name; null for none.
 * @param offers The folders of that name in the roots, each once.
 * @param withheld Offers that the answer counts and does not show.
 * @param sources Odoo's own names, and the roots. A core root says more reliably than the list what Odoo would load.
 */
export function nameConflict(
  module: string,
  offers: readonly ModuleOffer[],
  { lists, roots }: { readonly lists: CoreLists; readonly roots: readonly Pick<Root, 'family'>[] },
  withheld: ReadonlySet<ModuleOffer> = new Set(),
): Conflict | null {
  const families = new Set(offers.map(({ family }) => family));
  const listed: ModuleOffer[] = [];
  const hasCore = roots.some(({ family }) => family === 'core');
  if (lists.community.has(module) && !hasCore) listed.push({ family: 'core', repo: null, path: null });
  if (lists.enterprise.has(module) && !families.has('ee'))
    listed.push({ family: 'ee', repo: null, path: null });
  const all = [...offers, ...listed];
  if (offers.length === 0 || all.length < 2) return null;
  const every = new Set(all.map(({ family }) => family));
  const kind = every.size === 1 ? 'same_name' : every.has('core') ? 'core' : 'families';
  const shown = all.filter((offer) => !withheld.has(offer));
  const where = shown.slice(0, MOST_OFFERS).map(({ family, repo, path }) => {
    return path === null
      ? `Odoo ${family === 'ee' ? 'Enterprise' : 'Community'}`
      : `${quoted(repo ?? '')} (${family})`;
  });
  const more = shown.length > MOST_OFFERS ? ` and ${shown.length - MOST_OFFERS} more` : '';
  const unseen = all.length > shown.length ? [countWithheld(all.length - shown.length, shown.length)] : [];
  const message = `${quoted(module)} is offered by ${[`${where.join(', ')}${more}`, ...unseen].filter(Boolean).join(', and ')}.`;
  return { kind, module, offers: shown.slice(0, MOST_OFFERS), message };
}

/** How many offers of one name a message lists. */
const MOST_OFFERS = 20;

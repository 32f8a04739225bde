import type { Conflict, ModulePlace } from '../../addons/conflicts.ts';
import { quoted } from '../../base/text.ts';
import type { CatalogModule, CatalogView } from '../../catalog/catalog.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import type { Scope } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { type DependencyTree, findPlace } from '../modules/dependency-tree.ts';
import { shownName } from '../own-words.ts';
import { excludersIn } from './catalog-excludes.ts';
import { type Exclusion, findExclusions } from './exclusions.ts';
import { excludesOf } from './linked-excludes.ts';

/** The modules whose conflicts are wanted, and all that they need. */
export interface ModulesInQuestion {
  /** `fields` is null for a module whose manifest cannot be read, and for a name that no root has. */
  readonly asked: readonly {
    readonly name: string;
    readonly fields: Pick<ManifestFields, 'excludes'> | null;
  }[];
  readonly tree: DependencyTree;
}

/** What the conflicts of modules are found in, linked or not. */
export interface ModuleScope extends Scope {
  /** All linked modules of the instance. */
  readonly linked: readonly LinkedModule[];
  readonly catalog: CatalogView;
}

/** No one reads more, and a hostile manifest can exclude any number of modules. */
const MOST_EXCLUSIONS = 50;

/**
 * Finds what Odoo will not install together with modules: everything that they exclude or that excludes them, whether or
 * not either is linked; and, of what they need, what Odoo finds.
 * @returns One conflict for each manifest that names the other, with where the other one is; and how many more there are,
 *   with those that the call may not tell of.
 */
export async function moduleExclusions(
  { asked, tree }: ModulesInQuestion,
  scope: ModuleScope,
): Promise<{ conflicts: Conflict[]; more: number }> {
  const { turns, linked, view, catalog, sources } = scope;
  const excludersOf = await excludersIn(catalog, turns);
  const pairs = new Map<string, Exclusion & { readonly partner: string }>();
  const add = (module: string, other: string, partner: string) => {
    const key = `${module}\0${other}`;
    if (module !== other && !pairs.has(key)) pairs.set(key, { module, other, partner });
  };
  const withheld = new Set<string>();
  // First what keeps them from being installed now.
  const needed = tree.reached.map(({ name, value }) => ({ name, excludes: value.fields?.excludes ?? [] }));
  const unknown = asked.filter(({ name }) => !needed.some((one) => one.name === name));
  const planned = [...needed, ...unknown.map(({ name }) => ({ name, excludes: [] }))];
  const names = new Set(planned.map(({ name }) => name));
  const isAsked = new Set(asked.map(({ name }) => name));
  for (const { module, other } of await findExclusions(planned, linked.map(excludesOf), view, turns)) {
    if (names.has(module)) add(module, other, isAsked.has(other) ? module : other);
    else if (names.has(other)) add(module, other, module);
  }
  for (const { name } of asked) {
    for (const excluder of excludersOf(name)) {
      if (isShown(excluder, sources)) add(excluder.name, name, excluder.name);
      else withheld.add(`${excluder.name}\0${name}`);
    }
  }
  for (const { name, fields } of asked) {
    for (const other of fields?.excludes ?? []) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      add(name, other, other);
    }
  }
  const conflicts: Conflict[] = [];
  for (const { module, other, partner } of [...pairs.values()].slice(0, MOST_EXCLUSIONS)) {
    const { value } = await findPlace(partner, null, scope);
    conflicts.push(describe({ module, other }, partner, value));
  }
  const unnamed = [...withheld].filter((key) => !pairs.has(key)).length;
  return { conflicts, more: pairs.size - conflicts.length + unnamed };
}

function isShown(
  { name, path, family, repository }: CatalogModule,
  { discretion, ownersOf }: Scope['sources'],
): boolean {
  if (discretion === undefined) return true;
  const owners = ownersOf(path);
  const repositories = owners.length > 0 ? owners : [repository];
  return discretion.mayShow(name, { path, family, repositories });
}

function describe({ module, other }: Exclusion, partner: string, place: ModulePlace): Conflict {
  const shown = (name: string) => `${shownName(name)}${name === partner ? ` (${describePlace(place)})` : ''}`;
  const message = `${shown(module)} excludes ${shown(other)}: Odoo does not install both in one database.`;
  const { state, family, repo } = place;
  const where = { module: shownName(partner), state, family, repo };
  return { kind: 'excludes', module: shownName(module), message, offers: [], other: where };
}

function describePlace({ state, family, repo }: ModulePlace): string {
  const title = family === 'ee' ? 'Odoo Enterprise, ' : '';
  if (state === 'missing') return `${title}not on disk`;
  if (state === 'available') return `${title}not linked${repo === null ? '' : `, in ${quoted(repo)}`}`;
  if (state === 'linked') return `${title}linked`;
  return state === 'core' || state === 'core_list' ? "one of Odoo's own modules" : 'on the addons path';
}

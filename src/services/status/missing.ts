/** Where what linked modules miss can be had, and what to do about it. */
import { basename } from 'node:path';
import { dependsOf } from '../../addons/assess.ts';
import { findOffers, linkCall, noEnterprise } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { type PathView, shownPath } from '../../addons/on-path.ts';
import { type Family, settingOf, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { Surface } from '../../base/surface.ts';
import { quoted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { LinkedModule } from '../linked-modules.ts';
import type { OtherOf } from '../other-roots.ts';

/** What the state of a module depends on, besides the entry. */
export interface Knowledge {
  readonly view: PathView;
  readonly surface: Surface;
  readonly sources: Sources | null;
  /** Where what is missing can be had. */
  readonly offered: ReadonlyMap<string, Family>;
  /** The branch of a folder's repository if it is for another series; otherwise null. */
  otherBranch(folder: string): string | null;
  readonly unmet: UnmetNames;
  readonly otherOf: OtherOf;
}

/** What is known about the names that linked modules need. */
export interface UnmetNames {
  /** Names that cannot be installed, for any reason. */
  readonly names: ReadonlySet<string>;
  /** Whether a name was checked; if there are more than any instance has, some are not. */
  isKnown(name: string): boolean;
}

/** How many names are looked for: more than are ever missing at once, but a hostile manifest can name ten thousand. */
const MOST_SOUGHT = 2000;
/** Units of work for looking for one, see {@link Turns.spend}. */
const SEEKING = 4;

/**
 * Looks in the roots for the modules behind broken links, and for those that linked modules need and Odoo does not find.
 * @param sources Null if nobody asks.
 * @returns The family of each that is there; of several, one that has tools.
 */
export async function findOffered(
  linked: readonly LinkedModule[],
  unmet: UnmetNames,
  view: PathView,
  sources: Sources | null,
  turns: Turns,
): Promise<ReadonlyMap<string, Family>> {
  const offered = new Map<string, Family>();
  if (sources === null) return offered;
  const sought = new Set<string>();
  for (const { name, folder, family, assessment } of linked) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (family !== null && (folder === null || basename(folder) !== name)) sought.add(name);
    for (const needed of dependsOf(assessment)) {
      if (sought.size < MOST_SOUGHT && unmet.names.has(needed) && view.find(needed) === null)
        sought.add(needed);
    }
  }
  for (const name of [...sought].slice(0, MOST_SOUGHT)) {
    if (!isModuleName(name)) continue;
    await turns.spend(SEEKING);
    const families = (await findOffers(name, sources)).map(({ family }) => family);
    const family = families.find((one) => toolsOf(one) !== null) ?? families[0];
    if (family !== undefined) offered.set(name, family);
  }
  return offered;
}

/** How many names of a kind a remedy has. */
const MOST_NAMED = 10;

/**
 * What to do about dependencies that are missing: a sentence for each place where they can be had, or cannot.
 * @param missing Names that Odoo does not find or cannot install.
 */
export function remedyForMissing(
  missing: readonly string[],
  { view, unmet, offered, surface, sources }: Knowledge,
): string {
  const kinds = new Map<string, string[]>();
  for (const name of missing) {
    const kind = kindOf(name);
    kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  return [...kinds].map(([kind, names]) => sentence(kind, names.slice(0, MOST_NAMED))).join(' ');

  function kindOf(name: string): string {
    const onPath = view.find(name);
    if (onPath !== null) return onPath.by === 'linked' ? 'unsound link' : 'unsound';
    const family = offered.get(name);
    if (family !== undefined) return toolsOf(family) ?? 'core';
    if (sources?.lists.community.has(name)) return 'core';
    if (sources?.lists.enterprise.has(name)) return 'enterprise';
    return unmet.isKnown(name) ? 'nowhere' : 'unknown';
  }

  function sentence(kind: string, names: readonly string[]): string {
    const said = names.map(quoted).join(', ');
    const setting = settingOf('oca', sources?.roots ?? []);
    switch (kind) {
      case 'oca':
      case 'ee':
        return `${linkCall(kind, names, surface)}.`;
      case 'enterprise':
        return `${said}: ${noEnterprise(sources?.roots ?? [])}`;
      case 'core':
        return `Ask the operator to run \`odoo-link-mcp doctor\`: Odoo Community should have ${said}.`;
      case 'unsound link':
        return `${surface.call('link_status', { module: names })}, and mend what it says first.`;
      case 'unsound': {
        const paths = names.flatMap((name) => {
          const onPath = view.find(name);
          return (onPath === null ? null : shownPath(onPath)) ?? [];
        });
        return `Mend ${said} first${paths.length === 0 ? '' : `, in ${paths.join(', ')}`}.`;
      }
      case 'nowhere':
        return `Ask the operator to check out the repository that contains ${said} under ${setting}.`;
      default:
        return 'Unlink what is not needed: there are more dependencies than any Odoo instance has.';
    }
  }
}

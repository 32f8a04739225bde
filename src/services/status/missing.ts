/** What to do about dependencies that linked modules miss. */
import { linkCall, noEnterprise } from '../../addons/lookup.ts';
import { type PathView, shownPath } from '../../addons/on-path.ts';
import { settingOf, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { Surface } from '../../base/surface.ts';
import { quoted } from '../../base/text.ts';
import { tellTrace } from '../known-modules.ts';
import type { OtherOf } from '../other-roots.ts';
import type { SoughtModules, UnmetNames } from './offered.ts';

/** What the state of a module depends on, besides the entry. */
export interface Knowledge {
  readonly view: PathView;
  readonly surface: Surface;
  readonly sources: Sources | null;
  /** What is known of modules that are missing. */
  readonly sought: SoughtModules;
  /** The branch of a folder's repository if it is for another series; otherwise null. */
  otherBranch(folder: string): string | null;
  readonly unmet: UnmetNames;
  readonly otherOf: OtherOf;
}

/** How many names of a kind a remedy has. */
const MOST_NAMED = 10;

/**
 * What to do about dependencies that are missing: a sentence for each place where they can be had, or cannot.
 * @param missing Names that Odoo does not find or cannot install.
 */
export function remedyForMissing(
  missing: readonly string[],
  { view, unmet, sought, surface, sources }: Knowledge,
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
    const found = sought.get(name);
    if (found !== undefined && 'offered' in found) {
      const tools = toolsOf(found.offered.family);
      return tools === null ? 'core' : found.offered.refusal === null ? tools : 'refused';
    }
    if (sources?.lists.community.has(name)) return 'core';
    if (sources?.lists.enterprise.has(name)) return 'enterprise';
    if (found !== undefined && (found.trace.changes.length > 0 || found.trace.place.kind === 'indexed'))
      return `known ${name}`;
    return unmet.isKnown(name) ? 'nowhere' : 'unknown';
  }

  function sentence(kind: string, names: readonly string[]): string {
    const said = names.map(quoted).join(', ');
    const setting = settingOf('oca', sources?.roots ?? []);
    const [first = ''] = names;
    const found = kind.startsWith('known ') ? sought.get(first) : undefined;
    if (found !== undefined && 'trace' in found && sources !== null)
      return tellTrace(first, found.trace, 'oca', sources).said;
    switch (kind) {
      case 'refused':
        return `${surface.call('addon_info', { module: names })}: a root has ${said}, but it could not be linked.`;
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

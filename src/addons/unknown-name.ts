import { type Refused, refuse } from '../base/refusal.ts';
import type { Surface } from '../base/surface.ts';
import { quoted } from '../base/text.ts';
import type { Series } from '../manifest/series.ts';
import { describeOtherSeries } from './core-lists.ts';
import type { Repository } from './discover.ts';
import type { ModuleName } from './module-name.ts';
import { describeLater, laterNames } from './name-changes.ts';
import { LINKED_BY, type Root, settingOf, type ToolFamily, toolsOf } from './roots.ts';

/** What an unknown name is compared with. */
export interface KnownNames {
  readonly series: Series;
  readonly roots: readonly Root[];
  readonly repositories: readonly Repository[];
  readonly surface: Surface;
  /** The names one slip away. */
  namesLike(name: string, tool: ToolFamily): Promise<string[]>;
}

/**
 * The refusal of a name that no root and no list of the series has: it may be that of a module of another series or of a
 * repository, or a slip.
 * @returns `module_not_found`, with `details.nearest` if it is not known what the name is.
 */
export async function refuseUnknown(
  name: ModuleName,
  tool: ToolFamily,
  { series, roots, repositories, namesLike, surface }: KnownNames,
): Promise<Refused> {
  const otherwise = await describeOtherSeries(name, series);
  if (otherwise !== null) return await ofOtherSeries(name, otherwise, series);
  const near = await namesLike(name, tool);
  const repository = near.length > 0 ? undefined : findRepository(name, tool, repositories);
  if (repository !== undefined) return isRepositoryName(name, repository, surface);
  const families = LINKED_BY[tool].filter((family) => roots.some((root) => root.family === family));
  const [told] = LINKED_BY[tool];
  const settings = [...new Set(families.map((family) => settingOf(family, roots)))];
  const [setting = settingOf(told, roots)] = settings;
  const message =
    families.length === 0
      ? `${name} cannot be found: the instance has no root of the family ${told}.`
      : `No repository under ${settings.join(' or ')} contains ${name}.`;
  const hint =
    families.length === 0
      ? settingOf(told, roots) === 'roots.auto'
        ? 'Ask the operator to check out such sources under roots.auto.'
        : `Ask the operator to configure roots.${told}.`
      : near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : howToHave(tool, setting, surface);
  return refuse('module_not_found', message, { module: name, details: { nearest: near }, hint });
}

/**
 * What to do about a module of which nothing is known, as a sentence.
 * @param setting The setting of the roots in which it would be.
 * @param surface What it is written for: whoever reads it may be able to clone.
 */
export function howToHave(tool: ToolFamily, setting: string, surface: Surface): string {
  const clone = `${tool}_clone`;
  return surface.has(clone)
    ? `Check the name; if you know which repository contains it, clone that with ${surface.tool(clone)}.`
    : `Ask the operator to check out the repository that contains it into a folder under ${setting}.`;
}

async function ofOtherSeries(
  name: ModuleName,
  { said, upTo }: { readonly said: string; readonly upTo: Series | undefined },
  series: Series,
): Promise<Refused> {
  const message = `${name} ${said}; Odoo ${series} has no module of that name, and no root does.`;
  const changes = upTo === undefined ? [] : await laterNames(name, series, upTo);
  const hint =
    changes.length > 0
      ? describeLater(changes)
      : `Look for what Odoo ${series} has instead: a manifest that depends on it was written for another series.`;
  return refuse('module_not_found', message, { module: name, hint });
}

/** A repository that the tool links from whose name was given; that of a module cannot have its hyphens. */
function findRepository(
  name: ModuleName,
  tool: ToolFamily,
  repositories: readonly Repository[],
): Repository | undefined {
  const wanted = name.toLowerCase();
  return repositories.find(
    (one) => toolsOf(one.root.family) === tool && one.name.toLowerCase().replaceAll('-', '_') === wanted,
  );
}

function isRepositoryName(name: ModuleName, repository: Repository, surface: Surface): Refused {
  const message = `${name} is not a module: ${quoted(repository.name)} is a repository.`;
  const hint = `${surface.call('addon_search', { repo: repository.name })} to see its modules, and name those you want.`;
  return refuse('module_not_found', message, { module: name, hint });
}

import { basename } from 'node:path';
import type { Reached } from '../policy/evaluate.ts';
import { argumentOfModules, modulesNamed, type ToolName } from '../tool-table.ts';
import { checkoutChangesOf, linkChangesOf, linksOf, operationOf, type Planned } from './planned.ts';

/** What a plan would do, as arguments of the tool. */
export interface FoundInPlan {
  readonly found: Reached;
  /** The modules that change without being named by the call. */
  readonly unnamed: readonly string[];
  /** The names of folders that would be linked under another name. */
  readonly aliased: readonly string[];
}

/**
 * Lists what a plan reaches as if the call had named all of it. Otherwise dependencies would get around a condition on
 * names, a folder around one on its own name through a symlink in a checkout, and a module around one on repositories if
 * the call names none.
 */
export function foundInPlan(
  tool: ToolName,
  args: Readonly<Record<string, unknown>>,
  plan: Planned,
): FoundInPlan {
  const linking = linksOf(plan);
  const links = linking?.links ?? [];
  const argument = argumentOfModules(tool);
  const named = modulesNamed(tool, args) as string[];
  const operated = operationOf(plan)?.operation ?? [];
  const names = [...linkChangesOf(plan), ...operated].map(({ module }) => module);
  const unnamed = names.filter((name) => !named.includes(name));
  const aliased = links
    .map(({ source }) => basename(source.path))
    .filter((name, index) => {
      return name !== links[index]?.module;
    });
  // Links that are kept count too: the answer describes them.
  const repos = links.flatMap(({ source }) => source.repositories.map(({ name }) => name));
  const checkouts = checkoutChangesOf(plan).map(({ repo }) => repo);
  const removed = linking?.removals ?? [];
  const families = [...links.map(({ source }) => source.family), ...removed.map(({ family }) => family)];
  const known = new Set(families.flatMap((family) => family ?? []));
  const isPlain = unnamed.length + aliased.length === 0;
  return {
    found: {
      ...(!isPlain && argument !== null && { [argument]: [...named, ...unnamed, ...aliased] }),
      ...(repos.length > 0 && { repo: [...new Set(repos)] }),
      ...(checkouts.length > 0 && { repos: checkouts }),
      ...(known.size > 0 && { family: [...known] }),
    },
    unnamed,
    aliased,
  };
}

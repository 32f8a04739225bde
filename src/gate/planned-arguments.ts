import { basename } from 'node:path';
import { changesOf, type LinkPlan } from '../links/plan-links.ts';
import type { Reached } from '../policy/evaluate.ts';
import { argumentOfModules, modulesNamed, type ToolName } from '../tool-table.ts';

/** What a plan would do, in the words of a tool's arguments. */
export interface FoundInPlan {
  readonly found: Reached;
  /** The modules that change without being named by the call. */
  readonly unnamed: readonly string[];
  /** The names of folders that would be linked by another name. */
  readonly aliased: readonly string[];
}

/**
 * Says what a call would reach, as if it had named all of it: dependencies must not get past a condition on names, a
 * folder not past one on its own name because a checkout has a symlink to it, and no module past one on repositories,
 * whether or not the call names one.
 */
export function foundInPlan(
  tool: ToolName,
  args: Readonly<Record<string, unknown>>,
  plan: LinkPlan | null,
): FoundInPlan {
  const links = plan?.links ?? [];
  const argument = argumentOfModules(tool);
  const named = modulesNamed(tool, args) as string[];
  const names = changesOf(plan).map(({ module }) => module);
  const unnamed = names.filter((name) => !named.includes(name));
  const aliased = links
    .map(({ source }) => basename(source.path))
    .filter((name, index) => {
      return name !== links[index]?.module;
    });
  // What is kept was named, and is answered about.
  const repos = links.flatMap(({ source }) => source.repositories.map(({ name }) => name));
  const isPlain = unnamed.length + aliased.length === 0;
  return {
    found: {
      ...(!isPlain && argument !== null && { [argument]: [...named, ...unnamed, ...aliased] }),
      ...(repos.length > 0 && { repo: [...new Set(repos)] }),
    },
    unnamed,
    aliased,
  };
}

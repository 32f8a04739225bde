import type { LinkPlan } from '../links/plan.ts';
import { changesOf } from './approval-record.ts';
import { TOOLS, type ToolName } from './tools.ts';

/**
 * The arguments of a call as if it had named all that its plan changes: dependencies must not get past a condition on
 * names, nor, where the call names a repository, past one on that.
 * @returns The arguments, and the modules that were not among them.
 */
export function withPlan(
  tool: ToolName,
  args: Readonly<Record<string, unknown>>,
  plan: LinkPlan | null,
): { args: Readonly<Record<string, unknown>>; unnamed: readonly string[] } {
  const names = changesOf(plan).map(({ module }) => module);
  if (names.length === 0) return { args, unnamed: [] };
  const key = 'modules' in TOOLS[tool].args ? 'modules' : 'module';
  const named = [args[key] ?? []].flat() as string[];
  const unnamed = names.filter((name) => !named.includes(name));
  const changed = (plan?.links ?? []).filter(({ action }) => action !== 'keep');
  const repos = new Set(changed.map(({ source }) => source.repository.name));
  return {
    args: {
      ...args,
      [key]: [...named, ...unnamed],
      ...(args.repo !== undefined && { repo: [args.repo, ...repos] }),
    },
    unnamed,
  };
}

import { TOOLS, type ToolName } from './tools.ts';

/**
 * The arguments of a call as if it had named all these modules: dependencies must not get past a condition on names.
 * @returns The arguments, and the names that were not among them.
 */
export function withNames(
  tool: ToolName,
  args: Readonly<Record<string, unknown>>,
  names: readonly string[],
): { args: Readonly<Record<string, unknown>>; unnamed: readonly string[] } {
  if (names.length === 0) return { args, unnamed: [] };
  const key = 'modules' in TOOLS[tool].args ? 'modules' : 'module';
  const named = [args[key] ?? []].flat() as string[];
  const unnamed = names.filter((name) => !named.includes(name));
  return { args: { ...args, [key]: [...named, ...unnamed] }, unnamed };
}

import { ok, type Result } from '../base/refusal.ts';
import type { Facts } from '../policy/evaluate.ts';
import type { ServiceContext } from '../services/context.ts';
import { type Selection, selectTarget } from '../services/select-target.ts';
import { type ToolName, toolEntry } from '../tool-table.ts';

/**
 * Finds out where a call goes, so that the policy judges that and not what the caller left out.
 * @returns The facts, or the refusal the tool would answer with.
 */
export function factsOf(
  tool: ToolName,
  args: Selection,
  { instances }: Pick<ServiceContext, 'instances'>,
): Result<Facts> {
  const target = selectTarget(instances, args);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  // What only looks around looks at all of them, if it is not told otherwise.
  const isOne = toolEntry(tool).writes || args.target_dir !== undefined;
  const dirs = isOne ? [dir] : instance.addonsDirs;
  return ok({
    instance: instance.name,
    series: instance.series,
    targetDirs: dirs.map(({ path }) => path),
  });
}

import { ok, type Result } from '../base/refusal.ts';
import type { Instance } from '../config/instance.ts';
import type { Facts } from '../policy/evaluate.ts';
import type { ServiceContext } from '../services/context.ts';
import { type Selection, selectTarget } from '../services/select-target.ts';
import { type ToolName, toolEntry } from '../tool-table.ts';

/**
 * Finds where a call goes, so that the policy is evaluated for that even if the caller left it out.
 * @returns The facts, or the refusal that the tool would answer with.
 */
export function factsOf(
  tool: ToolName,
  args: Selection & { readonly instances?: readonly string[] | undefined },
  { instances }: Pick<ServiceContext, 'instances'>,
): Result<Facts> {
  // Of several instances, the first is the one that the call goes to; the service asks about the others.
  const [named] = args.instances ?? [];
  const target = selectTarget(instances, named === undefined ? args : { ...args, instance: named });
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  // A tool that only reads looks at all addons directories by default.
  const { writes } = toolEntry(tool);
  if (writes === 'checkouts' || writes === 'odoo') return ok(placeOf(instance, []));
  const isOne = writes === 'links' || args.target_dir !== undefined;
  return ok(placeOf(instance, isOne ? [dir] : instance.addonsDirs));
}

/** An instance as a policy knows it. @param dirs The addons directories that a call reads or changes. */
export function placeOf({ name, series, addonsDirs }: Instance, dirs = addonsDirs): Facts {
  return { instance: name, series, targetDirs: dirs.map(({ path }) => path) };
}

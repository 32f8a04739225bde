import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Orphan } from './orphans.ts';

/**
 * The calls that remove orphans, as sentences: one for each family and addons directory.
 * @param placeAt The arguments that a call needs to reach an addons directory.
 * @param most How many modules a call names; further ones are told as a number.
 */
export function removalSteps(
  orphans: readonly Orphan[],
  placeAt: (dir: AddonsDir) => object,
  most = Number.POSITIVE_INFINITY,
): string[] {
  const calls = new Map<string, { tool: ToolFamily; dir: AddonsDir; modules: string[] }>();
  for (const { module } of orphans) {
    const tool = toolsOf(module.family);
    if (tool === null) continue;
    const key = `${tool} ${module.dir.path}`;
    const call = calls.get(key) ?? { tool, dir: module.dir, modules: [] };
    calls.set(key, call);
    call.modules.push(module.name);
  }
  return [...calls.values()].map(({ tool, dir, modules }) => {
    const place = placeAt(dir);
    const call = `${tool}_unlink ${JSON.stringify({ modules: modules.slice(0, most), ...place })}`;
    const rest = modules.length - most;
    const others =
      rest > 0
        ? ` ${rest} more are listed by link_status ${JSON.stringify({ orphans: true, ...place })}.`
        : '';
    return `To remove what came along and nothing linked needs any more, uninstall it in Odoo where it is installed, then call ${call}.${others}`;
  });
}

import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { Surface } from '../../base/surface.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Orphan } from './orphans.ts';

/**
 * The calls that remove orphans, as sentences: one for each family and addons directory.
 * @param surfaceAt What the sentences are written for, with calls that reach an addons directory.
 * @param most How many modules a call names; further ones are told as a number.
 */
export function removalSteps(
  orphans: readonly Orphan[],
  surfaceAt: (dir: AddonsDir) => Surface,
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
    const surface = surfaceAt(dir);
    const call = surface.call(`${tool}_unlink`, { modules: modules.slice(0, most) });
    const rest = modules.length - most;
    const others = rest > 0 ? ` ${surface.call('link_status', { orphans: true })} for ${rest} more.` : '';
    return `To remove what came along and nothing linked needs any more, uninstall it in Odoo where it is installed. ${call} after that.${others}`;
  });
}

import { isModuleName } from '../../addons/module-name.ts';
import { readOwners } from '../../addons/owners.ts';
import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { slipsOf } from '../../base/nearest.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { ServiceContext } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { linkedPlace } from '../telling.ts';

const MOST_MEANT = 3;

/**
 * Why an entry is not removed; null when it may be.
 * @param here The names that may be meant by one that is not there, see {@link mayBeMeant}.
 */
export function refuseRemoval(
  module: string,
  found: LinkedModule | undefined,
  family: ToolFamily,
  surface: Surface,
  here: readonly string[],
): Refusal | null {
  if (found === undefined) {
    const near = slipsOf(module);
    for (const name of here) near.offer(name);
    const meant = near.best(MOST_MEANT);
    const hint =
      meant.length > 0
        ? `Did you mean ${meant.join(' or ')}?`
        : `${surface.call('link_status', {})} to see what is linked, and where.`;
    return refuse('not_linked', `${module} is not linked in this addons directory.`, { module, hint })
      .refusal;
  }
  if (found.entry.kind === 'occupied') {
    return refuse('occupied', `${module} is a real directory, not a link: it is never changed.`, {
      module,
      hint: 'Ask the operator to move it away.',
    }).refusal;
  }
  if (found.family === null) {
    return refuse(
      'foreign_link',
      `The link ${module} is not managed: it leads outside the configured roots.`,
      {
        module,
        hint: 'Ask the operator to remove it.',
      },
    ).refusal;
  }
  const tools = toolsOf(found.family);
  if (tools === family) return null;
  const hint =
    tools === null
      ? 'It leads to a module of Odoo Community: ask the operator to remove it.'
      : `${surface.call(`${tools}_unlink`, { modules: [module] })} instead.`;
  const message = `The link ${module} leads to a module of the family ${found.family}; ${surface.tool(`${family}_unlink`)} does not remove such links.`;
  return refuse('wrong_family', message, { module, details: { family: found.family }, hint }).refusal;
}

/** The names of the links that a call could remove, and may be told of. */
export async function mayBeMeant(
  linked: readonly LinkedModule[],
  family: ToolFamily,
  dir: AddonsDir,
  { roots }: Instance,
  { mayTell }: Pick<ServiceContext, 'mayTell'>,
  turns: Turns,
): Promise<string[]> {
  const ownersOf = await readOwners(roots, turns);
  const names: string[] = [];
  for (const module of linked) {
    await turns.spend();
    if (module.dir !== dir || toolsOf(module.family) !== family || !isModuleName(module.name)) continue;
    if (mayTell?.(linkedPlace(module, ownersOf)).ok !== false) names.push(module.name);
  }
  return names;
}

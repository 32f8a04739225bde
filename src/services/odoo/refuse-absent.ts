import { findOffers, linkCall } from '../../addons/lookup.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import type { Scope, ServiceContext } from '../context.ts';
import { findModule } from '../modules/find-module.ts';
import { withDiscretion } from '../telling.ts';

/**
 * The refusal of a module that is not on the addons path.
 * @returns `not_linked` with the call that links it; or what is known of a name that no root has, `module_not_found`.
 */
export async function refuseAbsent(
  name: ModuleName,
  scope: Scope,
  context: Pick<ServiceContext, 'mayTell'>,
): Promise<Refusal> {
  const { instance, sources } = scope;
  const [offer] = await findOffers(name, sources);
  const found = offer === undefined ? await findModule(name, {}, withDiscretion(scope, context)) : null;
  if (found?.ok === false) return found.refusal;
  const family = offer?.family ?? found?.value.family ?? 'oca';
  return refuse('not_linked', `${name} is not on the addons path of ${instance.name}.`, {
    module: name,
    hint: `${linkCall(family, [name], sources.surface)} first.`,
  }).refusal;
}

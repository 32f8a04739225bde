/** Everything that modules of a later series need there, and what of it cannot be had. */
import { dependsOf } from '../../addons/assess.ts';
import { type Closure, closeOver, type Resolved, shortened } from '../../addons/dependencies.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { isSound, type ModuleOnPath } from '../../addons/on-path.ts';
import { rootOf } from '../../addons/roots.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { READING, type Scope, type ServiceContext } from '../context.ts';
import { checkLicenses } from '../link/check-licenses.ts';
import type { Known, VouchedModule } from '../link/link-call.ts';
import { type FoundModule, linkable, satisfiedBy } from '../link/resolve-modules.ts';
import { vouchForModules } from '../link/vouch.ts';
import { scopeOf, traceModule } from '../trace-module.ts';
import { describeKnown } from './known-there.ts';
import { findMigrated, type NextSources } from './next-sources.ts';

/** What was reached from modules of the new series. */
export interface Reached {
  readonly closure: Closure<Known>;
  /** Those that may be linked, by name: the modules asked for, and what they need of the roots. */
  readonly vouched: ReadonlyMap<string, VouchedModule>;
  /** Why others cannot be had, by name, as sentences. */
  readonly reasons: ReadonlyMap<string, string>;
}

/**
 * Follows what modules of the new series need: what Odoo will find, what is linked into the new sources already, and what
 * their roots have. Links into the old sources do not count.
 * @param asked Modules that a root has, each name once.
 * @param elsewhere The addons directories, by name of the module, of links that are not moved.
 */
export async function reachAll(
  asked: readonly FoundModule[],
  now: Scope,
  next: NextSources,
  elsewhere: ReadonlyMap<string, AddonsDir>,
  { readProvenance }: Pick<ServiceContext, 'readProvenance'>,
): Promise<Reached> {
  const { instance, sources, turns } = next;
  const reasons = new Map<string, string>();
  const vouched = new Map<string, VouchedModule>();
  const vouch = async (modules: readonly FoundModule[]) => {
    const judged = await vouchForModules(modules, instance, readProvenance, 'none', sources.surface);
    for (const module of judged.modules) vouched.set(module.source.name, module);
    for (const refusal of judged.refusals) note(reasons, refusal);
  };
  await vouch(asked);
  const sound = asked.filter(({ source }) => vouched.has(source.name));
  const start = sound.map((module) => ({
    name: module.source.name,
    value: { kind: 'found' as const, ...module },
    depends: dependsOf(module.assessment),
  }));
  const closure = await closeOver<Known>(start, (name) => resolve(name, now, next, elsewhere), turns);
  const along = closure.reached.flatMap(({ name, value, requiredBy }) => {
    if (value.kind !== 'found' || closure.isAsked(name)) return [];
    return [{ ...value, requiredBy, chain: () => [] }];
  });
  await vouch(along);
  for (const { name, value, depends } of closure.reached) {
    await turns.spend();
    if (value.kind === 'unmet') reasons.set(name, await whyUnmet(name, value, next));
    const isUnknown = depends.some((needed) => closure.requiredBy(needed).length === 0);
    if (isUnknown) reasons.set(name, 'It has more dependencies than any Odoo instance.');
  }
  for (const cycle of closure.cycles) {
    const said = `${shortened(cycle).join(' -> ')} depend on one another in a circle.`;
    for (const name of cycle) reasons.set(name, said);
  }
  for (const refusal of (await checkLicenses(closure, instance.licenses, turns)).refusals)
    note(reasons, refusal);
  return { closure, vouched, reasons };
}

function note(reasons: Map<string, string>, { module = '', message }: Refusal): void {
  if (!reasons.has(module)) reasons.set(module, message);
}

async function resolve(
  name: string,
  now: Scope,
  next: NextSources,
  elsewhere: ReadonlyMap<string, AddonsDir>,
): Promise<Resolved<Known>> {
  const { instance, sources, view, turns } = next;
  await turns.spend(READING);
  if (!isModuleName(name)) return { value: { kind: 'unmet', because: 'no_name' }, depends: [] };
  const onPath = view.find(name);
  if (onPath !== null && isSound(onPath) && remains(name, onPath, now, next))
    return satisfiedBy(name, onPath, instance);
  const dir = elsewhere.get(name);
  if (dir !== undefined) {
    const message = `${name} is linked in ${dir.path}, whose links are not moved by this.`;
    const { refusal } = refuse('dependency_missing', message, { module: name });
    return { value: { kind: 'unmet', because: 'not_found', refusal }, depends: [] };
  }
  const found = await findMigrated(name, 'oca', next);
  if (found.ok) return linkable(found.value, instance);
  const enterprise = await findMigrated(name, 'ee', next);
  if (enterprise.ok) return linkable(enterprise.value, instance);
  const isEnterprise = sources.lists.enterprise.has(name);
  const { refusal } = isEnterprise ? enterprise : found;
  return { value: { kind: 'unmet', because: 'not_found', refusal }, depends: [] };
}

/** Whether what Odoo finds by a name now is what it will find after the move. */
function remains(name: string, { by, folder, family }: ModuleOnPath, now: Scope, next: NextSources): boolean {
  if (by === 'core' || by === 'core_list' || family === 'core') return true;
  if (folder === null) return false;
  if (next.holds(folder)) return true;
  if (rootOf(folder, now.instance.roots) !== null) return false;
  const isOdoos = ({ lists }: Scope['sources']) => lists.community.has(name) || lists.enterprise.has(name);
  // Odoo's own folders on the addons path will be those of the new series.
  return isOdoos(next.sources) || !isOdoos(now.sources);
}

/** Why a dependency cannot be had, as sentences. */
async function whyUnmet(
  name: string,
  unmet: Extract<Known, { kind: 'unmet' }>,
  { sources }: NextSources,
): Promise<string> {
  const { series, lists } = sources;
  if (unmet.because !== 'not_found') return 'A manifest needs what is not the name of a module.';
  const { code, message } = unmet.refusal;
  if (code !== 'module_not_found') return message;
  if (lists.enterprise.has(name)) return `No root of Odoo ${series} has ${name} of Odoo Enterprise.`;
  const known = describeKnown(await traceModule(name, scopeOf(sources)), sources);
  return `No root of Odoo ${series} has ${name}. ${known}`.trim();
}

/** Links that lead into a root of another instance: not managed, like foreign ones, but it is known where they lead. */
import { type OwnersOf, readOwners } from '../addons/owners.ts';
import { haveMoved } from '../addons/root-faults.ts';
import { familyOf } from '../addons/roots.ts';
import { followText, realpathOfBroken } from '../base/follow.ts';
import type { Refusal } from '../base/refusal.ts';
import type { Turns } from '../base/turns.ts';
import type { Instance } from '../config/instance.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import type { Entry } from '../links/inspect-entry.ts';
import { isSince } from '../manifest/series.ts';
import type { ServiceContext } from './context.ts';
import { foundPlace } from './telling.ts';

/** An entry of an addons directory. */
export interface NamedEntry {
  readonly dir: AddonsDir;
  readonly name: string;
  readonly entry: Entry;
}

/** Tells into which other instance's root an entry leads; null for one that leads into none, or is managed. */
export type OtherOf = (entry: NamedEntry) => Instance | null;

/**
 * Finds out which links lead into roots of other instances.
 * @param entries Those that may be asked about.
 * @returns What tells it. An instance is not told of if the policy would not let `addon_info` tell of the module there, or if
 *   one of its roots has moved.
 */
export async function findOtherRoots(
  entries: Iterable<NamedEntry>,
  instance: Instance,
  { instances, mayTell }: Pick<ServiceContext, 'instances' | 'mayTell'>,
  turns: Turns,
): Promise<OtherOf> {
  const others = instances.filter((other) => other !== instance && !haveMoved(other.roots));
  const found = new Map<Entry, Instance>();
  if (others.length === 0) return () => null;
  const read = new Map<Instance, OwnersOf>();
  for (const { dir, name, entry } of entries) {
    if (entry.kind !== 'link' || entry.family !== null) continue;
    await turns.spend();
    const path = leadsTo(entry, dir, instance);
    if (path === null) continue;
    for (const other of others) {
      const family = familyOf(path, other.roots);
      if (family === null) continue;
      const ownersOf = read.get(other) ?? (await readOwners(other.roots, turns));
      read.set(other, ownersOf);
      const place = foundPlace(name, { path, family, repositories: ownersOf(path) });
      if (mayTell?.(place, other).ok === false) continue;
      found.set(entry, other);
      break;
    }
  }
  return ({ entry }) => found.get(entry) ?? null;
}

/** Where a foreign link leads, or would: as the instance's Odoo follows it or, if that finds nothing, as this host does. */
export function leadsTo(
  { source, target }: Extract<Entry, { kind: 'link' }>,
  { path }: AddonsDir,
  { paths }: Instance,
): string | null {
  const here = () => followText(path, target, null).real ?? realpathOfBroken(path, target, null);
  return source ?? realpathOfBroken(path, target, paths) ?? (paths === null ? null : here());
}

/** What to say of a link into a root of another instance, as sentences that follow its name or stand for "It". */
export function describeOther(
  other: Instance,
  { name, series }: Instance,
): { where: string; remedy: string } {
  const where = `leads into a root of the instance ${other.name} (Odoo ${other.series}), not of ${name}`;
  if (other.series === series)
    return { where, remedy: `Ask the operator to add that root to those of ${name}, or to remove the link.` };
  const remedy = isSince(other.series, series)
    ? `If ${name} moves to Odoo ${other.series}, ask the operator to set its series and roots in the configuration; otherwise to remove the link.`
    : `Ask the operator to remove the link: Odoo ${series} has no use for a module of ${other.series}.`;
  return { where, remedy };
}

/**
 * Refusals of foreign links, with the instance whose root they lead into.
 * @param entries Those that the refusals are about.
 */
export async function tellOtherRoots(
  refusals: readonly Refusal[],
  entries: Iterable<NamedEntry>,
  instance: Instance,
  context: Pick<ServiceContext, 'instances' | 'mayTell'>,
  turns: Turns,
): Promise<readonly Refusal[]> {
  const names = new Set(refusals.flatMap(({ code, module }) => (code === 'foreign_link' ? [module] : [])));
  if (names.size === 0) return refusals;
  const foreign = new Map([...entries].filter(({ name }) => names.has(name)).map((one) => [one.name, one]));
  const otherOf = await findOtherRoots(foreign.values(), instance, context, turns);
  return refusals.map((refusal) => {
    const { code, module = '', details } = refusal;
    const entry = code === 'foreign_link' ? foreign.get(module) : undefined;
    const other = entry === undefined ? null : otherOf(entry);
    if (other === null) return refusal;
    const { where, remedy } = describeOther(other, instance);
    const told = { ...details, other_instance: other.name };
    return { ...refusal, message: `The link ${module} ${where}.`, details: told, hint: remedy };
  });
}

/** Which manifests make Odoo fail when it reads its list of modules again. */
import { dirname } from 'node:path';
import { isModuleName } from '../../addons/module-name.ts';
import { type ModuleOnPath, shownPath } from '../../addons/on-path.ts';
import type { Refusal } from '../../base/refusal.ts';
import { counted, firstInWords } from '../../base/text.ts';
import type { OdooFault } from '../../odoo/odoo-fault.ts';
import { READING, type Scope, type ServiceContext } from '../context.ts';
import { listEntries } from '../linked-modules.ts';
import { linkedPlace, withDiscretion } from '../telling.ts';
import { refuseOdoo } from './odoo-refusals.ts';

/** More modules than any Odoo has on its path: further ones are not looked at. */
const MOST_LOOKED_AT = 20_000;
/** The most that are named besides the first one. */
const MOST_NAMED = 5;

interface Breaking {
  readonly name: string;
  readonly found: ModuleOnPath;
  /** Whether it can be unlinked: it is a link into a root. */
  readonly isLink: boolean;
}

/**
 * Why Odoo could not read its list, with the module whose manifest is in the way if one is found in any folder of the search
 * path: Odoo reads all of them, linked or not.
 */
export async function explainFailure(
  fault: OdooFault,
  scope: Scope,
  context: ServiceContext,
): Promise<Refusal> {
  const { instance } = scope;
  if (fault.kind !== 'server_error') return refuseOdoo(instance, fault);
  const { breaking, withheld } = await findBreaking(scope, context);
  const hidden =
    withheld === 0 ? '' : ` The policy does not show ${counted(withheld, 'module')} that would make it fail.`;
  const [first, ...others] = breaking;
  if (first === undefined) {
    const refusal = refuseOdoo(instance, fault);
    return { ...refusal, message: `${refusal.message}${hidden}` };
  }
  const so = others.length === 1 ? 'does' : 'do';
  const names = firstInWords(
    others.map(({ name }) => name),
    MOST_NAMED,
  );
  const more = others.length > 0 ? ` So ${so} ${names}.` : '';
  const refusal = refuseOdoo(instance, fault, howToMend(first));
  const message = `${refusal.message} ${whyBroken(first)} ${whereItIs(first, context)}${more}${hidden}`;
  return { ...refusal, message, module: first.name };
}

/** Links come first, because something can be done about them here. */
async function findBreaking(
  scope: Scope,
  context: ServiceContext,
): Promise<{ readonly breaking: readonly Breaking[]; readonly withheld: number }> {
  const { instance, view, sources, turns } = scope;
  const { discretion } = withDiscretion(scope, context).sources;
  const listed = await listEntries(instance, turns, instance.addonsDirs, sources.look);
  const entries = new Map((listed.ok ? listed.value : []).map((linked) => [linked.name, linked]));
  const breaking: Breaking[] = [];
  let withheld = 0;
  for (const name of await namesOnPath(scope, entries.keys())) {
    await turns.spend(READING);
    const found = view.find(name);
    if (found?.assessment?.judgement?.verdict !== 'breaks_update') continue;
    const { family, folder } = found;
    const linked = entries.get(name);
    const isLink = linked?.entry.kind === 'link' && found.entry?.path === linked.dir.path && family !== null;
    const mayTell =
      linked !== undefined && isLink
        ? context.mayTell?.(linkedPlace({ ...linked, family, folder, assessment: null }, sources.ownersOf)).ok
        : await discretion?.mayName(name);
    if (mayTell === false) withheld++;
    else breaking.push({ name, found, isLink });
  }
  return { breaking: breaking.sort((a, b) => Number(b.isLink) - Number(a.isLink)), withheld };
}

/** The names that Odoo reads, each once: first those of the addons directories. */
async function namesOnPath({ view, sources }: Scope, linked: Iterable<string>): Promise<ReadonlySet<string>> {
  const names = new Set(linked);
  for (const { path } of view.entries) {
    const listing = await sources.look.list(path);
    for (const name of listing === null ? [] : [...listing.folders, ...listing.links]) {
      if (names.size >= MOST_LOOKED_AT) return names;
      if (isModuleName(name)) names.add(name);
    }
  }
  return names;
}

function whyBroken({ name, found }: Breaking): string {
  const refusal = found.assessment?.refusals.find(({ code }) => code === 'breaks_update');
  return refusal?.message ?? `${name} would make Update Apps List fail for the whole instance.`;
}

/** Callers see no folder that only odoo.conf or Python names. */
function whereItIs({ found, isLink }: Breaking, { isOperator }: Pick<ServiceContext, 'isOperator'>): string {
  const path = isOperator === true ? found.path : shownPath(found);
  if (isLink) return `It is linked in ${dirname(path ?? '')}.`;
  if (path !== null) return `It is in ${dirname(path)}.`;
  return found.by === 'python' ? 'pip has installed it.' : 'It is in a folder that odoo.conf names.';
}

function howToMend({ name, found, isLink }: Breaking): string {
  if (isLink) return `Have the manifest of ${name} mended, or unlink it, and call again.`;
  const away =
    found.by === 'python'
      ? `to uninstall it with pip`
      : `to move it out of this folder, since it is no link of this program`;
  return `Ask the operator to mend the manifest of ${name}, or ${away}; then call again.`;
}

import { ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import { firstInWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { isInUse, isStuck } from './odoo-states.ts';

/** What Odoo says of modules that are about to lose their links. */
export interface BeforeUnlink {
  /** Why they should stay: some are installed, or it is not known. */
  readonly refusal: Refusal | null;
  /** Whether Odoo has said that none of them is installed. */
  readonly isNoneInstalled: boolean;
}

const MOST_NAMED = 10;

/**
 * Asks the running Odoo whether modules are installed that it would no longer find.
 * @param names The modules.
 * @returns `still_installed` for those, or why Odoo cannot be asked. An instance without `odoo` has nobody to ask.
 */
export async function beforeUnlink(
  names: readonly string[],
  instance: Instance,
  surface: Surface,
  signal: AbortSignal | undefined,
): Promise<BeforeUnlink> {
  const [first] = names;
  if ((instance.odoo ?? null) === null || first === undefined)
    return { refusal: null, isNoneInstalled: false };
  const unlinkAllTheSame = `To unlink all the same, ${surface.again({ force: true })}.`;
  const read = await readInstalled(names, instance, signal);
  if (!read.ok) {
    const which = names.length === 1 ? first : `any of the ${names.length} modules of this call`;
    const message = `${read.refusal.message} So it is not known whether ${which} is installed, and nothing was unlinked.`;
    const hint = [read.refusal.hint ?? [], unlinkAllTheSame].flat().join(' ');
    return { refusal: { ...read.refusal, message, hint }, isNoneInstalled: false };
  }
  const installed = read.value;
  if (installed.length === 0) return { refusal: null, isNoneInstalled: true };
  const named = firstInWords(installed.map(withState), MOST_NAMED);
  const them = installed.length === 1 ? 'it' : 'them';
  const message = `The Odoo of ${instance.name} has ${named} installed: from the next restart on, Odoo would run without ${them}, and screens that use ${them} would fail.`;
  const hint = `Uninstall ${them} in Odoo first, while the files are there. ${unlinkAllTheSame}`;
  const all = installed.map(({ name }) => name);
  const { refusal } = refuse('still_installed', message, {
    module: all[0] as string,
    hint,
    details: { installed: all },
  });
  return { refusal, isNoneInstalled: false };
}

async function readInstalled(
  names: readonly string[],
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<Result<readonly KnownToOdoo[]>> {
  const odoo = await askOdoo(instance, signal);
  if (!odoo.ok) return odoo;
  const known = await odoo.value.modules(names, new Set(), { limit: PATIENCE_MS, signal });
  if (!known.ok) return refused(refuseOdoo(instance, known.refusal));
  return ok(known.value.filter((one) => isInUse(one) || isStuck(one)));
}

/** With its state, unless that is what is said of all. */
function withState({ name, state }: KnownToOdoo): string {
  return state === 'installed' ? name : `${name} (${state})`;
}

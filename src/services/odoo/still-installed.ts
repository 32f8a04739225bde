import { ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import { firstInWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import type { Warning } from '../link/link-call.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { isInUse, isStuck } from './odoo-states.ts';

/** What Odoo says of modules that are about to lose their links. */
export interface BeforeUnlink {
  readonly refusals: readonly Refusal[];
  /** Where Odoo could not be asked. */
  readonly warnings: readonly Warning[];
  /** Whether Odoo has said which of them are installed. */
  readonly isAsked: boolean;
}

const NOTHING: BeforeUnlink = { refusals: [], warnings: [], isAsked: false };
const MOST_NAMED = 10;

/**
 * Asks the running Odoo whether modules are installed that it would no longer find.
 * @param names The modules.
 * @returns `still_installed` for those; a warning if Odoo cannot be asked, since an unlink must not need it.
 */
export async function beforeUnlink(
  names: readonly string[],
  instance: Instance,
  surface: Surface,
  signal: AbortSignal | undefined,
): Promise<BeforeUnlink> {
  const [first] = names;
  if ((instance.odoo ?? null) === null || first === undefined) return NOTHING;
  const read = await readInstalled(names, instance, signal);
  if (!read.ok) {
    const message = `${read.refusal.message} So it is not known whether ${names.length === 1 ? first : `any of the ${names.length} modules of this call`} is installed.`;
    return { ...NOTHING, warnings: [{ code: 'odoo_not_asked', module: first, message }] };
  }
  const installed = read.value;
  if (installed.length === 0) return { ...NOTHING, isAsked: true };
  const named = firstInWords(installed.map(withState), MOST_NAMED);
  const them = installed.length === 1 ? 'it' : 'them';
  const message = `The Odoo of ${instance.name} has ${named} installed: from the next restart on, Odoo would run without ${them}, and screens that use ${them} would fail.`;
  const hint = `Uninstall ${them} in Odoo first, while the files are there. To unlink all the same, ${surface.again({ force: true })}.`;
  const all = installed.map(({ name }) => name);
  const { refusal } = refuse('still_installed', message, {
    module: all[0] as string,
    hint,
    details: { installed: all },
  });
  return { refusals: [refusal], warnings: [], isAsked: true };
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

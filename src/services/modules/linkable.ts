import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { Refusal, Result } from '../../base/refusal.ts';
import { asSentence } from '../../base/text.ts';
import type { Scope, ServiceContext } from '../context.ts';
import { checkLinkable } from '../link/link-modules.ts';
import type { FoundModule } from './find-module.ts';

/** Whether the link tool of a module's family would link it; if not, why. */
export interface Linkable {
  readonly linkable: boolean;
  readonly reasons: readonly string[];
  /** How many more reasons there are. */
  readonly more: number;
}

/** The first reasons, and how many more there are. */
export function shortReasons({ reasons, more }: Linkable, most: number): readonly string[] {
  const left = more + Math.max(0, reasons.length - most);
  return left === 0 ? reasons : [...reasons.slice(0, most), `And ${left} more.`];
}

/**
 * Asks what the link tools would answer for modules, each for itself.
 * @param repo The repository that the call names.
 * @param context With a reader of provenances that asks about each module once.
 */
export async function askWhetherLinkable(
  modules: readonly FoundModule[],
  repo: string | undefined,
  scope: Scope,
  context: ServiceContext,
): Promise<ReadonlyMap<string, Linkable>> {
  const answers = new Map<string, Linkable>();
  const ask = (family: ToolFamily, names: readonly string[]) => {
    const options = { with_dependencies: true, replace: false, dry_run: true };
    const request = {
      instance: scope.instance.name,
      repo,
      family,
      modules: names,
      argument: 'module',
      ...options,
    };
    return checkLinkable(request, context, scope);
  };
  for (const family of ['oca', 'ee'] as const) {
    const own = modules.filter((module) => toolsOf(module.family) === family);
    const sound = own.filter(({ assessment }) => assessment?.refusals.length === 0);
    const names = sound.map(({ name }) => name);
    // What can be linked in one call can be linked alone.
    const isFine = names.length > 1 && (await ask(family, names)).ok;
    for (const { name } of own) {
      const isKnown = isFine && names.includes(name);
      answers.set(name, isKnown ? LINKABLE : answerOf(await ask(family, [name])));
    }
  }
  for (const { name, family } of modules)
    if (!answers.has(name)) answers.set(name, family === 'core' ? WITH_ODOO : NO_TOOL);
  return answers;
}

const LINKABLE: Linkable = { linkable: true, reasons: [], more: 0 };
const WITH_ODOO: Linkable = {
  linkable: false,
  reasons: ['It comes with Odoo itself and needs no link.'],
  more: 0,
};
const NO_TOOL: Linkable = {
  linkable: false,
  reasons: ['It is neither an OCA nor an Enterprise module, so no tool links it.'],
  more: 0,
};

function answerOf(asked: Result<unknown>): Linkable {
  if (asked.ok) return LINKABLE;
  const { refusal } = asked;
  const { reasons = [refusal], more = 0 } = (refusal.details ?? {}) as {
    readonly reasons?: readonly Refusal[];
    readonly more?: number;
  };
  const told = reasons.map(({ message, hint }) =>
    hint === undefined ? message : `${asSentence(message)} ${hint}`,
  );
  return { linkable: false, reasons: told, more };
}

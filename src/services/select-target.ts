import { checkNames, type ModuleName } from '../addons/module-name.ts';
import { didYouMean } from '../base/nearest.ts';
import { combineRefusals, ok, type Refused, type Result, refuse, refused } from '../base/refusal.ts';
import { type Surface, TOOLS } from '../base/surface.ts';
import { capitalised, quoted } from '../base/text.ts';
import type { Instance } from '../config/instance.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import type { ArgumentsOf, ToolName } from '../tool-table.ts';
import type { ServiceContext } from './context.ts';

/** The arguments that say where a call works; all are optional if there is only one instance. */
export interface Selection {
  readonly instance?: string | undefined;
  readonly branch?: string | undefined;
  readonly target_dir?: string | undefined;
}

/** What a call may give besides, which must not be empty. */
type Given = Selection & { readonly repo?: string | undefined };

/** The arguments of a tool as its service takes them; the commands have them, too. */
export type RequestOf<Tool extends ToolName> = Omit<ArgumentsOf<Tool>, keyof Selection> & Selection;

export interface Target {
  readonly instance: Instance;
  readonly dir: AddonsDir;
}

/**
 * Chooses the instance and the addons directory of a call.
 * @param instances All configured ones.
 * @param surface What hints are written for.
 * @returns The target, or `unknown_instance`, `ambiguous_instance` or `target_not_allowed`.
 */
export function selectTarget(
  instances: readonly Instance[],
  selection: Given,
  surface: Surface = TOOLS,
): Result<Target> {
  const chosen = selectInstance(instances, selection, surface);
  if (!chosen.ok) return chosen;
  const instance = chosen.value;
  const { target_dir } = selection;
  const dir =
    target_dir === undefined
      ? instance.addonsDirs[0]
      : instance.addonsDirs.find(
          ({ path, configured }) => isWritten(path, target_dir) || isWritten(configured, target_dir),
        );
  if (dir !== undefined) return ok({ instance, dir });
  // The given path is not repeated: it is outside the allowlist.
  const allowed = instance.addonsDirs.map(({ path }) => path);
  const argument = surface.argument('target_dir');
  return refuse(
    'target_not_allowed',
    `${argument} is not an addons directory of the instance ${instance.name}.`,
    {
      details: { allowed },
      hint: `Use ${allowed.join(' or ')}, or leave ${argument} out for the first.`,
    },
  );
}

/**
 * The same for a call that names modules: a refusal has what is wrong with the target and with the names.
 * @param argument The argument the names came in, for messages.
 */
export function selectTargetAndNames(
  { instances, surface }: Pick<ServiceContext, 'instances' | 'surface'>,
  selection: Given,
  modules: readonly string[],
  argument: string,
): Result<Target & { readonly names: readonly ModuleName[] }> {
  const target = selectTarget(instances, selection, surface);
  const names = checkNames(modules, argument, surface);
  if (target.ok && names.ok) return ok({ ...target.value, names: names.value });
  return refused(combineRefusals([target, names].flatMap((result) => (result.ok ? [] : [result.refusal]))));
}

/** The same for a call that needs no addons directory. */
export function selectInstanceAndNames(
  { instances, surface = TOOLS }: Pick<ServiceContext, 'instances' | 'surface'>,
  selection: Given,
  modules: readonly string[],
): Result<{ readonly instance: Instance; readonly names: readonly ModuleName[] }> {
  const instance = selectInstance(instances, selection, surface);
  if (!instance.ok) return instance;
  const names = checkNames(modules, surface.argument('modules'), surface);
  return names.ok ? ok({ instance: instance.value, names: names.value }) : names;
}

/** Clients that fill in every argument send an empty text for what is not meant. */
function refuseEmpty({ instance, target_dir, repo }: Given, surface: Surface): Refused | null {
  const empty = Object.entries({ instance, target_dir, repo }).filter(([, value]) => value === '');
  const names = empty.map(([name]) => surface.argument(name)).join(' and ');
  if (names === '') return null;
  const message = `${names} ${empty.length === 1 ? 'is' : 'are'} empty.`;
  const hint = `Leave ${empty.length === 1 ? 'it' : 'them'} out: what is left out is chosen by its default.`;
  return refuse('invalid_argument', message, { hint });
}

/** A slash at the end is ignored; any other spelling of a path is not allowed. */
function isWritten(path: string, text: string): boolean {
  return text === path || text === `${path}/`;
}

/**
 * Chooses the instance of a call that needs no addons directory.
 * @returns The instance, or `unknown_instance` or `ambiguous_instance`.
 */
export function selectInstance(
  instances: readonly Instance[],
  selection: Given,
  surface: Surface = TOOLS,
): Result<Instance> {
  const empty = refuseEmpty(selection, surface);
  if (empty !== null) return empty;
  const { instance, branch } = selection;
  const matching = instances.filter(
    ({ name, series }) =>
      (instance === undefined || name === instance) && (branch === undefined || series === branch),
  );
  const [first, ...others] = matching;
  if (first !== undefined && others.length === 0) return ok(first);
  const details = { instances: instances.map(({ name, series }) => ({ instance: name, branch: series })) };
  if (first !== undefined) {
    const names = matching.map(({ name, series }) => `${name} (Odoo ${series})`);
    const one = capitalised(surface.again({ instance: first.name }));
    return refuse('ambiguous_instance', `Several instances match: ${names.join(', ')}.`, {
      details,
      hint: `Which one is meant is for the user to say. ${one}, or with another of them.`,
    });
  }
  const described = instances.map(({ name, series }) => `${name} (${series})`).join(', ');
  const names = instances.map(({ name }) => name);
  const asked = [
    ...(instance === undefined ? [] : [`is called ${quoted(instance)}`]),
    ...(branch === undefined ? [] : [`has the series ${quoted(branch)}`]),
  ];
  const meant = instance === undefined || names.includes(instance) ? '' : didYouMean(instance, names);
  return refuse('unknown_instance', `No instance ${asked.join(' and ')}.`, {
    details,
    hint: `The configured instances are ${described}.${meant}`,
  });
}

/** The refusals of installs and upgrades in a running Odoo. */
import { type Refusal, refuse } from '../../base/refusal.ts';
import { capitalised, firstInWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { isSince } from '../../manifest/series.ts';
import type { Obstacle } from '../../odoo/foresee.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import type { OdooFault } from '../../odoo/odoo-fault.ts';
import type { Scope } from '../context.ts';
import type { Warning } from '../link/link-call.ts';
import { refuseOdoo } from './odoo-refusals.ts';

type Place = Pick<Scope, 'instance'> & { readonly sources: Pick<Scope['sources'], 'surface'> };

const MOST_NAMED = 10;
const named = (names: readonly string[]) => firstInWords(names, MOST_NAMED);

const odooOf = ({ name }: Pick<Instance, 'name'>) => `the Odoo of ${name}`;

/** Why Odoo could not do it at all. */
export function refuseObstacle(obstacle: Obstacle, { instance, sources }: Place): Refusal {
  const { surface } = sources;
  if (obstacle.kind === 'not_installed') {
    const { module } = obstacle;
    const message = `${capitalised(odooOf(instance))} does not have ${module} installed, so it cannot be upgraded.`;
    const hint = `${surface.call('odoo_install', { modules: [module] })}.`;
    return refuse('not_installed', message, { module, hint }).refusal;
  }
  if (obstacle.kind === 'excludes') {
    const { module, other } = obstacle;
    const message = `${module} excludes ${other}: Odoo does not install both.`;
    const hint = 'Choose one of them. If one is installed, it must be uninstalled in Odoo first.';
    return refuse('odoo_failed', message, { module, hint, details: { reason: 'excludes' } }).refusal;
  }
  const { chain, kind } = obstacle;
  const module = chain.at(-1) as string;
  const needed =
    chain.length > 1
      ? `${chain.slice(0, -1).slice(-MOST_NAMED).join(' -> ')} needs ${module}, which`
      : module;
  const message = {
    unknown: `${needed} is neither in the list of ${odooOf(instance)} nor on its addons path.`,
    uninstallable: `${needed} is uninstallable for ${odooOf(instance)}.`,
    too_deep: `${needed} lies deeper than Odoo follows dependencies.`,
  }[kind];
  const seeWhy = `${surface.call('addon_info', { module })} to see why.`;
  const hint = {
    unknown: seeWhy,
    uninstallable: seeWhy,
    too_deep: 'Install what it needs first, a few at a time.',
  }[kind];
  return refuse('dependency_missing', message, { module, hint, details: { chain: chain.slice(-MOST_NAMED) } })
    .refusal;
}

/** What an earlier operation left unfinished: Odoo would go on with it, whatever it is asked for. */
export function refuseStuck(
  stuck: readonly Pick<KnownToOdoo, 'name' | 'state'>[],
  { instance, sources }: Place,
): Refusal {
  const states = named(stuck.map(({ name, state }) => `${name} (${state})`));
  const message = `${capitalised(odooOf(instance))} has not finished an earlier operation: ${states}.`;
  const hint = stuck.some(({ state }) => state === 'to remove')
    ? 'Ask the operator to restart Odoo, which goes on with the removal or says in its log why not.'
    : `If nobody is working on it any more, ${howToRecover({ instance, sources })}: what is unfinished is cancelled then.`;
  return refuse('odoo_failed', message, {
    hint,
    details: { reason: 'stuck', stuck: stuck.slice(0, MOST_NAMED).map(({ name }) => name) },
  }).refusal;
}

/** Why Odoo must be restarted first. */
export type RestartCause =
  | { readonly kind: 'upgrade' | 'recover' }
  | {
      readonly kind: 'outdated' | 'not_listed' | 'not_restarted';
      readonly modules: readonly string[];
    };

/** Odoo must be restarted first, and the operator has not said how. */
export function refuseRestart(cause: RestartCause, { instance, sources }: Place): Refusal {
  const odoo = odooOf(instance);
  const message = {
    upgrade: () =>
      `${capitalised(odoo)} must be restarted before an upgrade: until then it runs the old code, and would load new data with it.`,
    recover: () =>
      `${capitalised(odoo)} must be restarted before what is unfinished is cancelled: otherwise it gets stuck again.`,
    outdated: (modules: readonly string[]) =>
      `${capitalised(odoo)} remembers other manifests of ${named(modules)} than are on the disk now, or that there were none: it must be restarted first.`,
    not_restarted: (modules: readonly string[]) =>
      `${capitalised(odoo)} was not restarted after the code of ${named(modules)} changed: it still has other versions than are on the disk, and would load new data with the old code. Or it looks in other folders than are known here.`,
    not_listed: (modules: readonly string[]) =>
      `${capitalised(odoo)} does not list ${named(modules)}, although the files are there: it looked for them before they were${isSince(instance.series, '19.0') ? ', or its addons directory was empty when it started' : ''}. It must be restarted first.`,
  }[cause.kind]('modules' in cause ? cause.modules : []);
  const again =
    cause.kind === 'not_listed' && hasHook(instance)
      ? capitalised(sources.surface.again({ recover: true }))
      : `Have it restarted, then ${sources.surface.again({ restarted: true })}`;
  const hint = `${again}.`;
  return refuse('restart_needed', message, {
    hint,
    details: {
      cause: cause.kind,
      ...('modules' in cause && { modules: cause.modules.slice(0, MOST_NAMED) }),
    },
  }).refusal;
}

/** Nobody could review it, and no record should keep it. */
export function refuseTooMany(most: number, { instance }: Place): Refusal {
  const message = `${capitalised(odooOf(instance))} would install or upgrade more than ${most} modules.`;
  return refuse('odoo_failed', message, {
    hint: 'Name modules that bring fewer others along.',
    details: { reason: 'too_many' },
  }).refusal;
}

/** Odoo has read its list again, and a restart does not explain what is missing in it. */
export function refuseUnlisted(modules: readonly string[], { instance }: Place): Refusal {
  const message = `${capitalised(odooOf(instance))} does not list ${named(modules)}, although the files are there: it looks in other folders than odoo.conf says here.`;
  const hint = 'Ask the operator to compare the addons path of the running Odoo with what `doctor` shows.';
  const details = { reason: 'not_listed', modules: modules.slice(0, MOST_NAMED) };
  return refuse('odoo_failed', message, { hint, details }).refusal;
}

/** Odoo would do more now than was foreseen, and perhaps approved. */
export function refuseMore(more: readonly string[], { instance }: Place): Refusal {
  const message = `${capitalised(odooOf(instance))} has read its list again, and would do more than was foreseen: ${named(more)}. Nothing was installed.`;
  return refuse('odoo_failed', message, {
    hint: 'Make the same call again: it now counts with that.',
    details: { reason: 'changed' },
  }).refusal;
}

/** Modules are not what they were when the operation was planned, and perhaps approved. */
export function refuseChanged(changed: readonly string[], { instance }: Place): Refusal {
  const message = `The code of ${named(changed)} has changed since ${odooOf(instance)} was asked what it would do. Nothing was installed.`;
  return refuse('odoo_failed', message, {
    hint: 'Make the same call again: it is then planned anew.',
    details: { reason: 'changed' },
  }).refusal;
}

/** What became of an operation that did not do what it should. */
export interface NotDone {
  readonly modules: readonly { readonly name: string; readonly is: string }[];
  /** What Odoo answered; null if it answered that all is well. */
  readonly fault: OdooFault | null;
  /** Whether Odoo may still be at it. */
  readonly isAtWork: boolean;
}

/** Odoo was asked, and the database does not say that it was done. */
export function refuseNotDone({ modules, fault, isAtWork }: NotDone, { instance, sources }: Place): Refusal {
  const { surface } = sources;
  const left = modules.map(({ name }) => name).slice(0, MOST_NAMED);
  const states = named(modules.map(({ name, is }) => `${name} is ${is}`));
  const said =
    fault === null
      ? `${capitalised(odooOf(instance))} answered that it is done, and it is not`
      : refuseOdoo(instance, fault).message.replace(/\.$/, '');
  const hint = isAtWork
    ? `Odoo may still be at work. ${surface.call('odoo_refresh', { modules: left })} to see how it ended.`
    : `Ask the operator to look into Odoo's log; then ${howToRecover({ instance, sources })}.`;
  const details = { reason: fault?.kind ?? 'not_done', left };
  return refuse('odoo_failed', `${said}: ${states}.`, { hint, details }).refusal;
}

/** A call that was interrupted when something was already changed. */
export function refuseInTheMiddle(
  { code, details }: Refusal,
  begun: readonly string[],
  { instance, sources }: Place,
): Refusal {
  const left = begun.slice(0, MOST_NAMED);
  const message = `The call was interrupted, and it is not known what became of this in ${odooOf(instance)}: ${named(begun)}.`;
  const hint = `${sources.surface.call('odoo_refresh', {})} to see how it ended.`;
  return refuse(code, message, { hint, details: { ...details, left } }).refusal;
}

/** Packages or programs that modules need are missing, so Odoo would refuse. */
export function refuseExternals(warnings: readonly Warning[]): Refusal {
  const [first] = warnings;
  return refuse(
    'odoo_failed',
    warnings
      .slice(0, MOST_NAMED)
      .map(({ message }) => message)
      .join(' '),
    {
      ...(first !== undefined && { module: first.module }),
      hint: 'Ask the operator to have it installed where Odoo runs, then make the same call again.',
      details: { reason: 'external_dependency' },
    },
  ).refusal;
}

/** The call that cancels what is unfinished and begins again, with what has to be done before. */
function howToRecover({ instance, sources: { surface } }: Place): string {
  return hasHook(instance)
    ? surface.again({ recover: true })
    : `have Odoo restarted and ${surface.again({ recover: true, restarted: true })}`;
}

/** Whether the operator has said how Odoo is restarted. */
export function hasHook({ odoo }: Pick<Instance, 'odoo'>): boolean {
  return (odoo?.restart ?? null) !== null;
}

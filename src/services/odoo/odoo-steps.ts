import type { Surface } from '../../base/surface.ts';
import { firstInWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';

/** What is to be done in Odoo. */
export interface OdooTask {
  /** Why Odoo must be restarted before anything else, as a clause; null if it need not be. */
  readonly restart: string | null;
  /** Whether another step has Odoo restarted. */
  readonly isRestarted?: boolean;
  /** Modules whose data is to follow their code. */
  readonly upgrade?: readonly string[];
  /** What is to be done in a database where they are not installed; `nothing` needs not be said where they are known to be. */
  readonly elsewhere?: 'install' | 'leave' | 'nothing';
  readonly install?: readonly string[];
  /** Whether Odoo has read its list of modules since they were linked. */
  readonly isListed?: boolean;
  /** Whether what an earlier operation left unfinished has to be cancelled. */
  readonly isStuck?: boolean;
}

/** How the reader of an answer works in Odoo. */
interface Means {
  readonly surface: Surface;
  /** Whether the reader has a tool of Odoo. */
  has(tool: 'odoo_refresh' | 'odoo_install' | 'odoo_upgrade'): boolean;
}

/** A reason to restart Odoo, as a clause. */
export const KEEPS_CODE = 'Odoo keeps the code that it has imported';

/** How many modules a step names: a command has to work, but no one reads hundreds of names. */
export const MOST_NAMED = 10;

/**
 * The steps of a task, one line each: with the tools of Odoo where the reader has them, else by hand.
 *
 * A restart comes first: the other way round, an install leaves a module stuck in `to install`, and an upgrade loads new data
 * with old code. Where nothing calls for one, none is needed. A tool restarts Odoo by itself where the operator has said how.
 * @param instance Whose Odoo it is.
 */
export function odooSteps(
  task: OdooTask,
  { odoo = null }: Pick<Instance, 'odoo'>,
  surface: Surface,
): string[] {
  const { restart, isRestarted = false, isStuck = false, upgrade = [], install = [] } = task;
  const means: Means = { surface, has: (tool) => odoo !== null && surface.has(tool) };
  const isNeeded = restart !== null && !isRestarted;
  const isUpgrade = upgrade.length > 0;
  const isAll = upgrade.length + install.length === 0;
  const byTool =
    isNeeded &&
    (odoo?.restart ?? null) !== null &&
    !isAll &&
    means.has(isUpgrade ? 'odoo_upgrade' : 'odoo_install');
  const itself = byTool ? ` It restarts Odoo first: ${restart}.` : '';
  const steps = isNeeded && !byTool ? [`Restart Odoo${isAll ? '' : ' first'}: ${restart}.`] : [];
  const isDone = isRestarted || (restart !== null && !byTool);
  if (isUpgrade) steps.push(`${upgradeStep(task, upgrade, isDone, means)}${itself}`);
  if (install.length === 0) return steps;
  // A tool that restarts Odoo is told so; once it has, the next one is told that.
  const isFirst = byTool && !isUpgrade;
  const flags: Flags = {
    ...((isFirst || isStuck) && { recover: true }),
    ...((isDone || (byTool && isUpgrade)) && { restarted: true }),
  };
  return [...steps, `${installStep(task, install, flags, means)}${isFirst ? itself : ''}`];
}

/** Arguments of the tools. */
interface Flags {
  readonly recover?: true;
  readonly restarted?: true;
}

function upgradeStep(
  { elsewhere = 'install' }: OdooTask,
  names: readonly string[],
  isRestarted: boolean,
  { surface, has }: Means,
): string {
  const isTool = has('odoo_upgrade');
  const [it, is] = names.length === 1 ? ['it', 'is'] : ['they', 'are'];
  const instead = isTool && has('odoo_install') ? surface.tool('odoo_install') : 'with -i';
  const where = {
    install: `; where ${it} ${is} not installed yet, ${instead}`,
    leave: `, where ${it} ${is} installed`,
    nothing: '',
  }[elsewhere];
  const args = { modules: names.slice(0, MOST_NAMED), ...(isRestarted && { restarted: true }) };
  const act = isTool
    ? surface.call('odoo_upgrade', args)
    : `Run odoo -d DATABASE -u ${listed(names)} --stop-after-init`;
  return `${act}${again(names)}${where}.`;
}

function installStep(
  { restart, isRestarted = false, isListed = false }: OdooTask,
  names: readonly string[],
  flags: Flags,
  { surface, has }: Means,
): string {
  const modules = names.slice(0, MOST_NAMED);
  const them = names.length === 1 ? 'it' : 'them';
  const calm = restart === null && !isRestarted ? '; no restart is needed for that' : '';
  if (has('odoo_install'))
    return `${surface.call('odoo_install', { modules, ...flags })}${again(names)}${calm}.`;
  if (has('odoo_refresh') && !isListed)
    return `${surface.call('odoo_refresh', { modules })}${again(names)}, then install ${them} under Apps in Odoo${calm}.`;
  const apps = isListed
    ? `install ${them} under Apps in Odoo`
    : `choose Apps > Update Apps List in Odoo's developer mode and install ${them}`;
  return `Run odoo -d DATABASE -i ${listed(names)} --stop-after-init${again(names)}, or ${apps}${calm}.`;
}

function listed(names: readonly string[]): string {
  return names.slice(0, MOST_NAMED).join(',');
}

/** Says that a command has to be repeated with the names that it leaves out. */
function again(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `, and again with the other ${more}` : '';
}

/** What Odoo does not serve until it is restarted, which can wait. */
export function staticStep(names: readonly string[]): string {
  return `Restart Odoo at a quiet time: until then the static files of ${named(names)} answer 404.`;
}

/** Modules in a sentence: the first of them, and how many more there are. */
export function named(names: readonly string[]): string {
  return firstInWords(names, MOST_NAMED);
}

import type { PathView } from '../../addons/on-path.ts';
import { holdsModules } from '../../addons/where-odoo-looks.ts';
import type { Instance } from '../../config/instance.ts';
import { isSince } from '../../manifest/series.ts';
import { shownName } from '../own-words.ts';
import type { Warning } from './link-call.ts';

/** What an unlink is about to leave. */
export interface UnlinkFacts {
  readonly instance: Pick<Instance, 'series' | 'odooConf' | 'paths'>;
  readonly dir: { readonly path: string };
  /** The names of the links that are removed. */
  readonly removed: readonly string[];
}

/** Modules of `server_wide_modules` that Odoo no longer finds: it logs an error at start, and runs without them. */
export function warnAboutUnlink({ instance, dir, removed }: UnlinkFacts, view: PathView): Warning[] {
  const serverWide = new Set(instance.odooConf?.serverWide);
  return removed
    .filter((module) => serverWide.has(module) && view.findWithout(module, dir.path) === null)
    .map((module) => {
      const message = `${module} is in server_wide_modules of odoo.conf: without it Odoo logs an error at each start. Remove it there, too.`;
      return { code: 'server_wide', module, message };
    });
}

/** How many modules a step names. */
const MOST_NAMED = 10;

/** What to do in Odoo before and after; one sentence for each step. */
export function stepsAfterUnlink({ instance, dir, removed: all }: UnlinkFacts, view: PathView): string[] {
  const { series } = instance;
  // Odoo finds the others in another place.
  const removed = all.filter((module) => view.findWithout(module, dir.path) === null);
  const others = removed.length - MOST_NAMED;
  const names = `${removed.slice(0, MOST_NAMED).map(shownName).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  const [are, them] = removed.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const uninstall = `If ${names} ${are} installed, uninstall ${them} in Odoo before the next restart or update: Odoo cannot uninstall a module without its files.`;
  const steps = [
    ...(removed.length > 0 ? [uninstall] : []),
    'Restart Odoo: running workers still have the code in memory.',
  ];
  if (holdsModules(dir.path, instance, new Set(all))) return steps;
  const rest = isSince(series, '19.0')
    ? `Odoo ${series} leaves it out when it starts, so the first module that is linked there later needs a restart.`
    : `In odoo.conf that does no harm, but Odoo ${series} does not start with such a directory in --addons-path on its command line.`;
  return [...steps, `After this, ${dir.path} holds no module. ${rest}`];
}

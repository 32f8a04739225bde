import type { PathView } from '../../addons/on-path.ts';
import { holdsModules } from '../../addons/where-odoo-looks.ts';
import type { Surface } from '../../base/surface.ts';
import type { Instance } from '../../config/instance.ts';
import { isSince } from '../../manifest/series.ts';
import { named, odooSteps } from '../odoo/odoo-steps.ts';
import { shownName } from '../own-words.ts';
import type { Warning } from './link-call.ts';

/** What an unlink is about to leave. */
export interface UnlinkFacts {
  readonly instance: Pick<Instance, 'series' | 'odooConf' | 'paths' | 'odoo'>;
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

/** What is known of Odoo, and of what else a call does. */
export interface UnlinkSituation {
  readonly surface: Surface;
  /** Whether Odoo said that none of the modules is installed. */
  readonly isNoneInstalled: boolean;
  /** Whether the call makes or keeps links, whose own steps say whether Odoo must be restarted. */
  readonly isBesideLinks: boolean;
}

/** What to do in Odoo before and after; one line for each step. */
export function stepsAfterUnlink(
  { instance, dir, removed }: UnlinkFacts,
  view: PathView,
  { surface, isNoneInstalled, isBesideLinks }: UnlinkSituation,
): string[] {
  const isElsewhere = (module: string) => view.findWithout(module, dir.path) !== null;
  const moved = removed.filter(isElsewhere);
  const gone = removed.filter((module) => !isElsewhere(module)).map(shownName);
  const [are, they] = gone.length === 1 ? ['is', 'it'] : ['are', 'they'];
  const steps: string[] = [];
  if (gone.length > 0 && !isNoneInstalled) {
    steps.push(
      `If ${named(gone)} ${are} installed, ${they} must be linked until ${they} ${are} uninstalled in Odoo: from the next restart on, Odoo runs without the files, and screens that need them fail.`,
    );
  }
  if (moved.length > 0) {
    const restart = `Odoo finds ${named(moved)} elsewhere now, and keeps the code that it has imported`;
    steps.push(...odooSteps({ restart, upgrade: moved, elsewhere: 'leave' }, instance, surface));
  }
  if (gone.length > 0) {
    const calm = moved.length > 0 || isBesideLinks ? '' : 'No restart is needed. ';
    steps.push(`${calm}Odoo goes on listing ${named(gone)}: an install from that list would get stuck.`);
  }
  if (isBesideLinks || holdsModules(dir.path, instance, new Set(removed))) return steps;
  const { series } = instance;
  const rest = isSince(series, '19.0')
    ? `Odoo ${series} leaves it out when it starts, so the first module linked there later takes a restart`
    : `in odoo.conf that does no harm, but Odoo ${series} does not start with it in --addons-path on its command line`;
  return [...steps, `${dir.path} holds no module then: ${rest}.`];
}

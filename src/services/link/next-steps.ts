import { type OnPath, remedyForOffPath } from '../../addons/where-odoo-looks.ts';
import { capitalised } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import type { AfterChange } from '../odoo/after-change.ts';
import { named, type OdooTask, odooSteps, staticStep } from '../odoo/odoo-steps.ts';
import type { NextStepFacts, StepLink } from './step-facts.ts';
import {
  whyBehind,
  whyEmpty,
  whyOutdated,
  whyReplaced,
  whyReturned,
  whyStuck,
  whyUnlinked,
  whyUnlisted,
} from './why-restart.ts';

/**
 * How to make Odoo of this series see the links; one line for each step.
 * @param said What Odoo said when it had read its list again; null if it did not.
 */
export function nextSteps(facts: NextStepFacts, said: AfterChange | null = null): string[] {
  const { instance, surface, dir, onPath, lacksExternals = false } = facts;
  const serverWide = namesOf(facts.links.filter(({ isServerWide }) => isServerWide));
  const links = facts.links.filter(({ isServerWide }) => !isServerWide);
  const task = said === null ? taskOf(links, facts) : taskAsSaid(links, facts, said);
  const isRestarted = onPath === 'no' || serverWide.length > 0;
  const steps = placeSteps(dir.path, onPath, instance);
  if (serverWide.length > 0) {
    steps.push(
      `Add ${named(serverWide)} to server_wide_modules in odoo.conf (or to --load), after the names that are there, and restart Odoo: what is not installable is only loaded so.`,
    );
  }
  if (lacksExternals && task.upgrade.length + task.install.length > 0) {
    steps.push(
      'First have the missing packages and programs installed where Odoo runs: the warnings name them.',
    );
  }
  steps.push(...odooSteps({ ...task, isRestarted }, instance, surface));
  const lacking = task.restart === null && !isRestarted ? withoutStatic(links, instance.series) : [];
  if (lacking.length > 0) steps.push(staticStep(lacking));
  return steps;
}

function placeSteps(path: string, onPath: OnPath, { paths }: Pick<Instance, 'paths'>): string[] {
  if (onPath === 'yes') return [];
  if (onPath === 'no')
    return [`${capitalised(remedyForOffPath(path, paths))}: it is not on the addons path yet.`];
  return [
    `Make sure that Odoo looks in ${paths?.toOdoo(path) ?? path}: that cannot be told from here, because ${onPath.doubt}.`,
  ];
}

/**
 * Up to 18.0 Odoo finds the static files of what was there when it started, or was first asked for such a file (`odoo/http.py`:
 * `load_addons` up to 15.0, `Application.statics` from 16.0 on); 19.0 looks each time.
 */
function withoutStatic(links: readonly StepLink[], series: Series): string[] {
  if (isSince(series, '19.0')) return [];
  return namesOf(links.filter(({ action, hasStatic }) => action === 'create' && hasStatic));
}

type Task = OdooTask & Required<Pick<OdooTask, 'upgrade' | 'install'>>;

/** What is to be done as far as the links tell. */
function taskOf(links: readonly StepLink[], facts: NextStepFacts): Task {
  const { series } = facts.instance;
  const isUpgraded = ({ action }: StepLink) => action === 'replace';
  return {
    restart: whyReplaced(links, series) ?? whyEmpty(links, facts) ?? whyUnlinked(links, series),
    upgrade: namesOf(links.filter(isUpgraded)),
    install: namesOf(links.filter((link) => isAskedFor(link) && !isUpgraded(link))),
  };
}

/** What is to be done as Odoo itself says. Of those that it does not tell of, nothing more is known than before. */
function taskAsSaid(links: readonly StepLink[], facts: NextStepFacts, { modules = [] }: AfterChange): Task {
  const { series } = facts.instance;
  const rows = new Map(modules.map((row) => [row.module, row]));
  const stateOf = ({ module }: StepLink) => rows.get(module)?.state;
  const onDisk = ({ module }: StepLink) => rows.get(module)?.on_disk;
  const are = (...states: ReturnType<typeof stateOf>[]) =>
    links.filter((link) => states.includes(stateOf(link)));
  const behind = are('installed').filter((link) => onDisk(link) !== undefined);
  const replaced = are('installed', undefined).filter(({ action }) => action === 'replace');
  const upgrade = new Set([...behind, ...replaced]);
  const stuck = are('to install', 'to upgrade');
  const install = [...are('uninstalled', 'not in the list', undefined), ...stuck].filter(
    (link) => isAskedFor(link) && !upgrade.has(link),
  );
  const outdated = are('uninstalled').filter((link) => {
    const { version, odoo_version = version } = link;
    return (onDisk(link) ?? odoo_version) !== odoo_version;
  });
  const unlisted = are('not in the list');
  const returned = are('installed').filter(({ action }) => action === 'create');
  return {
    restart:
      whyStuck(stuck) ??
      whyReplaced([...upgrade, ...install], series) ??
      whyBehind(behind) ??
      whyReturned(returned) ??
      whyEmpty(unlisted, facts) ??
      whyOutdated(outdated, series) ??
      whyUnlisted(unlisted, series),
    upgrade: namesOf([...upgrade]),
    elsewhere: [...upgrade].every((link) => stateOf(link) === 'installed') ? 'nothing' : 'install',
    install: namesOf(install),
    isListed: true,
    isStuck: stuck.length > 0,
  };
}

/** Odoo installs the others as dependencies of these. */
function isAskedFor({ required_by }: StepLink): boolean {
  return required_by.length === 0;
}

function namesOf(links: readonly StepLink[]): string[] {
  return links.map(({ module }) => module);
}

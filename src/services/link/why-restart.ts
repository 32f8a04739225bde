/**
 * Why Odoo must be restarted before links can be used, each as a clause; null if it need not be.
 *
 * | cause                                                | since |
 * | ---------------------------------------------------- | ----- |
 * | a link was re-pointed: imported code stays           | 14.0  |
 * | it was started while an installed module was missing | 14.0  |
 * | it may remember that a module was missing            | 16.0  |
 * | it left out an addons directory without modules      | 19.0  |
 *
 * `get_manifest` (odoo/modules/module.py) remembers since 16.0 what it found, also that there was nothing; `_check_addons_path`
 * (odoo/tools/config.py) leaves out directories since 19.0.
 */
import { isSince, type Series } from '../../manifest/series.ts';
import { KEEPS_CODE, named } from '../odoo/odoo-steps.ts';
import type { NextStepFacts, StepLink } from './step-facts.ts';

type Links = readonly StepLink[];

const names = (links: Links) => named(links.map(({ module }) => module));
const was = ({ length }: Links) => (length === 1 ? 'was' : 'were');

/** Links were re-pointed. Those that were broken may have been looked for meanwhile. */
export function whyReplaced(links: Links, series: Series): string | null {
  const replaced = links.filter(({ action }) => action === 'replace');
  if (replaced.length === 0) return null;
  if (isSince(series, '16.0') && replaced.every(({ isMended }) => isMended)) return whyMissing(replaced);
  const lead = replaced.length === 1 ? 'leads' : 'lead';
  return `${names(replaced)} ${lead} elsewhere now, and ${KEEPS_CODE}`;
}

/** Modules come back that were unlinked. */
export function whyUnlinked(links: Links, series: Series): string | null {
  const back = links.filter(({ action, wasUnlinked }) => action === 'create' && wasUnlinked);
  if (back.length === 0 || !isSince(series, '16.0')) return null;
  return whyMissing(back);
}

function whyMissing(links: Links): string {
  return `Odoo may remember that ${names(links)} ${was(links)} missing`;
}

/** The first module is linked into an addons directory. */
export function whyEmpty(
  links: Links,
  { instance: { series }, wasEmpty = false }: Pick<NextStepFacts, 'instance' | 'wasEmpty'>,
): string | null {
  if (!wasEmpty || !isSince(series, '19.0') || links.every(({ action }) => action === 'keep')) return null;
  return `Odoo ${series} leaves out an addons directory that has no module when it starts`;
}

/** @param links Installed modules of which another version is on the disk. */
export function whyBehind(links: Links): string | null {
  return links.length === 0 ? null : KEEPS_CODE;
}

/** @param links Installed modules that were not linked. Odoo starts without one that it does not find (`odoo/modules/loading.py`). */
export function whyReturned(links: Links): string | null {
  if (links.length === 0) return null;
  const [are, their, them] = links.length === 1 ? ['is', 'its', 'it'] : ['are', 'their', 'them'];
  return `${names(links)} ${are} installed, and an Odoo that was started without ${their} files runs without ${them}`;
}

/** @param links Modules that are not installed, of which Odoo has another version than the disk. */
export function whyOutdated(links: Links, series: Series): string | null {
  if (links.length === 0 || !isSince(series, '16.0')) return null;
  return `Odoo remembers another manifest of ${names(links)} than there is now, or none`;
}

/** @param links Modules that are not in Odoo's list once it was read again. */
export function whyUnlisted(links: Links, series: Series): string | null {
  if (links.length === 0 || !isSince(series, '16.0')) return null;
  return `Odoo does not list ${names(links)}, perhaps because it looked before the files were there`;
}

/** @param links Modules with which an operation was begun and not finished. */
export function whyStuck(links: Links): string | null {
  return links.length === 0 ? null : `an earlier operation with ${names(links)} was not finished`;
}

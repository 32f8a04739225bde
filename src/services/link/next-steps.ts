import { isSince, type Series } from '../../manifest/series.ts';
import type { ReportedLink } from './link-call.ts';

export interface NextStepFacts {
  readonly series: Series;
  readonly dir: { readonly path: string };
  /** Whether Odoo looks into the addons directory, as far as the configuration tells. */
  readonly isOnPath: boolean;
  readonly links: readonly Pick<ReportedLink, 'module' | 'action' | 'required_by'>[];
  /** Whether the addons directory held no module before; looked at only where it matters. */
  wasEmpty(): Promise<boolean>;
}

/** What makes Odoo see the links, true for the instance's series; each step a sentence. */
export async function nextSteps({
  series,
  dir,
  isOnPath,
  links,
  wasEmpty,
}: NextStepFacts): Promise<string[]> {
  const steps: string[] = [];
  if (!isOnPath) {
    steps.push(
      `Add ${dir.path} to addons_path in odoo.conf and restart Odoo: it is not on the addons path yet.`,
    );
  }
  const replaced = links.filter(({ action }) => action === 'replace').map(({ module }) => module);
  const changed = links.some(({ action }) => action !== 'keep');
  if (replaced.length > 0) {
    steps.push('Restart Odoo: a link was re-pointed, and Python keeps the code it has imported.');
    steps.push(
      `Where it is installed already, update it: odoo -d DATABASE -u ${replaced.join(',')} --stop-after-init.`,
    );
  } else if (changed && isSince(series, '19.0') && (await wasEmpty())) {
    steps.push('Restart Odoo: 19.0 drops an addons directory that held no module when it started.');
  } else if (changed && isSince(series, '16.0')) {
    steps.push('If Odoo has looked for the module before and missed it, restart it: the miss is cached.');
  }
  // Odoo installs the others along with what needs them.
  const asked = links.filter(({ required_by }) => required_by.length === 0);
  const names = asked.map(({ module }) => module).join(',');
  if (names === '') return steps;
  steps.push(
    `In Odoo, with developer mode on, choose Apps > Update Apps List and install ${names}; or run ` +
      `odoo -d DATABASE -i ${names} --stop-after-init.`,
  );
  return steps;
}

import { join } from 'node:path';
import { toolCall } from '../addons/lookup.ts';
import type { Family } from '../addons/roots.ts';
import type { Instance } from '../config/instance.ts';
import { isSince } from '../manifest/series.ts';

export interface NextStepFacts {
  readonly instance: Instance;
  readonly links: readonly { readonly module: string; readonly action: string; readonly link: string }[];
  /** Dependencies that could be linked next. */
  readonly unmet: readonly { readonly module: string; readonly family: Family }[];
  /** Whether the addons directory held nothing before. */
  readonly wasEmpty: boolean;
}

/** What makes Odoo see the links, true for the instance's series; each step a sentence. */
export function nextSteps({ instance, links, unmet, wasEmpty }: NextStepFacts): string[] {
  const steps: string[] = [];
  for (const family of ['oca', 'ee'] as const) {
    const modules = unmet.filter((dependency) => dependency.family === family).map(({ module }) => module);
    if (modules.length > 0) steps.push(`Link what is still missing: ${toolCall(family, ...modules)}.`);
  }
  const dir = instance.addonsDirs.find(({ path }) => links.some(({ link }) => link.startsWith(`${path}/`)));
  if (dir !== undefined && !isOnAddonsPath(instance, dir)) {
    steps.push(
      `Add ${dir.path} to addons_path in odoo.conf and restart Odoo: it is not on the addons path yet.`,
    );
  }
  const changed = links.filter(({ action }) => action !== 'keep');
  if (changed.some(({ action }) => action === 'replace')) {
    steps.push('Restart Odoo: a link was re-pointed, and Python keeps the code it has imported.');
  } else if (changed.length > 0 && wasEmpty && isSince(instance.series, '19.0')) {
    steps.push('Restart Odoo: 19.0 drops an addons directory that held no module when it started.');
  } else if (changed.length > 0 && isSince(instance.series, '16.0')) {
    steps.push('If Odoo has looked for the module before and missed it, restart it: the miss is cached.');
  }
  const names = links.map(({ module }) => module).join(',');
  steps.push(
    `In Odoo, with developer mode on, choose Apps > Update Apps List and install ${names}; or run ` +
      `odoo -d DATABASE -i ${names} --stop-after-init.`,
  );
  return steps;
}

/** Whether odoo.conf names the directory; taken for granted when no odoo.conf is configured. */
function isOnAddonsPath({ odooConf, series }: Instance, dir: { path: string; configured: string }): boolean {
  if (odooConf === null) return true;
  const inDataDir = odooConf.dataDir === null ? [] : [join(odooConf.dataDir, 'addons', series)];
  return [...odooConf.addonsPath, ...inDataDir].some(
    (entry) => entry === dir.path || entry === dir.configured,
  );
}

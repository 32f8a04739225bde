import { type OnPath, remedyForOffPath } from '../../addons/where-odoo-looks.ts';
import type { PathMap } from '../../base/path-map.ts';
import { capitalised } from '../../base/text.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import type { ReportedLink } from './link-call.ts';

export interface NextStepFacts {
  readonly series: Series;
  readonly dir: { readonly path: string };
  /** Where Odoo sees the folders of this host. */
  readonly paths: PathMap | null;
  /** Whether Odoo looks in the addons directory, as far as the configuration says. */
  readonly onPath: OnPath;
  readonly links: readonly Pick<ReportedLink, 'module' | 'action' | 'required_by'>[];
  /** The modules that cannot be installed and are linked for `server_wide_modules`. */
  readonly serverWide?: readonly string[];
  /** Whether Odoo's Python environment or system lacks what a module needs, as far as that was asked. */
  readonly lacksExternals?: boolean;
  /** Whether the addons directory had no module before; called only if it matters. */
  wasEmpty(): boolean;
}

/** How to make Odoo of this series see the links; one sentence for each step. */
export function nextSteps({
  series,
  dir,
  paths,
  onPath,
  links,
  serverWide = [],
  lacksExternals = false,
  wasEmpty,
}: NextStepFacts): string[] {
  const steps: string[] = [];
  if (onPath === 'no') {
    steps.push(`${capitalised(remedyForOffPath(dir.path, paths))}: it is not on the addons path yet.`);
  } else if (onPath !== 'yes') {
    steps.push(
      `Make sure that Odoo looks in ${paths?.toOdoo(dir.path) ?? dir.path}: that cannot be told from here, because ${onPath.doubt}.`,
    );
  }
  const replaced = links.filter(({ action }) => action === 'replace').map(({ module }) => module);
  const changed = links.some(({ action }) => action !== 'keep');
  const installed = replaced.filter((name) => !serverWide.includes(name));
  if (replaced.length > 0) {
    steps.push('Restart Odoo: a link was replaced, and Python keeps the code it has already imported.');
    if (installed.length > 0) {
      steps.push(
        `In every database where it is installed, update it: odoo -d DATABASE -u ${listed(installed)} --stop-after-init${again(installed, 'were replaced')}.`,
      );
    }
  } else if (changed && isSince(series, '19.0') && wasEmpty()) {
    steps.push(
      'Restart Odoo: since 19.0 it ignores an addons directory that had no module when Odoo started.',
    );
  } else if (changed && isSince(series, '16.0')) {
    steps.push(
      'If Odoo looked for the module before it was linked, restart Odoo: it caches that a module is missing.',
    );
  }
  // Odoo installs the others as dependencies of these.
  const asked = links.filter(
    ({ module, required_by }) => required_by.length === 0 && !serverWide.includes(module),
  );
  if (serverWide.length > 0) {
    steps.push(
      `Add ${listed(serverWide)}${more(serverWide)} to server_wide_modules in odoo.conf (or to --load), after the names that are there, and restart Odoo: what is not installable is only loaded so.`,
    );
  }
  const names = asked.map(({ module }) => module);
  if (names.length === 0) return steps;
  if (lacksExternals) {
    steps.push(
      'Before the next step, have the missing packages and programs installed where Odoo runs; the warnings name them.',
    );
  }
  steps.push(
    `In Odoo, with developer mode on, choose Apps > Update Apps List and install ${listed(names)}${more(names)}; or run ` +
      `odoo -d DATABASE -i ${listed(names)} --stop-after-init${again(names, 'were asked for')}.`,
  );
  return steps;
}

/** How many modules a step names: a command has to work, but no one reads hundreds of names. */
const MOST_NAMED = 10;

function listed(names: readonly string[]): string {
  return names.slice(0, MOST_NAMED).join(',');
}

function more(names: readonly string[]): string {
  return names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
}

/** @param which Follows "that". */
function again(names: readonly string[], which: string): string {
  const others = names.length - MOST_NAMED;
  return others > 0 ? `, and again with the other ${others} that ${which}` : '';
}

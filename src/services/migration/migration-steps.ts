/** What an operator does after the links have moved: the settings that make the instance one of the new series, and Odoo's part. */
import { FAMILIES, type Root } from '../../addons/roots.ts';
import { inWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { Series } from '../../manifest/series.ts';
import type { MigrationReport } from './migration-report.ts';

/** How many roots are written out. */
const MOST_ROOTS = 8;

/**
 * One sentence for each step.
 * @param next The instance as it will be.
 * @param others The instances whose roots its links lead into now.
 */
export function stepsAfterMigration(
  { from, to, modules }: MigrationReport,
  now: Instance,
  next: Instance,
  others: readonly Instance[],
): string[] {
  const at = `instances.${now.name}`;
  const steps = [
    `In the configuration, set ${at}.series to "${to}" and ${at}.roots to ${describeRoots(next.roots, others)}, and restart the server.`,
  ];
  const rest = [now.odooConf === null ? [] : 'odooConf', now.python === null ? [] : 'python'].flat();
  if (rest.length > 0)
    steps.push(`Check ${inWords(rest.map((key) => `${at}.${key}`))} as well: they may be of Odoo ${from}.`);
  steps.push(
    `Then \`odoo-link-mcp status --instance ${now.name}\` says what is not right yet, by the rules of Odoo ${to}.`,
    `Odoo ${to} must not start on a database of ${from}: migrate each database first, with OpenUpgrade or Odoo's own service.`,
  );
  const left = modules.filter(({ action }) => action === 'leave').length;
  if (left > 0) steps.push(describeLeft(left, from));
  return steps;
}

function describeLeft(left: number, from: Series): string {
  const [lead, modules, them] =
    left === 1 ? ['leads', 'its module is', 'it'] : ['lead', 'their modules are', 'them'];
  return `${left} of the links still ${lead} into the sources of Odoo ${from}: run this again when ${modules} there, before the configuration is changed, or unlink ${them} now.`;
}

function describeRoots(roots: readonly Root[], others: readonly Instance[]): string {
  const whose = others.map(({ name }) => `the instance ${name}`).join(' or ');
  const isSorted = roots.some(({ because }) => because !== undefined);
  if (whose !== '' && (isSorted || roots.length > MOST_ROOTS)) return `those of ${whose}`;
  if (isSorted || roots.length > MOST_ROOTS) return 'the checkouts of that series';
  const byFamily = FAMILIES.flatMap((family) => {
    const own = roots
      .filter((root) => root.family === family)
      .map(({ path, configured }) => configured ?? path);
    return own.length === 0 ? [] : [[family, own]];
  });
  return JSON.stringify(Object.fromEntries(byFamily));
}

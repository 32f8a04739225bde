import { counted, oneLine, quoted } from '../../base/text.ts';
import type { LinkReport, ReportedLink } from './link-call.ts';

const HEADINGS = { linked: 'Linked', already_linked: 'Already linked', planned: 'Would link (dry run)' };
const VERBS = { create: 'new', replace: 'replaced', keep: 'unchanged' };

/** A link report as short text for a person. */
export function describeReport(report: LinkReport): string {
  const { status, instance, series, target_dir, links, satisfied, external_dependencies, warnings } = report;
  const count = counted(links.length, 'module');
  const lines = [`${HEADINGS[status]}: ${count} in ${target_dir} (instance ${instance}, Odoo ${series}).`];
  lines.push(...links.map((link) => `- ${describeLink(link)}`));
  if (satisfied.length > 0)
    lines.push(`Dependencies found: ${satisfied.map(({ module }) => module).join(', ')}.`);
  const { python, bin } = external_dependencies;
  if (python.length > 0) lines.push(`Python packages needed: ${python.join(', ')}.`);
  if (bin.length > 0) lines.push(`Programs needed: ${bin.join(', ')}.`);
  lines.push(...warnings.map(({ code, message }) => `Warning (${code}): ${message}`));
  lines.push(...report.next_steps.map((step) => `Next: ${step}`));
  // Text from a manifest must not be able to look like a line of this report.
  return lines.map(oneLine).join('\n');
}

function describeLink(link: ReportedLink): string {
  const { module, action, version, odoo_version, repo, branch, commit, dirty } = link;
  const shown = odoo_version === undefined ? '' : `; Odoo shows ${odoo_version}`;
  const git = [branch, commit?.slice(0, 10), dirty === true ? 'with local changes' : null];
  const origin = [repo === null ? null : quoted(repo), ...git].flatMap((part) => part ?? []).join(' ');
  return `${module} ${version} (${VERBS[action]}${shown}) from ${origin}`;
}

import { oneLine, quoted } from '../../base/text.ts';
import type { LinkReport, ReportedLink } from './link-call.ts';

const HEADINGS = { linked: 'Linked', already_linked: 'Already linked', planned: 'Would link (dry run)' };
const VERBS = { create: 'new', replace: 're-pointed', keep: 'was there' };

/** A link report as a short text for a person. */
export function describeReport(report: LinkReport): string {
  const { status, instance, series, target_dir, links, satisfied, external_dependencies, warnings } = report;
  const count = links.length === 1 ? '1 module' : `${links.length} modules`;
  const lines = [`${HEADINGS[status]}: ${count} in ${target_dir} (instance ${instance}, Odoo ${series}).`];
  lines.push(...links.map((link) => `- ${describeLink(link)}`));
  if (satisfied.length > 0)
    lines.push(`Dependencies found: ${satisfied.map(({ module }) => module).join(', ')}.`);
  const { python, bin } = external_dependencies;
  if (python.length > 0) lines.push(`Python packages needed: ${python.join(', ')}.`);
  if (bin.length > 0) lines.push(`Programs needed: ${bin.join(', ')}.`);
  lines.push(...warnings.map(({ code, message }) => `Warning (${code}): ${message}`));
  lines.push(...report.next_steps.map((step) => `Next: ${step}`));
  // Whatever a manifest holds, no line of it can pass for one of these.
  return lines.map(oneLine).join('\n');
}

function describeLink({ module, version, action, repo, branch, commit, dirty }: ReportedLink): string {
  const git = [branch, commit?.slice(0, 10), dirty === true ? 'with local changes' : null];
  const origin = [repo === null ? null : quoted(repo), ...git].flatMap((part) => part ?? []).join(' ');
  return `${module} ${version} (${VERBS[action]}) from ${origin}`;
}

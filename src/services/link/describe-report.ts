import { counted, oneLine, quoted } from '../../base/text.ts';
import { describeCloned } from '../checkouts/clone-report.ts';
import { describeAfter } from '../odoo/after-change.ts';
import { describeRest } from '../own-words.ts';
import type { LinkAnswer } from './brief-links.ts';
import { describeRepository } from './by-repository.ts';
import { describeWarning } from './told-links.ts';

const HEADINGS = { linked: 'Linked', already_linked: 'Already linked', planned: 'Would link (dry run)' };

/** Where dependencies were found. */
const PLACES: Readonly<Record<keyof LinkAnswer['satisfied'], string>> = {
  core: "Odoo's own",
  core_list: "Odoo's own by name",
  python: 'installed by pip',
  addons_path: 'on the addons path',
  linked: 'linked',
};

/**
 * The answer of a link call as text for a person.
 * @param heading Its first line.
 */
export function describeReport(answer: LinkAnswer, heading = headingOf(answer)): string {
  const { status, links, satisfied, external_dependencies } = answer;
  const fetched = answer.fetched ?? [];
  const lines = [heading];
  lines.push(...links.map((link) => `- ${describeLink(link, status)}`));
  lines.push(...answer.repositories.map(describeRepository));
  if (fetched.length > 0) lines.push(status === 'planned' ? 'Would clone first:' : 'Cloned for it:');
  lines.push(...fetched.map(describeCloned));
  const there = Object.entries(satisfied).flatMap(([by, names]) =>
    names.length > 0 ? `${PLACES[by as keyof typeof PLACES]}: ${names.join(', ')}` : [],
  );
  if (there.length > 0) lines.push(`Dependencies found, ${there.join('; ')}.`);
  const { python, bin } = external_dependencies;
  if (python.length > 0) lines.push(`Python packages needed: ${python.join(', ')}.`);
  if (bin.length > 0) lines.push(`Programs needed: ${bin.join(', ')}.`);
  lines.push(...answer.warnings.map(describeWarning));
  if (answer.removed !== undefined)
    lines.push(`${status === 'planned' ? 'Would remove' : 'Removed'}: ${answer.removed.join(', ')}.`);
  lines.push(...describeRest(answer));
  if (answer.odoo !== undefined) lines.push(...describeAfter(answer.odoo));
  lines.push(...answer.next_steps.map((step) => `Next: ${step}`));
  // Text from a manifest must not be able to look like a line of this report.
  return lines.map(oneLine).join('\n');
}

function headingOf({ status, instance, series, target_dir, count, kept, fetched = [] }: LinkAnswer): string {
  const changed = counted(count - (kept ?? 0), 'module');
  const others = kept === null ? '' : `, besides ${kept} linked already,`;
  const where = `in ${target_dir} (instance ${instance}, Odoo ${series})`;
  if (status === 'planned' && kept === count)
    return `Already linked (dry run): ${counted(count, 'module')} ${where}.`;
  if (fetched.length > 0 && count === 0)
    return `Would link (dry run) ${where}, once it is cloned: what was named, and all it needs.`;
  return `${HEADINGS[status]}: ${changed}${others} ${where}.`;
}

function describeLink(link: LinkAnswer['links'][number], status: LinkAnswer['status']): string {
  const { module, action, version, odoo_version, repo, source, branch, commit, license, dirty, required_by } =
    link;
  const facts = [
    action === 'replace' ? 'replaced' : action === 'keep' && status !== 'already_linked' ? 'unchanged' : null,
    odoo_version === undefined ? null : `Odoo shows ${odoo_version}`,
    license,
    source === null ? null : `at ${source}`,
    branch === null ? null : `branch ${branch}`,
    commit === null ? null : `commit ${commit.slice(0, 10)}`,
    dirty === null ? null : dirty === true ? 'with local changes' : 'local changes unknown',
    link.auto_install === true ? 'installs itself' : null,
    required_by.length === 0 ? null : `needed by ${required_by.join(', ')}`,
  ].flatMap((fact) => fact ?? []);
  const from = repo === null ? '' : ` from ${quoted(repo)}`;
  return `${module} ${version}${from}${facts.length > 0 ? `; ${facts.join('; ')}` : ''}`;
}

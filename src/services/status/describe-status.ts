import { counted, oneLine, quoted } from '../../base/text.ts';
import { describeInOdoo } from '../odoo/in-odoo.ts';
import type { StatusReport } from './link-status.ts';

/** A status report as text for a person: the counts, what is wrong, then what is well. */
export function describeStatus(report: StatusReport): string {
  const {
    instance,
    series,
    target_dirs,
    counts,
    off_path,
    path_unknown,
    interrupted,
    next_cursor,
    matching,
  } = report;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const said = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const head = `${counted(total, 'entry', 'entries')} in ${target_dirs.join(', ')} (instance ${instance}, Odoo ${series})`;
  const lines = [`${head}${said.length > 0 ? `: ${said.join(', ')}` : ''}.`];
  if (matching !== undefined)
    lines.push(
      `${matching === 0 ? 'None' : matching} of them ${matching > 1 ? 'match' : 'matches'} what was asked for.`,
    );
  for (const dir of off_path) {
    lines.push(`Odoo does not look in ${dir}: add it to addons_path in odoo.conf and restart Odoo.`);
  }
  for (const { dir, because } of path_unknown) {
    lines.push(`Whether Odoo looks in ${dir} cannot be told from here, because ${because}.`);
  }
  for (const dir of interrupted) {
    lines.push(`A change in ${dir} was interrupted: the next call that changes links undoes it.`);
  }
  lines.push(...report.unavailable);
  // First: what Odoo does not find any more is missing from its next restart on.
  if (report.odoo !== undefined) lines.push(...describeInOdoo(report.odoo));
  lines.push(...report.links.map((group) => `- ${describeGroup(group)}`));
  if (report.note !== undefined) lines.push(report.note);
  if (report.not_linked.length > 0) lines.push(`Not linked: ${report.not_linked.join(', ')}.`);
  if (next_cursor !== undefined) lines.push(`More: call again with cursor ${next_cursor}`);
  return lines.map(oneLine).join('\n');
}

function describeGroup({
  state,
  modules,
  dir,
  family,
  repo,
  problem,
  remedy,
}: StatusReport['links'][number]): string {
  const from = repo === null ? family : `${quoted(repo)}${family === null ? '' : ` (${family})`}`;
  const where = [from === null ? '' : ` from ${from}`, dir === null ? '' : ` in ${dir}`].join('');
  const told = [problem, remedy].flatMap((sentence) => sentence ?? []);
  return `${state}${where}: ${modules.join(', ')}${told.length > 0 ? `. ${told.join(' ')}` : ''}`;
}

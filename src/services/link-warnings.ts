import { findOffers } from '../addons/lookup.ts';
import { findRealpathOfFile } from '../addons/python-files.ts';
import { findOnPath, type SearchEntry } from '../addons/search-path.ts';
import { atLine } from '../manifest/problems.ts';
import { quoted } from '../text.ts';
import type { LinkFacts, VouchedModule, Warning } from './link-call.ts';

/** What is worth knowing about links that may be made all the same. */
export function warnAboutLinks(facts: LinkFacts, path: readonly SearchEntry[]): Warning[] {
  return [
    ...facts.modules.flatMap((module) => warnAboutModule(module, facts)),
    ...warnAboutPath(facts, path),
  ];
}

function warnAboutModule({ source, problems }: VouchedModule, { sources }: LinkFacts): Warning[] {
  const module = source.name;
  const warnings: Warning[] = problems
    .filter(({ level }) => level === 'warning')
    .map((problem) => ({ code: problem.code, module, message: atLine(problem) }));
  const other = findOffers(module, sources).find(({ family }) => family !== source.family);
  if (other !== undefined) {
    const message = `${quoted(other.repository.name)} (${other.family}) offers a module of this name too; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  }
  const file = findRealpathOfFile(source.path);
  if (file !== null) {
    const message = `${quoted(file)} uses realpath(__file__), which leads out of the addons path when the module is a link.`;
    warnings.push({ code: 'realpath_of_file', module, message });
  }
  return warnings;
}

/** A link that Odoo would not see: its name is taken earlier, or its directory is not on the path at all. */
function warnAboutPath(
  { plan, instance, sources: { lists } }: LinkFacts,
  path: readonly SearchEntry[],
): Warning[] {
  const warnings: Warning[] = [];
  const position = path.findIndex((entry) => entry.path === plan.dir.path);
  const hasCore = path.some(({ kind }) => kind === 'core');
  for (const { module } of plan.links) {
    const earlier = findOnPath(module, path.slice(0, position), instance.series);
    const inCore = earlier?.kind === 'core' || (earlier === null && !hasCore && lists.community.has(module));
    if (earlier === null && !inCore) continue;
    const where = inCore ? 'in Odoo Community' : 'earlier on the addons path';
    const message = `Odoo has a module of this name ${where}; the link may never be looked at.`;
    warnings.push({ code: 'shadowed', module, message });
  }
  return warnings;
}

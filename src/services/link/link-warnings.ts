import { findOffers } from '../../addons/lookup.ts';
import { findRealpathOfFile } from '../../addons/python-files.ts';
import { atLine } from '../../manifest/problems.ts';
import { quoted } from '../../text.ts';
import { describeExclusion, findExclusions } from '../modules/exclusions.ts';
import type { LinkFacts, VouchedModule, Warning } from './link-call.ts';

/** What is worth knowing about links that may be made all the same. */
export function warnAboutLinks(facts: LinkFacts): Warning[] {
  return [
    ...facts.modules.flatMap((module) => warnAboutModule(module, facts)),
    ...warnAboutPath(facts),
    ...warnAboutExclusions(facts),
    ...facts.warnings,
  ];
}

function warnAboutModule({ source, problems, fields }: VouchedModule, { sources }: LinkFacts): Warning[] {
  const module = source.name;
  const warnings: Warning[] = problems
    .filter(({ level }) => level === 'warning')
    .map((problem) => ({ code: problem.code, module, message: atLine(problem) }));
  const other = findOffers(module, sources).find(({ family }) => family !== source.family);
  if (other !== undefined) {
    const message = `${quoted(other.repository.name)} (${other.family}) offers a module of this name too; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  } else if (source.family === 'oca' && sources.lists.enterprise.has(module)) {
    const message = `Odoo Enterprise has a module of this name too; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  }
  const file = findRealpathOfFile(source.path);
  if (file !== null) {
    const message = `${quoted(file)} uses realpath(__file__), which leads out of the addons path when the module is a link.`;
    warnings.push({ code: 'realpath_of_file', module, message });
  }
  if (fields.autoInstall !== false) {
    const needed = fields.autoInstall === true ? fields.depends : fields.autoInstall;
    const names = needed.map(quoted).join(', ');
    const once = needed.length === 0 ? 'anything is' : `${names} ${needed.length === 1 ? 'is' : 'are'}`;
    const message = `Odoo installs ${module} by itself in a database once ${once} installed there.`;
    warnings.push({ code: 'auto_install', module, message });
  }
  return warnings;
}

/** A link that Odoo would not see, because its name is taken earlier on the path. */
function warnAboutPath({ plan, view }: LinkFacts): Warning[] {
  return plan.links.flatMap(({ module }) => {
    const earlier = view.findBefore(module, plan.dir.path);
    if (earlier === null) return [];
    const inCore = earlier.by === 'core' || earlier.by === 'core_list';
    const where = inCore ? 'in Odoo Community' : 'earlier on the addons path';
    const message = `Odoo has a module of this name ${where}; the link may never be looked at.`;
    return [{ code: 'shadowed', module, message }];
  });
}

/** Modules of the plan that Odoo will not install beside one another, or beside what is linked already. */
function warnAboutExclusions({ plan, modules, instance, view }: LinkFacts): Warning[] {
  const planned = modules.map(({ source, fields }) => ({
    name: source.name as string,
    excludes: fields.excludes,
  }));
  const changed = plan.links.filter(({ action }) => action !== 'keep').map(({ module }) => module as string);
  return findExclusions(planned, instance, view)
    .filter(({ module, other }) => changed.includes(module) || changed.includes(other))
    .map((exclusion) => ({
      code: 'excludes',
      module: exclusion.module,
      message: describeExclusion(exclusion),
    }));
}

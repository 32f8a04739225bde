import { hasEntry } from '../../addons/folder-look.ts';
import { findMissingData } from '../../addons/listed-files.ts';
import { findOffers } from '../../addons/lookup.ts';
import { shownPath } from '../../addons/on-path.ts';
import { findRealPathInModule } from '../../addons/python-files.ts';
import { quoted } from '../../base/text.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import { atLine } from '../../manifest/problems.ts';
import type { Series } from '../../manifest/series.ts';
import { seriesOfBranch } from '../../sources/branch-series.ts';
import type { Provenance } from '../../sources/provenance.ts';
import { describeExclusion, findExclusions } from '../conflicts/exclusions.ts';
import { readLinkedExcludes } from '../conflicts/linked-excludes.ts';
import type { LinkFacts, WarnedModule, Warning } from './link-call.ts';

/** Warnings about links that are made anyway. */
export async function warnAboutLinks(facts: LinkFacts): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const module of [...facts.modules, ...facts.resting]) {
    warnings.push(...(await warnAboutModule(module, facts)));
  }
  warnings.push(...(await warnAboutPath(facts)), ...(await warnAboutExclusions(facts)));
  return [...warnings, ...facts.warnings];
}

async function warnAboutModule(
  { source, problems, fields, literal, isServerWide, provenance }: WarnedModule,
  { sources, turns, instance: { series } }: LinkFacts,
): Promise<Warning[]> {
  const module = source.name;
  const warnings: Warning[] = problems
    .filter(({ level }) => level === 'warning')
    .map((problem) => ({ code: problem.code, module, message: atLine(problem) }));
  const offers = await findOffers(module, sources);
  const other = offers.find(({ family }) => family !== source.family);
  if (other !== undefined) {
    const message = `${quoted(other.repository.name)} (${other.family}) also has a module of this name; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  } else if (source.family !== 'ee' && sources.lists.enterprise.has(module)) {
    const message = `Odoo Enterprise also has a module of this name; Odoo loads only one.`;
    warnings.push({ code: 'name_conflict', module, message });
  }
  if (!provesSeries(fields, provenance, series)) {
    const message = `Nothing proves that ${module} is for Odoo ${series}: its version names no series, and ${describeBranch(provenance)}. Check where the checkout comes from.`;
    warnings.push({ code: 'series_unproven', module, message });
  }
  // What is only loaded brings no data.
  const missing = isServerWide ? [] : await findMissingData(module, source.path, literal, series, turns);
  warnings.push(...missing.slice(0, MOST_MISSING).map(({ code, message }) => ({ code, module, message })));
  const found = await findRealPathInModule(source.path, turns);
  if (found !== null) {
    const { file, line, call } = found;
    const use = call === null ? 'keeps, perhaps for other files,' : `${call}() gets`;
    const message = `${quoted(file)}, line ${line}: ${use} a path made from __file__ with its symlinks resolved. Behind a link that path is outside the addons path, where file_open and the like do not read; use "${module}/..." or abspath(__file__).`;
    warnings.push({ code: 'realpath_of_file', module, message });
  }
  if (fields.autoInstall !== false) {
    const needed = fields.autoInstall === true ? fields.depends : fields.autoInstall;
    const names = needed.map(quoted).join(', ');
    const once = needed.length === 0 ? 'anything is' : `${names} ${needed.length === 1 ? 'is' : 'are'}`;
    const message = `Odoo installs ${module} automatically in a database once ${once} installed there.`;
    warnings.push({ code: 'auto_install', module, message });
  }
  return warnings;
}

/** How many missing files of a module are told. */
const MOST_MISSING = 5;

function describeBranch(provenance: Provenance | null): string {
  if (provenance === null) return 'it is not in git';
  const { branch } = provenance;
  return branch === null ? 'its checkout is on no branch' : `its branch is ${quoted(branch)}`;
}

/** Whether the manifest's version or the branch names the series. Modules that name another one were refused before. */
function provesSeries(
  { rawVersion }: ManifestFields,
  provenance: Provenance | null,
  series: Series,
): boolean {
  const branch = provenance?.branch ?? null;
  const names = rawVersion === series || rawVersion?.startsWith(`${series}.`) === true;
  return names || (branch !== null && seriesOfBranch(branch) === series);
}

/**
 * Links that Odoo would not see, because their names are taken earlier on the path; and links in other addons directories of
 * the instance, which it would not see any more.
 */
async function warnAboutPath({ plan, view, turns, instance, sources }: LinkFacts): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const others = instance.addonsDirs.filter(({ path }) => path !== plan.dir.path);
  for (const { module } of plan.links) {
    await turns.spend(view.entries.length);
    const earlier = view.findBefore(module, plan.dir.path);
    if (earlier === null) {
      for (const { path } of others) {
        const listing = await sources.look.list(path);
        if (listing === null || !hasEntry(listing, module)) continue;
        const message = `${quoted(path)}, another addons directory of the instance, has ${module}, too; Odoo loads the one in ${quoted(plan.dir.path)}.`;
        warnings.push({ code: 'linked_twice', module, message });
      }
      continue;
    }
    const inCore = earlier.by === 'core' || earlier.by === 'core_list';
    const path = shownPath(earlier);
    const place = inCore ? 'in Odoo Community' : 'earlier on the addons path';
    const where = path === null ? place : `${place}, at ${quoted(path)},`;
    const message = `Odoo has a module of this name ${where} and may ignore the link.`;
    warnings.push({ code: 'shadowed', module, message });
  }
  return warnings;
}

/**
 * Modules of the plan that Odoo will not install together, or together with modules already linked; also those whose links
 * stay as they are, so that a call that is repeated says the same.
 */
async function warnAboutExclusions(facts: LinkFacts): Promise<Warning[]> {
  const { modules, resting, instance, sources, view, turns } = facts;
  const planned = [...modules, ...resting].map(({ source, fields }) => {
    return { name: source.name as string, excludes: fields.excludes };
  });
  const names = new Set(planned.map(({ name }) => name));
  const linked = await readLinkedExcludes(instance, turns, sources.look);
  const exclusions = await findExclusions(planned, linked, view, turns);
  return exclusions
    .filter(({ module, other }) => names.has(module) || names.has(other))
    .map((exclusion) => ({
      code: 'excludes',
      module: exclusion.module,
      message: describeExclusion(exclusion),
    }));
}

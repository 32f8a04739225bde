import { type Assessment, dependsOf } from '../../addons/assess.ts';
import { coreLists } from '../../addons/core-lists.ts';
import { isEnterpriseCode } from '../../addons/enterprise-code.ts';
import type { ModuleSource } from '../../addons/lookup.ts';
import { settingOf } from '../../addons/roots.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { type Surface, TOOLS } from '../../base/surface.ts';
import { asSentence, quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { Series } from '../../manifest/series.ts';
import { isOtherSeries, seriesOfBranch } from '../../sources/branch-series.ts';
import { checkoutOf, type Provenance, type ReadProvenance } from '../../sources/provenance.ts';
import type { VouchedModule } from './link-call.ts';
import type { FoundModule } from './resolve-modules.ts';

/**
 * Whether modules that were asked for may be linked although they say `installable: False`: Odoo does not look at that for
 * `server_wide_modules` (odoo/modules/module.py, `load_openerp_module`). `on request`: the call did not ask for it.
 */
export type Excusable = 'none' | 'on request' | 'asked';

/**
 * Checks modules that were found: what their manifests say, and which series their repositories are on.
 * @param excusable Which modules may be linked although they say `installable: False`.
 * @returns Those that may be linked, and refusals for the others.
 */
export async function vouchForModules(
  found: readonly FoundModule[],
  { series }: Instance,
  readProvenance: ReadProvenance,
  excusable: Excusable = 'none',
  surface: Surface = TOOLS,
): Promise<{ modules: VouchedModule[]; refusals: Refusal[] }> {
  const provenances = await readProvenances(
    found.map(({ source }) => source),
    readProvenance,
  );
  const lists = await coreLists(series);
  const modules: VouchedModule[] = [];
  const refusals: Refusal[] = [];
  const needed = new Set(found.flatMap(({ assessment }) => dependsOf(assessment)));
  for (const { source, folders, assessment, requiredBy, chain } of found) {
    const provenance = provenances.get(source.path) ?? null;
    const license = assessment.judgement?.fields?.license;
    const isMisplaced = source.family !== 'ee' && isEnterpriseCode({ ...source, license }, lists);
    // On the branch of another series, the manifest would only repeat the refusal.
    // A module that another one needs must be installable, whoever named it.
    const isFree = chain().length === 0 && !needed.has(source.name) && saysOnlyUninstallable(assessment);
    const isServerWide = isFree && excusable === 'asked';
    const reasons = isMisplaced
      ? [misplaced(source, surface)]
      : isOtherSeries(provenance, series)
        ? [wrongBranch(source, provenance?.branch as string, series)]
        : isServerWide
          ? []
          : assessment.refusals.map((reason) =>
              isFree && excusable === 'on request' ? excused(reason, surface) : reason,
            );
    const fields = assessment.judgement?.fields ?? null;
    if (reasons.length > 0 || fields === null)
      refusals.push(...reasons.map((reason) => because(reason, chain())));
    else
      modules.push({
        source,
        fields,
        problems: assessment.judgement?.problems ?? [],
        literal: assessment.judgement?.literal,
        provenance,
        state: {
          repos: source.repositories.map(({ name }) => name),
          commit: provenance?.commit ?? null,
          dirty: provenance?.dirty ?? null,
          manifest: assessment.sha256,
          folders,
        },
        requiredBy,
        isServerWide,
      });
  }
  return { modules, refusals };
}

/** Reads where modules come from, in one question; the answers by the module's path. */
export async function readProvenances(
  modules: readonly Pick<ModuleSource, 'path' | 'root'>[],
  readProvenance: ReadProvenance,
): Promise<Map<string, Provenance | null>> {
  const read = await readProvenance(modules.map(({ path, root }) => ({ path, root: root.path })));
  return new Map(modules.map(({ path }, index) => [path, read[index] ?? null]));
}

/** Whether `installable: False` is all that is wrong with a module. */
function saysOnlyUninstallable({ judgement, refusals }: Assessment): boolean {
  const [only, ...others] = refusals;
  const errors = judgement?.problems.filter(({ level }) => level === 'error') ?? [];
  return (
    only?.code === 'not_installable' &&
    others.length === 0 &&
    judgement?.fields?.versionSeries === null &&
    errors.every(({ code }) => code === 'not_installable')
  );
}

function excused(refusal: Refusal, surface: Surface): Refusal {
  const again = surface.again({ allow_uninstallable: true });
  const hint = `${refusal.hint ?? ''} If it is meant for --load (server_wide_modules), ${again}.`;
  return { ...refusal, hint: hint.trim() };
}

/** Adds which modules need a module that the caller did not ask for. */
function because(refusal: Refusal, chain: readonly string[]): Refusal {
  if (chain.length === 0) return refusal;
  const message = `${asSentence(refusal.message)} (${chain.join(' -> ')} needs it.)`;
  return { ...refusal, message, details: { ...refusal.details, chain } };
}

function misplaced({ name, repository, root, family }: ModuleSource, surface: Surface): Refusal {
  const setting = settingOf(family, [root]);
  const message = `${name} is Odoo Enterprise's, although its repository ${quoted(repository.name)} lies under ${setting}: ${surface.tool('oca_link')} does not link such modules.`;
  const hint =
    'Ask the operator to name that repository under roots.ee, or to list the folder under roots.auto.';
  return refuse('wrong_family', message, { module: name, details: { family: 'ee' }, hint }).refusal;
}

function wrongBranch({ name, path, repository }: ModuleSource, branch: string, series: Series): Refusal {
  const whose =
    checkoutOf(path) === path ? `checkout of ${name}` : `repository ${quoted(repository.name)} of ${name}`;
  const message = `The ${whose} is on branch ${quoted(branch)}, which is not for ${series}.`;
  return refuse('wrong_series', message, {
    module: name,
    details: { branch: quoted(branch), made_for: seriesOfBranch(branch), series },
    hint: `Ask the operator to make a checkout of its branch ${series}.`,
  }).refusal;
}

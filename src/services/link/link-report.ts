import { join } from 'node:path';
import type { LinkedFamily } from '../../addons/roots.ts';
import { doesOdooLookIn, holdsModules } from '../../addons/where-odoo-looks.ts';
import { quoted } from '../../base/text.ts';
import { adaptedVersion, shownLicense, shownVersion } from '../own-words.ts';
import { externalNames } from './external-dependencies.ts';
import type { LinkFacts, LinkReport, ReportedLink, VouchedModule } from './link-call.ts';
import { warnAboutLinks } from './link-warnings.ts';
import { nextSteps } from './next-steps.ts';

/** Describes a plan before it is carried out: what is linked, what Odoo already finds, what to do next. */
export async function describeLinks(facts: LinkFacts): Promise<LinkReport> {
  const { plan, modules, satisfied, instance, isDryRun } = facts;
  const links = describe(facts);
  const externals = externalNames(facts.needy);
  const changes = links.some(({ action }) => action !== 'keep');
  return {
    status: isDryRun ? 'planned' : changes ? 'linked' : 'already_linked',
    instance: instance.name,
    series: instance.series,
    target_dir: plan.dir.path,
    links,
    satisfied,
    external_dependencies: {
      python: externals.python.map((name) => quoted(name)),
      bin: externals.bin.map((name) => quoted(name)),
    },
    warnings: await warnAboutLinks(facts),
    next_steps: nextSteps({
      series: instance.series,
      dir: plan.dir,
      paths: instance.paths,
      onPath: doesOdooLookIn(plan.dir.path, instance),
      links,
      serverWide: modules.filter(({ isServerWide }) => isServerWide).map(({ source }) => source.name),
      lacksExternals: facts.warnings.some(({ code }) => code === 'external_dependency_missing'),
      wasEmpty: () => !holdsModules(plan.dir.path, instance),
    }),
  };
}

function describe({ plan, modules }: LinkFacts): ReportedLink[] {
  const known = new Map(modules.map((one) => [one.source.name, one]));
  return plan.links.map(({ module, action, source }) => {
    const { fields, provenance, requiredBy } = known.get(module) as VouchedModule;
    return {
      module,
      action,
      link: join(plan.dir.path, module),
      source: source.path,
      family: source.family as LinkedFamily,
      repo: source.repository.name,
      branch: provenance?.branch == null ? null : quoted(provenance.branch),
      commit: provenance?.commit ?? null,
      dirty: provenance?.dirty ?? null,
      version: shownVersion(fields),
      ...adaptedVersion(fields),
      license: shownLicense(fields.license),
      auto_install: fields.autoInstall !== false,
      required_by: requiredBy,
    };
  });
}

import { join } from 'node:path';
import { hasStatic } from '../../addons/assess.ts';
import type { LinkedFamily } from '../../addons/roots.ts';
import { doesOdooLookIn, holdsModules } from '../../addons/where-odoo-looks.ts';
import { quoted } from '../../base/text.ts';
import { isSince } from '../../manifest/series.ts';
import { adaptedVersion, shownLicense, shownVersion } from '../own-words.ts';
import { externalNames } from './external-dependencies.ts';
import type { LinkFacts, LinkReport, ReportedLink, VouchedModule } from './link-call.ts';
import { warnAboutLinks } from './link-warnings.ts';
import { nextSteps } from './next-steps.ts';
import type { NextStepFacts, StepLink } from './step-facts.ts';

/** Describes a plan before it is carried out: what is linked, what Odoo already finds, what to do next. */
export async function describeLinks(facts: LinkFacts): Promise<LinkReport> {
  const { plan, satisfied, instance, isDryRun } = facts;
  const links = describe(facts);
  const stepFacts = stepFactsOf(facts, links);
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
    next_steps: nextSteps(stepFacts),
    stepFacts,
  };
}

function stepFactsOf(facts: LinkFacts, reported: readonly ReportedLink[]): NextStepFacts {
  const { plan, modules, instance, sources, warnings, unlinked } = facts;
  const known = new Map(modules.map((one) => [one.source.name, one]));
  const links = plan.links.map(({ module, action, source, isMended }, index): StepLink => {
    return {
      ...(reported[index] as ReportedLink),
      isServerWide: known.get(module)?.isServerWide ?? false,
      isMended: isMended ?? false,
      wasUnlinked: unlinked?.has(module) ?? false,
      hasStatic: action === 'create' && hasStatic(source.path),
    };
  });
  return {
    ...{ instance, surface: sources.surface, dir: plan.dir, links },
    onPath: doesOdooLookIn(plan.dir.path, instance),
    lacksExternals: warnings.some(({ code }) => code === 'external_dependency_missing'),
    wasEmpty: isSince(instance.series, '19.0') && !holdsModules(plan.dir.path, instance),
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

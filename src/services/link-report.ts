import { join } from 'node:path';
import { modulesIn } from '../addons/discover.ts';
import { isOnConfiguredPath, searchPath } from '../addons/search-path.ts';
import type { LinkFacts, LinkReport, ReportedLink, VouchedModule } from './link-call.ts';
import { reportLinkDependencies } from './link-dependencies.ts';
import { warnAboutLinks } from './link-warnings.ts';
import { nextSteps } from './next-steps.ts';

/** Describes a plan before it is carried out: what is linked, what is still missing, what to do next. */
export function describeLinks(facts: LinkFacts): LinkReport {
  const { plan, modules, instance, isDryRun } = facts;
  const path = searchPath(instance);
  const links = describe(facts);
  const { satisfied, unmet, warnings } = reportLinkDependencies(facts, path);
  const changes = links.some(({ action }) => action !== 'keep');
  return {
    status: isDryRun ? 'planned' : changes ? 'linked' : 'already_linked',
    instance: instance.name,
    series: instance.series,
    target_dir: plan.dir.path,
    links,
    satisfied,
    external_dependencies: {
      python: externalNames(modules.map(({ fields }) => fields.externalDependencies.python)),
      bin: externalNames(modules.map(({ fields }) => fields.externalDependencies.bin)),
    },
    warnings: [...warnings, ...warnAboutLinks(facts, path)],
    next_steps: nextSteps({
      series: instance.series,
      dir: plan.dir,
      isOnPath: instance.odooConf === null || isOnConfiguredPath(plan.dir.path, instance),
      links,
      unmet,
      wasEmpty: () => modulesIn(plan.dir.path).length === 0,
    }),
  };
}

/** A manifest may name any number of them; nobody reads more than these. */
function externalNames(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort().slice(0, 100);
}

function describe({ plan, modules }: LinkFacts): ReportedLink[] {
  return plan.links.map(({ module, action, source }, index) => {
    const { fields, provenance } = modules[index] as VouchedModule;
    return {
      module,
      action,
      link: join(plan.dir.path, module),
      source: source.path,
      family: source.family as 'oca' | 'ee',
      repo: source.repository.name,
      branch: provenance?.branch ?? null,
      commit: provenance?.commit ?? null,
      dirty: provenance?.dirty ?? null,
      version: fields.version,
      license: fields.license,
      auto_install: fields.autoInstall !== false,
      required_by: [],
    };
  });
}

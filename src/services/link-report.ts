import { join } from 'node:path';
import { modulesIn } from '../addons/discover.ts';
import type { Sources } from '../addons/lookup.ts';
import { searchPath } from '../addons/search-path.ts';
import type { Instance } from '../config/instance.ts';
import type { LinkPlan } from '../links/plan.ts';
import { reportLinkDependencies } from './link-dependencies.ts';
import type { LinkRequest, VouchedModule } from './link-modules.ts';
import { warnAboutLinks } from './link-warnings.ts';
import { nextSteps } from './next-steps.ts';

/** What a link call did, or would do: the result of `oca_link` and `ee_link`. */
export interface LinkReport {
  readonly status: 'linked' | 'already_linked' | 'planned';
  readonly instance: string;
  readonly series: string;
  readonly target_dir: string;
  readonly links: readonly ReportedLink[];
  /** Dependencies that Odoo finds already, and where; `path` is null outside the configured folders. */
  readonly satisfied: readonly { module: string; by: string; path: string | null }[];
  readonly external_dependencies: { python: string[]; bin: string[] };
  readonly warnings: readonly Warning[];
  readonly next_steps: readonly string[];
}

export interface ReportedLink {
  readonly module: string;
  readonly action: 'create' | 'replace' | 'keep';
  /** The path of the link and of the folder it leads to. */
  readonly link: string;
  readonly source: string;
  readonly family: 'oca' | 'ee';
  readonly repo: string | null;
  /** Git provenance, null outside git. */
  readonly branch: string | null;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly version: string;
  readonly license: string;
  readonly auto_install: boolean;
  /** Empty for a module the caller asked for. */
  readonly required_by: readonly string[];
}

export interface Warning {
  readonly code: string;
  readonly module: string;
  readonly message: string;
}

export interface LinkFacts {
  readonly plan: LinkPlan;
  readonly modules: readonly VouchedModule[];
  readonly request: LinkRequest;
  readonly instance: Instance;
  readonly sources: Sources;
  /** Whether the plan is only looked at. */
  readonly isDryRun: boolean;
}

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
      wasEmpty: modulesIn(plan.dir.path).length === 0,
    }),
  };
}

/** Whether odoo.conf or the core roots put a folder on the search path; the instance's own word does not count. */
function isOnConfiguredPath(folder: string, instance: Instance): boolean {
  return searchPath({ ...instance, addonsDirs: [] }).some(({ path }) => path === folder);
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

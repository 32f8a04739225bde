import { coreLists } from '../addons/core-lists.ts';
import { lookAtFolders } from '../addons/folder-look.ts';
import { parseRequirement, type Requirement, requirementLine } from '../addons/requirement.ts';
import { ok, type Result, refuse } from '../base/refusal.ts';
import { counted, quoted } from '../base/text.ts';
import { takeTurns } from '../base/turns.ts';
import { recallFolder } from '../catalog/recall.ts';
import type { Instance } from '../config/instance.ts';
import type { ManifestFields } from '../manifest/judgement.ts';
import { type ExternalNames, findMissingExternals } from '../sources/python-environment.ts';
import type { ServiceContext } from './context.ts';
import type { LinkRequest } from './link/link-call.ts';
import { linkModules } from './link/link-modules.ts';
import { readLinkedModules } from './linked-modules.ts';
import { viewPath } from './path-view.ts';
import { type Selection, selectInstance, selectTarget } from './select-target.ts';

/** What modules need besides Odoo. */
export interface RequirementsReport {
  /** One for each distribution. */
  readonly python: readonly Needed[];
  readonly bin: readonly Needed[];
  /** Texts that are no requirements. */
  readonly unreadable: readonly Needed[];
  /** Whether only what is missing is listed. */
  readonly isMissing: boolean;
}

export interface Needed {
  /** A line for pip, or the name of a program. */
  readonly line: string;
  /** What the manifests say that became this line. */
  readonly texts: readonly string[];
  readonly modules: readonly string[];
}

interface NeedyModule {
  readonly name: string;
  readonly fields: Pick<ManifestFields, 'externalDependencies'>;
}

/** The requirements of the modules that a call would link; changes nothing. */
export async function requirementsOfLink(
  request: LinkRequest,
  onlyMissing: boolean,
  context: ServiceContext,
): Promise<Result<RequirementsReport>> {
  const planned = await linkModules({ ...request, dry_run: true }, context);
  if (!planned.ok) return planned;
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance } = target.value;
  const look = lookAtFolders(instance.roots, takeTurns(context.signal));
  const view = await viewPath(instance, await coreLists(instance.series), look);
  const found = planned.value.links.map(({ module: name, source }) => {
    return { name, assessment: recallFolder(name, source, instance.roots, instance.series) };
  });
  // What is there already must be installed, too; Odoo's own modules need what Odoo needs.
  const there = planned.value.satisfied
    .filter(({ by }) => by !== 'core' && by !== 'core_list')
    .map(({ module: name }) => ({ name, assessment: view.find(name)?.assessment ?? null }));
  const modules = [...found, ...there].flatMap(({ name, assessment }) => {
    const fields = assessment?.judgement?.fields;
    return fields == null ? [] : [{ name, fields }];
  });
  return listRequirements(modules, onlyMissing, instance);
}

/** The requirements of what is linked in one addons directory, or in all of an instance if the call names none. */
export async function requirementsOfLinked(
  selection: Selection,
  onlyMissing: boolean,
  { instances, surface, signal }: ServiceContext,
): Promise<Result<RequirementsReport>> {
  const instance = selectInstance(instances, selection, surface);
  if (!instance.ok) return instance;
  const target = selection.target_dir === undefined ? null : selectTarget(instances, selection, surface);
  if (target !== null && !target.ok) return target;
  const dirs = target === null ? instance.value.addonsDirs : [target.value.dir];
  const linked = await readLinkedModules(instance.value, takeTurns(signal), dirs);
  if (!linked.ok) return linked;
  const modules = linked.value.flatMap(({ name, assessment }) => {
    const fields = assessment?.judgement?.fields;
    return fields == null ? [] : [{ name, fields }];
  });
  return listRequirements(modules, onlyMissing, instance.value);
}

/** The requirements of what `export` writes: one addons directory, the first if the call names none. */
export async function requirementsOfExport(
  selection: Selection,
  onlyMissing: boolean,
  context: ServiceContext,
): Promise<Result<RequirementsReport>> {
  const target = selectTarget(context.instances, selection, context.surface);
  if (!target.ok) return target;
  return requirementsOfLinked({ ...selection, target_dir: target.value.dir.path }, onlyMissing, context);
}

async function listRequirements(
  modules: readonly NeedyModule[],
  onlyMissing: boolean,
  instance: Instance,
): Promise<Result<RequirementsReport>> {
  if (!onlyMissing) return ok({ ...groupRequirements(modules), isMissing: false });
  const asked: ExternalNames = { python: textsOf(modules, 'python'), bin: textsOf(modules, 'bin') };
  const missing =
    instance.python === null ? null : await findMissingExternals(instance.python, asked, instance.series);
  if (missing !== null) return ok({ ...groupRequirements(modules, missing), isMissing: true });
  if (instance.python === null) {
    const message = `What is missing cannot be told: the instance ${instance.name} names no Python interpreter.`;
    const hint = 'Set `python` in the configuration to the interpreter that Odoo runs with.';
    return refuse('invalid_argument', message, { hint });
  }
  const message =
    'What is missing cannot be told: the configured Python interpreter does not answer within five seconds.';
  return refuse('io_error', message, { hint: 'odoo-link-mcp doctor says more about it.' });
}

function textsOf(modules: readonly NeedyModule[], kind: 'python' | 'bin'): string[] {
  return [...new Set(modules.flatMap(({ fields }) => fields.externalDependencies[kind]))].sort();
}

/**
 * Lists each distribution once, with the version specifiers of all modules that need it.
 * @param among What counts; without it, everything.
 */
export function groupRequirements(
  modules: readonly NeedyModule[],
  among?: ExternalNames,
): Omit<RequirementsReport, 'isMissing'> {
  const python = new Map<string, { requirements: Requirement[]; texts: Set<string>; modules: Set<string> }>();
  const unreadable = new Map<string, Set<string>>();
  const counts = among === undefined ? null : { python: new Set(among.python), bin: new Set(among.bin) };
  for (const { name, fields } of modules) {
    for (const text of fields.externalDependencies.python) {
      if (counts !== null && !counts.python.has(text)) continue;
      const requirement = parseRequirement(text);
      if (requirement === null) {
        unreadable.set(text, (unreadable.get(text) ?? new Set()).add(name));
        continue;
      }
      const known = python.get(requirement.key) ?? { requirements: [], texts: new Set(), modules: new Set() };
      python.set(requirement.key, known);
      known.requirements.push(requirement);
      known.texts.add(text);
      known.modules.add(name);
    }
  }
  const bin = textsOf(modules, 'bin').filter((program) => counts?.bin.has(program) ?? true);
  const lines = [...python.values()].map(({ requirements, texts, modules: needing }) => {
    return { line: requirementLine(requirements), texts: [...texts], modules: [...needing].sort() };
  });
  return {
    python: lines.sort((a, b) => (a.line.toLowerCase() < b.line.toLowerCase() ? -1 : 1)),
    bin: bin.map((program) => {
      const needing = modules.filter(({ fields }) => fields.externalDependencies.bin.includes(program));
      return { line: program, texts: [program], modules: needing.map(({ name }) => name).sort() };
    }),
    unreadable: [...unreadable].map(([line, needing]) => {
      return { line, texts: [line], modules: [...needing].sort() };
    }),
  };
}

/** Whether it lists anything that is missing. */
export function lacksAnything({ python, bin, unreadable, isMissing }: RequirementsReport): boolean {
  return isMissing && python.length + bin.length + unreadable.length > 0;
}

/** A requirements file for pip; what pip cannot install is in comments. */
export function describeRequirements({ python, bin, unreadable, isMissing }: RequirementsReport): string {
  const by = (modules: readonly string[]) => {
    const more =
      modules.length > MOST_NAMED ? ` and ${counted(modules.length - MOST_NAMED, 'more module')}` : '';
    return `${modules.slice(0, MOST_NAMED).map(quoted).join(', ')}${more}`;
  };
  const lines = [
    ...python.map(({ line, modules }) => `${line}  # ${by(modules)}`),
    ...unreadable.map(
      ({ line, modules }) =>
        `# not a requirement that pip can install by name: ${quoted(line)} (${by(modules)})`,
    ),
    ...bin.map(({ line, modules }) => `# program: ${quoted(line)} (${by(modules)})`),
  ];
  if (lines.length > 0) return lines.join('\n');
  return isMissing ? '# Nothing is missing.' : '# Nothing is needed besides Odoo.';
}

const MOST_NAMED = 20;

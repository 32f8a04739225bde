import { counted, quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { Series } from '../../manifest/series.ts';
import { findMissingExternals, type MissingExternals } from '../../sources/python-environment.ts';
import type { NeedyModule, VouchedModule, Warning } from './link-call.ts';

/** A module of a plan, and what it needs besides Odoo. */
export function needsOf({ source, fields }: Pick<VouchedModule, 'source' | 'fields'>): NeedyModule {
  return { name: source.name, externals: fields.externalDependencies };
}

/** What modules need besides Odoo: each name once, sorted. */
export function externalNames(modules: readonly Pick<NeedyModule, 'externals'>[]): {
  python: string[];
  bin: string[];
} {
  const names = (kind: 'python' | 'bin') =>
    [...new Set(modules.flatMap(({ externals }) => externals[kind]))].sort();
  return { python: names('python'), bin: names('bin') };
}

/** How many names of a kind are looked for. */
const MOST_ASKED = 100;

/**
 * Looks for them with the Python interpreter of the instance.
 * @returns A warning for each that is missing; none if no interpreter is configured.
 */
export async function warnAboutExternals(
  modules: readonly NeedyModule[],
  { python, series }: Instance,
): Promise<Warning[]> {
  if (python === null) return [];
  const names = externalNames(modules);
  if (names.python.length === 0 && names.bin.length === 0) return [];
  const asked = { python: names.python.slice(0, MOST_ASKED), bin: names.bin.slice(0, MOST_ASKED) };
  const missing = await findMissingExternals(python, asked, series);
  const unknown = (message: string): Warning => {
    return { code: 'external_dependency_unknown', module: modules[0]?.name ?? '', message };
  };
  if (missing === null) {
    return [
      unknown('External dependencies were not checked: the configured Python interpreter does not answer.'),
    ];
  }
  const unasked = names.python.length + names.bin.length - asked.python.length - asked.bin.length;
  const warn = (kind: 'python' | 'bin') =>
    missing[kind].map((name) => {
      const module = modules.find(({ externals }) => externals[kind].includes(name));
      const needs = module?.name ?? '';
      const what = kind === 'bin' ? describeProgram(name) : describePackage(name, missing, series);
      const message = `${needs} needs ${what}: Odoo will not install ${needs}.`;
      return { code: 'external_dependency_missing', module: needs, message };
    });
  const message = `The configured Python has no pkg_resources, without which Odoo ${series} does not start: is it the interpreter Odoo runs with?`;
  return [
    ...warn('python'),
    ...warn('bin'),
    ...(names.python.length > 0 && missing.lacks === 'pkg_resources' ? [unknown(message)] : []),
    ...(unasked > 0
      ? [
          unknown(
            `${counted(unasked, 'external dependency was', 'external dependencies were')} not checked: there are too many.`,
          ),
        ]
      : []),
  ];
}

function describeProgram(name: string): string {
  return `the program ${quoted(name)}, which the instance does not have`;
}

function describePackage(name: string, { installed, lacks }: MissingExternals, series: Series): string {
  const version = installed.get(name);
  const needed = `the Python package ${quoted(name)}`;
  if (version !== undefined) return `${needed}, of which the instance has ${quoted(version)}`;
  if (lacks !== 'packaging' || /^[\w-]+$/.test(name)) return `${needed}, which the instance does not have`;
  return `${needed}, and Odoo ${series} reads no more than a plain name without the package packaging, which the instance does not have`;
}

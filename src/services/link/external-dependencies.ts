import { quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { type ExternalNames, findMissingExternals } from '../../sources/python-environment.ts';
import type { VouchedModule, Warning } from './link-call.ts';

/** What modules need besides Odoo: each name once, sorted, at most a hundred of a kind. */
export function externalNames(modules: readonly Pick<VouchedModule, 'fields'>[]): {
  python: string[];
  bin: string[];
} {
  const names = (kind: 'python' | 'bin') =>
    [...new Set(modules.flatMap(({ fields }) => fields.externalDependencies[kind]))].sort().slice(0, 100);
  return { python: names('python'), bin: names('bin') };
}

/**
 * Looks for them with the Python interpreter of the instance.
 * @returns A warning for each that is missing; none if no interpreter is configured.
 */
export async function warnAboutExternals(
  modules: readonly VouchedModule[],
  { python }: Instance,
): Promise<Warning[]> {
  if (python === null) return [];
  const names = externalNames(modules);
  if (names.python.length === 0 && names.bin.length === 0) return [];
  const missing: ExternalNames | null = await findMissingExternals(python, names);
  if (missing === null) {
    const message =
      'External dependencies were not checked: the configured Python interpreter does not answer.';
    return [{ code: 'external_dependency_unknown', module: modules[0]?.source.name ?? '', message }];
  }
  const warn = (kind: 'python' | 'bin', what: string) =>
    missing[kind].map((name) => {
      const module = modules.find(({ fields }) => fields.externalDependencies[kind].includes(name));
      const needs = module?.source.name ?? '';
      const message = `${needs} needs the ${what} ${quoted(name)}, which the instance does not have: Odoo will not install ${needs}.`;
      return { code: 'external_dependency_missing', module: needs, message };
    });
  return [...warn('python', 'Python package'), ...warn('bin', 'program')];
}

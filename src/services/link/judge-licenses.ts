import type { Closure } from '../../addons/dependencies.ts';
import { effectiveLicense, mayBuildOn } from '../../addons/licenses.ts';
import type { Instance } from '../../config/instance.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import type { Warning } from './link-call.ts';
import type { Known } from './resolve-modules.ts';

/**
 * Looks at each dependency of the modules that are about to be linked, and at the licences on both sides.
 * @param mode What the instance says: a refusal for each bad pair, or a warning.
 */
export function judgeLicenses(
  { reached }: Closure<Known>,
  mode: Instance['licenses'],
): { refusals: Refusal[]; warnings: Warning[] } {
  const licenses = new Map(reached.map(({ name, value }) => [name, licenseOf(value)]));
  const pairs = reached.flatMap(({ name, depends, value }) => {
    return value.kind === 'found' ? depends.map((dependency) => [name, dependency] as const) : [];
  });
  const conflicts = pairs.flatMap(([module, dependency]) => {
    const [own, other] = [licenses.get(module), licenses.get(dependency)];
    if (own == null || other == null || mayBuildOn(own, other)) return [];
    const message = describeLicenseConflict(module, own, dependency, other);
    return [{ module, dependency, message }];
  });
  if (mode === 'warn') {
    const warnings = conflicts.map(({ module, message }) => ({ code: 'license_conflict', module, message }));
    return { refusals: [], warnings };
  }
  const hint = 'Ask the operator: `licenses: "warn"` in the configuration lets such modules be linked.';
  const refusals = conflicts.map(({ module, dependency, message }) => {
    return refuse('license_conflict', message, { module, details: { dependency }, hint }).refusal;
  });
  return { refusals, warnings: [] };
}

/** What is wrong with a pair of modules, as a sentence. */
export function describeLicenseConflict(
  module: string,
  own: string,
  dependency: string,
  other: string,
): string {
  return `${module} (${own}) depends on ${dependency} (${other}), and ${own} may not build on ${other}.`;
}

function licenseOf(known: Known): string | null {
  if (known.kind === 'unmet') return null;
  if (known.kind === 'satisfied') return known.license;
  const license = known.assessment.judgement?.fields?.license;
  return license === undefined ? null : effectiveLicense(known.source.family, license);
}

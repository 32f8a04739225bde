import type { Closure } from '../../addons/dependencies.ts';
import { effectiveLicense, mayBuildOn } from '../../addons/licenses.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { counted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { Known, Warning } from './link-call.ts';

/**
 * Compares the licences of the modules that are about to be linked with those of their dependencies.
 * @param mode The setting of the instance: a refusal for each pair that does not fit, or a warning.
 */
export async function checkLicenses(
  { reached }: Closure<Known>,
  mode: Instance['licenses'],
  turns: Turns,
): Promise<{ refusals: Refusal[]; warnings: Warning[] }> {
  const licenses = new Map(reached.map(({ name, value }) => [name, licenseOf(value)]));
  const conflicts: { module: string; dependency: string; message: string }[] = [];
  let more = 0;
  for (const { name: module, depends, value } of reached) {
    for (const dependency of value.kind === 'found' ? depends : []) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      const [own, other] = [licenses.get(module), licenses.get(dependency)];
      if (own == null || other == null || mayBuildOn(own, other)) continue;
      if (conflicts.length === MOST_CONFLICTS) more++;
      else {
        const message = describeLicenseConflict(module, own, dependency, other);
        conflicts.push({ module, dependency, message });
      }
    }
  }
  const others = `${counted(more, 'more dependency', 'more dependencies')} with a licence that does not allow it.`;
  if (mode === 'warn') {
    const warnings = conflicts.map(({ module, message }) => ({ code: 'license_conflict', module, message }));
    if (more > 0) warnings.push({ code: 'license_conflict', module: '', message: others });
    return { refusals: [], warnings };
  }
  const hint =
    'Ask the operator: with `licenses: "warn"` in the configuration, such modules are linked with a warning.';
  const refusals = conflicts.map(({ module, dependency, message }) => {
    return refuse('license_conflict', message, { module, details: { dependency }, hint }).refusal;
  });
  if (more > 0) refusals.push(refuse('license_conflict', others, { hint }).refusal);
  return { refusals, warnings: [] };
}

/** No one reads more. */
const MOST_CONFLICTS = 200;

/** What is wrong with a pair of modules, as a sentence. */
export function describeLicenseConflict(
  module: string,
  own: string,
  dependency: string,
  other: string,
): string {
  return `${module} (${own}) depends on ${dependency} (${other}), whose licence does not allow it.`;
}

function licenseOf(known: Known): string | null {
  if (known.kind === 'unmet') return null;
  if (known.kind === 'satisfied') return known.license;
  const license = known.assessment.judgement?.fields?.license;
  return license === undefined ? null : effectiveLicense(known.source.family, license);
}

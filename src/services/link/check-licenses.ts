import type { Closure } from '../../addons/dependencies.ts';
import { effectiveLicense, type LicenseRules } from '../../addons/licenses.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { counted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import { type LicensePair, licensePairs } from '../conflicts/license-pairs.ts';
import type { Known, Warning } from './link-call.ts';

/**
 * Compares the licences of the modules that are about to be linked with those of their dependencies.
 * @param rules The setting of the instance: a refusal for each pair that does not fit, or a warning.
 * @param isJudged Which modules are compared with their dependencies; those that were found, if it is left out.
 */
export async function checkLicenses(
  closure: Closure<Known>,
  rules: LicenseRules,
  turns: Turns,
  isJudged: (known: Known) => boolean = ({ kind }) => kind === 'found',
): Promise<{ refusals: Refusal[]; warnings: Warning[] }> {
  const { conflicts, more } = await findConflicts(closure, rules, turns, isJudged);
  const warnings = conflicts
    .filter(({ effect }) => effect === 'warn')
    .map(({ module, message }) => ({ code: 'license_conflict', module, message }));
  const refusals = conflicts
    .filter(({ effect }) => effect === 'refuse')
    .map(({ module, dependency, message, rule }) => {
      const rest = { module, details: { dependency }, hint: HINTS[rule] };
      return refuse('license_conflict', message, rest).refusal;
    });
  for (const [rule, count] of Object.entries(more) as [keyof LicenseRules, number][]) {
    const message = `${counted(count, 'more dependency', 'more dependencies')} with a licence that does not allow it.`;
    if (count === 0) continue;
    if (rules[rule] === 'warn') warnings.push({ code: 'license_conflict', module: '', message });
    else refusals.push(refuse('license_conflict', message, { hint: HINTS[rule] }).refusal);
  }
  return { refusals, warnings };
}

const HINTS: Readonly<Record<keyof LicenseRules, string>> = {
  conflicts:
    'Ask the operator to set `licenses: "warn"` in the configuration: such modules are then linked with a warning.',
  lgpl_on_proprietary:
    'Ask the operator to set `"lgpl_on_proprietary": "warn"` or "allow" under `licenses` in the configuration: such modules are then linked.',
};

/** At most {@link MOST_CONFLICTS}, and how many more there are. */
async function findConflicts(
  { reached }: Closure<Known>,
  rules: LicenseRules,
  turns: Turns,
  isJudged: (known: Known) => boolean,
): Promise<{ conflicts: LicensePair[]; more: Record<keyof LicenseRules, number> }> {
  const licenses = new Map(reached.map(({ name, value }) => [name, licenseOf(value)]));
  const judged = reached.filter(({ value }) => isJudged(value));
  const conflicts: LicensePair[] = [];
  const more = { conflicts: 0, lgpl_on_proprietary: 0 };
  for await (const pair of licensePairs(judged, (name) => licenses.get(name) ?? null, rules, turns)) {
    if (conflicts.length === MOST_CONFLICTS) more[pair.rule]++;
    else conflicts.push(pair);
  }
  return { conflicts, more };
}

/** No one reads more. */
const MOST_CONFLICTS = 200;

function licenseOf(known: Known): string | null {
  if (known.kind === 'unmet') return null;
  if (known.kind === 'satisfied') return known.license;
  const license = known.assessment.judgement?.fields?.license;
  return license === undefined ? null : effectiveLicense(known.source.family, license);
}

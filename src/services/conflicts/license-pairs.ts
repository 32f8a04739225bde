import {
  describeLicenses,
  judgeLicenses,
  type LicenseFinding,
  type LicenseRules,
} from '../../addons/licenses.ts';
import type { Turns } from '../../base/turns.ts';

/** A module and one that it depends on, whose licences do not go together. */
export interface LicensePair extends LicenseFinding {
  readonly module: string;
  readonly dependency: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
}

/**
 * Finds the dependencies that the licences, or the operator, do not allow.
 * @param modules The modules whose dependencies are judged.
 * @param licenseOf The licence that counts for a name; null if it is not known, then nothing is said about it.
 * @param rules The setting of the instance.
 */
export async function* licensePairs(
  modules: Iterable<{ readonly name: string; readonly depends: readonly string[] }>,
  licenseOf: (name: string) => string | null | Promise<string | null>,
  rules: LicenseRules,
  turns: Turns,
): AsyncGenerator<LicensePair> {
  for (const { name: module, depends } of modules) {
    const own = depends.length === 0 ? null : await licenseOf(module);
    if (own === null) continue;
    for (const dependency of depends) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      const other = await licenseOf(dependency);
      const finding = other === null ? null : judgeLicenses(own, other, rules);
      if (other === null || finding === null) continue;
      const pair = [
        { module, license: own },
        { module: dependency, license: other },
      ] as const;
      yield { ...finding, module, dependency, message: describeLicenses(...pair, finding) };
    }
  }
}

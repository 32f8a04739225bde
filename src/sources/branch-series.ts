import type { Series } from '../manifest/series.ts';
import type { Provenance } from './provenance.ts';

/**
 * The series a branch was made for, by the OCA's convention: `17.0`, `17.0-fix-something`, `17.0/topic`.
 * @returns Null for a branch that does not say (`main`, `master`, `saas-17.2`).
 */
export function seriesOfBranch(branch: string): string | null {
  return /^(\d{1,2}\.0)(?:$|[-_/])/.exec(branch)?.[1] ?? null;
}

/** Whether a repository's branch is that of another series than the instance's. */
export function isOtherSeries(provenance: Provenance | null, series: Series): boolean {
  const made = provenance?.branch == null ? null : seriesOfBranch(provenance.branch);
  return made !== null && made !== series;
}

import type { Series } from '../manifest/series.ts';
import type { Provenance } from './provenance.ts';

/**
 * The series of a branch by the OCA's naming convention: `17.0`, `17.0-fix-something`, `17.0/topic`.
 * @returns Null for a branch without a series in its name (`main`, `master`, `saas-17.2`).
 */
export function seriesOfBranch(branch: string): string | null {
  return /^(\d{1,2}\.0)(?:$|[-_/])/.exec(branch)?.[1] ?? null;
}

/** Whether a repository's branch belongs to a different series than the instance. */
export function isOtherSeries(provenance: Provenance | null, series: Series): boolean {
  const made = provenance?.branch == null ? null : seriesOfBranch(provenance.branch);
  return made !== null && made !== series;
}

import { counted, inWords, quoted } from '../../base/text.ts';
import type { Series } from '../../manifest/series.ts';
import type { RemoteFaultKind } from '../../sources/remote/remote-fault.ts';

/** What was found of a series. */
export interface IndexedSeries {
  readonly series: Series;
  /** How many repositories were looked at, by what had become of their branches. */
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly without_branch: number;
  /** The modules in all repositories of which the index was fetched, now or earlier. */
  readonly modules: number;
  readonly repositories: number;
}

/** A repository that could not be looked at. */
export interface FailedRepository {
  readonly repo: string;
  readonly kind: RemoteFaultKind;
  /** Why, as a sentence. */
  readonly message: string;
  /** What can be done about it. */
  readonly hint: string;
}

/** What `source index` did. */
export interface SourceIndexReport {
  readonly status: 'ok';
  /** Why it ended before all repositories were looked at; null if they were. */
  readonly ended_early: 'cancelled' | 'gave_up' | null;
  /** How many repositories were not looked at for that. */
  readonly left: number;
  readonly series: readonly IndexedSeries[];
  readonly failed: readonly FailedRepository[];
  /** Repositories that were known and are not at the remote. */
  readonly absent: readonly string[];
  /** How many repositories the OCA's own list has; null if it was not read. */
  readonly listed: number | null;
  /** How many manifests were read. */
  readonly manifests_read: number;
  /** Repositories that were sent whole, because the remote does not filter. */
  readonly sent_whole: readonly string[];
  readonly seconds: number;
}

/** Whether something is missing that was asked for. */
export function isIncomplete({ failed, ended_early, absent, series }: SourceIndexReport): boolean {
  const isNothingThere = absent.length > 0 && series.every(({ repositories }) => repositories === 0);
  return failed.length > 0 || ended_early !== null || isNothingThere;
}

/** How many names are printed of a list that may be long. */
const MOST_NAMES = 20;

/** The report as text. */
export function describeIndex(report: SourceIndexReport): string {
  const { series, failed, absent, listed, manifests_read, sent_whole, seconds } = report;
  const lines = series.map((one) => {
    const { new: added, changed, unchanged, without_branch, modules, repositories } = one;
    const none = without_branch === 0 ? '' : `, ${without_branch} without such a branch`;
    return `${one.series}: ${added} new, ${changed} changed, ${unchanged} unchanged${none}; ${counted(modules, 'module')} known in ${counted(repositories, 'repository', 'repositories')}.`;
  });
  const notes = [
    ...(listed === null ? [] : [`The OCA lists ${counted(listed, 'repository', 'repositories')}.`]),
    ...(absent.length === 0 ? [] : [`Not at the remote: ${named(absent)}.`]),
    ...(sent_whole.length === 0
      ? []
      : [`The remote does not filter, so whole branches were fetched: ${named(sent_whole)}.`]),
    ...failed.map(({ message, hint }) => `Failed: ${message} ${hint}`),
    ...endOf(report),
    `${counted(manifests_read, 'manifest')} read in ${seconds} s.`,
  ];
  return [...lines, ...notes].join('\n');
}

function endOf({ ended_early, left, failed }: SourceIndexReport): string[] {
  if (ended_early === null) return [];
  const rest = `${counted(left, 'repository was', 'repositories were')} not looked at; what was fetched stays, and the next run goes on from there.`;
  if (ended_early === 'cancelled') return [`Interrupted: ${rest}`];
  return [`Gave up after ${counted(failed.length, 'repository', 'repositories')} in a row: ${rest}`];
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).map(quoted);
  return more > 0 ? `${shown.join(', ')} and ${more} more` : inWords(shown);
}

import { isSeries, SERIES, type Series } from '../manifest/series.ts';
import type { IndexProgress } from '../services/source-index/index-all.ts';
import { describeIndex, isIncomplete } from '../services/source-index/index-report.ts';
import { indexSources } from '../services/source-index/index-sources.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';
import { progressLine } from './terminal.ts';

/** `source index`: fetches which modules the OCA's repositories have; exit code 1 if that of one could not be had. */
export const source: Run = async ({ positionals: [action, ...rest], values }) => {
  if (action !== 'index' || rest.length > 0) throw new UsageError('source needs an action: source index.');
  const instance = textOption(values, 'instance');
  const series = ((values.series ?? []) as string[]).map(checkSeries);
  if (instance !== undefined && series.length > 0)
    throw new UsageError('--instance and --series exclude each other.');
  const repos = (values.repo ?? []) as string[];
  // What it writes is for this user alone, whatever others may read by default.
  process.umask(0o077);
  const line = progressLine();
  const onProgress = (progress: IndexProgress) => line.show(describeProgress(progress));
  // Here the option chooses a series; it does not describe an instance.
  const settings = { ...values, series: undefined };
  return answer(
    settings,
    (context) => indexSources({ series, instance, repos, onProgress }, context).finally(() => line.end()),
    describeIndex,
    isIncomplete,
  );
};

function checkSeries(text: string): Series {
  if (!isSeries(text)) throw new UsageError(`--series must be one of ${SERIES.join(', ')}.`);
  return text;
}

function describeProgress({ done, total, repo, changed, failed }: IndexProgress): string {
  const width = 20;
  const filled = Math.round((width * done) / Math.max(total, 1));
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
  const faults = failed === 0 ? '' : `, ${failed} failed`;
  return `${bar} ${done} of ${total} repositories, ${changed} new or changed${faults}: ${repo}`;
}

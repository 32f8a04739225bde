import { isSeries, SERIES } from '../manifest/series.ts';
import { describeIndex, isIncomplete } from '../services/source-index/index-report.ts';
import { indexSources } from '../services/source-index/index-sources.ts';
import { notOneOf, type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';
import { withProgress } from './with-progress.ts';

/** `source index`: fetches which modules OCA's repositories have; exit code 1 if those of one could not be had. */
export const sourceIndex: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('source index takes no arguments.');
  const [instance, series] = [textOption(values, 'instance'), textOption(values, 'series')];
  if (series !== undefined && !isSeries(series)) throw notOneOf('--series', series, SERIES);
  if (instance !== undefined && series !== undefined)
    throw new UsageError('--instance and --series exclude each other.');
  const request = {
    instance,
    series: series === undefined ? [] : [series],
    repos: (values.repo ?? []) as string[],
  };
  // What it writes is for this user alone, whatever others may read by default.
  process.umask(0o077);
  return answer(
    // Here the option chooses a series; it does not describe an instance.
    { ...values, series: undefined },
    (context) => withProgress(context, (showing) => indexSources(request, showing)),
    describeIndex,
    isIncomplete,
  );
};

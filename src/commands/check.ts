import { realpathSync } from 'node:fs';
import { isFolder, modulesUnder } from '../addons/module-folders.ts';
import { counted, inQuotes } from '../base/text.ts';
import { takeTurns } from '../base/turns.ts';
import type { Verdict } from '../manifest/judgement.ts';
import { isSeries, SERIES, type Series } from '../manifest/series.ts';
import type { changedSince, IsChanged } from './check-changed.ts';
import { asAnnotations, asJson, asText } from './check-lines.ts';
import { type CheckedModule, type CheckRules, checkModule } from './check-module.ts';
import { createPlaces } from './check-place.ts';
import { asGitLab, asSarif } from './check-report.ts';
import { notOneOf, pathArgument, type Run, UsageError, wordOption } from './command.ts';
import { command, log, paint, progress, remark, say } from './terminal.ts';

/** A form of the answer. */
interface Format {
  /** What is printed of a module at once. */
  show?(module: CheckedModule): string;
  /** What is printed of all modules at the end. */
  conclude?(modules: readonly CheckedModule[], series: Series): string;
  readonly print: (text: string) => void;
  /** Prints the summary, unless the answer is only data. */
  readonly summarize: ((text: string) => void) | null;
}

const FORMATS = {
  text: { show: asText, print: say, summarize: say },
  jsonl: { show: asJson, print: say, summarize: null },
  github: { show: asAnnotations, print: command, summarize: say },
  sarif: { conclude: asSarif, print: say, summarize: remark },
  gitlab: { conclude: asGitLab, print: say, summarize: remark },
} as const;
const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** `check PATH...`: judges every module under the paths; exit code 1 if one would be refused. */
export const check: Run = async ({ positionals, values }) => {
  const { series, changed: base } = values;
  if (positionals.length === 0) throw new UsageError('check needs a path.');
  if (typeof series !== 'string') throw new UsageError(`check needs --series, one of ${SERIES.join(', ')}.`);
  if (!isSeries(series)) throw notOneOf('--series', series, SERIES);
  if (base === '') throw new UsageError('--changed is empty; it needs a branch or a commit.');
  const format: Format = FORMATS[wordOption(values, 'format', FORMAT_NAMES) ?? 'text'];
  for (const path of positionals) {
    if (!isFolder(pathArgument(path)))
      throw new UsageError(`${inQuotes(path, path.length)} is not a directory.`);
  }
  const rules = { series, tolerant: values['allow-uninstallable'] === true };
  const judged = await judgeAll(positionals, rules, format, typeof base === 'string' ? base : null);
  const { checked, unreadable, unchanged } = judged;
  if (checked.length + unchanged === 0) throw new UsageError('There is no module under the given paths.');
  if (format.conclude !== undefined) format.print(format.conclude(checked, series));
  if (checked.length > 0) format.summarize?.(summary(checked, series));
  else format.summarize?.(`None of ${counted(unchanged, 'module')} differs from ${inQuotes(String(base))}.`);
  return unreadable > 0 || checked.some(({ counts }) => counts) ? 1 : 0;
};

/** @param base Modules that do not differ from it are left out; null for none. */
async function judgeAll(
  paths: readonly string[],
  rules: CheckRules,
  { show, print }: Format,
  base: string | null,
): Promise<{ checked: CheckedModule[]; unreadable: number; unchanged: number }> {
  const step = progress('modules checked');
  const turns = takeTurns();
  const checked: CheckedModule[] = [];
  const seen = new Set<string>();
  let unreadable = 0;
  let unchanged = 0;
  const onUnreadable = (folder: string, code: string | undefined) => {
    unreadable++;
    log(`${folder} cannot be listed (${code}); modules in it were not checked.`);
  };
  const places = createPlaces();
  for (const given of paths) {
    const top = realpathSync(given);
    const isChanged = base === null ? null : await loadChangedSince(base, given, places);
    for await (const path of modulesUnder(given, turns, onUnreadable)) {
      const folder = places.realPathOf(path);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const changed = await isChanged?.(path, folder);
      if (changed !== undefined && !changed.ok) throw new UsageError(`--changed: ${changed.refusal}`);
      if (changed?.value === false) {
        unchanged++;
        continue;
      }
      const at = { path, place: () => places.inWorkspace(path) };
      const module = await checkModule(at, folder, top, rules, turns);
      checked.push(module);
      const text = show?.(module) ?? '';
      if (text !== '') print(text);
      step();
    }
  }
  return { checked, unreadable, unchanged };
}

/** Loaded only when asked for, because it starts git. */
async function loadChangedSince(...args: Parameters<typeof changedSince>): Promise<IsChanged> {
  const { changedSince } = await import('./check-changed.ts');
  return changedSince(...args);
}

function summary(checked: readonly CheckedModule[], series: Series): string {
  const count = (verdict: Verdict) => checked.filter((module) => module.verdict === verdict).length;
  const failing = checked.filter(({ counts }) => counts);
  const refused = failing.filter(({ refusals }) => refusals.length > 0).length;
  const lacking = failing.length - refused;
  const verdicts = [
    `${count('installable')} installable`,
    `${count('uninstallable')} uninstallable`,
    `${count('invisible')} invisible`,
    `${count('breaks_update')} breaking the update`,
  ];
  const lacks =
    lacking === 0
      ? ''
      : paint('red', `; ${counted(lacking, 'lacks files', 'lack files')} that Odoo would load`);
  const outcome =
    refused === 0 ? paint('green', 'none would be refused') : paint('red', `${refused} would be refused`);
  return `${counted(checked.length, 'module')} for Odoo ${series}: ${verdicts.join(', ')}; ${outcome}${lacks}.`;
}

import { realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Assessment, assessModule, readModule } from '../addons/assess.ts';
import { isFolder, modulesUnder } from '../addons/module-folders.ts';
import { isInside } from '../base/paths.ts';
import { counted, inQuotes, jsonForLogs, oneLine, withoutMarks } from '../base/text.ts';
import { takeTurns } from '../base/turns.ts';
import type { Verdict } from '../manifest/judgement.ts';
import { atLine } from '../manifest/problems.ts';
import { toJson } from '../manifest/repr.ts';
import { isSeries, SERIES, type Series } from '../manifest/series.ts';
import { pathArgument, type Run, UsageError, wordOption } from './command.ts';
import { command, log, paint, progress, say } from './terminal.ts';

/** A problem of the manifest, or of the module around it. */
interface CheckProblem {
  readonly code: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly line?: number;
}

interface CheckedModule extends Assessment {
  /** The manifest's file name; null if there is none or it cannot be read. */
  readonly file: string | null;
  /** Based on the path as given on the command line, so that annotations point at the right file. */
  readonly path: string;
  readonly module: string;
  readonly series: Series;
  readonly verdict: Verdict;
  readonly problems: readonly CheckProblem[];
  /** Whether it makes the command fail. */
  readonly counts: boolean;
}

/** `check PATH...`: judges every module under the paths; exit code 1 if one would be refused. */
export const check: Run = async ({ positionals, values }) => {
  const { series } = values;
  if (positionals.length === 0) throw new UsageError('check needs a path.');
  if (typeof series !== 'string' || !isSeries(series)) {
    throw new UsageError(`check needs --series, one of ${SERIES.join(', ')}.`);
  }
  const format = wordOption(values, 'format', FORMAT_NAMES) ?? 'text';
  for (const path of positionals) {
    if (!isFolder(pathArgument(path)))
      throw new UsageError(`${inQuotes(path, path.length)} is not a directory.`);
  }
  const { show, print } = FORMATS[format];
  const step = progress('modules checked');
  const tolerant = values['allow-uninstallable'] === true;
  const checked: CheckedModule[] = [];
  const seen = new Set<string>();
  let unreadable = 0;
  const turns = takeTurns();
  const onUnreadable = (folder: string, code: string | undefined) => {
    unreadable++;
    log(`${folder} cannot be listed (${code}); modules in it were not checked.`);
  };
  for (const given of positionals) {
    const top = realpathSync(given);
    for await (const path of modulesUnder(given, turns, onUnreadable)) {
      const folder = realpathSync(path);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const module = checkModule(path, folder, top, series, tolerant);
      checked.push(module);
      const text = show(module);
      if (text !== '') print(text);
      step();
    }
  }
  if (checked.length === 0) throw new UsageError('There is no module under the given paths.');
  if (format !== 'jsonl') say(summary(checked, series));
  return unreadable > 0 || checked.some(({ counts }) => counts) ? 1 : 0;
};

const FORMATS = {
  text: { show: asText, print: say },
  jsonl: { show: asJson, print: say },
  github: { show: asAnnotations, print: command },
} as const;
const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

function checkModule(
  path: string,
  folder: string,
  top: string,
  series: Series,
  tolerant: boolean,
): CheckedModule {
  const module = basename(resolve(path));
  const read = readModule(module, folder, series, (real) => isInside(real, top) || isInside(real, folder));
  const assessment = assessModule(read);
  const { judgement, refusals } = assessment;
  const verdict = judgement?.verdict ?? 'invisible';
  const uninstallable = verdict === 'uninstallable' && refusals.every(({ code }) => TOLERATED.has(code));
  return {
    ...assessment,
    file: read.manifest.ok ? read.manifest.value.file : null,
    path,
    module,
    series,
    verdict,
    problems: allProblems(assessment),
    counts: refusals.length > 0 && !(tolerant && uninstallable),
  };
}
const TOLERATED: ReadonlySet<string> = new Set(['not_installable', 'wrong_series']);

/** The problems of the manifest and of the module's other files. */
function allProblems({ judgement, refusals }: Assessment): CheckProblem[] {
  const inManifest = judgement?.problems ?? [];
  const said = inManifest.some(({ level }) => level === 'error');
  const others = refusals
    .filter(({ code }) => !(said && FROM_MANIFEST.has(code)))
    .map(({ code, message }): CheckProblem => ({ code, level: 'error', message }));
  return [...inManifest, ...others];
}
const FROM_MANIFEST: ReadonlySet<string> = new Set([
  'manifest_invalid',
  'breaks_update',
  'not_installable',
  'wrong_series',
]);

function asJson({ path, module, series, verdict, problems, judgement }: CheckedModule): string {
  const literal = judgement?.literal;
  return jsonForLogs({
    path,
    module,
    series,
    verdict,
    problems: problems.map(({ code, level, message, line }) => ({
      code,
      level,
      message: oneLine(message),
      ...(line !== undefined && { line }),
    })),
    manifest: literal === undefined ? null : toJson(literal),
  });
}

function asText({ path, verdict, problems, counts }: CheckedModule): string {
  if (problems.length === 0 && !counts) return '';
  const head = `${paint(counts ? 'red' : 'yellow', verdict.padEnd(13))} ${paint('bold', oneLine(path))}`;
  const lines = problems.map((problem) => {
    const level = paint(problem.level === 'error' ? 'red' : 'yellow', problem.level);
    return `  ${level} ${problem.code}: ${oneLine(atLine(problem))}`;
  });
  return [head, ...lines].join('\n');
}

/**
 * GitHub's workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. Text from a
 * module is escaped so that it cannot end or begin a command, nor form one of the older kind, which GitHub finds anywhere
 * in a line.
 */
function asAnnotations({ path, file, series, problems, counts }: CheckedModule): string {
  const annotations = problems.map(({ code, level, message, line }) => {
    const kind = level === 'error' && counts ? 'error' : 'warning';
    const properties = {
      file: join(path, file ?? '__manifest__.py'),
      line: String(line ?? 1),
      title: `Odoo ${series}: ${code}`,
    };
    const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
    return `::${kind} ${list.join(',')}::${escapeData(message)}`;
  });
  return annotations.join('\n');
}

function escapeData(text: string): string {
  return withoutMarks(oneLine(text)).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function summary(checked: readonly CheckedModule[], series: Series): string {
  const count = (verdict: Verdict) => checked.filter((module) => module.verdict === verdict).length;
  const refused = checked.filter(({ counts }) => counts).length;
  const verdicts = [
    `${count('installable')} installable`,
    `${count('uninstallable')} uninstallable`,
    `${count('invisible')} invisible`,
    `${count('breaks_update')} breaking the update`,
  ];
  const outcome =
    refused === 0 ? paint('green', 'none would be refused') : paint('red', `${refused} would be refused`);
  return `${counted(checked.length, 'module')} for Odoo ${series}: ${verdicts.join(', ')}; ${outcome}.`;
}

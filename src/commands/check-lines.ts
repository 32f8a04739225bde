import { join } from 'node:path';
import { jsonForLogs, oneLine, withoutMarks } from '../base/text.ts';
import { atLine } from '../manifest/problems.ts';
import { toJson } from '../manifest/repr.ts';
import type { CheckedModule } from './check-module.ts';
import { paint } from './terminal.ts';

/** What is printed for a module as soon as it is judged; an empty text for nothing. */

export function asJson({ path, module, series, verdict, problems, judgement }: CheckedModule): string {
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

export function asText({ path, verdict, problems, counts }: CheckedModule): string {
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
export function asAnnotations({ place, file, series, problems, counts }: CheckedModule): string {
  if (problems.length === 0) return '';
  const path = join(place(), file ?? '__manifest__.py');
  const annotations = problems.map(({ code, level, message, line }) => {
    const kind = level === 'error' && counts ? 'error' : 'warning';
    const properties = {
      file: path,
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

import { counted, oneLine } from '../base/text.ts';
import { describeAction, describeLimit } from '../policy/describe.ts';
import { diagnoseInstance, diagnoseInterrupted, diagnoseStateDir } from '../services/diagnose.ts';
import type { Finding } from '../services/finding.ts';
import { createProvenanceReader, type ReadProvenance } from '../sources/provenance.ts';
import { type Run, UsageError } from './command.ts';
import { type Setup, setUp } from './setup.ts';
import { complain, paint, progress, say } from './terminal.ts';

/** `doctor`: checks the configuration; exit code 1 if a problem would keep links from working. */
export const doctor: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('doctor takes no arguments.');
  const ready = await setUp(values);
  if (!ready.ok) return complain(ready.refusal);
  const { config, instances } = ready.value;
  const findings: Finding[] = [];
  const section = (title: string, found: readonly Finding[]) => {
    if (found.length === 0) return;
    say(`${paint('bold', title)}\n${found.map(describe).join('\n')}`);
    findings.push(...found);
  };
  section('configuration', [{ level: 'ok', text: config.file ?? 'flags and environment' }]);
  section('policy', describePolicy(ready.value));
  section('state directory', [
    ...diagnoseStateDir(config.stateDir, instances),
    ...diagnoseInterrupted(config.stateDir, instances),
  ]);
  const readProvenance = createProvenanceReader();
  const step = progress('repositories checked');
  const look: ReadProvenance = (folder, root) => readProvenance(folder, root).finally(step);
  for (const instance of instances) {
    say(`\n${paint('cyan', `instance ${instance.name}, Odoo ${instance.series}`)}`);
    for (const part of await diagnoseInstance(instance, look)) section(part.section, part.findings);
  }
  const failures = findings.filter(({ level }) => level === 'fail').length;
  const warnings = findings.filter(({ level }) => level === 'warn').length;
  say(`\n${counted(failures, 'problem')}, ${counted(warnings, 'warning')}.`);
  return failures > 0 ? 1 : 0;
};

function describePolicy({ policy: { policy } }: Setup): Finding[] {
  const rules = [...policy.rules].map(([tool, rule]): Finding => {
    const limits = rule.limits.map((limit) => describeLimit(limit));
    const isOpen = rule.action === 'allow' && !rule.hidden && limits.length === 0;
    const conditions = rule.require.length + rule.denyIf.length + rule.requireApproval.length;
    const more = rule.hidden
      ? []
      : [...limits, ...(conditions > 0 ? [counted(conditions, 'condition')] : [])];
    const state = `${describeAction(rule)}${isOpen ? ' without a limit' : ''}`;
    return { level: 'ok', text: `${tool}: ${[state, ...more].join('; ')}` };
  });
  return [{ level: 'ok', text: policy.origin }, ...rules];
}

function describe({ level, text, remedy }: Finding): string {
  const marks = { ok: paint('green', 'ok  '), warn: paint('yellow', 'warn'), fail: paint('red', 'FAIL') };
  const what = remedy === undefined ? '' : paint('dim', ` -> ${oneLine(remedy)}`);
  return `  ${marks[level]}  ${oneLine(text)}${what}`;
}

import { ok, type Result } from '../base/refusal.ts';
import { counted, inPlainSight, jsonForLogs, oneLine } from '../base/text.ts';
import type { Instance } from '../config/instance.ts';
import { describeAction, describeLimit } from '../policy/describe.ts';
import { diagnoseInstance, diagnoseInterrupted, diagnoseStateDir } from '../services/diagnose.ts';
import { diagnoseIndex } from '../services/diagnose-index.ts';
import { diagnoseSources } from '../services/diagnose-sources.ts';
import { diagnoseSystem } from '../services/diagnose-system.ts';
import type { Finding } from '../services/finding.ts';
import { diagnoseOdoo } from '../services/odoo/diagnose-odoo.ts';
import { type Selection, selectInstance } from '../services/select-target.ts';
import { createProvenanceReader, type ReadProvenance } from '../sources/provenance.ts';
import { isOffered, toolEntry } from '../tool-table.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { configuredIn, type Setup, setUp } from './setup.ts';
import { complain, complainAbout, paint, progress, say } from './terminal.ts';

/** How long git may take for each repository. */
const PATIENCE_MS = 10_000;

/** `doctor`: checks the configuration; exit code 1 if a problem would keep links from working. */
export const doctor: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('doctor takes no arguments.');
  const ready = await setUp(values);
  if (!ready.ok) return complain(ready.refusal);
  const { config } = ready.value;
  const selection = { instance: textOption(values, 'instance'), branch: textOption(values, 'branch') };
  const chosen = chooseInstances(ready.value.instances, selection);
  if (!chosen.ok) return complainAbout(chosen.refusal);
  const instances = chosen.value;
  const isJson = values.json === true;
  const findings: (Finding & { readonly instance?: string; readonly section: string })[] = [];
  const section = (title: string, found: readonly Finding[], name?: string) => {
    if (found.length === 0) return;
    if (!isJson) say(`${paint('bold', title)}\n${found.map(describe).join('\n')}`);
    findings.push(
      ...found.map((one) => ({ ...one, section: title, ...(name !== undefined && { instance: name }) })),
    );
  };
  section('configuration', [{ level: 'ok', text: config.file ?? 'flags and environment' }]);
  section('policy', describePolicy(ready.value));
  section('system', diagnoseSystem());
  section('state directory', [
    ...diagnoseStateDir(config.stateDir, instances),
    ...diagnoseInterrupted(config.stateDir, instances),
  ]);
  section('index', diagnoseIndex(config.stateDir, instances));
  const readProvenance = createProvenanceReader({ patience: PATIENCE_MS, waits: true, areCheckouts: true });
  const step = progress('repositories checked');
  const look: ReadProvenance = (folders) => readProvenance(folders).finally(step);
  for (const instance of instances) {
    if (!isJson) say(`\n${paint('cyan', `instance ${instance.name}, Odoo ${instance.series}`)}`);
    for (const part of await diagnoseInstance(instance, look, ready.value.instances))
      section(part.section, part.findings, instance.name);
    section('odoo', await diagnoseOdoo(instance), instance.name);
    section('sources', await diagnoseSources(instance, ready.value.remotes), instance.name);
  }
  const failures = findings.filter(({ level }) => level === 'fail').length;
  const warnings = findings.filter(({ level }) => level === 'warn').length;
  if (isJson) say(jsonForLogs(inPlainSight({ failures, warnings, findings }), 2));
  else say(`\n${counted(failures, 'problem')}, ${counted(warnings, 'warning')}.`);
  return failures > 0 ? 1 : 0;
};

/** The instances that a selection means, which may be several of a series; all without one. */
function chooseInstances(all: readonly Instance[], selection: Selection): Result<readonly Instance[]> {
  const { instance, branch } = selection;
  const chosen = all.filter(
    ({ name, series }) =>
      (instance === undefined || name === instance) && (branch === undefined || series === branch),
  );
  if (chosen.length > 0) return ok(chosen);
  const one = selectInstance(all, selection);
  return one.ok ? ok([one.value]) : one;
}

function describePolicy({ policy: { policy }, ...setup }: Setup): Finding[] {
  const offered = [...policy.rules].filter(([tool]) => isOffered(tool, configuredIn(setup)));
  const rules = offered.map(([tool, rule]): Finding => {
    const limits = rule.limits.map((limit) => describeLimit(limit));
    const isOpen = rule.action === 'allow' && !rule.hidden && limits.length === 0;
    const conditions = rule.require.length + rule.denyIf.length + rule.requireApproval.length;
    const more = rule.hidden
      ? []
      : [...limits, ...(conditions > 0 ? [counted(conditions, 'condition')] : [])];
    const state = `${describeAction(rule)}${isOpen ? ' without a limit' : ''}`;
    const text = `${tool}: ${[state, ...more].join('; ')}`;
    if (!isOpen || toolEntry(tool).isGrave !== true) return { level: 'ok', text };
    const remedy = 'set its `action` to `require_approval`, unless agents may change the database unasked';
    return { level: 'warn', text, remedy };
  });
  return [{ level: 'ok', text: policy.origin }, ...rules];
}

function describe({ level, text, remedy }: Finding): string {
  const marks = { ok: paint('green', 'ok  '), warn: paint('yellow', 'warn'), fail: paint('red', 'FAIL') };
  const what = remedy === undefined ? '' : paint('dim', ` -> ${oneLine(remedy)}`);
  return `  ${marks[level]}  ${oneLine(text)}${what}`;
}

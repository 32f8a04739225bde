import { describeReport } from '../services/describe-report.ts';
import { linkModules } from '../services/link-modules.ts';
import { createProvenanceReader } from '../sources/provenance.ts';
import { type Run, UsageError } from './command.ts';
import { setUp } from './setup.ts';
import { complain, paint } from './terminal.ts';

/** `link oca|ee MODULE...`: what `oca_link` and `ee_link` do, for a person; the policy is for agents. */
export const link: Run = async ({ positionals: [family, ...modules], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('link needs a family: link oca MODULE... or link ee MODULE...');
  if (modules.length === 0) throw new UsageError('link needs at least one module.');
  if (family === 'ee' && values.repo !== undefined) throw new UsageError('--repo is for OCA modules.');
  const ready = await setUp(values);
  if ('problems' in ready) return complain(ready.problems);
  const { config, instances } = ready.setup;
  const text = (name: string) => values[name] as string | undefined;
  const result = await linkModules(
    {
      family,
      modules,
      argument: 'MODULE',
      repo: text('repo'),
      instance: text('instance'),
      branch: text('branch'),
      target_dir: text('target-dir'),
      with_dependencies: true,
      replace: values.replace === true,
      dry_run: values['dry-run'] === true,
    },
    { instances, stateDir: config.stateDir, readProvenance: createProvenanceReader() },
  );
  if (values.json === true) {
    const answer = result.ok ? { ...result.value, limit: null } : { status: 'refused', ...result.refusal };
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else if (result.ok) process.stdout.write(`${describeReport(result.value)}\n`);
  else {
    const { code, message, hint } = result.refusal;
    const lines = [
      `${paint('red', 'Refused', process.stderr)} (${code}): ${message}`,
      ...(hint === undefined ? [] : [hint]),
    ];
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  return result.ok ? 0 : 1;
};

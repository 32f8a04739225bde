import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LISTED_CODES } from '../addons/listed-files.ts';
import { REFUSAL_CODES } from '../base/refusal.ts';
import { jsonForLogs, oneLine } from '../base/text.ts';
import { PROBLEM_CODES } from '../manifest/problems.ts';
import { packageHomepage, packageVersion } from '../package.ts';
import type { CheckedModule, CheckProblem } from './check-module.ts';

/** Documents about all modules at once, for the views of a CI. */

/** A finding and the file it is in. */
interface Finding {
  readonly problem: CheckProblem;
  readonly module: CheckedModule;
  /** From the top of the workspace. */
  readonly file: string;
  readonly isError: boolean;
  /** The same as long as the finding is, whatever else changes in the file. */
  readonly fingerprint: string;
}

function findingsOf(modules: readonly CheckedModule[]): Finding[] {
  const seen = new Map<string, number>();
  const faulty = modules.filter(({ problems }) => problems.length > 0);
  return faulty.flatMap((module) => {
    const file = join(module.place(), module.file ?? '__manifest__.py');
    return module.problems.map((problem) => {
      const key = [module.series, file, problem.code, problem.message].join('\0');
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      const fingerprint = createHash('sha256').update(`${key}\0${count}`).digest('hex');
      return { problem, module, file, isError: problem.level === 'error' && module.counts, fingerprint };
    });
  });
}

const MEANINGS: Readonly<Record<string, string>> = { ...REFUSAL_CODES, ...PROBLEM_CODES, ...LISTED_CODES };

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/) as GitHub's code scanning reads it: paths from the top of
 * the repository, a rule for each code.
 */
export function asSarif(modules: readonly CheckedModule[], series: string): string {
  const findings = findingsOf(modules);
  const codes = [...new Set(findings.map(({ problem }) => problem.code))].sort();
  const rules = codes.map((code) => {
    const text = oneLine(MEANINGS[code] ?? code);
    return { id: code, shortDescription: { text }, helpUri: packageHomepage() };
  });
  const results = findings.map(({ problem, file, isError, fingerprint }) => ({
    ruleId: problem.code,
    ruleIndex: codes.indexOf(problem.code),
    level: isError ? 'error' : 'warning',
    message: { text: oneLine(problem.message) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: {
            uri: file.split('/').map(encodeURIComponent).join('/'),
            uriBaseId: '%SRCROOT%',
          },
          region: { startLine: problem.line ?? 1 },
        },
      },
    ],
    partialFingerprints: { 'odooLinkFinding/v1': fingerprint },
  }));
  const driver = {
    name: 'odoo-link-mcp',
    version: packageVersion(),
    informationUri: packageHomepage(),
    rules,
  };
  const automationDetails = { id: `odoo-link-mcp/${series}/` };
  const run = { tool: { driver }, automationDetails, columnKind: 'utf16CodeUnits', results };
  const schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return jsonForLogs({ $schema: schema, version: '2.1.0', runs: [run] }, 2);
}

/** GitLab's Code Quality report (https://docs.gitlab.com/ci/testing/code_quality/). */
export function asGitLab(modules: readonly CheckedModule[]): string {
  const issues = findingsOf(modules).map(({ problem, module, file, isError, fingerprint }) => ({
    description: oneLine(`${module.module}: ${problem.message}`),
    check_name: problem.code,
    fingerprint,
    severity: !isError ? 'minor' : module.verdict === 'breaks_update' ? 'blocker' : 'major',
    location: { path: file, lines: { begin: problem.line ?? 1 } },
  }));
  return jsonForLogs(issues, 2);
}

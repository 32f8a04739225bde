import { describe, expect, it } from 'vitest';
import type { CheckedModule, CheckProblem } from '../../src/commands/check-module.ts';
import { asGitLab, asSarif } from '../../src/commands/check-report.ts';

const ERROR: CheckProblem = { code: 'license_invalid', level: 'error', message: 'Bad.', line: 4 };
const WARNING: CheckProblem = { code: 'key_misspelt', level: 'warning', message: 'Odd.\n::error::x' };

function module(place: string, problems: CheckProblem[], more: Partial<CheckedModule> = {}): CheckedModule {
  const rest = { module: place, path: place, series: '17.0', verdict: 'installable', counts: true } as const;
  return {
    ...rest,
    file: '__manifest__.py',
    judgement: null,
    refusals: [],
    sha256: null,
    place: () => place,
    problems,
    ...more,
  };
}

const MODULES = [
  module('addons/a b', [ERROR, WARNING]),
  module('c', [ERROR, ERROR], { verdict: 'breaks_update', file: null }),
  module('d', [ERROR], { counts: false }),
];

describe('SARIF', () => {
  const { version, runs } = JSON.parse(asSarif(MODULES, '17.0'));
  const [{ tool, results }] = runs;

  it('has a rule for each code, with what it means', () => {
    expect([version, runs.length, tool.driver.name]).toEqual(['2.1.0', 1, 'odoo-link-mcp']);
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'key_misspelt',
      'license_invalid',
    ]);
    for (const { shortDescription } of tool.driver.rules) expect(shortDescription.text).toMatch(/ /);
  });

  it('has a result for each finding: its rule, level, place and line', () => {
    const rows = results.map(
      // biome-ignore lint/suspicious/noExplicitAny: parsed JSON
      ({ ruleId, ruleIndex, level, locations: [{ physicalLocation }] }: any) => [
        tool.driver.rules[ruleIndex].id === ruleId && ruleId,
        level,
        physicalLocation.artifactLocation.uri,
        physicalLocation.region.startLine,
      ],
    );
    expect(rows).toEqual([
      ['license_invalid', 'error', 'addons/a%20b/__manifest__.py', 4],
      ['key_misspelt', 'warning', 'addons/a%20b/__manifest__.py', 1],
      ['license_invalid', 'error', 'c/__manifest__.py', 4],
      ['license_invalid', 'error', 'c/__manifest__.py', 4],
      ['license_invalid', 'warning', 'd/__manifest__.py', 4],
    ]);
    expect(results[1].message.text).toBe('Odd.\\u{a}::error::x');
  });

  it('is valid where there is nothing to tell', () => {
    expect(JSON.parse(asSarif([], '17.0')).runs[0]).toMatchObject({
      results: [],
      tool: { driver: { rules: [] } },
    });
  });
});

describe('the Code Quality report', () => {
  const issues = JSON.parse(asGitLab(MODULES));

  it('has an issue for each finding', () => {
    const rows = issues.map(({ check_name, severity, location }: Record<string, never>) => [
      check_name,
      severity,
      location,
    ]);
    const at = (path: string, begin: number) => ({ path: `${path}/__manifest__.py`, lines: { begin } });
    expect(rows).toEqual([
      ['license_invalid', 'major', at('addons/a b', 4)],
      ['key_misspelt', 'minor', at('addons/a b', 1)],
      ['license_invalid', 'blocker', at('c', 4)],
      ['license_invalid', 'blocker', at('c', 4)],
      ['license_invalid', 'minor', at('d', 4)],
    ]);
  });

  it('tells findings apart by their fingerprints, which lines do not change', () => {
    const prints = issues.map(({ fingerprint }: { fingerprint: string }) => fingerprint);
    expect(new Set(prints).size).toBe(issues.length);
    const moved = JSON.parse(asGitLab([module('addons/a b', [{ ...ERROR, line: 9 }])]));
    expect(moved[0].fingerprint).toBe(prints[0]);
  });

  it('is a list where there is nothing to tell', () => {
    expect(JSON.parse(asGitLab([]))).toEqual([]);
  });

  it('cannot be made to command a CI', () => {
    for (const text of [asGitLab(MODULES), asSarif(MODULES, '17.0')]) expect(text).not.toContain('::error');
  });
});

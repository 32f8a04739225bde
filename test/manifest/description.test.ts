import { expect, it } from 'vitest';
import { inspectDescription, type Readme } from '../../src/manifest/description.ts';
import type { Inspection } from '../../src/manifest/findings.ts';
import { inspectionOf } from './inspection.ts';

function problemsOf(
  entries: string,
  state: Readme['state'] | null,
  series: '16.0' | '18.0' | '19.0' = '18.0',
) {
  const manifest: Inspection = inspectionOf(entries, series);
  inspectDescription(manifest, () => (state === null ? null : { file: 'README.md', state }));
  return manifest.problems;
}

it('looks for a README only where there is no description', () => {
  const never = () => expect.fail('looked for a README');
  inspectDescription(inspectionOf("'description': 'text'", '18.0'), never);
  inspectDescription(inspectionOf("'description': 5", '18.0'), never);
});

it.each([
  ['not_utf8', 'is not UTF-8, so the module does not appear in Apps'],
  ['nul', 'contains a NUL, so Update Apps List fails'],
  ['unreadable', 'cannot be read, so the module does not appear in Apps'],
  ['unknown', 'was not read'],
] as const)('names a README that is %s', (state, said) => {
  const [problem, ...others] = problemsOf('', state);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ code: 'readme_invalid', level: state === 'unknown' ? 'warning' : 'error' });
  expect(problem?.message).toContain(`README.md, which Odoo takes for the missing description, ${said}`);
});

it('has nothing to say of a good README, nor of none', () => {
  expect(problemsOf("'description': None", 'text')).toEqual([]);
  expect(problemsOf('', null)).toEqual([]);
  expect(problemsOf("'description': 5", 'nul')).toMatchObject([{ code: 'description_invalid' }]);
  expect(problemsOf("'description': 5", 'nul', '16.0')).toEqual([]);
});

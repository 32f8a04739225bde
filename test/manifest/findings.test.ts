import { describe, expect, it } from 'vitest';
import { Inspection } from '../../src/manifest/findings.ts';
import { PyDict } from '../../src/manifest/values.ts';

function inspect(series: '16.0' | '17.0' | '19.0') {
  const dict = new PyDict();
  dict.set('name', 'x');
  dict.set(1, null);
  return new Inspection(dict, { keyLines: new Map([['name', 3]]) }, series);
}

describe('an inspection', () => {
  it('has the values and keys of the manifest, and knows its series', () => {
    const manifest = inspect('17.0');
    expect(manifest.get('name')).toBe('x');
    expect(manifest.get('version')).toBeUndefined();
    expect([...manifest.keys()]).toEqual(['name', 1]);
    expect(manifest.since('17.0')).toBe(true);
    expect(inspect('16.0').since('17.0')).toBe(false);
  });

  it.each([
    ['hides', 'error'],
    ['breaks', 'error'],
    ['refused', 'error'],
    ['surprises', 'warning'],
  ] as const)('reports what %s as %s', (effect, level) => {
    const manifest = inspect('17.0');
    manifest.report('name_missing', effect, 'why');
    expect(manifest.problems).toEqual([{ code: 'name_missing', level, message: 'why' }]);
    expect([...manifest.effects]).toEqual([effect]);
  });

  it('points at the line of a key it has, and at none of one it lacks', () => {
    const manifest = inspect('17.0');
    manifest.report('name_missing', 'surprises', 'a', 'name');
    manifest.report('license_missing', 'surprises', 'b', 'license');
    expect(manifest.problems.map((problem) => problem.line)).toEqual([3, undefined]);
    expect(manifest.problems[1]).not.toHaveProperty('line');
  });

  it('knows what becomes of an error of reading, and which was the first', () => {
    const reason = { what: 'it is odd', advice: 'change it' };
    for (const [series, effect, then] of [
      ['17.0', 'hides', 'the module does not appear in Apps'],
      ['19.0', 'breaks', 'Update Apps List fails for the whole instance'],
    ] as const) {
      const manifest = inspect(series);
      manifest.raise('version_invalid', { ...reason, error: 'ValueError' }, 'name');
      manifest.raise('not_a_dict', { ...reason, error: 'TypeError' });
      expect([...manifest.effects]).toEqual([effect]);
      expect(manifest.problems[0]).toMatchObject({ line: 3, message: `it is odd, so ${then}; change it` });
      expect(manifest.raised).toEqual({ problem: manifest.problems[0], error: 'ValueError' });
    }
  });
});

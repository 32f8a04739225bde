import { describe, expect, it } from 'vitest';
import { isOtherSeries, seriesOfBranch } from '../../src/sources/branch-series.ts';

describe('a branch', () => {
  it.each([
    ['17.0', '17.0'],
    ['17.0-fix-names', '17.0'],
    ['16.0_mig', '16.0'],
    ['12.0/topic', '12.0'],
    ['main', null],
    ['saas-17.2', null],
    ['17.0.1', null],
    ['v17.0', null],
  ])('%s was made for %s', (branch, series) => {
    expect(seriesOfBranch(branch)).toBe(series);
    const provenance = { branch, commit: null, dirty: null };
    expect(isOtherSeries(provenance, '17.0')).toBe(series !== null && series !== '17.0');
  });
});

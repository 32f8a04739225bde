import { describe, expect, it } from 'vitest';
import { isGlob, matchesAny, newPatternBudget } from '../../src/addons/asset-pattern.ts';
import { countTurns, noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

const PATTERN = `*${'a'.repeat(120)}b`;

/** A folder of long names that a pattern nearly matches. */
function longNames(count: number) {
  const world = createWorld();
  for (let at = 0; at < count; at++) world.file(`m/${'a'.repeat(240)}${at}`);
  return world.at('m');
}

describe('a pattern of assets', () => {
  it.each([
    ['a/*.js', true],
    ['a/?.js', true],
    ['[a].js', true],
    ['a/b.js', false],
  ])('is one or not: %s', (path, expected) => {
    expect(isGlob(path)).toBe(expected);
  });

  it('counts what its names take, by their lengths', async () => {
    const folder = longNames(100);
    const { turns, count } = countTurns();
    expect(await matchesAny(folder, [PATTERN], newPatternBudget(), turns)).toBe(false);
    // Listing a hundred names is no slice; comparing them is 100 x 241 x 122 steps.
    expect(count()).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['is left', 1e7, false],
    ['was used up by names that were compared', 1e6, true],
    ['was used up by names that were listed', 100 * 500, true],
  ])('matches nothing only while the work allowed %s', async (_, steps, expected) => {
    const budget = { ...newPatternBudget(), folders: 10, steps };
    expect(await matchesAny(longNames(100), [PATTERN], budget, noTurns)).toBe(expected);
  });

  it('shares what is left with the next one', async () => {
    const folder = longNames(100);
    const budget = { ...newPatternBudget(), folders: 10, steps: 5e6 };
    const matched = [];
    for (let at = 0; at < 3; at++) matched.push(await matchesAny(folder, [PATTERN], budget, noTurns));
    expect(matched).toEqual([false, true, true]);
    expect(budget.folders).toBe(8);
  });
});

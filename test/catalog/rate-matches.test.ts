import { describe, expect, it } from 'vitest';
import { conceptsOf } from '../../src/catalog/concepts.ts';
import { rateMatches } from '../../src/catalog/rate-matches.ts';
import { catalogModule } from '../support/catalog-module.ts';
import { noTurns } from '../support/turns.ts';

interface Given {
  /** Default: 10. */
  readonly score?: number;
  /** How many words of the query it has; default: all. */
  readonly words?: number;
  readonly exact?: number;
  readonly depends?: readonly string[];
}

/** The modules by their rating for a query, best first. */
async function rate(
  query: string,
  given: Readonly<Record<string, Given>>,
  others: Readonly<Record<string, string>> = {},
) {
  const concepts = conceptsOf(query);
  const total = concepts.flatMap(({ terms }) => terms).length;
  const found = Object.entries(given).map(
    ([name, { score = 10, words = total, exact = words, depends = [] }]) => ({
      module: catalogModule(`r/${name}`, { depends }),
      match: { score, words, exact, part: words / total },
    }),
  );
  const rest = Object.entries(others).map(([name, base]) => catalogModule(`r/${name}`, { depends: [base] }));
  const modules = [...found.map(({ module }) => module), ...rest];
  const answers = [...(await rateMatches(found, concepts, modules, noTurns))];
  return answers
    .sort(([, a], [, b]) => b.score - a.score)
    .map(([{ name }, { score, isWhole }]) => ({ name, score, isWhole }));
}

const names = async (...args: Parameters<typeof rate>) => (await rate(...args)).map(({ name }) => name);

describe('the rating of a module', () => {
  it('is less than half for half of the words', async () => {
    const [whole, half] = await rate('red car', { a: {}, b: { words: 1 } });
    expect(whole).toMatchObject({ name: 'a', score: 10, isWhole: true });
    expect(half).toMatchObject({ name: 'b', isWhole: false });
    expect(half?.score).toBeCloseTo(10 * 0.5 ** 1.5);
  });

  it('says whether it has all words as they are', async () => {
    expect((await rate('red car', { a: { words: 2, exact: 1 } }))[0]?.isWhole).toBe(false);
  });

  it('is higher for what others depend on', async () => {
    expect(await names('red', { a: {}, b: {} }, { x: 'b', y: 'b' })).toEqual(['b', 'a']);
    expect(await names('red', { a: { score: 20 }, b: {} }, { x: 'b', y: 'b' })).toEqual(['a', 'b']);
  });

  it('is lower for tests, examples and other countries, unless they are asked for', async () => {
    const given = { test_a: {}, a_demo: {}, l10n_es_a: {}, a: { score: 9 } };
    expect((await names('red', given))[0]).toBe('a');
    expect((await names('red test', given))[0]).toBe('test_a');
    expect((await names('red demo', given))[0]).toBe('a_demo');
    for (const query of ['red Spain', 'spanish red', 'l10n red'])
      expect((await names(query, given))[0]).toBe('l10n_es_a');
    expect((await names('red France', given))[0]).toBe('a');
  });
});

describe('an add-on', () => {
  const addon = { score: 12, depends: ['base_job'] };

  it('comes after the module that it extends', async () => {
    expect(await names('job', { base_job: {}, base_job_cron: addon })).toEqual(['base_job', 'base_job_cron']);
  });

  it('comes after all that it extends, one above the other', async () => {
    const chain = {
      a_b: {},
      a_b_c: { score: 15, depends: ['a_b'] },
      a_b_c_d: { score: 20, depends: ['a_b_c'] },
    };
    expect(await names('red', chain)).toEqual(['a_b', 'a_b_c', 'a_b_c_d']);
  });

  it('stays before it if its name has more of the query', async () => {
    expect((await names('job cron', { base_job: {}, base_job_cron: addon }))[0]).toBe('base_job_cron');
  });

  it('stays before it if it has more of the query', async () => {
    expect((await names('red job', { base_job: { score: 25, words: 1 }, base_job_cron: addon }))[0]).toBe(
      'base_job_cron',
    );
  });

  it('stays before a module that has next to nothing of the query', async () => {
    expect((await names('job', { base_job: { score: 4 }, base_job_cron: addon }))[0]).toBe('base_job_cron');
  });
});

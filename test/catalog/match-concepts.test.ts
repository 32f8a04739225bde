import { describe, expect, it } from 'vitest';
import { type Concept, conceptsOf } from '../../src/catalog/concepts.ts';
import { type Lookup, type Match, matchConcepts } from '../../src/catalog/match-concepts.ts';
import { termOf } from '../../src/catalog/terms.ts';
import { countTurns, noTurns } from '../support/turns.ts';

/**
 * Documents by their terms, beside so many others that everything in them is rare. A term counts 1, the beginning of a
 * longer one a half, a similar one a quarter.
 */
function lookupIn(...documents: readonly string[]): Lookup & { readonly asked: string[] } {
  const asked: string[] = [];
  const terms = new Set(documents.flatMap((text) => text.split(' ')));
  const related = (weight: number, is: (other: string) => boolean) =>
    [...terms].filter(is).map((other) => [other, weight] as const);
  return {
    asked,
    size: 1e30,
    exactly(term) {
      asked.push(term);
      return new Map(documents.flatMap((text, id) => (text.split(' ').includes(term) ? [[id, 1]] : [])));
    },
    longer: (term) => related(1 / 2, (other) => other !== term && other.startsWith(term)),
    alike: (term) => related(1 / 4, (other) => other !== term && other.slice(1) === term.slice(1)),
  };
}

const plain = (...words: readonly string[]): Concept[] =>
  words.map((word) => ({ words: [word], terms: [word], synonyms: [] }));

/** Without the parts, and without what the rarity of a word takes from a score. */
async function match(concepts: readonly Concept[], lookup: Lookup) {
  const found = await matchConcepts(concepts, lookup, noTurns);
  const plainly = ({ score, words, exact }: Match): Match => ({
    score: Math.round(score * 20) / 20,
    words,
    exact,
  });
  return Object.fromEntries([...found].map(([id, one]) => [id, plainly(one)]));
}

describe('a query of words', () => {
  it('finds what has any of them, and how many', async () => {
    expect(await match(plain('red', 'car'), lookupIn('red car', 'blue car', 'blue bike'))).toEqual({
      0: { score: 2, words: 2, exact: 2 },
      1: { score: 1, words: 1, exact: 1 },
    });
  });

  it('finds longer words by their beginning, if it has three characters', async () => {
    const lookup = lookupIn('tracking', 'tr');
    expect(await match(plain('tra'), lookup)).toEqual({ 0: { score: 0.5, words: 1, exact: 1 } });
    expect(await match(plain('tr'), lookup)).toEqual({ 1: { score: 1, words: 1, exact: 1 } });
  });

  it('finds similar words where few have the word itself, and says that they are only similar', async () => {
    const near = { score: 0.25, words: 1, exact: 0 };
    expect(await match(plain('xedger'), lookupIn('ledger', 'other'))).toEqual({ 0: near });
    expect(await match(plain('leger'), lookupIn('leger', 'leger', 'xeger'))).toMatchObject({
      0: { exact: 1 },
      2: near,
    });
    expect(await match(plain('leger'), lookupIn('leger', 'leger', 'leger', 'xeger'))).not.toHaveProperty('3');
    expect(await match(plain('vet'), lookupIn('pet'))).toEqual({});
  });

  it('finds two words that are written as one, and one that is written as two', async () => {
    const both = { words: 2, exact: 2 };
    expect(await match(plain('field', 'service'), lookupIn(termOf('fieldservice')))).toMatchObject({
      0: both,
    });
    expect(await match(plain('field', 'x', 'service'), lookupIn(termOf('fieldservice')))).toEqual({
      0: { score: 0.5, words: 1, exact: 1 },
    });
    const one = { words: 1, exact: 1 };
    expect(await match(plain('dropshipping'), lookupIn('drop ship', 'drop', 'ship'))).toMatchObject({
      0: one,
    });
    expect(await match(plain('dropshipping'), lookupIn('drop ship', 'drop'))).not.toHaveProperty('1');
    expect(await match(plain('report'), lookupIn('report', 'rep ort'))).not.toHaveProperty('1');
  });

  it('counts for less, and is less of a query, the more modules have it', async () => {
    const lookup = { ...lookupIn('rare often', 'rare', 'often', 'often', 'often', 'x', 'y'), size: 7 };
    const found = await matchConcepts(plain('rare', 'often', 'unknown'), lookup, noTurns);
    const of = (id: number) => found.get(id) ?? { score: 0, part: 0 };
    expect(of(0).part).toBeCloseTo(1);
    expect(of(1).part).toBeGreaterThan(of(2).part);
    expect(of(1).part + of(2).part).toBeCloseTo(1);
    expect(of(1).score).toBeGreaterThan(of(2).score);
  });

  it('looks up each word once', async () => {
    const lookup = lookupIn('red red');
    await matchConcepts(plain('red', 'car', 'red'), lookup, noTurns);
    expect(lookup.asked.filter((term) => term === 'red').length).toBe(1);
  });

  it('lets others in between', async () => {
    const { turns, count } = countTurns();
    await matchConcepts(plain(...Array(12).fill('word')), lookupIn('word'), turns);
    expect(count()).toBeGreaterThanOrEqual(2);
  });
});

describe('a word that stands in much', () => {
  it('lets others in between the terms that it begins', async () => {
    const { turns, count } = countTurns();
    const many = Array.from({ length: 300 }, (_, at) => `word${at}`);
    await matchConcepts(plain('word'), lookupIn(...many), turns);
    expect(count()).toBeGreaterThanOrEqual(1);
  });
});

describe('a synonym', () => {
  const approval: Concept = { words: ['approval'], terms: ['approv'], synonyms: [['tier', 'valid']] };

  it('counts for all words that it stands for, if all of its own are there', async () => {
    const found = await match([approval], lookupIn('approv', 'tier valid', 'tier', 'valid'));
    expect(Object.keys(found)).toEqual(['0', '1']);
    expect(found[1]).toMatchObject({ words: 1, exact: 1 });
  });

  it('counts a little less than what it stands for, however long it is', async () => {
    const found = await match(conceptsOf('bill of materials'), lookupIn('bil material', 'bom'));
    expect(found[0]).toEqual({ score: 2, words: 2, exact: 2 });
    expect(found[1]).toMatchObject({ words: 2, exact: 2 });
    expect(found[1]?.score).toBeCloseTo(0.9 * Math.SQRT2, 1);
    expect((await match([approval], lookupIn('tier valid')))[0]?.score).toBeCloseTo(0.9 * Math.SQRT2, 1);
  });

  it('beside what it stands for counts a third', async () => {
    const found = await match([approval], lookupIn('approv tier valid', 'approv'));
    expect(found[0]?.score).toBeCloseTo(0.9 * Math.SQRT2 + 0.3, 1);
    expect(found[0]).toMatchObject({ words: 1, exact: 1 });
    expect(found[1]).toMatchObject({ score: 1 });
  });

  it('of a phrase leaves each of its words what it is', async () => {
    expect(await match(conceptsOf('purchase order'), lookupIn('purchas', 'PO', 'po'))).toEqual({
      0: { score: 1, words: 1, exact: 1 },
      2: { score: expect.closeTo(0.9 * Math.SQRT2, 1), words: 2, exact: 2 },
    });
  });
});

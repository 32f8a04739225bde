import { describe, expect, it } from 'vitest';
import { createTextIndex, MOST } from '../../src/catalog/text-index.ts';

/** An index of one document for each text. */
async function indexOf(texts: readonly string[]) {
  const index = await createTextIndex();
  for (const [id, text] of texts.entries()) {
    index.add({ id, name: '', title: '', summary: '', category: '', text });
  }
  return index;
}

const termsOf = (related: readonly (readonly [string, number])[]) => related.map(([term]) => term);

describe('terms that stand for another', () => {
  it('are longer or similar ones, nearest first, which count the less the further they are', async () => {
    const index = await indexOf(['zwq zwqaaaa zwqa', 'zwqb zwqa', 'xwqbabab zwqbabax other']);
    const longer = index.longer('zwq');
    expect(termsOf(longer)).toEqual(['zwqa', 'zwqb', 'zwqaaaa', 'zwqbabax']);
    expect(longer[0]?.[1]).toBeGreaterThan(longer[2]?.[1] ?? 1);
    const alike = index.alike('zwqbabab');
    expect(termsOf(alike).sort()).toEqual(['xwqbabab', 'zwqbabax']);
  });

  it('are a limited number, whatever a text holds', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => `zwq${String(at).padStart(5, '0')}`);
    const index = await indexOf([...many.slice(0, 500).map((term) => `${term} zwqa`), many.join(' ')]);
    const longer = termsOf(index.longer('zwq'));
    expect(longer).toHaveLength(MOST.terms);
    expect(longer[0]).toBe('zwqa');
    expect(index.alike('zwq00000')).toHaveLength(MOST.terms);
  });

  it('occur in a limited number of places', async () => {
    const texts = Array.from({ length: MOST.places / 4 }, () => 'zwqa zwqb zwqc zwqd zwqe');
    texts.push('zwqf');
    expect(termsOf((await indexOf(texts)).longer('zwq'))).toHaveLength(4);
  });

  it('are looked for among a limited number', async () => {
    const many = Array.from({ length: MOST.seen }, (_, at) => `zwqm${at.toString(36).padStart(4, '0')}`);
    // In whichever direction they are looked through, one of the nearest two comes after the others.
    const index = await indexOf([['zwqa', ...many, 'zwqb'].join(' ')]);
    expect(termsOf(index.longer('zwq')).filter((term) => term.length === 4)).toHaveLength(1);
  });
});

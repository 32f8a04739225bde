import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conceptsOf } from '../../src/catalog/concepts.ts';
import { tellingWords, termsOf } from '../../src/catalog/terms.ts';
import { SYNONYMS } from '../../src/data/synonyms.ts';

const terms = (query: string) => conceptsOf(query).map((concept) => concept.terms.join(' '));
const synonyms = (query: string) =>
  conceptsOf(query).map((one) => one.synonyms.map((phrase) => phrase.join(' ')));

describe('what a query asks for', () => {
  it('is a word each, or a phrase that has synonyms', () => {
    expect(terms('bill of materials history')).toEqual(['bil material', termsOf('history')[0]]);
    expect(terms('red cars')).toEqual(['red', 'car']);
    expect(conceptsOf('Field services')).toMatchObject([{ words: ['field', 'services'] }]);
  });

  it('can be said in other words, in any form', () => {
    expect(synonyms('approvals')[0]).toContain(termsOf('tier validation').join(' '));
    expect(synonyms('BoMs')[0]).toContain(termsOf('bill materials').join(' '));
    expect(synonyms('bills of materials')[0]).toContain('bom');
    expect(synonyms('cost centers')[0]).toContain('analytic');
    expect(synonyms('red')).toEqual([[]]);
  });

  it('takes what has several meanings for all of them', () => {
    expect(synonyms('credit control')[0]).toEqual(expect.arrayContaining(['credit limit', 'dun']));
  });

  it('is the longest phrase', () => {
    // Not `purchase` and `order`, and not `request`.
    expect(terms('request for quotation')).toEqual([termsOf('request quotation').join(' ')]);
  });

  it('counts once, however often it is said', () => {
    expect(terms('red cars and a red car, bill of materials')).toEqual(['red', 'car', 'bil material']);
  });

  it('is no more than a dozen things, and those said first', () => {
    const words = Array.from({ length: 40 }, (_, at) => `w${at}`);
    expect(terms(words.join(' '))).toEqual(words.slice(0, 12));
    expect(terms(`${'red '.repeat(40)} car`)).toEqual(['red']);
  });

  it('is nothing where there are no words', () => {
    expect(conceptsOf(' , ')).toEqual([]);
  });
});

describe('the synonyms', () => {
  it.each(SYNONYMS)('of %s are several different ones', (line) => {
    const phrases = line.split(' = ').map((phrase) => tellingWords(phrase).join(' '));
    expect(phrases.length).toBeGreaterThan(1);
    expect(phrases).not.toContain('');
    expect(new Set(phrases.map((phrase) => termsOf(phrase).join(' '))).size).toBe(phrases.length);
  });

  it('are no more than sixty lines', () => {
    const text = readFileSync(join(import.meta.dirname, '../../src/data/synonyms.ts'), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});

import { describe, expect, it } from 'vitest';
import { cutToFit, fitLines } from '../../src/server/fit.ts';
import { MOST_SHOWN, refusalResult, resourceText, successResult } from '../../src/server/results.ts';
import fc from '../support/property.ts';

const size = (value: unknown) => JSON.stringify(value).length;
const names = (count: number) => Array.from({ length: count }, (_, at) => `module_${at}`);

describe('cutting a value to fit', () => {
  it('leaves what fits as it is', () => {
    const value = { status: 'ok', list: names(100) };
    expect(cutToFit(value, 10_000)).toEqual({ value, leftOut: [] });
  });

  it('keeps the first elements and tells how many are left out, and where', () => {
    const value = {
      status: 'ok',
      links: names(3000),
      nodes: names(5).map((name) => ({ name, depends: names(4000) })),
    };
    const { value: cut, leftOut } = cutToFit(value, 100_000);
    const { links, nodes } = cut as typeof value;
    expect(links).toEqual(value.links.slice(0, links.length));
    expect(leftOut).toEqual([
      { what: '/links', items: 3000 - links.length },
      { what: '/nodes/*/depends', items: 5 * (4000 - (nodes[0]?.depends.length ?? 0)) },
    ]);
  });

  it('always fits, and says so whenever it cuts', () => {
    const anything = fc.dictionary(
      fc.string({ maxLength: 20 }),
      fc.oneof(
        fc.jsonValue(),
        fc.array(fc.string({ unit: 'binary' })),
        fc.string({ unit: 'binary', maxLength: 5000 }),
      ),
    );
    fc.assert(
      fc.property(anything, fc.integer({ min: 500, max: 5000 }), (value, room) => {
        const { value: cut, leftOut } = cutToFit(value, room);
        expect(size(cut)).toBeLessThanOrEqual(room);
        expect(leftOut.length === 0).toBe(cut === value);
      }),
    );
  });

  it('costs no more for a value of any size', () => {
    let looked = 0;
    const list = new Proxy(names(1_000_000), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looked++;
        return Reflect.get(target, key);
      },
    });
    cutToFit({ list: list.slice(0, 900_000), other: [list] }, 10_000);
    looked = 0;
    cutToFit({ deep: [{ list: names(900_000) }, list] }, 10_000);
    expect(looked).toBeLessThan(50_000);
  });
});

describe('cutting lines', () => {
  it('takes them out of the middle', () => {
    const text = [...names(5000), 'Next: do this'].join('\n');
    const cut = fitLines(text, 10_000);
    expect(cut.length).toBeLessThanOrEqual(10_000);
    expect(cut).toMatch(/^module_0\nmodule_1\n.*\n\[\d+ lines are left out here\.\]\n.*\nNext: do this$/s);
  });

  it('fits for a single line of any length', () => {
    expect(fitLines('x'.repeat(100_000), 10_000).length).toBeLessThanOrEqual(10_000);
  });
});

describe('an answer', () => {
  const huge = {
    status: 'ok',
    list: names(60_000),
    deep: names(500).map(() => names(500)),
    text: '\u0001'.repeat(3_000_000),
  };

  it('is bounded, and tells what it left out and how to get at it, as data and as text', () => {
    const text = names(100_000).join('\n');
    const { content, structuredContent } = successResult(huge, text, null, 'Ask again with a state.');
    expect(size(structuredContent)).toBeLessThanOrEqual(MOST_SHOWN);
    const [said] = content as unknown as [{ text: string }];
    expect(said.text.length).toBeLessThanOrEqual(MOST_SHOWN);
    expect(said.text).toMatch(/left out: .*\d+ of \/list.* Ask again with a state\.$/);
    expect(structuredContent).toMatchObject({ more: 'Ask again with a state.' });
    expect(structuredContent).toMatchObject({
      left_out: expect.arrayContaining([{ what: '/list', items: expect.any(Number) }]),
    });
  });

  it('uses most of its room', () => {
    for (const count of [1_500, 2_000, 3_000, 10_000, 50_000]) {
      const { structuredContent } = successResult({ status: 'ok', list: names(count) }, '', null, '');
      expect(size(structuredContent)).toBeLessThanOrEqual(MOST_SHOWN);
      expect(size(structuredContent)).toBeGreaterThan(MOST_SHOWN / 2);
    }
  });

  it('is bounded where it is a refusal, whatever its details and hint hold', () => {
    const reason = { code: 'dependency_missing', message: 'm'.repeat(9000), hint: 'h'.repeat(9000) } as const;
    const refusal = { ...reason, details: { reasons: names(200).map(() => reason), names: names(90_000) } };
    const result = refusalResult(refusal);
    for (const form of [
      JSON.stringify(result.structuredContent),
      (result.content[0] as { text: string }).text,
    ])
      expect(form.length).toBeLessThanOrEqual(MOST_SHOWN);
    expect(result.structuredContent).toMatchObject({ status: 'refused', code: 'dependency_missing' });
    expect(result.structuredContent).not.toMatchObject({ left_out: [] });
    const long = refusalResult({ ...reason, hint: 'h'.repeat(5_000_000) });
    expect(size(long.structuredContent)).toBeLessThanOrEqual(MOST_SHOWN);
  });

  it('is bounded where it is a resource', () => {
    const text = resourceText(huge);
    expect(text.length).toBeLessThanOrEqual(MOST_SHOWN);
    expect(JSON.parse(text).left_out).not.toEqual([]);
  });
});

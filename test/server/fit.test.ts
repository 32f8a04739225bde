import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToFit, fitLines } from '../../src/server/fit.ts';
import { MOST_ANSWER } from '../../src/server/messages.ts';
import { refusalResult, resourceText, successResult } from '../../src/server/results.ts';

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
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
        expect(bytes(cut)).toBeLessThanOrEqual(room);
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
    expect(bytes(cut)).toBeLessThanOrEqual(10_000);
    expect(cut).toMatch(/^module_0\nmodule_1\n.*\n\[\d+ lines are left out here\.\]\n.*\nNext: do this$/s);
  });

  it('fits for a single line of any length', () => {
    expect(bytes(fitLines('\u0001'.repeat(100_000), 10_000))).toBeLessThanOrEqual(10_000);
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
    const result = successResult(huge, text, null, 'Ask again with a state.');
    expect(bytes(result)).toBeLessThan(MOST_ANSWER);
    const [said] = result.content as unknown as [{ text: string }];
    expect(said.text).toMatch(/left out: .*\d+ of \/list.* Ask again with a state\.$/);
    expect(result.structuredContent?.left_out).toContainEqual({ what: '/list', items: expect.any(Number) });
    expect(result.structuredContent?.limit).toBeNull();
  });

  it('shares its room between the text and the data', () => {
    const report = { status: 'ok', list: names(14_000) };
    const result = successResult(report, names(6500).join('\n'), null, '');
    expect(bytes(report)).toBeGreaterThan(MOST_ANSWER - 96 * 1024);
    expect(bytes(report)).toBeLessThan(MOST_ANSWER - 8 * 1024);
    expect(bytes(result)).toBeLessThan(MOST_ANSWER);
  });

  it('is bounded where it is a refusal, whatever its details and hint hold', () => {
    const reason = { code: 'dependency_missing', message: 'm'.repeat(9000), hint: 'h'.repeat(9000) } as const;
    const refusal = { ...reason, details: { reasons: names(200).map(() => reason), names: names(90_000) } };
    const result = refusalResult(refusal);
    expect(bytes(result)).toBeLessThan(MOST_ANSWER);
    expect(result.structuredContent).toMatchObject({ status: 'refused', code: 'dependency_missing' });
    expect(result.structuredContent?.left_out).not.toEqual([]);
    expect(bytes(refusalResult({ ...reason, hint: 'h'.repeat(5_000_000) }))).toBeLessThan(MOST_ANSWER);
  });

  it('is bounded where it is a resource', () => {
    const text = resourceText(huge);
    expect(bytes(text)).toBeLessThan(MOST_ANSWER);
    expect(JSON.parse(text).left_out).not.toEqual([]);
  });
});

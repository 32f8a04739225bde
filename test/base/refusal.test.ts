import { describe, expect, it } from 'vitest';
import { combineRefusals, ok, type Refusal, refuse, refused } from '../../src/base/refusal.ts';

const one = (code: Refusal['code'], rest: Omit<Refusal, 'code' | 'message'> = {}) =>
  refuse(code, `about ${code}`, rest).refusal;

it('a result is a value or a reason', () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(refused('why')).toEqual({ ok: false, refusal: 'why' });
  expect(refuse('busy', 'wait', { retry_after_ms: 5 })).toEqual({
    ok: false,
    refusal: { code: 'busy', message: 'wait', retry_after_ms: 5 },
  });
});

describe('combineRefusals', () => {
  it('hands on a single one as it is', () => {
    const single = one('busy', { retry_after_ms: 5, hint: 'wait' });
    expect(combineRefusals([single])).toBe(single);
  });

  it('takes code and module of the first, and has all of them as reasons', () => {
    const reasons = [one('occupied', { module: 'a' }), one('not_linked', { module: 'b', retry_after_ms: 5 })];
    const combined = combineRefusals(reasons);
    expect(combined).toMatchObject({ code: 'occupied', module: 'a', details: { reasons } });
    expect(combined).not.toHaveProperty('hint');
    expect(combined).not.toHaveProperty('retry_after_ms');
    expect(combined.details).not.toHaveProperty('more');
    for (const { message } of reasons) expect(combined.message).toContain(message);
    expect(combineRefusals(reasons.toReversed())).toMatchObject({ code: 'not_linked', module: 'b' });
    expect(combineRefusals([one('busy'), ...reasons])).not.toHaveProperty('module');
  });

  it('has each hint once, with the modules that it is for', () => {
    const x = (module?: string) => one('busy', { hint: 'do x', ...(module !== undefined && { module }) });
    const y = one('busy', { hint: 'do y', module: 'c' });
    const hintOf = (...refusals: Refusal[]) => combineRefusals(refusals).hint;
    expect(hintOf(one('busy'), x('a'))).toBe('do x');
    expect(hintOf(x('a'), x('b'))).toBe('do x');
    expect(hintOf(x('a'), y, x('b'))).toBe('For a, b: do x For c: do y');
    expect(hintOf(x(), y)).toBe('do x For c: do y');
    expect(hintOf(y, ...[...'abcdefg'].map(x))).toBe('For c: do y For a, b, c, d, e and 2 more: do x');
    const many = Array.from({ length: 12 }, (_, at) => one('busy', { hint: `<${at}>` }));
    expect(hintOf(...many)?.match(/<\d+>/g)).toHaveLength(10);
    expect(hintOf(...many)).toMatch(/The reasons have more hints\.$/);
  });

  it('takes apart those that were combined before', () => {
    const [a, b, c] = [one('busy'), one('occupied'), one('not_linked')];
    expect(combineRefusals([combineRefusals([a, b]), c]).details).toEqual({ reasons: [a, b, c] });
    expect(combineRefusals([combineRefusals([a, b])]).details).toEqual({ reasons: [a, b] });
  });

  it('ends each of them', () => {
    const combined = combineRefusals([one('busy'), refuse('occupied', 'About that.').refusal]);
    expect(combined.message).toMatch(/\. about busy\. About that\.$/);
  });

  it('has ten of them in its message and 200 in its details, and says how many more', () => {
    const many = (count: number) =>
      combineRefusals(Array.from({ length: count }, (_, at) => refuse('busy', `<${at}>`).refusal));
    const toldIn = (message: string) => message.match(/<\d+>/g)?.length;
    expect([toldIn(many(10).message), toldIn(many(11).message)]).toEqual([10, 10]);
    expect(many(10).message).not.toMatch(/\d more/);
    expect(many(13).message).toMatch(/\b3 more/);
    expect(many(200).details).not.toHaveProperty('more');
    expect(many(203).details).toMatchObject({ more: 3 });
    expect(many(203).details?.reasons).toHaveLength(200);
  });

  it('is a bug without any', () => {
    expect(() => combineRefusals([])).toThrow();
  });
});

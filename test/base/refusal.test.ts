import { describe, expect, it } from 'vitest';
import {
  briefRefusal,
  combineRefusals,
  ok,
  type Refusal,
  refusalLines,
  refuse,
  refused,
} from '../../src/base/refusal.ts';

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
    expect(combined.message).toBe('2 problems; nothing was changed: 1 occupied, 1 not_linked.');
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
    const many = Array.from({ length: 23 }, (_, at) => one('busy', { hint: `<${at}>` }));
    expect(hintOf(...many)?.match(/<\d+>/g)).toHaveLength(20);
    expect(hintOf(...many)).toMatch(/there are 3 more hints\.$/);
  });

  it('takes apart those that were combined before', () => {
    const [a, b, c] = [one('busy'), one('occupied'), one('not_linked')];
    expect(combineRefusals([combineRefusals([a, b]), c]).details).toEqual({ reasons: [a, b, c] });
    expect(combineRefusals([combineRefusals([a, b])]).details).toEqual({ reasons: [a, b] });
  });

  it('is a bug without any', () => {
    expect(() => combineRefusals([])).toThrow();
  });
});

/** Reasons of two codes in turn, each with a hint of its own. */
const reasons = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    return refuse(at % 2 === 0 ? 'busy' : 'occupied', `<${at}>`, { hint: `hint ${at}` }).refusal;
  });

describe('what an agent is told of a refusal', () => {
  it('is all of a single one', () => {
    const single = one('busy', { hint: 'wait', details: { nearest: ['a'] } });
    expect(briefRefusal(single)).toBe(single);
  });

  it('is twenty reasons, and how many more of each code; the hints are in one place', () => {
    const told = briefRefusal(combineRefusals(reasons(25)));
    expect(told.details?.reasons).toEqual(reasons(20).map(({ code, message }) => ({ code, message })));
    expect(told.details?.more).toEqual({ busy: 3, occupied: 2 });
    expect(told.hint).toContain('hint 19');
    expect(briefRefusal(combineRefusals(reasons(20))).details?.more).toEqual({});
  });

  it('is the same as text, a line for each reason', () => {
    const { head, lines } = refusalLines(briefRefusal(combineRefusals(reasons(25))));
    expect(head).toBe('25 problems; nothing was changed: 13 busy, 12 occupied. [busy]');
    expect(lines.slice(0, 2)).toEqual(['- <0>. [busy]', '- <1>. [occupied]']);
    expect(lines).toHaveLength(22);
    expect(lines[20]).toBe('- And more: 3 busy, 2 occupied.');
    expect(lines[21]).toContain('hint 19');
    expect(refusalLines(combineRefusals(reasons(25))).lines).toHaveLength(26);
    expect(refusalLines(one('busy'))).toEqual({ head: 'about busy [busy]', lines: [] });
  });
});

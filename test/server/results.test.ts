import { describe, expect, it } from 'vitest';
import { MOST_ANSWER } from '../../src/server/messages.ts';
import { MOST_SHOWN, refusalResult, resourceText, successResult } from '../../src/server/results.ts';

/** Shown, each of them takes seven characters. */
const UNSEEN = '\u202e'.repeat(50);
const report = {
  status: 'ok',
  names: Array.from({ length: 3_000 }, (_, at) => `${at}${UNSEEN}`),
  [UNSEEN]: 1,
};

/** What a client shows of an answer: its structure, or else its text. */
function shown(answer: string | { structuredContent?: unknown; content: unknown }): string[] {
  if (typeof answer === 'string') return [answer];
  const [{ text }] = answer.content as [{ text: string }];
  return [JSON.stringify(answer.structuredContent), text];
}

describe('an answer with more than is seen', () => {
  const { names, ...rest } = report;
  const answers = {
    success: successResult(report, 'text', null, 'More.'),
    refusal: refusalResult({ code: 'io_error', message: 'No.', details: report, ...rest }),
    resource: resourceText(report),
  };

  it.each(Object.entries(answers))('has room for that once it is shown: %s', (_, answer) => {
    for (const form of shown(answer)) expect(form.length).toBeLessThanOrEqual(MOST_SHOWN);
    expect(shown(answer)[0]?.length).toBeGreaterThan(MOST_SHOWN / 4);
    expect(JSON.stringify(answer)).not.toMatch(/\u202e/);
  });

  it('says what is left out', () => {
    const { names: shown, left_out: leftOut } = JSON.parse(answers.resource);
    expect(leftOut).toEqual([{ what: '/names', items: names.length - shown.length }]);
    expect(answers.success.content).toMatchObject([
      { text: expect.stringMatching(/left out: \d+ of \/names\. More\.$/) },
    ]);
    expect(answers.success.structuredContent).toMatchObject({
      left_out: [{ what: '/names' }],
      more: 'More.',
    });
  });
});

describe('an answer that fits', () => {
  const limit = { counter: 'c', limit: 10, remaining: 9, reset_ms: 60_000 };
  it.each<[what: string, report: object, limit: typeof limit | null, expected: object]>([
    ['has its limit', { status: 'ok' }, limit, { status: 'ok', limit }],
    [
      'has nothing that is empty',
      { a: null, b: [], c: { d: null }, e: [{ f: [] }], g: '', h: 0 },
      null,
      { e: [{}], g: '', h: 0 },
    ],
  ])('%s', (_, report, limit, expected) => {
    expect(successResult(report, 'text', limit, 'More.')).toEqual({
      content: [{ type: 'text', text: limit === null ? 'text' : 'text\n9 of 10 left (c).' }],
      structuredContent: expected,
    });
  });

  it('is the same as a resource and as a refusal', () => {
    expect(JSON.parse(resourceText({ a: null, b: 1 }))).toEqual({ b: 1 });
    const refusal = { code: 'module_not_found', message: 'No.', details: { nearest: [] } } as const;
    expect(refusalResult(refusal).structuredContent).toEqual({
      status: 'refused',
      code: 'module_not_found',
      message: 'No.',
    });
  });
});

it('a text alone that is too long is cut where the structure is not', () => {
  const text = Array.from({ length: 3_000 }, (_, at) => `line ${at}`).join('\n');
  const [said, structure] = [successResult({ status: 'ok' }, text, null, 'More.')]
    .flatMap((answer) => shown(answer))
    .reverse();
  expect(structure).toBe('{"status":"ok"}');
  expect(said?.length).toBeLessThanOrEqual(MOST_SHOWN);
  expect(said).toMatch(/\[\d+ lines are left out here\.\]/);
});

it('the most that is shown always fits into a message', () => {
  // A character takes three bytes at most, or two if it is escaped.
  expect(2 * 3 * MOST_SHOWN).toBeLessThan(MOST_ANSWER / 2);
});

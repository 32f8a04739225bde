import { describe, expect, it } from 'vitest';
import { MOST_ANSWER } from '../../src/server/messages.ts';
import { refusalResult, resourceText, successResult } from '../../src/server/results.ts';

/** Shown, each of them takes seven characters. */
const UNSEEN = '\u202e'.repeat(50);
const report = {
  status: 'ok',
  names: Array.from({ length: 3_000 }, (_, at) => `${at}${UNSEEN}`),
  [UNSEEN]: 1,
};

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('an answer with more than is seen', () => {
  const { names, ...rest } = report;
  const answers = {
    success: successResult(report, 'text', null, 'More.'),
    refusal: refusalResult({ code: 'io_error', message: 'No.', details: report, ...rest }),
    resource: resourceText(report),
  };

  it.each(Object.entries(answers))('has room for that once it is shown: %s', (_, answer) => {
    expect(bytes(answer)).toBeLessThanOrEqual(MOST_ANSWER);
    expect(bytes(answer)).toBeGreaterThan(MOST_ANSWER / 8);
    expect(JSON.stringify(answer)).not.toMatch(/\u202e/);
  });

  it('says what is left out', () => {
    const { names: shown, left_out: leftOut } = JSON.parse(answers.resource);
    expect(leftOut).toEqual([{ what: '/names', items: names.length - shown.length }]);
    expect(answers.success.content).toMatchObject([
      { text: expect.stringMatching(/left out: \d+ of \/names\. More\.$/) },
    ]);
  });
});

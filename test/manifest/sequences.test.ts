import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { parsePyInt } from '../../src/manifest/sequences.ts';

/** The end of the longest run of decimal digits, fifty of them: far from where the run begins. */
const LAST = '\u{1d7ff}';
const MEGABYTE = 1024 * 1024;

/** How often a regular expression was asked while something was done. */
function questions(act: () => void): number {
  const { exec } = RegExp.prototype;
  let asked = 0;
  const spy = vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text) {
    // More would only take time, and memory for the spy's own record.
    if (++asked > 100_000) throw new Error('too many questions');
    return exec.call(this, text);
  });
  try {
    act();
    return asked;
  } finally {
    spy.mockRestore();
  }
}

describe('parsePyInt', () => {
  it.each([
    ['digits of another script', LAST.repeat(MEGABYTE / 4)],
    ['the same with underscores', `${LAST}_`.repeat(MEGABYTE / 8) + LAST],
    ['the same behind a sign', `-${LAST.repeat(MEGABYTE / 4)}`],
    ['plain digits', '9'.repeat(MEGABYTE)],
  ])('gives up on a megabyte of %s before it looks at each of them', (_, text) => {
    let value: bigint | undefined = 0n;
    expect(questions(() => (value = parsePyInt(text)))).toBeLessThan(10);
    expect(value).toBeUndefined();
  });

  it('looks for the place of a digit in its run once, not each time it is met', () => {
    const asked = questions(() => parsePyInt(LAST.repeat(4300)));
    expect(asked).toBeLessThan(4300 + 100);
  });

  it('takes and refuses what Python does, around the most digits it takes', () => {
    const lengths = [1, 4299, 4300, 4301];
    const texts = ['7', '0', '٣', LAST, '\u{1d7ce}', '\u{1d7d8}'].flatMap((digit) =>
      lengths.flatMap((length) => {
        const digits = Array(length).fill(digit);
        return ['', '_', '__'].flatMap((between) => {
          const text = digits.join(between);
          return [text, `-${text}`, `\u2003+${text}\n`, `${text}_`];
        });
      }),
    );
    const script = `
import json, sys
def answer(text):
    try:
        return str(int(text) % (10 ** 9 + 7))
    except ValueError:
        return None
print(json.dumps([answer(text) for text in json.load(sys.stdin)]))`;
    const input = JSON.stringify(texts);
    const python = JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }));
    const prime = 10n ** 9n + 7n;
    const ours = texts.map((text) => {
      const value = parsePyInt(text);
      // Python's remainder is never negative.
      return value === undefined ? null : String(((value % prime) + prime) % prime);
    });
    expect(ours).toEqual(python);
    expect(new Set(ours.map((answer) => answer === null))).toEqual(new Set([true, false]));
  });
});

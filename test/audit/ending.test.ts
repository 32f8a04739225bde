import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, sha256 } from '../../src/audit/chain.ts';
import { type Ending, findEnding } from '../../src/audit/ending.ts';
import { createWorld } from '../support/world.ts';
import { linkOf, sealText, texts } from './chained.ts';

function endingOf(text: string, size?: number): Ending | null {
  const world = createWorld();
  const fd = openSync(world.file('file', text), 'r');
  try {
    return findEnding(fd, size ?? Buffer.byteLength(text));
  } finally {
    closeSync(fd);
  }
}

const headOf = (text: string | undefined) => {
  const { seq, hash } = linkOf(text);
  return { seq, hash };
};
const [first = '', second = '', third = ''] = texts(3);
const torn = (text: string) => ({ bytes: Buffer.byteLength(text), sha256: sha256(Buffer.from(text)) });
const noLine = 'x'.repeat(200);

describe('the ending of a file of the trail', () => {
  it.each<[string, string, Ending | null]>([
    ['of nothing', '', { head: null, rest: 'none', damaged: 0 }],
    ['of one line', first, { head: headOf(first), rest: 'none', damaged: 0 }],
    ['of some', first + second + third, { head: headOf(third), rest: 'none', damaged: 0 }],
    ['that has lost its end', first + second.trimEnd(), { head: headOf(second), rest: 'line', damaged: 0 }],
    [
      'of a line alone that has lost its end',
      first.trimEnd(),
      { head: headOf(first), rest: 'line', damaged: 0 },
    ],
    [
      'that was torn',
      first + second.slice(0, 9),
      { head: headOf(first), rest: torn(second.slice(0, 9)), damaged: 0 },
    ],
    [
      'of a first line that was torn',
      first.slice(0, 9),
      { head: null, rest: torn(first.slice(0, 9)), damaged: 0 },
    ],
    [
      'that is sealed',
      first + sealText('x', headOf(first)),
      { head: { ...headOf(first), seq: 2, hash: expect.any(String) }, rest: 'none', damaged: 0 },
    ],
    ['of a line that was changed', `${first}${noLine}\n`, { head: headOf(first), rest: 'none', damaged: 1 }],
    ['of an empty line', `${first}\n`, { head: headOf(first), rest: 'none', damaged: 1 }],
    [
      'of two that were changed',
      `${first}${noLine}\n${noLine}\n`,
      { head: headOf(first), rest: 'none', damaged: 2 },
    ],
    [
      'of one that was changed and one that was torn',
      `${first}${noLine}\nab`,
      { head: headOf(first), rest: torn('ab'), damaged: 1 },
    ],
    ['of nothing but a line that was changed', `${noLine}\n`, null],
    ['of nothing but one that was changed and one that was torn', `${noLine}\nab`, null],
    [
      'of a line that was changed behind one that lost its end',
      `${noLine}\n${first.trimEnd()}`,
      { head: headOf(first), rest: 'line', damaged: 0 },
    ],
  ])('%s', (_, text, ending) => {
    expect(endingOf(text)).toEqual(ending);
  });

  it('is looked for in so much as was there', () => {
    expect(endingOf(first + second, first.length)).toMatchObject({ head: headOf(first), rest: 'none' });
  });

  it('is looked for up to twice as far as a line is long', () => {
    const filler = `${'x'.repeat(MAX_LINE_BYTES)}\n`;
    expect(endingOf(first + filler + filler)).toMatchObject({ head: headOf(first), damaged: 2 });
    expect(endingOf(`${first}x\n${filler}${filler}`)).toBe(null);
    expect(endingOf(`${first}x${filler}`)).toBe(null);
  });
});

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJsonc, positionsIn, validateJsonc } from '../../src/config/jsonc.ts';

const MIB = 1024 * 1024;

function problemsOf(text: string): string[] {
  const parsed = parseJsonc(text);
  return !parsed.ok ? parsed.refusal : [];
}

describe('positionsIn', () => {
  it('counts lines and columns from one, as an editor does', () => {
    const position = positionsIn('ab\n\ncd\r\ne');
    expect([0, 2, 3, 4, 6, 8].map(position)).toEqual(['1:1', '1:3', '2:1', '3:1', '3:3', '4:1']);
    expect(positionsIn('')(0)).toBe('1:1');
  });

  it('looks for the lines once, however often it is asked', () => {
    const position = positionsIn('\n'.repeat(MIB));
    for (let offset = 0; offset < 100_000; offset++) expect(position(offset)).toBe(`${offset + 1}:1`);
  });
});

describe('a text with many mistakes', () => {
  it('has twenty of them told, and how many more there are', () => {
    const told = problemsOf(`{\n${'x,\n'.repeat(1000)}}`);
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toMatch(/^\d+:\d+: and \d+ more$/);
    expect(problemsOf('{,}')).toHaveLength(1);
  });

  it.each(['/*', '/', '/**/', ',', 'x ', '"\n', '[', '{"a":', '\n', '\\', '}', '1 ', '"a":1,', "'"])(
    'is looked through in linear time, however many %j it has',
    (part) => {
      for (const start of ['', '{']) {
        expect(problemsOf(`${start}${part.repeat(MIB / part.length)}`).length).toBeLessThan(22);
      }
    },
  );

  it('has a bound where every value of it is wrong, too', () => {
    const document = { list: Array.from({ length: 100_000 }, () => 'nope') };
    const schema = z.strictObject({ list: z.array(z.enum(['a', 'b'])) });
    const parsed = parseJsonc(JSON.stringify(document));
    if (!parsed.ok) throw new Error(parsed.refusal.join());
    const checked = validateJsonc(parsed.value, schema);
    expect(!checked.ok && checked.refusal).toHaveLength(21);
    expect(!checked.ok && checked.refusal.at(-1)).toBe(
      '1:150: /list/20 is the first of 99980 more with problems.',
    );
  });

  it('has no key told that is a line of its own', () => {
    expect(problemsOf('{"a\\nb": 1, "a\\nb": 2}')).toEqual(['1:13: the key "a\\u{a}b" appears twice']);
  });
});

import { describe, expect, it } from 'vitest';
import { writeCursor } from '../../../src/services/cursor.ts';
import { readSearchCursor, writeSearchCursor } from '../../../src/services/modules/search-cursor.ts';

const KEY = ['prod', 'query', null, null, null];
const POSITION = {
  by: 'name' as const,
  rank: 3,
  name: 'sale_x',
  repo: 'sale-workflow',
  path: '/srv/oca/sale-workflow/sale_x',
};

describe('the cursor of a search', () => {
  it.each([
    POSITION,
    { ...POSITION, rank: 0 },
    { ...POSITION, name: '', repo: '', path: '' },
    { by: 'words' as const, shown: ['ab-_9'] },
    { by: 'similarity' as const, shown: ['abcde', '12345'] },
  ])('gives %j back', (position) => {
    expect(readSearchCursor(KEY, writeSearchCursor(KEY, position))).toEqual({ ok: true, value: position });
  });

  it.each<[string, (string | number)[]]>([
    ['a rank below zero', [-1, 'a', 'b', 'c']],
    ['half a rank', [0.5, 'a', 'b', 'c']],
    ['no rank', ['a', 'b', 'c']],
    ['a rank that is a text', ['0', 'a', 'b', 'c']],
    ['a name that is a number', [0, 1, 'b', 'c']],
    ['a path that is a number', [0, 'a', 'b', 1]],
    ['no path', [0, 'a', 'b']],
    ['one text more', [0, 'a', 'b', 'c', 'd']],
    ['nothing that was shown', ['words', '']],
    ['half of what was shown', ['words', 'abcdefg']],
    ['what stands for no module', ['similarity', 'ab cd']],
    ['what was shown as a number', ['words', 12345]],
    ['what was shown twice', ['words', 'abcde', 'abcde']],
    ['another way', ['name', 'abcde']],
    ['no way', ['abcde']],
  ])('is refused with %s', (_, position) => {
    const read = readSearchCursor(KEY, writeCursor(KEY, position));
    expect(read).toMatchObject({ ok: false, refusal: { code: 'invalid_argument' } });
  });

  it('is refused with the arguments of another search', () => {
    const read = readSearchCursor(['prod', 'other', null, null, null], writeSearchCursor(KEY, POSITION));
    expect(read).toMatchObject({
      refusal: { code: 'invalid_argument', message: expect.stringContaining('search') },
    });
  });
});

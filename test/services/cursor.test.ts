import { describe, expect, it } from 'vitest';
import { type CursorKey, Page, readCursor, writeCursor } from '../../src/services/cursor.ts';

const KEY: CursorKey = ['prod', null, true];
const isPosition = (parts: readonly unknown[]): parts is readonly [number, string] =>
  parts.length === 2 && typeof parts[0] === 'number' && typeof parts[1] === 'string';
const read = (cursor: string, key = KEY) => readCursor(key, cursor, isPosition);
const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('gives back the position it was written with', () => {
    expect(read(writeCursor(KEY, [7, 'é\n"']))).toEqual({ ok: true, value: [7, 'é\n"'] });
  });

  const sound = writeCursor(KEY, [7, 'a']);
  const malformed = read('AAAA');
  it.each([
    ['empty', ''],
    ['no JSON', 'AAAA'],
    ['JSON, but no list', encode('{"0":["prod",null,true],"1":7,"2":"a"}')],
    ['nothing at all, in JSON', encode('null')],
    ['padded', `${sound}=`],
    ['with a space before it', ` ${sound}`],
    ['cut', sound.slice(0, -2)],
    ['not base64', '!!!!'],
  ])('is none when it is %s', (_, cursor) => {
    expect(read(cursor)).toEqual(malformed);
  });

  const foreign = read(sound, ['test', null, true]);
  it.each<[string, string]>([
    ['other arguments', writeCursor(['test', null, true], [7, 'a'])],
    ['fewer arguments', writeCursor(['prod', null], [7, 'a'])],
    ['the same arguments in another order', writeCursor([null, 'prod', true], [7, 'a'])],
    ['an argument of another type', writeCursor(['prod', null, 'true'], [7, 'a'])],
    ['no arguments', encode('[]')],
    ['a position of another list', writeCursor(KEY, ['a', 7])],
    ['a position that is too short', writeCursor(KEY, [7])],
    ['a position that is too long', writeCursor(KEY, [7, 'a', 'b'])],
  ])('belongs to another call when it holds %s', (_, cursor) => {
    expect(read(cursor)).toEqual(foreign);
  });

  it('is refused as an argument either way, with a way out', () => {
    const code = 'invalid_argument';
    expect(malformed).toMatchObject({ refusal: { code, hint: expect.stringContaining('next_cursor') } });
    expect(foreign).toMatchObject({ refusal: { code, hint: expect.any(String) } });
    expect(foreign).not.toEqual(malformed);
    const named = readCursor(KEY, 'AAAA', isPosition, 'search');
    expect(named).toMatchObject({ refusal: { message: expect.stringContaining('search') } });
  });
});

describe('a page', () => {
  /** Which of these there is room for. */
  const fill = (room: number, ...items: string[]) => {
    const page = new Page<string>(room);
    const added = items.map((item) => page.add(item));
    expect(page.items).toEqual(items.filter((_, at) => added[at]));
    return added;
  };

  it.each<[string, number, string[], boolean[]]>([
    // A string of two letters takes four characters of JSON, and one between it and the next.
    ['two that fit exactly', 10, ['ab', 'cd'], [true, true]],
    ['two where one character is missing', 9, ['ab', 'cd'], [true, false]],
    ['the first, however long', 0, ['abcdefgh'], [true]],
    ['nothing beside a first that is too long', 0, ['ab', ''], [true, false]],
    ['what is not seen as it will be shown', 20, ['\u202e', '\u202e'], [true, false]],
    ['all without a limit', Number.POSITIVE_INFINITY, ['ab', 'cd', 'ef'], [true, true, true]],
    // The next page begins with the one that had no room, so nothing behind it may be on this one.
    ['none behind one that had no room', 10, ['ab', 'abcdefgh', ''], [true, false, false]],
  ])('takes %s', (_, room, items, added) => {
    expect(fill(room, ...items)).toEqual(added);
  });
});

import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { matchFolders } from '../../src/addons/folder-pattern.ts';
import { createWorld } from '../support/world.ts';

const refused = { ok: false, refusal: expect.any(String) };

describe('a pattern of folders', () => {
  it('has stars, questions, sets and braces', async () => {
    const world = createWorld();
    for (const name of ['web', 'sale', 'old1', 'old2', 'deep/er']) world.folder(name);
    const names = async (pattern: string) => {
      const matched = await matchFolders(world.at(pattern));
      if (matched === null || !matched.ok) return matched;
      return matched.value.map((path) => path.slice(world.path.length + 1)).sort();
    };
    expect(await names('*')).toEqual(['deep', 'old1', 'old2', 'sale', 'web']);
    expect(await names('{web,old{1..2}}')).toEqual(['old1', 'old2', 'web']);
    expect(await names('old{1..9..1}')).toEqual(['old1', 'old2']);
    expect(await names('old?')).toEqual(['old1', 'old2']);
    expect(await names('[sw]*')).toEqual(['sale', 'web']);
    expect(await names('**/er')).toEqual(['deep/er']);
    expect(await names('none*')).toEqual([]);
    expect(await names('web')).toBeNull();
  });

  it.each([
    ['many groups', '/{a,b}'.repeat(12)],
    ['nested groups', `/${'{a,'.repeat(1300)}b${'}'.repeat(1300)}`],
    ['a long range', '/{1..1000000}'],
    ['ranges in ranges', '/{{1..99},{1..99}}{1..99}'],
    ['a range of ranges', '/{{1..9}..{1..99}}'],
    ['a group hidden by quotes', `${'/{"}",b}'.repeat(12)}/*`],
    ['a group hidden by brackets', '/{[}],b}'.repeat(12)],
  ])('stands for a thousand paths at most: %s', async (_, pattern) => {
    expect(await matchFolders(pattern)).toEqual(refused);
  });

  it.each(['/*a*a*a*a*', '/**/a/**/b/**', `/${'+(*'.repeat(500)}`, '/*(a|*(a|*b))', '/(a|a)*'])(
    'has nothing that takes for ever to match: %s',
    async (pattern) => {
      expect(await matchFolders(pattern)).toEqual({
        ok: false,
        refusal: expect.stringMatching(/\*|parentheses/),
      });
    },
  );

  it('matches a thousand folders at most, and looks into ten thousand', async () => {
    const world = createWorld();
    for (let at = 0; at < 101; at++) {
      for (let below = 0; below < 100; below++) mkdirSync(world.at(`${at}/${below}`), { recursive: true });
    }
    expect(await matchFolders(world.at('1*/*'))).toEqual({
      ok: false,
      refusal: 'matches more than 1000 folders',
    });
    expect(await matchFolders(world.at('**/none'))).toEqual({
      ok: false,
      refusal: expect.stringContaining('more than 10000 folders'),
    });
  });
});

import { describe, expect, it } from 'vitest';
import { findAllOffers, findModule, findOffers } from '../../src/addons/lookup.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { Family } from '../../src/addons/roots.ts';
import { notOfOtherSeries } from '../../src/addons/series-of-checkout.ts';
import { readSources } from '../../src/addons/sources.ts';
import { checkOut, refusalsOf } from '../support/instance.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

const X = 'x' as ModuleName;

/** A world whose root `oca` has the module x in a checkout of each branch; null for a folder that is no checkout. */
async function offeredBy(branches: Readonly<Record<string, string | null>>, family: Family = 'oca') {
  const world = createWorld();
  for (const [repo, branch] of Object.entries(branches)) {
    world.module(`oca/${repo}/x`);
    if (branch !== null) checkOut(world, `oca/${repo}`, branch);
  }
  return sourcesOf(world, family);
}

function sourcesOf(world: World, ...families: Family[]) {
  return readSources(
    families.map((family) => ({ family, path: world.at(family === 'own' ? 'own' : 'oca') })),
    '17.0',
    noTurns,
  );
}

describe('of several checkouts with a module', () => {
  it.each<[string, Record<string, string | null>, string | readonly string[]]>([
    ['the one of the series is meant', { web16: '16.0', web17: '17.0', web18: '18.0' }, 'web17'],
    ['a branch made for the series counts as it', { web16: '16.0-fix', web17: '17.0-mig-x' }, 'web17'],
    ['one that names no series may be meant', { web16: '16.0', fork: 'main' }, 'fork'],
    ['so may one outside git', { web16: '16.0', copy: null }, 'copy'],
    ['two of the series are ambiguous', { a: '17.0', b: '17.0', web16: '16.0' }, ['a', 'b']],
    ['so are two of which nothing is known', { a: null, b: 'master' }, ['a', 'b']],
    ['and two of other series', { web15: '15.0', web16: '16.0' }, ['web15', 'web16']],
  ])('%s', async (_, branches, meant) => {
    const sources = await offeredBy(branches);
    const found = await findModule(X, 'oca', sources);
    if (typeof meant === 'string')
      expect(found).toMatchObject({ ok: true, value: { repository: { name: meant } } });
    else expect(refusalsOf(found)).toMatchObject([{ code: 'ambiguous_module', details: { repos: meant } }]);
    const names = (await findOffers(X, sources)).map(({ repository }) => repository.name);
    expect(names).toEqual([meant].flat());
    expect(await findAllOffers(X, sources)).toHaveLength(Object.keys(branches).length);
  });

  it('one that is named is meant, whatever its branch', async () => {
    const sources = await offeredBy({ web16: '16.0', web17: '17.0' });
    expect(await findModule(X, 'oca', sources, 'web16')).toMatchObject({
      value: { repository: { name: 'web16' } },
    });
  });

  it("one among the company's own repositories steps back as well", async () => {
    const world = createWorld();
    world.module('oca/web/x');
    checkOut(world, 'oca/web', '17.0');
    world.module('own/web/x');
    checkOut(world, 'own/web', '16.0');
    const found = await findModule(X, 'oca', await sourcesOf(world, 'oca', 'own'));
    expect(found).toMatchObject({ value: { family: 'oca' } });
  });
});

it('no branch is read for a name that one folder has', () => {
  const only = [{ path: '/oca/web/x', root: { family: 'oca' as const, path: '/oca' } }];
  const never = () => {
    throw new Error('a branch was read');
  };
  expect(notOfOtherSeries(only, '17.0', never)).toBe(only);
});

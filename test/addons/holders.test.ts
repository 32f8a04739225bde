import { expect, it } from 'vitest';
import { repositoriesIn } from '../../src/addons/discover.ts';
import { createHolders } from '../../src/addons/holders.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** Three repositories; `web` and `crm` both have the module `both`. */
async function holders() {
  const world = createWorld();
  for (const path of ['web/a', 'web/both', 'crm/both', 'crm/b']) world.module(`oca/${path}`);
  world.folder('oca/closed');
  const repositories = await repositoriesIn([{ family: 'oca', path: world.at('oca') }], noTurns);
  const opened: string[] = [];
  patchFs(
    'opendirSync',
    (real) =>
      ((path: string) => {
        opened.push(path);
        if (path === world.at('oca/closed')) throw Object.assign(new Error('no'), { code: 'EACCES' });
        return real(path);
      }) as never,
  );
  const holdersOf = createHolders(repositories, noTurns);
  return { opened, names: async (name: string) => (await holdersOf(name)).map((found) => found.name) };
}

it('looks a few names up in every repository, without listing any', async () => {
  const { opened, names } = await holders();
  for (let asked = 0; asked < 4; asked++) expect(await names('a')).toEqual(['closed', 'crm', 'web']);
  expect(opened).toEqual([]);
});

it('lists the repositories once for more, and then knows which have a name', async () => {
  const { opened, names } = await holders();
  for (let asked = 0; asked < 4; asked++) await names('a');
  // A repository that cannot be listed may have any name.
  expect(await Promise.all(['a', 'b', 'both', 'none'].map(names))).toEqual([
    ['web', 'closed'],
    ['crm', 'closed'],
    ['crm', 'web', 'closed'],
    ['closed'],
  ]);
  expect(opened).toHaveLength(3);
});

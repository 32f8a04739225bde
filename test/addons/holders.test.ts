import { expect, it } from 'vitest';
import { repositoriesIn } from '../../src/addons/discover.ts';
import { lookAtFolders } from '../../src/addons/folder-look.ts';
import { createHolders } from '../../src/addons/holders.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

it('knows which repositories have a name, by folder or symlink, from one look at each', async () => {
  const world = createWorld();
  for (const path of ['web/a', 'web/both', 'crm/both', 'crm/b']) world.module(`oca/${path}`);
  world.link('../crm/b', 'oca/web/linked');
  world.folder('oca/closed');
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
  const look = lookAtFolders({}, noTurns);
  const repositories = await repositoriesIn([{ family: 'oca', path: world.at('oca') }], noTurns, look);
  const holdersOf = createHolders(repositories, look, noTurns);
  const names = async (name: string) => (await holdersOf(name)).map((found) => found.name);
  // A repository that cannot be listed may have any name.
  expect(await Promise.all(['a', 'b', 'both', 'linked', 'none'].map(names))).toEqual([
    ['closed', 'web'],
    ['closed', 'crm'],
    ['closed', 'crm', 'web'],
    ['closed', 'web'],
    ['closed'],
  ]);
  expect(opened.toSorted()).toEqual(
    ['oca', 'oca/closed', 'oca/crm', 'oca/web'].map((path) => world.at(path)),
  );
});

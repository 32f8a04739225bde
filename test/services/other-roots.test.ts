import { expect, it } from 'vitest';
import { createPathMap } from '../../src/base/path-map.ts';
import { readLinkedModules } from '../../src/services/linked-modules.ts';
import { findOtherRoots } from '../../src/services/other-roots.ts';
import { makeInstance, succeeded } from '../support/instance.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** A link may lead there for Odoo, or have been written for this host, as before Odoo was moved into a container. */
it.each([
  ['/mnt/later/web/x', 'later'],
  ['../later/web/x', 'later'],
  ['/mnt/later/web/gone', 'later'],
  ['HERE/srv/later/web/x', 'later'],
  ['HERE/srv/later/web/gone', 'later'],
  ['/mnt/oca/web/x', null],
  ['/mnt/elsewhere/x', null],
  ['/usr/lib/x', null],
])(
  'where Odoo sees other paths, the link %s leads into a root of the instance %s',
  async (text, expected) => {
    const world = createWorld();
    for (const folder of ['srv/later/web/x', 'srv/oca/web/x', 'srv/elsewhere/x']) world.module(folder);
    world.link(text.replace('HERE', world.path), 'srv/linked/x');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    const rootAt = (folder: string) => [{ family: 'oca' as const, path: world.at(folder) }];
    const plain = makeInstance(world, { dirs: ['srv/linked'], families: [], paths });
    const here = { ...plain, roots: rootAt('srv/oca') };
    const later = { ...plain, name: 'later', addonsDirs: [], roots: rootAt('srv/later') };
    const linked = succeeded(await readLinkedModules(here, noTurns));
    const otherOf = await findOtherRoots(linked, here, { instances: [here, later] }, noTurns);
    expect(linked.map((one) => otherOf(one)?.name ?? null)).toEqual([expected]);
  },
);

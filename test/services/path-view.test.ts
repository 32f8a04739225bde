import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { coreLists } from '../../src/addons/core-lists.ts';
import { lookAtFolders } from '../../src/addons/folder-look.ts';
import { viewPath } from '../../src/services/path-view.ts';
import { linkedModule, makeInstance } from '../support/instance.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

it('finds the modules that pip installed, before linked ones and behind those of Odoo', async () => {
  const world = createWorld();
  for (const name of ['sale', 'both', 'installed']) world.module(`site/odoo/addons/${name}`);
  linkedModule(world, 'oca/web/both');
  const answer = JSON.stringify({ folders: [world.at('site/odoo/addons')], relied: [], program: '/python' });
  const python = world.file('python', `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(python, 0o755);
  const lists = await coreLists('17.0');
  const names = ['sale', 'both', 'installed', 'nowhere'];
  const by = async (interpreter: string | null) => {
    const instance = makeInstance(world, { python: interpreter });
    const view = await viewPath(instance, lists, lookAtFolders(instance.roots, noTurns));
    return names.map((name) => view.find(name)?.by);
  };
  expect(await by(python)).toEqual(['core_list', 'python', 'python', undefined]);
  expect(await by(null)).toEqual(['core_list', 'linked', undefined, undefined]);
});

import { describe, expect, it } from 'vitest';
import { coreLists } from '../../src/addons/core-lists.ts';
import { createPathView, isSound, type ModuleOnPath, shownPath } from '../../src/addons/on-path.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { openAddonsDir } from '../../src/links/addons-dir.ts';
import { createWorld } from '../support/world.ts';

describe('what Odoo would find by a name', () => {
  it('is not sound where a link leads to the folder of another module', async () => {
    const world = createWorld();
    world.link(world.module('oca/web/a'), 'linked/a');
    world.link(world.at('oca/web/a'), 'linked/b');
    world.link(world.module('elsewhere/c'), 'linked/d');
    const opened = openAddonsDir(world.at('linked'));
    if (!opened.ok) throw new Error(opened.refusal);
    const roots = [{ family: 'oca', path: world.at('oca') }] as const;
    const view = createPathView(
      { roots, series: '17.0', addonsDirs: [opened.value], odooConf: null, paths: null },
      await coreLists('17.0'),
    );
    const found = ['a', 'b', 'd'].map((name) => view.find(name));
    expect(found.map((one) => one !== null && isSound(one))).toEqual([true, false, true]);
    expect(found[1]).toMatchObject({ assessment: { refusals: [{ code: 'name_conflict' }] } });
  });

  it('is what its links lead to where it sees other paths', async () => {
    const world = createWorld();
    const folder = world.module('srv/oca/web/a');
    world.link('/mnt/oca/web/a', 'srv/linked/a');
    world.link('../oca/web/a', 'srv/linked/relative');
    world.link(folder, 'srv/linked/b');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    const roots = [{ family: 'oca', path: world.at('srv/oca') }] as const;
    const addonsDirs = [{ path: world.at('srv/linked') }];
    const parts = { series: '17.0', roots, addonsDirs, odooConf: null } as const;
    const lists = await coreLists('17.0');
    const seen = (map: typeof paths | null) => {
      const view = createPathView({ ...parts, paths: map }, lists);
      return ['a', 'relative', 'b'].map((name) => view.find(name)?.folder ?? null);
    };
    expect(seen(paths)).toEqual([folder, folder, null]);
    expect(seen(null)).toEqual([null, folder, folder]);
  });
});

describe('the path of what Odoo would find', () => {
  it('is told in a root and in an addons directory, and nowhere else', async () => {
    const world = createWorld();
    world.module('core/odoo/addons/base');
    for (const folder of ['core/addons/in_core', 'linked/in_linked', 'private/in_private'])
      world.module(folder);
    const odooConf = { addonsPath: [world.at('private')], dataDir: null };
    const roots = [{ family: 'core', path: world.at('core') }] as const;
    const parts = {
      series: '17.0',
      roots,
      addonsDirs: [{ path: world.at('linked') }],
      odooConf,
      paths: null,
    } as const;
    const view = createPathView(parts, await coreLists('17.0'));
    const shown = (name: string) => shownPath(view.find(name) as ModuleOnPath);
    expect(shown('in_core')).toBe(world.at('core/addons/in_core'));
    expect(shown('in_linked')).toBe(world.at('linked/in_linked'));
    expect(view.find('in_private')).toMatchObject({ path: world.at('private/in_private') });
    expect(shown('in_private')).toBeNull();
  });
});

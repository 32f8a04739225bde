import { describe, expect, it } from 'vitest';
import { coreLists } from '../../src/addons/core-lists.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { findOnPath, searchPath } from '../../src/addons/search-path.ts';
import { createWorld } from '../support/world.ts';

const name = (text: string) => text as ModuleName;
const HERE = { series: '17.0', paths: null } as const;

describe('searchPath', () => {
  it('has the package first, then the data directory, then addons_path in order', () => {
    const world = createWorld();
    world.fixtures();
    const folders = ['data/addons/17.0', 'extra', 'linked', 'unlisted'].map((folder) => world.folder(folder));
    const path = searchPath({
      series: '17.0',
      roots: [{ family: 'core', path: world.at('src/core') }],
      addonsDirs: [{ path: world.at('linked') }, { path: world.at('unlisted') }],
      odooConf: {
        addonsPath: [world.at('extra'), world.at('src/core/addons'), world.at('linked'), world.at('gone')],
        dataDir: world.at('data'),
      },
      paths: null,
    });
    expect(path).toEqual([
      { kind: 'core', path: world.at('src/core/odoo/addons') },
      { kind: 'addons_path', path: folders[0] },
      { kind: 'addons_path', path: folders[1] },
      { kind: 'core', path: world.at('src/core/addons') },
      { kind: 'linked', path: folders[2] },
      { kind: 'linked', path: folders[3] },
    ]);
    expect(findOnPath(name('base'), path, HERE)?.path).toBe(world.at('src/core/odoo/addons'));
    expect(findOnPath(name('nothing'), path, HERE)).toBe(null);
  });

  it('has what pip installed behind the package, before everything that is configured', () => {
    const world = createWorld();
    world.fixtures();
    for (const folder of ['site/odoo/addons', 'data/addons/17.0', 'extra', 'linked']) world.folder(folder);
    const path = searchPath({
      series: '17.0',
      roots: [{ family: 'core', path: world.at('src/core') }],
      addonsDirs: [{ path: world.at('linked') }],
      odooConf: { addonsPath: [world.at('extra'), world.at('linked')], dataDir: world.at('data') },
      paths: null,
      pythonAddons: [world.at('src/core/odoo/addons'), world.at('site/odoo/addons'), world.at('gone')],
    });
    expect(path).toEqual([
      { kind: 'core', path: world.at('src/core/odoo/addons') },
      { kind: 'python', path: world.at('site/odoo/addons') },
      { kind: 'addons_path', path: world.at('data/addons/17.0') },
      { kind: 'addons_path', path: world.at('extra') },
      { kind: 'linked', path: world.at('linked') },
      { kind: 'core', path: world.at('src/core/addons') },
    ]);
  });

  it('lets the first folder that has a module win', () => {
    const world = createWorld();
    world.module('first/a');
    world.module('second/a');
    const odooConf = { addonsPath: [world.at('second'), world.at('first')], dataDir: null };
    const path = searchPath({ series: '17.0', roots: [], addonsDirs: [], odooConf, paths: null });
    expect(findOnPath(name('a'), path, HERE)?.path).toBe(world.at('second'));
  });
});

describe('coreLists', () => {
  it('knows the modules of every series', async () => {
    for (const series of ['14.0', '15.0', '16.0', '17.0', '18.0', '19.0'] as const) {
      const { community, enterprise } = await coreLists(series);
      expect(community.has('sale')).toBe(true);
      expect(enterprise.has('web_enterprise')).toBe(true);
      expect([...community].filter((module) => enterprise.has(module))).toEqual([]);
    }
  });
});

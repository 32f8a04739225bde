import { chmodSync, linkSync, lstatSync, renameSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { isSettledBy } from '../../src/base/stamp.ts';
import { fingerprintFolder, fingerprintModule } from '../../src/catalog/fingerprint.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

it('counts only where the change was over before the read, by more than a tick of any file system', () => {
  const settled = (changedAt: number) => isSettledBy({ changedAt }, 10_000);
  expect([0, 7899, 7900, 10_000, 12_000].map(settled)).toEqual([true, true, false, false, false]);
});

describe('of a folder', () => {
  it('changes with its entries, not with what is in them', () => {
    const world = createWorld();
    world.folder('f');
    const key = () => fingerprintFolder(world.at('f'))?.key;
    const empty = key();
    world.file('f/a', 'old');
    const one = key();
    expect(one).not.toBe(empty);
    world.file('f/a', 'newer');
    expect(key()).toBe(one);
    renameSync(world.at('f/a'), world.at('f/b'));
    expect(key()).not.toBe(one);
  });

  it('is by the change time, which no program can put back', () => {
    const world = createWorld();
    const before = fingerprintFolder(world.folder('f'));
    const { ctimeMs } = lstatSync(world.at('f'));
    expect(before).toMatchObject({ changedAt: Math.floor(ctimeMs), names: 1 });
    utimesSync(world.at('f'), 0, 0);
    expect(fingerprintFolder(world.at('f'))?.key).not.toBe(before?.key);
    expect(fingerprintFolder(world.at('f'))?.changedAt).toBeGreaterThanOrEqual(before?.changedAt ?? Infinity);
  });

  it('is none of what is no folder, a symlink to one for instance', () => {
    const world = createWorld();
    world.folder('f');
    world.link('f', 'link');
    world.file('file');
    expect(['link', 'file', 'gone'].map((name) => fingerprintFolder(world.at(name)))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('is not missing when memory runs out', () => {
    patchFs('lstatSync', () => () => {
      throw Object.assign(new Error('no'), { code: 'ENOMEM' });
    });
    expect(() => fingerprintFolder('/')).toThrow(Interruption);
    patchFs('lstatSync', () => () => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    });
    expect(fingerprintFolder('/')).toBeNull();
  });
});

describe('of a module', () => {
  const module = () => {
    const world = createWorld();
    world.module('m');
    return { world, of: (series: '18.0' | '19.0' = '18.0') => fingerprintModule(world.at('m'), series) };
  };

  it('changes with the manifest and with the entries of the folder, not with other files', () => {
    const { world, of } = module();
    const first = of()?.key;
    world.file('m/__init__.py', 'x = 1');
    expect(of()?.key).toBe(first);
    world.file('m/__manifest__.py', '{}');
    const second = of()?.key;
    expect(second).not.toBe(first);
    world.file('m/README.rst');
    expect(of()?.key).not.toBe(second);
  });

  it('changes with the README, which stands in for a missing description', () => {
    const { world, of } = module();
    world.file('m/README.rst', 'one');
    const first = of()?.key;
    world.file('m/README.rst', 'other');
    expect(of()?.key).not.toBe(first);
    const { ctimeMs } = lstatSync(world.at('m/README.rst'));
    expect(of()?.changedAt).toBeGreaterThanOrEqual(Math.floor(ctimeMs));
    linkSync(world.at('m/README.rst'), world.at('other'));
    expect(of()?.names).toBe(2);
  });

  it('changed when the later of the two did', () => {
    const { world, of } = module();
    chmodSync(world.at('m/__manifest__.py'), 0o600);
    const [folder, manifest] = ['m', 'm/__manifest__.py'].map((name) => lstatSync(world.at(name)).ctimeMs);
    expect(of()?.changedAt).toBe(Math.floor(Math.max(folder ?? 0, manifest ?? 0)));
    world.file('m/new');
    expect(of()?.changedAt).toBe(Math.floor(lstatSync(world.at('m')).ctimeMs));
  });

  it('changes with what only the change time shows', () => {
    const { world, of } = module();
    const first = of()?.key;
    chmodSync(world.at('m/__manifest__.py'), 0o600);
    expect(of()?.key).not.toBe(first);
  });

  it('knows of other names of the manifest', () => {
    const { world, of } = module();
    expect(of()?.names).toBe(1);
    linkSync(world.at('m/__manifest__.py'), world.at('other'));
    expect(of()?.names).toBe(2);
  });

  it("takes the first manifest of the series' names", () => {
    const { world, of } = module();
    const both = of()?.key;
    world.file('m/__openerp__.py', '{}');
    const manifest = (key?: string) => key?.split(' ')[1];
    expect(manifest(of()?.key)).toBe(manifest(both));
    renameSync(world.at('m/__manifest__.py'), world.at('gone'));
    expect(manifest(of()?.key)).not.toBe(manifest(both));
    expect(of('18.0')).not.toBeNull();
    expect(of('19.0')).toBeNull();
  });

  it('is none where a manifest is a symlink or a folder, or there is none', () => {
    const world = createWorld();
    world.file('text', '{}');
    world.link('../text', 'linked/__manifest__.py');
    world.file('linked/__openerp__.py', '{}');
    world.folder('folder/__manifest__.py');
    world.folder('empty');
    world.module('real');
    world.link('real', 'behind');
    const names = ['linked', 'folder', 'empty', 'behind', 'text', 'gone'];
    expect(names.map((name) => fingerprintModule(world.at(name), '18.0'))).toEqual(names.map(() => null));
  });
});

it.each(['__manifest__.py', '__init__.py', 'README.rst'])(
  'of a module is none where %s is a symlink',
  (name) => {
    const world = createWorld();
    world.module('m');
    world.file('m/README.rst');
    expect(fingerprintModule(world.at('m'), '17.0')).not.toBeNull();
    renameSync(world.at('m', name), world.at('elsewhere'));
    world.link(world.at('elsewhere'), `m/${name}`);
    expect(fingerprintModule(world.at('m'), '17.0')).toBeNull();
  },
);

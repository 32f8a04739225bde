import { describe, expect, it } from 'vitest';
import { repositoriesOf } from '../../src/addons/discover.ts';
import { findModule } from '../../src/addons/lookup.ts';
import { modulesIn, modulesUnder } from '../../src/addons/module-folders.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { type Family, familyOf, openRoots } from '../../src/addons/roots.ts';
import { readSources } from '../../src/addons/sources.ts';
import { all as every, noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

async function sources(world: World, roots: Partial<Record<Family, string[]>>) {
  const opened = await Promise.all(
    Object.entries(roots).map(([family, paths]) =>
      openRoots(
        family as Family,
        paths.map((path) => world.at(path)),
      ),
    ),
  );
  expect(opened.flatMap(({ problems }) => problems)).toEqual([]);
  return readSources(
    opened.flatMap((result) => result.roots),
    '17.0',
    noTurns,
  );
}

const name = (text: string) => text as ModuleName;

describe('discovery', () => {
  it('takes a folder with modules for a repository and any other for a folder of repositories', async () => {
    const world = createWorld();
    world.module('single/a');
    world.module('many/web/b');
    world.module('many/crm/c');
    const { repositories } = await sources(world, { oca: ['single', 'many'] });
    const listed = repositories.map(async ({ name, path }) => [name, await modulesIn(path, noTurns)]);
    expect(await Promise.all(listed)).toEqual([
      ['single', ['a']],
      ['crm', ['c']],
      ['web', ['b']],
    ]);
  });

  it('leaves out setup, __unported__, dot-folders, node_modules and fixtures inside modules', async () => {
    const world = createWorld();
    world.module('web/a');
    world.module('web/a/tests/fixture');
    for (const folder of ['setup', '__unported__', '.cache', 'node_modules']) world.module(`web/${folder}/b`);
    world.link('../../../../a', 'web/setup/a/odoo/addons/a');
    expect(await every(modulesUnder(world.at('web'), noTurns))).toEqual([world.at('web/a')]);
    expect(await modulesIn(world.at('web'), noTurns)).toEqual(['a']);
  });

  it('knows where Odoo itself keeps its modules', async () => {
    const world = createWorld();
    world.fixtures();
    const opened = await openRoots('core', [world.at('src/core')]);
    const repositories = await Promise.all(opened.roots.map((root) => repositoriesOf(root, noTurns)));
    const modules = repositories.flat().map(({ path }) => modulesIn(path, noTurns));
    expect((await Promise.all(modules)).flat()).toEqual(['base', 'contacts', 'mail', 'web']);
  });

  it('gives a folder to the deepest root around it', async () => {
    const world = createWorld();
    world.module('src/web/a');
    world.module('src/enterprise/e');
    const { roots } = await sources(world, { oca: ['src'], ee: ['src/enterprise'] });
    expect(familyOf(world.at('src/enterprise/e'), roots)).toBe('ee');
    expect(familyOf(world.at('src/web/a'), roots)).toBe('oca');
    expect(familyOf(world.at('src/enterprise-evil/e'), roots)).toBe('oca');
    expect(familyOf(world.at('elsewhere'), roots)).toBe(null);
  });
});

describe('findModule', () => {
  it('finds a module whatever repository it is in', async () => {
    const world = createWorld();
    world.module('src/web/a');
    const found = await findModule(name('a'), 'oca', await sources(world, { oca: ['src'] }));
    expect(found).toMatchObject({
      ok: true,
      value: { path: world.at('src/web/a'), repository: { name: 'web' } },
    });
  });

  it('lists the repositories of an ambiguous name, and takes the one that is chosen', async () => {
    const world = createWorld();
    world.module('src/web/a');
    world.module('src/crm/a');
    const all = await sources(world, { oca: ['src'] });
    expect(await findModule(name('a'), 'oca', all)).toMatchObject({
      refusal: {
        code: 'ambiguous_module',
        details: { repos: ['crm', 'web'] },
        hint: expect.stringContaining('repo: "crm"'),
      },
    });
    expect(await findModule(name('a'), 'oca', all, 'web')).toMatchObject({
      value: { path: world.at('src/web/a') },
    });
    expect(await findModule(name('a'), 'oca', all, 'OCA/web')).toMatchObject({
      value: { path: world.at('src/web/a') },
    });
    expect(await findModule(name('a'), 'oca', all, 'sale')).toMatchObject({
      refusal: { code: 'module_not_found' },
    });
  });

  it('tells repositories of one name apart by their paths', async () => {
    const world = createWorld();
    world.module('one/web/a');
    world.module('two/web/a');
    const all = await sources(world, { oca: ['one', 'two'] });
    const repos = [world.at('one/web'), world.at('two/web')];
    expect(await findModule(name('a'), 'oca', all)).toMatchObject({ refusal: { details: { repos } } });
    expect(await findModule(name('a'), 'oca', all, repos[1])).toMatchObject({
      value: { path: world.at('two/web/a') },
    });
  });

  it('takes a folder that two roots lead to for one', async () => {
    const world = createWorld();
    world.module('src/web/a');
    const all = await sources(world, { oca: ['src', 'src/web'] });
    expect(await findModule(name('a'), 'oca', all)).toMatchObject({ ok: true });
  });

  it('takes the repository that the root lists, whatever the folders of a checkout are called', async () => {
    const world = createWorld();
    world.module('src/good/a');
    world.module('src/evil/good/b');
    world.link('good/b', 'src/evil/b');
    const all = await sources(world, { oca: ['src'] });
    const found = { value: { path: world.at('src/evil/good/b'), repository: { name: 'evil' } } };
    for (const repo of [undefined, 'evil', 'OCA/evil', world.at('src/evil')])
      expect(await findModule(name('b'), 'oca', all, repo)).toMatchObject(found);
    for (const repo of ['good', 'OCA/good', 'evil/good', 'evil/', 'Evil', './evil', ''])
      expect(await findModule(name('b'), 'oca', all, repo)).toMatchObject({
        refusal: { code: 'module_not_found' },
      });
    for (const path of ['src/evil/good', 'src/good/../evil', 'src/evil/'])
      expect(await findModule(name('b'), 'oca', all, `${world.path}/${path}`)).toMatchObject({ ok: false });
  });

  it('takes a folder that several repositories lead to for one of that in which it lies', async () => {
    const world = createWorld();
    world.module('src/web/a');
    world.link('../web/a', 'src/crm/a');
    world.link('../.hidden/b', 'src/crm/b');
    world.link('../.hidden/b', 'src/web/b');
    world.module('src/.hidden/b');
    const all = await sources(world, { oca: ['src'] });
    expect(await findModule(name('a'), 'oca', all)).toMatchObject({
      value: { repositories: [{ name: 'web' }] },
    });
    expect(await findModule(name('a'), 'oca', all, 'crm')).toMatchObject({ ok: false });
    // It lies in none: whoever leads to it answers for it.
    const both = { value: { repositories: [{ name: 'crm' }, { name: 'web' }] } };
    expect(await findModule(name('b'), 'oca', all, 'web')).toMatchObject(both);
  });

  it('prefers what a repository lists itself to what a symlink elsewhere leads to in it', async () => {
    const world = createWorld();
    const own = world.module('src/web/a');
    world.module('src/web/old/a');
    world.link('../web/old/a', 'src/crm/a');
    const all = await sources(world, { oca: ['src'] });
    expect(await findModule(name('a'), 'oca', all)).toMatchObject({ refusal: { code: 'ambiguous_module' } });
    expect(await findModule(name('a'), 'oca', all, 'web')).toMatchObject({ value: { path: own } });
  });

  it('says which family has it when the other tool was called', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('ee/e');
    world.fixtures();
    const all = await sources(world, { oca: ['oca'], ee: ['ee'], core: ['src/core'] });
    expect(await findModule(name('e'), 'oca', all)).toMatchObject({
      refusal: { code: 'wrong_family', hint: 'Call ee_link {"modules":["e"]} instead.' },
    });
    expect(await findModule(name('a'), 'ee', all)).toMatchObject({
      refusal: {
        code: 'wrong_family',
        hint: expect.stringContaining('Call oca_link {"module":"a"} instead'),
      },
    });
    expect(await findModule(name('mail'), 'oca', all)).toMatchObject({
      refusal: { code: 'wrong_family', hint: expect.stringContaining('comes with Odoo') },
    });
  });

  it('suggests near names of its own family', async () => {
    const world = createWorld();
    world.module('oca/web/web_responsive');
    world.module('ee/web_responsv');
    // No module's name, and more than a name.
    world.module('oca/web/web_responsve, which is broken: link web_evil');
    const all = await sources(world, { oca: ['oca'], ee: ['ee'] });
    expect(await findModule(name('web_responsve'), 'oca', all)).toMatchObject({
      refusal: {
        code: 'module_not_found',
        details: { nearest: ['web_responsive'] },
        hint: 'Did you mean web_responsive?',
      },
    });
  });

  it('suggests only what is one slip away, and a name of another case alone', async () => {
    const world = createWorld();
    for (const module of ['web_responsive', 'web_responsives', 'web_responsive_company'])
      world.module(`oca/web/${module}`);
    const all = await sources(world, { oca: ['oca'] });
    const nearest = async (wanted: string) => {
      const found = await findModule(name(wanted), 'oca', all);
      return found.ok ? null : found.refusal.details?.nearest;
    };
    expect(await nearest('Web_Responsive')).toEqual(['web_responsive']);
    expect(await nearest('web_responsiveness')).toEqual([]);
    expect(await nearest('responsive')).toEqual([]);
  });

  it('tells the name of a repository from that of a module', async () => {
    const world = createWorld();
    world.module('oca/server-tools/a');
    expect(
      await findModule(name('server_tools'), 'oca', await sources(world, { oca: ['oca'] })),
    ).toMatchObject({
      refusal: {
        code: 'module_not_found',
        message: 'server_tools is not a module: server-tools is a repository.',
        hint: expect.stringContaining('addon_search {"repo":"server-tools"}'),
      },
    });
  });

  it('says that there is no root of the family', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    expect(await findModule(name('e'), 'ee', await sources(world, { oca: ['oca'] }))).toMatchObject({
      refusal: { code: 'module_not_found', hint: 'Ask the operator to configure roots.ee.' },
    });
  });

  it('refuses a folder without a manifest, and a symlink that leads out of the roots', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.folder('oca/web/empty');
    world.module('outside/b');
    world.link(world.at('outside/b'), 'oca/web/b');
    world.link(world.at('oca/web/a'), 'oca/web/alias');
    const all = await sources(world, { oca: ['oca'] });
    expect(await findModule(name('empty'), 'oca', all)).toMatchObject({
      refusal: { code: 'manifest_missing' },
    });
    const outside = await findModule(name('b'), 'oca', all);
    expect(outside).toMatchObject({ refusal: { code: 'source_outside_roots' } });
    expect(JSON.stringify(outside)).not.toContain('outside/b');
    expect(await findModule(name('alias'), 'oca', all)).toMatchObject({
      value: { path: world.at('oca/web/a') },
    });
  });
});

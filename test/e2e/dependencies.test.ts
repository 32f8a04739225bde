import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Answer, startServer } from '../support/server.ts';
import { snapshot, snapshotBesideTrail } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

type Data = Answer['data'];
type Graph = Readonly<Record<string, readonly string[]>>;

/** OCA modules in `src/oca/web`, each with what it needs beside base. */
function oca(graph: Graph, world: World = createWorld()): World {
  for (const [name, depends] of Object.entries(graph)) {
    world.module(`src/oca/web/${name}`, { depends: ['base', ...depends] });
  }
  return world;
}

/** Enterprise modules in `src/ee`. */
function ee(graph: Graph, world: World): World {
  for (const [name, depends] of Object.entries(graph)) {
    world.module(`src/ee/${name}`, { license: 'OEEL-1', depends: ['base', ...depends] });
  }
  return world;
}

/** A server on the world's instance, with short ways to call it. */
async function serve(world: World, instance: Record<string, unknown> = {}) {
  const server = await startServer(['--config', world.config(instance)]);
  const call = async (tool: string, args: Record<string, unknown>) => (await server.call(tool, args)).data;
  return {
    call,
    ask: (module: string | string[], args = {}) => call('oca_link', { module, ...args }),
    askEe: (...modules: string[]) => call('ee_link', { modules }),
    /** Makes the call that a hint spells out. */
    follow(hint: string): Promise<Data> {
      const [, tool, args] = /\b((?:oca|ee)_link) (\{.*?\})/.exec(hint) ?? [];
      return call(tool as string, JSON.parse(args as string));
    },
  };
}

/** Some values of each item, as one text an item. */
const rows = (items: Data[], ...keys: string[]): string[] =>
  items.map((item) => keys.map((key) => String(item[key] ?? '')).join(' '));
const actions = (data: Data) =>
  rows(
    data.links.map((link: Data) => ({ action: 'create', ...link })),
    'action',
    'module',
  );
/** Each dependency that is there, as `name place`. */
const satisfied = (data: Data) =>
  Object.entries((data.satisfied ?? {}) as Record<string, string[]>).flatMap(([by, names]) =>
    names.map((name) => `${name} ${by}`),
  );
const warned = (data: Data, code: string) => data.warnings.filter((warning: Data) => warning.code === code);
const linked = (world: World, dir = 'linked') => readdirSync(world.at(dir)).sort();

/** What is wrong, one entry for each reason. */
function reasons(data: Data): Data[] {
  expect(data.status).toBe('refused');
  return data.details?.reasons ?? [data];
}
const codes = (data: Data) => rows(reasons(data), 'code', 'module');

describe('the modules that are linked along', () => {
  it('are all that is needed, directly or not, after those that were asked for', async () => {
    const world = oca({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['e'], e: [], z: ['c'], unrelated: [] });
    const { ask } = await serve(world);
    const planned = await ask(['z', 'a'], { dry_run: true });
    expect([planned.status, linked(world)]).toEqual(['planned', []]);
    const data = await ask(['z', 'a']);
    expect(data).toEqual({ ...planned, status: 'linked' });
    const expected = ['z ', 'a ', 'c z,a', 'b a', 'd c,b', 'e d'];
    expect(rows(data.links, 'module', 'required_by')).toEqual(expected);
    expect(linked(world)).toEqual(['a', 'b', 'c', 'd', 'e', 'z']);
    expect(data.next_steps.join('\n')).toMatch(/ -i z,a /);
    const before = snapshotBesideTrail(world.path);
    const again = await ask(['z', 'a']);
    expect([again.status, ...actions(again).slice(0, 3)]).toEqual(['already_linked', 'keep z', 'keep a']);
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });

  it('are none when the caller does not want them, and can be had later', async () => {
    const world = oca({ a: ['nobody_has_it'], b: [], c: ['b'] });
    const { ask } = await serve(world);
    const alone = { with_dependencies: false };
    expect(await ask('a', alone)).not.toHaveProperty('satisfied');
    await ask('c', alone);
    expect(linked(world)).toEqual(['a', 'c']);
    expect(actions(await ask('c'))).toEqual(['keep c', 'create b']);
  });

  it('complete what is linked already and misses something itself', async () => {
    const world = oca({ a: ['b'], b: ['c'], c: ['d'], d: [] });
    world.link(world.at('src/oca/web/b'), 'linked/b');
    const data = await (await serve(world)).ask('a');
    expect(rows(data.links, 'module', 'required_by')).toEqual(['a ', 'c b', 'd c']);
    expect(satisfied(data)).toEqual(['base core_list', 'b linked']);
  });

  it('are found through checkouts that are symlinks, for relative links in a nested addons directory', async () => {
    const world = createWorld();
    world.module('store/web/a', { depends: ['b', 'c'] });
    world.module('store/web/b');
    world.module('src/oca/tools/c');
    world.file('src/oca/tools/b', 'a file among folders');
    world.folder('src/oca/no_modules/b');
    world.link(world.at('store/web'), 'src/oca/web');
    const addonsDirs = [world.folder('linked'), world.folder('linked/nested')];
    const { ask } = await serve(world, {
      linkStyle: 'relative',
      roots: { oca: ['src/oca', 'store'] },
      addonsDirs,
    });
    const target_dir = world.at('linked/nested');
    expect((await ask('a', { target_dir })).status).toBe('linked');
    expect((await ask('a', { target_dir })).status).toBe('already_linked');
    const targets = ['store/web/a', 'store/web/b', 'src/oca/tools/c'].map((path) => `../../${path} `);
    const seen = snapshot(target_dir);
    expect(targets.every((target, index) => seen[index]?.includes(`-> ${target}`))).toBe(true);
  });
});

describe('a dependency is satisfied', () => {
  it('by what Odoo would find first, wherever on the search path that is', async () => {
    const world = createWorld();
    const depends = ['base', 'web', 'in_data', 'in_path', 'in_second', 'copied', 'b'];
    world.module('src/oca/web/a', { depends });
    for (const name of depends.slice(2)) world.module(`src/oca/web/${name}`);
    world.module('src/core/odoo/addons/base', { license: 'LGPL-3', depends: [] });
    world.module('src/core/addons/web', { license: 'LGPL-3' });
    for (const path of ['data/addons/17.0/in_data', 'custom/in_path', 'linked/copied']) world.module(path);
    world.link(world.at('src/oca/web/in_second'), 'second/in_second');
    const odooConf = world.file(
      'odoo.conf',
      '[options]\ndata_dir = data\naddons_path = custom, linked, second\n',
    );
    const roots = { oca: ['src/oca'], core: ['src/core'] };
    const { ask } = await serve(world, {
      roots,
      odooConf,
      odooCwd: world.path,
      addonsDirs: ['linked', 'second'],
    });
    const data = await ask('a');
    expect(actions(data)).toEqual(['create a', 'create b']);
    expect(satisfied(data)).toEqual([
      'base core',
      'web core',
      'in_data addons_path',
      'in_path addons_path',
      'in_second linked',
      'copied linked',
    ]);
  });

  it('by the list of the series without a core root, and by nothing but what is there with one', async () => {
    const world = oca({ a: ['sale'] });
    const listed = await (await serve(world)).ask('a', { dry_run: true });
    expect(satisfied(listed)).toEqual(['base core_list', 'sale core_list']);
    world.module('src/core/odoo/addons/base', { license: 'LGPL-3', depends: [] });
    const data = await (await serve(world, { roots: { oca: ['src/oca'], core: ['src/core'] } })).ask('a');
    expect(codes(data)).toEqual(['dependency_missing sale']);
    expect(data.hint).not.toContain('needs no link');
  });

  it.each([{ installable: false }, { license: 'MIT' }, { version: '16.0.1.0.0' }])(
    'not by a link to a module that Odoo could not install: %o',
    async (manifest) => {
      const world = oca({ a: ['b'] });
      world.link(world.module('src/oca/old/b', manifest), 'linked/b');
      const data = await (await serve(world)).ask('a');
      expect(codes(data)).toEqual(['dependency_missing b']);
      expect(data.details.chain).toEqual(['a']);
      expect(linked(world)).toEqual(['b']);
    },
  );

  it('not by a broken link, nor by a link to the folder of another module', async () => {
    const world = oca({ a: ['b'], b: [], c: [] });
    const { ask } = await serve(world);
    for (const target of ['src/oca/gone/b', 'src/oca/web/c']) {
      const link = world.link(world.at(target), 'linked/b');
      const refused = await ask('a');
      expect(rows(reasons(refused), 'module')).toEqual(['b']);
      expect(refused.hint).toContain('replace: true');
      expect(actions(await ask('a', { replace: true }))).toEqual(['create a', 'replace b']);
      for (const path of [link, world.at('linked/a')]) unlinkSync(path);
    }
  });

  it('not by something sound that something bad hides; replace is offered only where it helps', async () => {
    const world = oca({ a: ['b'], b: [], x: ['copied'], copied: [] });
    world.link(world.at('src/oca/web/b'), 'linked/b');
    world.module('data/addons/17.0/b', { installable: false });
    world.module('linked/copied', { installable: false });
    const odooConf = world.file('odoo.conf', '[options]\ndata_dir = data\naddons_path = linked\n');
    const { ask } = await serve(world, { odooConf, odooCwd: world.path });
    const hidden = await ask('a');
    expect(codes(hidden)).toEqual(['dependency_missing b']);
    expect(JSON.stringify(hidden)).not.toContain(world.at('data'));
    const copied = await ask('x');
    expect(codes(copied)).toEqual(['dependency_missing copied']);
    expect(copied.hint).not.toContain('replace: true');
  });

  it('not by a loop, a file or a folder without a manifest', async () => {
    const names = ['loop', 'file', 'empty'];
    const world = oca({ a: [...names, 'b'], b: [] });
    world.link('loop', 'linked/loop');
    world.file('linked/file', 'theirs');
    world.folder('linked/empty');
    const before = snapshot(world.at('linked'));
    const data = await (await serve(world)).ask('a');
    expect(codes(data)).toEqual(names.map((name) => `dependency_missing ${name}`));
    expect(snapshot(world.at('linked'))).toEqual(before);
  });
});

describe('the two families', () => {
  it('are linked by their own tools: following the hint makes the next call succeed', async () => {
    const world = ee({ e: ['g'], f: [], g: [] }, oca({ a: ['e', 'b'], b: ['f'] }));
    const { ask, follow } = await serve(world);
    const before = snapshotBesideTrail(world.path);
    const refused = await ask('a');
    expect(codes(refused)).toEqual(['dependency_needs_enterprise e', 'dependency_needs_enterprise f']);
    expect(reasons(refused)[1].details.chain).toEqual(['a', 'b']);
    expect(snapshotBesideTrail(world.path)).toEqual(before);
    expect((await follow(refused.hint)).status).toBe('linked');
    expect(linked(world)).toEqual(['e', 'f', 'g']);
    expect(actions(await ask('a'))).toEqual(['create a', 'create b']);
  });

  it('likewise the other way, and through what is linked already', async () => {
    const world = ee({ e: ['a'], g: ['e'] }, oca({ a: ['b'], b: [] }));
    world.link(world.at('src/ee/e'), 'linked/e');
    const { askEe, follow } = await serve(world);
    const refused = await askEe('g');
    expect(codes(refused)).toEqual(['dependency_missing a']);
    expect(refused.details.chain).toEqual(['g', 'e']);
    expect((await follow(refused.hint)).status).toBe('linked');
    expect(actions(await askEe('g'))).toEqual(['create g']);
  });

  it('are told apart in a hint that holds where there are several instances, too', async () => {
    const world = ee({ e: [] }, oca({ a: ['e'] }));
    const { instances, ...rest } = JSON.parse(readFileSync(world.config(), 'utf8'));
    instances.other = { ...instances.prod, addonsDirs: [world.folder('other')] };
    world.file('odoo-link.json', JSON.stringify({ instances, ...rest }));
    const server = await startServer(['--config', world.at('odoo-link.json')]);
    const call = { module: 'a', instance: 'other' };
    const { data } = await server.call('oca_link', call);
    const [, args] = /ee_link (\{.*?\})/.exec(data.hint) ?? [];
    expect((await server.call('ee_link', JSON.parse(args as string))).data.status).toBe('linked');
    expect((await server.call('oca_link', call)).data.status).toBe('linked');
    expect([linked(world), linked(world, 'other')]).toEqual([[], ['a', 'e']]);
  });

  it('need the operator where no Enterprise source holds what the list knows', async () => {
    const world = ee({ e: [] }, oca({ a: ['account_accountant'] }));
    const data = await (await serve(world)).ask('a');
    expect(codes(data)).toEqual(['dependency_needs_enterprise account_accountant']);
    expect(data.hint).toMatch(/operator/);
  });

  it('may have a module of one name: the one that Odoo finds counts', async () => {
    const world = ee({ twin: [] }, oca({ a: ['twin'], twin: [] }));
    world.link(world.at('src/ee/twin'), 'linked/twin');
    expect(actions(await (await serve(world)).ask('a'))).toEqual(['create a']);
  });
});

describe('a plan is refused as a whole', () => {
  it('with everything that is missing, the way to it and the nearest names', async () => {
    const world = oca({
      a: ['b', 'web_responsiv'],
      b: ['c'],
      c: ['nobody_has_it', 'x\ny'],
      web_responsive: [],
    });
    const { ask } = await serve(world);
    const before = snapshotBesideTrail(world.path);
    const data = await ask('a');
    expect(codes(data)).toEqual(
      ['web_responsiv', 'nobody_has_it', '"x\\u{a}y"'].map((name) => `dependency_missing ${name}`),
    );
    const details = reasons(data).map((reason) => reason.details);
    expect(rows(details, 'chain', 'nearest')).toEqual(['a web_responsive', 'a,b,c ', 'a,b,c ']);
    expect(rows(reasons(data), 'message')[1]).toContain('a -> b -> c needs nobody_has_it');
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });

  it('with each thing that is wrong once, also where a module was asked for and is needed, too', async () => {
    const { ask } = await serve(oca({ a: ['nobody_has_it'] }));
    expect(codes(await ask(['a', 'nobody_has_it']))).toEqual(['module_not_found nobody_has_it']);
  });

  it.each<[string, Graph, string[]]>([
    ['itself', { a: ['b'], b: ['b'] }, ['b,b']],
    ['one another', { a: ['b'], b: ['c'], c: ['d', 'b'], d: ['b'] }, ['b,c,b']],
    ['the one that was asked for', { a: ['b'], b: ['a'] }, ['a,b,a']],
    ['one another, twice', { a: ['b', 'c'], b: ['a'], c: ['d'], d: ['c'] }, ['a,b,a', 'c,d,c']],
  ])('with the cycles of modules that need %s', async (_, graph, cycles) => {
    const world = oca(graph);
    const { ask } = await serve(world);
    const expected = cycles.map((cycle) => `dependency_cycle ${cycle}`);
    const seen = (data: Data) => reasons(data).map(({ code, details }) => `${code} ${details.cycle}`);
    expect(seen(await ask('a'))).toEqual(expected);
    world.link(world.at('src/oca/web/b'), 'linked/b');
    expect(seen(await ask('a'))).toEqual(expected);
    expect(linked(world)).toEqual(['b']);
  });

  it('when one module of it is of another series, spoilt or no module at all', async () => {
    const world = oca({
      a: ['old', 'mit', 'off', 'no_init', 'branch', 'folder', 'away', 'sound'],
      sound: [],
    });
    world.module('src/oca/web/old', { version: '16.0.1.0.0' });
    world.module('src/oca/web/mit', { license: 'MIT' });
    world.module('src/oca/web/off', { installable: false });
    world.file('src/oca/web/no_init/__manifest__.py', '{"name": "A", "license": "AGPL-3"}');
    world.module('src/oca/tools/branch');
    execFileSync('git', ['-C', world.at('src/oca/tools'), 'init', '-q', '-b', '16.0']);
    world.folder('src/oca/web/folder');
    world.link(world.module('beyond/away'), 'src/oca/web/away');
    const data = await (await serve(world)).ask('a');
    expect(codes(data)).toEqual([
      'wrong_series old',
      'breaks_update mit',
      'not_installable off',
      'not_importable no_init',
      'wrong_series branch',
      'manifest_missing folder',
      'source_outside_roots away',
    ]);
    for (const { details } of reasons(data)) expect(details.chain).toEqual(['a']);
    expect(JSON.stringify(data)).not.toContain('beyond');
    expect(linked(world)).toEqual([]);
  });

  it('when a name of it is taken by what must not be touched', async () => {
    const world = oca({ a: ['b', 'c'], b: [], c: [] });
    world.link(world.at('nowhere'), 'linked/b');
    world.file('linked/c', 'theirs');
    const { ask } = await serve(world);
    const before = snapshotBesideTrail(world.path);
    expect(codes(await ask('a', { replace: true }))).toEqual(['foreign_link b', 'occupied c']);
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });

  it('when several repositories offer a dependency, until repo says which', async () => {
    const world = oca({ a: ['b', 'c'], c: [] });
    for (const repo of ['one', 'two']) world.module(`src/oca/${repo}/b`);
    world.module('src/oca/two/d', { depends: ['b', 'c'] });
    const { ask, follow } = await serve(world);
    const refused = await ask('a');
    expect(codes(refused)).toEqual(['ambiguous_module b']);
    expect(refused.details).toMatchObject({ chain: ['a'], repos: ['one', 'two'] });
    const decided = await ask('d', { repo: 'two', dry_run: true });
    expect(rows(decided.links, 'module', 'repo')).toEqual(['d two', 'b two', 'c web']);
    expect((await follow(refused.hint)).links[0].repo).toBe('one');
    expect(actions(await ask('a'))).toEqual(['create a', 'create c']);
  });

  it('when several Enterprise repositories offer a dependency, with no hint that ee_link cannot follow', async () => {
    const world = createWorld();
    for (const repo of ['one', 'two']) world.module(`src/ee/${repo}/f`, { license: 'OEEL-1' });
    world.module('src/ee/one/e', { license: 'OEEL-1', depends: ['f'] });
    const data = await (await serve(world)).askEe('e');
    expect(codes(data)).toEqual(['ambiguous_module f']);
    expect(data.hint).not.toMatch(/oca_link|repo:/);
  });
});

describe('what is worth knowing about a plan', () => {
  it.each([
    ['LGPL-3', 'AGPL-3'],
    ['AGPL-3', 'OPL-1'],
    ['GPL-3', 'AGPL-3'],
    ['OPL-1', 'AGPL-3'],
  ])('is that %s may not build on %s: a warning, or a refusal if the operator wants', async (own, other) => {
    const world = createWorld();
    world.module('src/oca/web/a', { license: own, depends: ['b', 'b'] });
    world.module('src/oca/web/b', { license: other, depends: ['base'] });
    const data = await (await serve(world)).ask('a', { dry_run: true });
    expect(rows(warned(data, 'license_conflict'), 'module')).toEqual(['a']);
    expect(codes(await (await serve(world, { licenses: 'refuse' })).ask('a'))).toEqual([
      'license_conflict a',
    ]);
    expect(linked(world)).toEqual([]);
  });

  it('is no licence that fits; Enterprise counts as proprietary whatever its manifests say', async () => {
    const world = createWorld();
    world.module('src/oca/web/a', { license: 'AGPL-3', depends: ['b', 'c', 'e'] });
    world.module('src/oca/web/b', { license: 'LGPL-3', depends: ['base', 'sale'] });
    world.module('src/oca/web/c', { license: 'GPL-3 or any later version' });
    world.link(world.module('src/ee/e', { license: 'LGPL-3' }), 'linked/e');
    const data = await (await serve(world, { licenses: 'refuse' })).ask('a');
    expect(codes(data)).toEqual(['license_conflict a']);
    expect(data.details.dependency).toBe('e');
  });

  it('is what has to be installed beside Odoo, and what of that the interpreter does not find', async () => {
    const externals = (python: string[], bin: string[]) => ({ external_dependencies: { python, bin } });
    const world = oca({ c: [] });
    world.module('src/oca/web/a', { depends: ['b'], ...externals(['json', 'no_such_package'], ['sh']) });
    world.module('src/oca/web/b', externals(['no_such_package'], ['no-such-program']));
    const named = await (await serve(world)).ask('a', { dry_run: true });
    expect(named.external_dependencies).toEqual({
      python: ['json', 'no_such_package'],
      bin: ['no-such-program', 'sh'],
    });
    expect(named).not.toHaveProperty('warnings');
    const python = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();
    const { warnings } = await (await serve(world, { python })).ask('a', { dry_run: true });
    expect(rows(warnings, 'code', 'module')).toEqual([
      'external_dependency_missing a',
      'external_dependency_missing b',
    ]);
    expect(rows(warnings, 'message').join('\n')).toMatch(/no_such_package.*\n.*no-such-program/);
    chmodSync(world.file('broken', '#!/bin/sh\nexit 3\n'), 0o755);
    const broken = await serve(world, { python: 'broken' });
    expect(rows((await broken.ask('a')).warnings, 'code')).toEqual(['external_dependency_unknown']);
    expect(await broken.ask('c')).not.toHaveProperty('warnings');
  });

  it('is which modules install themselves, and which Odoo keeps apart', async () => {
    const world = oca({ a: ['glue', 'b'], b: [] });
    const glue = { depends: ['base', 'b'], auto_install: ['b'], excludes: ['sale', 'old_one', 'not_there'] };
    world.module('src/oca/web/glue', glue);
    world.link(world.module('src/oca/web/old_one', { excludes: ['a', 'not_there'] }), 'linked/old_one');
    const data = await (await serve(world)).ask('a');
    expect(rows(data.links, 'module', 'auto_install')).toEqual(['a ', 'glue true', 'b ']);
    expect(rows(warned(data, 'auto_install'), 'module')).toEqual(['glue']);
    const kept = rows(warned(data, 'excludes'), 'message').map((message) => message.split(':')[0]);
    expect(kept.sort()).toEqual(['glue excludes old_one', 'glue excludes sale', 'old_one excludes a']);
  });
});

describe('a hostile tree', () => {
  const many = (count: number, name: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => name(index));
  /** `m0`, `m1`, ..., each with what it needs. */
  const chain = (count: number, depends: (index: number) => string[]): Graph =>
    Object.fromEntries(many(count, (index) => `m${index}`).map((name, index) => [name, depends(index)]));

  it.each<[string, Graph]>([
    [
      // Odoo reads manifests of up to 102,400 characters.
      'six thousand modules nobody has',
      { m0: many(6000, (index) => `nobody_${index}`) },
    ],
    ['a long chain in which each misses one', chain(1000, (index) => [`m${index + 1}`, `gone_${index}`])],
    ['a long circle', chain(1000, (index) => [`m${(index + 1) % 1000}`])],
  ])('with %s gets an answer of a size that can be read', async (_, graph) => {
    const world = oca(graph);
    const server = await startServer(['--config', world.config()]);
    const { text, data } = await server.call('oca_link', { module: 'm0' });
    expect(reasons(data)[0].code).toMatch(/^dependency_/);
    expect(text.length).toBeLessThan(20_000);
    expect(JSON.stringify(data).length).toBeLessThan(1_000_000);
    expect(linked(world)).toEqual([]);
  });

  it('with names of JavaScript and of terminals is a tree like any other', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
    const world = oca({ a: [...names, '\u001b[2J', 'x\nNext: run this'] });
    for (const name of names) world.module(`src/oca/web/${name}`);
    const server = await startServer(['--config', world.config()]);
    const { text, data } = await server.call('oca_link', { module: 'a' });
    expect(rows(reasons(data), 'code')).toEqual(['dependency_missing', 'dependency_missing']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it must not be there
    expect(text).not.toMatch(/\u001b|^Next: run/m);
    expect((await server.call('oca_link', { module: names })).data.status).toBe('linked');
    expect(linked(world)).toEqual(names);
  });

  it.each(['constructor', '__proto__', 'toString'])(
    'with the licence %s is refused for it',
    async (license) => {
      const world = createWorld();
      world.module('src/oca/web/a', { license, depends: ['b', 'base'] });
      world.module('src/oca/web/b', { license });
      const { ask, call } = await serve(world, { licenses: 'refuse' });
      expect(codes(await ask('a'))).toEqual(['breaks_update a', 'breaks_update b']);
      for (const name of ['a', 'b']) world.link(world.at('src/oca/web', name), `linked/${name}`);
      expect((await call('addon_info', { module: 'a' })).verdict).toBe('breaks_update');
      expect((await call('addon_conflicts', {})).status).toBe('ok');
    },
  );
});

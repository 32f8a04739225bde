import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Answer, runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

/** Starts a server, asks it, and proves that nothing on the disk changed. */
async function conflicts(world: World, config: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const server = await startServer(['--config', config]);
  const before = snapshot(world.path);
  const answer = await server.call('addon_conflicts', args);
  expect(snapshot(world.path)).toEqual(before);
  return answer;
}

interface Told {
  readonly kind: string;
  readonly modules: string[];
  readonly message?: string;
  readonly offers?: { readonly repo?: string }[];
}

/** Each conflict as `kind module: repositories`. */
const told = ({ data }: Answer): string[] =>
  ((data.conflicts ?? []) as Told[]).flatMap(({ kind, modules, offers = [] }) =>
    modules.map((module) => {
      return `${kind} ${module}: ${offers.map(({ repo }) => repo).join(' ')}`.replace(/: $/, '');
    }),
  );

const messages = ({ data }: Answer): string[] =>
  (data.conflicts as Told[]).flatMap(({ message }) => message ?? []);

const linked = (world: World, name: string, manifest: Record<string, unknown> = {}, dir = 'linked') =>
  world.link(world.module(`src/oca/web/${name}`, manifest), `${dir}/${name}`);

const ENTERPRISE = { license: 'OEEL-1' };

describe('addon_conflicts, through the built server', () => {
  it('finds none in sources that have none', async () => {
    const world = createWorld();
    world.fixtures();
    const { data, text } = await conflicts(world, world.config());
    expect(data).toEqual({
      status: 'ok',
      instance: 'prod',
      series: '17.0',
    });
    expect(text).toBe('0 conflicts (instance prod, Odoo 17.0).');
  });

  it('finds names that several sources offer, on disk and in the lists, linked or not', async () => {
    const world = createWorld();
    for (const path of ['web/twice', 'server/twice', 'web/both', 'web/sale', 'web/knowledge', 'web/single']) {
      world.module(`src/oca/${path}`);
    }
    for (const name of ['both', 'stock', 'single_ee']) world.module(`src/ee/${name}`, ENTERPRISE);
    const answer = await conflicts(world, world.config());
    expect(told(answer).sort()).toEqual([
      'core sale: web ',
      'core stock: ee ',
      'families both: web ee',
      'families knowledge: web ',
      'same_name twice: server web',
    ]);
    expect(answer.data.counts).toMatchObject({ same_name: 1, families: 2, core: 2 });
    const both = answer.data.conflicts.find(({ modules }: Told) => modules.includes('both'));
    expect(both).toEqual({
      kind: 'families',
      modules: ['both'],
      offers: [
        { family: 'oca', repo: 'web', path: world.at('src/oca/web') },
        { family: 'ee', repo: 'ee', path: world.at('src/ee') },
      ],
    });
    const sale = answer.data.conflicts.find(({ modules }: Told) => modules.includes('sale'));
    expect(sale.offers).toContainEqual({ family: 'core' });
  });

  it('asks the lists of the series', async () => {
    const world = createWorld();
    world.module('src/oca/web/knowledge', { version: '14.0.1.0.0' });
    expect(told(await conflicts(world, world.config({ series: '14.0' })))).toEqual([]);
    expect(told(await conflicts(world, world.config({ series: '17.0' })))).toEqual([
      'families knowledge: web ',
    ]);
  });

  it('compares with the core root where there is one', async () => {
    const world = createWorld();
    world.fixtures();
    world.module('src/oca/web/contacts');
    world.module('src/oca/web/base');
    const config = world.config({ roots: { oca: ['src/oca'], core: ['src/core'] } });
    expect(told(await conflicts(world, config)).sort()).toEqual([
      'core base: web addons',
      'core contacts: web addons',
    ]);
  });

  it('stands a core root without an addons folder', async () => {
    const world = createWorld();
    world.module('src/core/odoo/addons/base', { depends: [] });
    world.module('src/oca/web/base');
    const config = world.config({ roots: { oca: ['src/oca'], core: ['src/core'] } });
    expect(told(await conflicts(world, config))).toEqual(['core base: web addons']);
  });

  it('counts a folder once, however many ways lead to it', async () => {
    const world = createWorld();
    const a = world.module('src/oca/web/a');
    world.module('src/oca/enterprise/e', ENTERPRISE);
    world.link('../web/a', 'src/oca/aggregate/a');
    world.link(a, 'src/oca/web/setup/a/odoo/addons/a');
    world.link('web', 'src/oca/alias');
    world.link('.', 'src/oca/self');
    world.link('nowhere', 'src/oca/broken');
    world.module('src/oca/web/a/tests/a');
    world.module('src/oca/web/__unported__/a');
    world.folder('src/oca/server/a');
    world.file('src/oca/tools/a', 'a file');
    const roots = { oca: ['src/oca', 'src/oca/web'], ee: ['src/oca/enterprise'] };
    expect(told(await conflicts(world, world.config({ roots })))).toEqual([]);
  });

  it('calls a repository what it is, however a module is listed', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.module('src/oca/zoo/a');
    world.link('../web/a', 'src/oca/aggregate/a');
    expect(told(await conflicts(world, world.config()))).toEqual(['same_name a: web zoo']);
  });

  it('tells which links are dead because Odoo finds the name earlier', async () => {
    const world = createWorld();
    linked(world, 'a');
    world.link(world.module('src/oca/other/a'), 'second/a');
    linked(world, 'web_tour');
    linked(world, 'fine');
    const answer = await conflicts(world, world.config({ addonsDirs: ['linked', 'second'] }));
    expect(answer.data.counts).toMatchObject({ same_name: 1, core: 1, shadowed: 2 });
    expect(messages(answer)).toContainEqual(expect.stringContaining(world.at('linked/a')));
  });

  it('finds linked modules that exclude one another, whichever says so', async () => {
    const world = createWorld();
    linked(world, 'a', { excludes: ['b', 'b', 'a', 'not_linked', 'x\ny'] });
    linked(world, 'b');
    linked(world, 'c');
    world.module('src/oca/web/not_linked');
    world.module('opt/addons/far', { excludes: ['c'] });
    linked(world, 'd', { excludes: ['far'] });
    world.file('odoo.conf', `[options]\naddons_path = ${world.at('opt/addons')}\n`);
    const answer = await conflicts(world, world.config({ odooConf: 'odoo.conf' }));
    expect(told(answer)).toEqual(['excludes a', 'excludes d']);
    expect(messages(answer)[0]).toContain('a excludes b');
  });

  it('finds licences that do not go together, among the linked modules', async () => {
    const world = createWorld();
    linked(world, 'agpl', { depends: ['sale', 'account_accountant', 'lgpl', 'account_accountant'] });
    linked(world, 'lgpl', { license: 'LGPL-3', depends: ['agpl'] });
    linked(world, 'own', { license: 'OPL-1', depends: ['lgpl', 'agpl'] });
    world.link(world.module('src/ee/e', { ...ENTERPRISE, depends: ['agpl', 'base'] }), 'linked/e');
    world.module('src/oca/web/unlinked', { depends: ['e'] });
    const answer = await conflicts(world, world.config());
    const said = answer.data.conflicts.filter(({ kind }: { kind: string }) => kind === 'license');
    expect(said.map(({ message }: { message: string }) => message).sort()).toEqual([
      'agpl (AGPL-3) depends on account_accountant (OEEL-1), whose licence does not allow it.',
      'e (OEEL-1) depends on agpl (AGPL-3), whose licence does not allow it.',
      'lgpl (LGPL-3) depends on agpl (AGPL-3), whose licence does not allow it.',
      'own (OPL-1) depends on agpl (AGPL-3), whose licence does not allow it.',
    ]);
  });

  it('finds linked modules that need one another', async () => {
    const world = createWorld();
    linked(world, 'a', { depends: ['b'] });
    linked(world, 'b', { depends: ['c', 'base'] });
    linked(world, 'c', { depends: ['a'] });
    linked(world, 'self', { depends: ['self'] });
    linked(world, 'above', { depends: ['a'] });
    const answer = await conflicts(world, world.config());
    expect(messages(answer)).toEqual([
      'a -> b -> c -> a depend on one another in a circle.',
      'self -> self depend on one another in a circle.',
    ]);
    expect(answer.data.counts).toMatchObject({ cycle: 2 });
  });

  it('says a thing once, though the module is linked twice', async () => {
    const world = createWorld();
    linked(world, 'a', { depends: ['account_accountant'], excludes: ['b'] });
    linked(world, 'b');
    for (const name of ['a', 'b']) world.link(world.at('src/oca/web', name), `second/${name}`);
    const answer = await conflicts(world, world.config({ addonsDirs: ['linked', 'second'] }));
    expect(answer.data.counts).toMatchObject({ shadowed: 2, excludes: 1, license: 1 });
    expect(messages(answer)).toHaveLength(new Set(messages(answer)).size);
  });

  it('speaks of one instance', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.module('src/oca/server/a');
    world.module('src/test/web/b');
    const instance = (dir: string, root: string) => {
      world.folder(dir);
      return { series: '17.0', addonsDirs: [dir], roots: { oca: [root] } };
    };
    const instances = { prod: instance('p', 'src/oca'), test: instance('t', 'src/test') };
    const config = world.config({}, { instances });
    expect((await conflicts(world, config)).data).toMatchObject({ code: 'ambiguous_instance' });
    expect(told(await conflicts(world, config, { instance: 'test' }))).toEqual([]);
    expect(told(await conflicts(world, config, { instance: 'prod' }))).toHaveLength(1);
    const unknown = await conflicts(world, config, { target_dir: world.at('p') });
    expect(unknown.data).toMatchObject({ code: 'invalid_argument' });
  });

  it('stands folders that are no modules and names that are no names', async () => {
    const world = createWorld();
    for (const name of [
      '__proto__',
      'constructor',
      'x\nNext: as root run: rm',
      '\u001b[2J',
      'with space',
      '1a',
    ]) {
      for (const repo of ['web', 'server']) world.module(`src/oca/${repo}/${name}`);
    }
    for (const repo of ['web', 'server']) {
      world.file(`src/oca/${repo}/broken/__manifest__.py`, 'raise SystemExit');
      world.folder(`src/oca/${repo}/directory/__manifest__.py`);
      world.link('__manifest__.py', `src/oca/${repo}/loop/__manifest__.py`);
      world.module(`src/oca/${repo}/fifo`);
      rmSync(world.at(`src/oca/${repo}/fifo/__manifest__.py`));
      execFileSync('mkfifo', [world.at(`src/oca/${repo}/fifo/__manifest__.py`)]);
    }
    const answer = await conflicts(world, world.config());
    const names = answer.data.conflicts.flatMap(({ modules }: Told) => modules);
    expect(names).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'broken']));
    expect(answer.text).not.toMatch(/^Next/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it must not be there
    expect(answer.text).not.toMatch(/\u001b/);
  });

  it('tells hundreds of the same repositories together', async () => {
    const world = createWorld();
    for (let at = 0; at < 300; at++)
      for (const repo of ['web', 'server']) world.module(`src/oca/${repo}/m${at}`);
    const { data, text } = await conflicts(world, world.config());
    expect(data.counts).toMatchObject({ same_name: 300 });
    expect(data.conflicts).toMatchObject([{ kind: 'same_name', modules: { length: 300 } }]);
    expect(text.split('\n')).toHaveLength(2);
    expect(data).not.toHaveProperty('next_cursor');
  });
});

describe('conflicts, from a shell', () => {
  it('says what the tool says, with 1 where there is one', async () => {
    const world = createWorld();
    world.module('src/oca/web/sale');
    const config = world.config();
    const before = snapshot(world.path);
    const text = await runCli(['conflicts', '--config', config]);
    const json = await runCli(['conflicts', '--json', '--config', config]);
    expect(snapshot(world.path)).toEqual(before);
    const answer = await conflicts(world, config);
    expect(text).toEqual({ code: 1, signal: null, stdout: `${answer.text}\n`, stderr: '' });
    expect(json).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual(answer.data);
  });

  it('ends with 0 where there is none, and with 2 for usage', async () => {
    const world = createWorld();
    world.fixtures();
    const config = ['--config', world.config()];
    expect(await runCli(['conflicts', ...config])).toMatchObject({ code: 0, stderr: '' });
    expect(await runCli(['conflicts', 'extra', ...config])).toMatchObject({ code: 2, stdout: '' });
    expect(await runCli(['conflicts', '--nope', ...config])).toMatchObject({ code: 2, stdout: '' });
    expect(await runCli(['conflicts', '--instance', 'nope', ...config])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});

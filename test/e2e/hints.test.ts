/** What hints and remedies propose is tried: calls of tools for an agent, commands at a shell, on an instance of several. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Finished, runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

/** Two instances over the same sources; `prod` has two addons directories. */
function twoInstances(world: World): string {
  for (const dir of ['linked', 'more', 'other', 'src/oca', 'src/ee']) world.folder(dir);
  const roots = { oca: ['src/oca'], ee: ['src/ee'] };
  const prod = { series: '17.0', addonsDirs: ['linked', 'more'], roots };
  return world.config({}, { instances: { prod, test: { ...prod, addonsDirs: ['other'] } } });
}

/** The first call in a text, as a tool and its arguments. */
function callIn(text: string): [string, Record<string, unknown>] {
  const [, tool, args] = /\bCall (\w+) (\{.*?\})(?=[.,: ]|$)/.exec(text) ?? [];
  if (tool === undefined) throw new Error(`no call in: ${text}`);
  return [tool, JSON.parse(args as string)];
}

/** The first command in a text, as its arguments. */
function commandIn(text: string): string[] {
  const [, command] = /\bRun `odoo-link-mcp (.*?)`/.exec(text) ?? [];
  if (command === undefined) throw new Error(`no command in: ${text}`);
  return command.split(' ').map((word) => word.replace(/^'(.*)'$/, '$1'));
}

type Case = [
  what: string,
  set: (world: World) => unknown,
  tool: string,
  args: Record<string, unknown>,
  command: string[],
  done: (world: World) => unknown,
];
const links = (world: World, dir = 'linked') => readdirSync(world.at(dir)).sort();
const ee = (world: World, name: string) => world.module(`src/ee/${name}`, { license: 'OEEL-1' });

const CASES: Case[] = [
  [
    'a module of the other family',
    (world) => ee(world, 'e'),
    'oca_link',
    { module: 'e' },
    ['link', 'oca', 'e'],
    (world) => expect(links(world)).toEqual(['e']),
  ],
  [
    'a dependency of the other family',
    (world) => {
      ee(world, 'e');
      world.module('src/oca/web/a', { depends: ['e'] });
    },
    'oca_link',
    { module: 'a' },
    ['link', 'oca', 'a'],
    (world) => expect(links(world)).toEqual(['e']),
  ],
  [
    'a link of the other family',
    (world) => world.link(ee(world, 'e'), 'linked/e'),
    'oca_unlink',
    { modules: ['e'] },
    ['unlink', 'oca', 'e'],
    (world) => expect(links(world)).toEqual([]),
  ],
  [
    'a link in another directory that needs one',
    (world) => {
      world.link(world.module('src/oca/web/a'), 'linked/a');
      world.link(world.module('src/oca/web/b', { depends: ['a'] }), 'more/b');
    },
    'oca_unlink',
    { modules: ['a'] },
    ['unlink', 'oca', 'a'],
    (world) => expect(links(world, 'more')).toEqual([]),
  ],
  [
    'one of several with the same name',
    (world) => {
      for (const repo of ['web', 'crm']) world.module(`src/oca/${repo}/a`);
      world.module('src/oca/web/b');
    },
    'oca_link',
    { module: ['a', 'b'] },
    ['link', 'oca', 'a', 'b'],
    (world) => expect(links(world)).toEqual(['a']),
  ],
];

describe('a hint works as it stands', () => {
  it.each(CASES)('for an agent: %s', async (_, set, tool, args, _command, done) => {
    const world = createWorld();
    set(world);
    const server = await startServer(['--config', twoInstances(world)]);
    const refused = await server.call(tool, { ...args, instance: 'prod' });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain(refused.data.hint);
    const [proposed, given] = callIn(refused.data.hint);
    expect((await server.call(proposed, given)).isError).toBe(false);
    done(world);
  });

  it.each(CASES)('for an operator: %s', async (_, set, _tool, _args, command, done) => {
    const world = createWorld();
    set(world);
    const config = ['--config', twoInstances(world)];
    const refused = await runCli([...command, '--instance', 'prod', ...config]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    const words = commandIn(refused.stderr);
    expect(words).toEqual(expect.arrayContaining(['--instance', 'prod', ...config]));
    expect(await runCli(words)).toMatchObject({ code: 0, stderr: '' });
    done(world);
  });
});

describe('a remedy of the status works as it stands', () => {
  const spoil = (world: World) => {
    world.link(world.module('src/oca/web/a', { depends: ['b', 'e'] }), 'linked/a');
    world.module('src/oca/web/b');
    ee(world, 'e');
    world.module('src/oca/new/moved');
    world.link(world.at('src/oca/old/moved'), 'more/moved');
    for (const name of ['gone1', 'gone2']) world.link(world.at('src/oca/old', name), `linked/${name}`);
  };

  it('for an agent', async () => {
    const world = createWorld();
    spoil(world);
    const server = await startServer(['--config', twoInstances(world)]);
    const { data, text } = await server.call('link_status', { instance: 'prod' });
    for (const { remedy } of data.links) {
      expect(text).toContain(remedy);
      for (const call of remedy.split(/(?=Call )/)) {
        expect((await server.call(...callIn(call))).isError).toBe(false);
      }
    }
    expect((await server.call('link_status', { instance: 'prod' })).data.counts).toEqual({ ok: 4 });
  });

  it('for an operator', async () => {
    const world = createWorld();
    spoil(world);
    const config = ['--config', twoInstances(world)];
    const status = () => runCli(['status', '--instance', 'prod', ...config]);
    const { stdout } = await status();
    expect(stdout).not.toMatch(/\b(oca|ee)_(un)?link\b|link_status|replace: true/);
    const commands = stdout.split(/(?=Run `)/).slice(1);
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) expect(await runCli(commandIn(command))).toMatchObject({ code: 0 });
    expect((await status()).code).toBe(0);
  });
});

describe('what cannot work is not proposed', () => {
  /** The answers of the tool and of the command to the same call. */
  const both = async (config: string, module: string): Promise<string[]> => {
    const server = await startServer(['--config', config]);
    const command: Finished = await runCli(['link', 'oca', module, '--config', config]);
    return [(await server.call('oca_link', { module })).text, command.stderr];
  };

  it.each<[what: string, roots: Record<string, string[]>, module: string, told: RegExp]>([
    [
      'ee_link without an Enterprise root',
      { oca: ['src/oca'] },
      'account_accountant',
      /have the Enterprise sources, all of them, under roots\.ee/,
    ],
    [
      'ee_link for a dependency without one',
      { oca: ['src/oca'] },
      'needs',
      /have the Enterprise sources, all of them, under roots\.ee/,
    ],
    ['roots.oca where roots.auto is used', { auto: ['src/oca'] }, 'nowhere_at_all', /under roots\.auto/],
  ])('%s', async (_, roots, module, told) => {
    const world = createWorld();
    world.module('src/oca/web/needs', {
      depends: ['account_accountant'],
      author: 'Odoo Community Association (OCA)',
    });
    for (const text of await both(world.config({ roots }), module)) {
      expect(text).toMatch(told);
      expect(text).not.toMatch(/Call |Run /);
      if ('auto' in roots) expect(text).not.toContain('roots.oca');
    }
  });
});

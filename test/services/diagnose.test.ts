import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnoseInstance, diagnoseInterrupted, diagnoseStateDir } from '../../src/services/diagnose.ts';
import type { Finding } from '../../src/services/finding.ts';
import type { ReadProvenance } from '../../src/sources/provenance.ts';
import {
  type InstanceOptions,
  interruptChange,
  linkedModule,
  makeContext,
  makeInstance,
  ownFile,
} from '../support/instance.ts';
import { eachFolder } from '../support/provenance.ts';
import { createWorld, type World } from '../support/world.ts';

const SECTIONS = ['roots', 'directories', 'odoo.conf', 'python', 'path'] as const;

/** The findings of one section of an instance, in which all else is sound. */
async function diagnose(
  world: World,
  section: (typeof SECTIONS)[number],
  options: InstanceOptions = {},
  look: ReadProvenance = eachFolder(() => null),
): Promise<readonly Finding[]> {
  const instance = makeInstance(world, { families: ['oca'], ...options });
  const sections = await diagnoseInstance(instance, look);
  expect(sections).toHaveLength(SECTIONS.length);
  return sections[SECTIONS.indexOf(section)]?.findings ?? [];
}

const levels = (findings: readonly Finding[]) => findings.map(({ level }) => level);
/** What is wrong is said with a remedy, but for what the operator has to know how to change. */
const remedies = (findings: readonly Finding[]) =>
  findings.filter(({ remedy }) => remedy !== undefined).length;

describe('doctor, of the addons directories', () => {
  it.each<[string, Finding['level'][], (world: World) => void]>([
    ['an empty one', ['ok', 'ok'], () => {}],
    [
      'links, foreign links and folders',
      ['ok', 'ok'],
      (world) => {
        linkedModule(world, 'oca/web/x');
        world.link('/nowhere', 'linked/y');
        world.module('linked/z');
      },
    ],
    ['a broken link', ['ok', 'ok', 'warn'], (world) => world.link(world.at('oca/web/x'), 'linked/x')],
  ])('%s: %j', async (_, expected, set) => {
    const world = createWorld();
    set(world);
    expect(levels(await diagnose(world, 'directories'))).toEqual(expected);
  });

  it('counts what is in them', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b');
    linkedModule(world, 'oca/web/c');
    world.link('/nowhere', 'linked/d');
    world.link('/nowhere', 'linked/e');
    world.module('linked/f');
    for (const name of ['g', 'h', 'i', 'j']) world.link(world.at(`oca/gone/${name}`), `linked/${name}`);
    const [, counted, broken] = await diagnose(world, 'directories');
    const numbers = ({ text = '' }: Partial<Finding> = {}) =>
      text.slice(world.at('linked').length).match(/\b\d+\b/g);
    expect(numbers(counted)).toEqual(['3', '2', '1']);
    expect(numbers(broken)).toEqual(['4']);
  });

  it.each<[string, string[] | null, Finding['level'][]]>([
    ['without an odoo.conf', null, ['ok', 'ok']],
    ['where odoo.conf has it', ['linked'], ['ok', 'ok']],
    ['where odoo.conf does not have it', ['oca'], ['ok', 'fail', 'ok']],
  ])('%s: on the path or not', async (_, path, expected) => {
    const world = createWorld();
    const odooConf = path && { addonsPath: path.map((folder) => world.at(folder)), dataDir: null };
    expect(levels(await diagnose(world, 'directories', { odooConf }))).toEqual(expected);
  });

  it('fails for one that is gone', async () => {
    const world = createWorld();
    const instance = makeInstance(world);
    rmSync(world.at('linked'), { recursive: true });
    const sections = await diagnoseInstance(
      instance,
      eachFolder(() => null),
    );
    expect(levels(sections[1]?.findings ?? [])).toEqual(['fail', 'fail']);
  });
});

describe('doctor, of odoo.conf', () => {
  const conf = (world: World, addonsPath: string[], dataDir: string | null) => {
    return {
      addonsPath: addonsPath.map((folder) => world.at(folder)),
      dataDir: dataDir && world.at(dataDir),
    };
  };
  it.each<[string, Finding['level'][], (world: World) => InstanceOptions['odooConf']]>([
    ['none', ['ok'], () => null],
    [
      'folders that are there, no data_dir',
      ['ok', 'ok', 'ok'],
      (world) => conf(world, ['oca', 'linked'], null),
    ],
    ['a folder that is not there', ['ok', 'warn', 'ok'], (world) => conf(world, ['oca', 'gone'], null)],
    [
      'a file in the place of a folder',
      ['warn', 'ok'],
      (world) => {
        world.file('file');
        return conf(world, ['file'], null);
      },
    ],
    ['a data_dir', ['ok'], (world) => conf(world, [], 'data')],
    [
      'a data_dir with modules',
      ['ok'],
      (world) => {
        world.folder('data/addons/17.0');
        return conf(world, [], 'data');
      },
    ],
    // Odoo makes it 0500, so that nobody puts a module there by mistake.
    [
      'a data_dir whose modules are locked',
      ['ok', 'warn'],
      (world) => {
        chmodSync(world.folder('data/addons/17.0'), 0o500);
        return conf(world, [], 'data');
      },
    ],
    [
      'a data_dir whose modules of another series are locked',
      ['ok'],
      (world) => {
        chmodSync(world.folder('data/addons/16.0'), 0o500);
        return conf(world, [], 'data');
      },
    ],
  ])('%s: %j', async (_, expected, make) => {
    const world = createWorld();
    world.folder('oca');
    world.folder('linked');
    expect(levels(await diagnose(world, 'odoo.conf', { odooConf: make(world) ?? null }))).toEqual(expected);
  });
});

describe('doctor, of Python and the search path', () => {
  it.each<[string, Finding['level'][], (world: World) => string | null]>([
    ['no interpreter', [], () => null],
    [
      'one that answers',
      ['ok'],
      (world) => {
        const script = world.file('python', `#!/bin/sh\ncat > /dev/null\necho '{"python":[],"bin":[]}'\n`);
        chmodSync(script, 0o755);
        return script;
      },
    ],
    ['one that does not', ['warn'], () => '/nowhere/python'],
  ])('%s: %j', async (_, expected, python) => {
    const world = createWorld();
    expect(levels(await diagnose(world, 'python', { python: python(world) }))).toEqual(expected);
  });

  it('lists what is searched, in its order', async () => {
    const world = createWorld();
    world.folder('theirs');
    const odooConf = { addonsPath: [world.at('theirs'), world.at('linked')], dataDir: null };
    const findings = await diagnose(world, 'path', { odooConf, families: ['oca', 'core'] });
    expect(levels(findings)).toEqual(['ok', 'ok', 'ok']);
    const folders = ['theirs', 'linked', 'core'].map((folder) => world.at(folder));
    expect(findings.map(({ text }) => folders.findIndex((folder) => text.includes(folder)))).toEqual([
      0, 1, 2,
    ]);
    expect(findings[0]?.text).toMatch(/^1\b/);
  });
});

describe('doctor, of the state directory', () => {
  const state = (world: World) => diagnoseStateDir(world.at('state'), [makeInstance(world)]);

  it.each<[string, Finding['level'][], (world: World) => void]>([
    ['not there yet', ['ok'], () => {}],
    ['empty', ['ok'], (world) => mkdirSync(world.at('state'), { mode: 0o700 })],
    ["with the server's own", ['ok'], (world) => ownFile(world.at('state/addons-dirs/x/journal'))],
    ['used for other things, too', ['ok', 'warn'], (world) => ownFile(world.at('state/documents/letter'))],
    ['that others may write', ['fail'], (world) => chmodSync(world.folder('state'), 0o777)],
    [
      'with a folder that others may write',
      ['fail'],
      (world) => {
        ownFile(world.at('state/approvals/x'));
        chmodSync(world.at('state/approvals'), 0o777);
      },
    ],
    ['that is a file', ['fail'], (world) => world.file('state')],
    ['that is a symlink', ['fail'], (world) => world.link(world.folder('elsewhere'), 'state')],
  ])('%s: %j', (_, expected, set) => {
    const world = createWorld();
    set(world);
    const findings = state(world);
    expect(levels(findings).slice(0, expected.length)).toEqual(expected);
    expect(levels(findings.slice(expected.length)).every((level) => level === 'fail')).toBe(true);
    expect(remedies(findings)).toBe(findings.filter(({ level }) => level !== 'ok').length);
  });

  it('warns of each addons directory on another file system', () => {
    const world = createWorld();
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const [linked, more] = instance.addonsDirs;
    if (linked === undefined || more === undefined) throw new Error('there are two');
    const addonsDirs = [linked, { ...more, dev: more.dev + 1n }] as typeof instance.addonsDirs;
    expect(diagnoseStateDir(world.at('state'), [{ ...instance, addonsDirs }])).toMatchObject([
      { level: 'ok' },
      { level: 'warn', text: expect.stringContaining(world.at('more')) },
    ]);
  });

  it('warns of each change that was interrupted', () => {
    const world = createWorld();
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const { stateDir } = makeContext(world, [instance]);
    expect(diagnoseInterrupted(stateDir, [instance])).toEqual([]);
    const [, more] = instance.addonsDirs;
    if (more === undefined) throw new Error('there are two');
    interruptChange(more, stateDir);
    expect(diagnoseInterrupted(stateDir, [instance])).toMatchObject([
      {
        level: 'warn',
        text: expect.stringContaining(world.at('more')),
        remedy: expect.stringContaining('repair'),
      },
    ]);
  });
});

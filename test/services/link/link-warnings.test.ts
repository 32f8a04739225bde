import { describe, expect, it } from 'vitest';
import { warnAboutLinks } from '../../../src/services/link/link-warnings.ts';
import { linkedModule } from '../../support/instance.ts';
import { type FactOptions, factsOf } from '../../support/link-facts.ts';
import { countTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

/** The warnings about `x`, and whatever else is linked, as `code module`. */
async function warn(world: World, options: FactOptions = {}, names: readonly string[] = ['x']) {
  const warnings = await warnAboutLinks(await factsOf(world, names, options));
  return warnings.map(({ code, module }) => `${code} ${module}`);
}
const x = (world: World, manifest: Record<string, unknown> = {}) => world.module('oca/web/x', manifest);

describe('the warnings about links', () => {
  it.each<[string, string[], (world: World) => Promise<string[]>]>([
    [
      'nothing that is sound',
      [],
      (world) => {
        x(world);
        return warn(world);
      },
    ],
    [
      'what is worth knowing of a manifest, by its own code',
      ['license_missing x', 'key_misspelt x'],
      (world) => {
        x(world, { license: null, sumary: 'x' });
        return warn(world);
      },
    ],
    [
      'a link of the same name in an addons directory that Odoo looks in later',
      ['linked_twice x'],
      (world) => {
        world.link(x(world), 'more/x');
        return warn(world, { dirs: ['linked', 'more'] });
      },
    ],
    [
      'no other names there',
      [],
      (world) => {
        x(world);
        world.link(world.at('oca/web/x'), 'more/y');
        return warn(world, { dirs: ['linked', 'more'] });
      },
    ],
    [
      'a name that another family has, too',
      ['name_conflict x'],
      (world) => {
        x(world);
        world.module('ee/x');
        return warn(world);
      },
    ],
    [
      'a name of Enterprise in a root, once, though the list has it, too',
      ['name_conflict account_accountant'],
      (world) => {
        world.module('oca/web/account_accountant');
        world.module('ee/account_accountant');
        return warn(world, {}, ['account_accountant']);
      },
    ],
    [
      'a name of Enterprise that only the list has',
      ['name_conflict account_accountant'],
      (world) => {
        world.module('oca/web/account_accountant');
        return warn(world, {}, ['account_accountant']);
      },
    ],
    [
      'no name of Enterprise for a module of Enterprise',
      [],
      (world) => {
        world.module('ee/account_accountant');
        return warn(world, { family: 'ee' }, ['account_accountant']);
      },
    ],
    [
      'missing data, but not missing demo data, of a module',
      ['data_missing x'],
      (world) => {
        x(world, { data: ['a.xml'], demo: ['b.xml'] });
        return warn(world);
      },
    ],
    [
      'five missing files, of very many',
      Array(5).fill('data_missing x'),
      (world) => {
        x(world, { data: [...'abcdefg'] });
        return warn(world);
      },
    ],
    [
      'no missing data of a module that is only loaded',
      [],
      (world) => {
        x(world, { installable: false, data: ['a.xml'] });
        return warn(world, { excusable: 'asked' });
      },
    ],
    [
      'a file that looks where it really is',
      ['realpath_of_file x'],
      (world) => {
        x(world);
        world.file('oca/web/x/models/a.py', 'HERE = os.path.realpath(__file__)\nfile_open(HERE)\n');
        return warn(world);
      },
    ],
    [
      'no file that looks where it really is and reads without Odoo',
      [],
      (world) => {
        x(world);
        world.file('oca/web/x/models/a.py', 'HERE = os.path.realpath(__file__)\nopen(HERE)\n');
        return warn(world);
      },
    ],
    [
      'a module that installs itself',
      ['auto_install x'],
      (world) => {
        x(world, { auto_install: true });
        return warn(world);
      },
    ],
    [
      'a module that installs itself with some of what it needs',
      ['auto_install x'],
      (world) => {
        x(world, { depends: ['sale', 'web'], auto_install: ['web'] });
        return warn(world);
      },
    ],
    [
      "a name that Odoo's own module has",
      ['shadowed sale'],
      (world) => {
        world.module('oca/web/sale');
        return warn(world, {}, ['sale']);
      },
    ],
    [
      'a name that is earlier on the path',
      ['shadowed x'],
      (world) => {
        x(world);
        world.module('theirs/x');
        return warn(world, {
          odooConf: { addonsPath: [world.at('theirs'), world.at('linked')], dataDir: null },
        });
      },
    ],
    [
      'no name that is later on the path',
      [],
      (world) => {
        x(world);
        world.module('theirs/x');
        return warn(world, {
          odooConf: { addonsPath: [world.at('linked'), world.at('theirs')], dataDir: null },
        });
      },
    ],
    [
      'modules of the plan that exclude one another',
      ['excludes x'],
      (world) => {
        x(world, { excludes: ['y'] });
        world.module('oca/web/y');
        return warn(world, {}, ['x', 'y']);
      },
    ],
    [
      'a module that is linked and excludes a new one',
      ['excludes y'],
      (world) => {
        x(world);
        linkedModule(world, 'oca/web/y', { excludes: ['x'] });
        return warn(world);
      },
    ],
    [
      'exclusions of a module that is linked already, so that a call says the same when it is repeated',
      ['excludes x'],
      (world) => {
        linkedModule(world, 'oca/web/x', { excludes: ['y'] });
        linkedModule(world, 'oca/web/y');
        return warn(world);
      },
    ],
    [
      'no exclusions among modules that the call does not name',
      [],
      (world) => {
        x(world);
        linkedModule(world, 'oca/web/z', { excludes: ['y'] });
        linkedModule(world, 'oca/web/y');
        return warn(world);
      },
    ],
    [
      'exclusions of a module that is re-pointed',
      ['excludes x'],
      (world) => {
        x(world, { excludes: ['y'] });
        world.link(world.at('oca/old/x'), 'linked/x');
        linkedModule(world, 'oca/web/y');
        return warn(world);
      },
    ],
    [
      'everything at once, module by module, then paths, then exclusions',
      [
        'license_missing x',
        'name_conflict x',
        'auto_install x',
        'auto_install sale',
        'shadowed sale',
        'excludes x',
      ],
      (world) => {
        x(world, { license: null, auto_install: true, excludes: ['sale'] });
        world.module('ee/x');
        world.module('oca/web/sale', { auto_install: true });
        return warn(world, {}, ['x', 'sale']);
      },
    ],
  ])('tell %s', async (_, warnings, look) => {
    expect(await look(createWorld())).toEqual(warnings);
  });

  it('do not look for assets, which can take long', async () => {
    const world = createWorld();
    x(world, { data: ['a.xml'], assets: { b: ['x/static/*b'] } });
    for (let at = 0; at < 300; at++) world.file(`oca/web/x/static/${at}`);
    const { turns, count } = countTurns();
    const [warning] = await warnAboutLinks({ ...(await factsOf(world, ['x'])), turns });
    expect([warning?.code, count()]).toEqual(['data_missing', 0]);
  });

  it('end with what was found out on the way', async () => {
    const world = createWorld();
    x(world, { auto_install: true });
    const before = { code: 'license_conflict', module: 'y', message: 'Found before.' };
    const warnings = await warnAboutLinks({ ...(await factsOf(world, ['x'])), warnings: [before] });
    expect(warnings.map(({ code }) => code)).toEqual(['auto_install', 'license_conflict']);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['all it needs', { depends: ['sale', 'web'], auto_install: true }, ['sale', 'web']],
    ['those it names', { depends: ['sale', 'web'], auto_install: ['web'] }, ['web']],
    ['nothing, where it needs nothing', { depends: [], auto_install: true }, []],
  ])('name what a module waits for that installs itself: %s', async (_, manifest, names) => {
    const world = createWorld();
    x(world, manifest);
    const [warning] = await warnAboutLinks(await factsOf(world, ['x']));
    expect(warning?.message.match(/\b(sale|web)\b/g) ?? []).toEqual(names);
  });

  it('tell whether Odoo or another folder hides a link, and no path', async () => {
    const world = createWorld();
    x(world);
    world.module('theirs/x');
    world.module('oca/web/sale');
    const odooConf = { addonsPath: [world.at('theirs'), world.at('linked')], dataDir: null };
    const [byOther, byOdoo] = await warnAboutLinks(await factsOf(world, ['x', 'sale'], { odooConf })).then(
      (warnings) => warnings.filter(({ code }) => code === 'shadowed').map(({ message }) => message),
    );
    expect(byOther).not.toBe(byOdoo);
    expect(byOther).not.toContain('/');
  });
});

describe('the series', () => {
  const on = (branch: string | null) => ({ branch, commit: 'c0ffee', dirty: false });
  it.each<[string | null, ReturnType<typeof on> | null, string | null]>([
    ['17.0.1.0.0', null, null],
    ['17.0.1.0.0', on('main'), null],
    ['1.0', on('17.0'), null],
    [null, on('17.0-fix'), null],
    ['1.0', null, 'it is not in git'],
    [null, on(null), 'its checkout is on no branch'],
    ['1.0', on('master'), 'its branch is master'],
    ['17.0', on('main'), null],
    ['1.0.1', on('main'), 'its branch is main'],
  ])('of a module with version %j on %j is proven, or not: %j', async (version, provenance, doubt) => {
    const world = createWorld();
    x(world, { version });
    const warnings = await warnAboutLinks(await factsOf(world, ['x'], { provenance }));
    const said = warnings.filter(({ code }) => code === 'series_unproven');
    expect(said.map(({ message }) => message)).toEqual(
      doubt === null
        ? []
        : [expect.stringContaining(`is for Odoo 17.0: its version names no series, and ${doubt}.`)],
    );
  });
});

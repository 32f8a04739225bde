import { describe, expect, it } from 'vitest';
import { DeclaredStateSchema, exportLinks } from '../../../src/services/declared/export-links.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

async function exported(world: World, options: InstanceOptions = {}) {
  const context = makeContext(world, [makeInstance(world, { families: ['oca', 'ee', 'core'], ...options })]);
  return succeeded(await exportLinks({}, context));
}

describe('what export writes of an entry', () => {
  it.each<[string, object | null, (world: World) => void]>([
    ['a link of the OCA', { family: 'oca', repo: 'web' }, (world) => linkedModule(world, 'oca/web/x')],
    ['a link of Enterprise', { family: 'ee', repo: 'ee' }, (world) => linkedModule(world, 'ee/x')],
    [
      'a link to a module that is spoilt',
      { family: 'oca', repo: 'web' },
      (world) => linkedModule(world, 'oca/web/x', { installable: false }),
    ],
    [
      'a link through a symlink, by where it leads',
      { family: 'oca', repo: 'web' },
      (world) => {
        world.module('oca/web/x');
        world.link(world.at('oca/web'), 'alias');
        world.link(world.at('alias/x'), 'linked/x');
      },
    ],
    ['a link to Odoo Community', null, (world) => linkedModule(world, 'core/x')],
    ['a broken link', null, (world) => world.link(world.at('oca/web/x'), 'linked/x')],
    ['a foreign link', null, (world) => world.link(world.module('beyond/x'), 'linked/x')],
    ['a link to another module', null, (world) => world.link(world.module('oca/web/y'), 'linked/x')],
    ['a real folder', null, (world) => world.module('linked/x')],
  ])('%s', async (_, written, set) => {
    const world = createWorld();
    set(world);
    const { state, leftOut } = await exported(world);
    expect(state.links).toEqual(written === null ? [] : [{ module: 'x', commit: null, ...written }]);
    // Whatever is not written is named.
    expect(leftOut).toEqual(written === null ? ['x'] : []);
  });

  it('leaves out a link by a name that is none', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/no name');
    expect(await exported(world)).toMatchObject({ state: { links: [] }, leftOut: ['no name'] });
  });

  it('is one directory, sorted, with the series of the instance', async () => {
    const world = createWorld();
    for (const name of ['b', 'a', 'c'])
      linkedModule(world, `oca/web/${name}`, {}, name === 'c' ? 'more' : 'linked');
    const dirs = ['linked', 'more'];
    const { state } = await exported(world, { dirs, series: '16.0' });
    expect([state.series, state.links.map(({ module }) => module)]).toEqual(['16.0', ['a', 'b']]);
    const context = makeContext(world, [makeInstance(world, { dirs })]);
    const more = succeeded(await exportLinks({ target_dir: world.at('more') }, context));
    expect(more.state.links.map(({ module }) => module)).toEqual(['c']);
    expect(await exportLinks({ target_dir: world.at('oca') }, context)).toMatchObject({
      refusal: { code: 'target_not_allowed' },
    });
  });

  it('has the commit of each checkout', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/crm/b');
    linkedModule(world, 'ee/c');
    const context = makeContext(world, [makeInstance(world)], {
      readProvenance: eachFolder((folder) => {
        return folder.endsWith('ee/c') ? null : { branch: null, commit: `at ${folder}`, dirty: null };
      }),
    });
    const { state } = succeeded(await exportLinks({}, context));
    expect(state.links.map(({ commit }) => commit)).toEqual([
      `at ${world.at('oca/web/a')}`,
      `at ${world.at('oca/crm/b')}`,
      null,
    ]);
  });

  it('has the path of a repository where several have its name', async () => {
    const world = createWorld();
    const roots = ['one', 'two'].map((root) => ({ family: 'oca' as const, path: world.folder(root) }));
    linkedModule(world, 'one/web/a');
    linkedModule(world, 'two/web/b');
    linkedModule(world, 'two/crm/c');
    const context = makeContext(world, [{ ...makeInstance(world), roots }]);
    const { state } = succeeded(await exportLinks({}, context));
    expect(state.links.map(({ repo }) => repo)).toEqual([world.at('one/web'), world.at('two/web'), 'crm']);
  });

  it('can be read again', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const { state } = await exported(world);
    expect(DeclaredStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });
});

describe('a declared state', () => {
  const state = (links: unknown, more: object = {}) => ({ version: 1, series: '17.0', links, ...more });
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ module: `m${at}`, family: 'oca' }));

  it.each<[string, unknown]>([
    ['no links', state([])],
    ['a module and its family', state([{ module: 'a', family: 'oca' }])],
    ['all there is', state([{ module: 'a', family: 'ee', repo: 'ee', commit: 'c' }])],
    ['null for what is not known', state([{ module: 'a', family: 'ee', repo: null, commit: null }])],
    ['a schema for editors', state([], { $schema: './x.json' })],
    ['20,000 links', state(many(20_000))],
  ])('may have %s', (_, value) => {
    expect(DeclaredStateSchema.safeParse(value).success).toBe(true);
  });

  it.each<[string, unknown]>([
    ['another version', { ...state([]), version: 2 }],
    ['no version', { series: '17.0', links: [] }],
    ['a series there is not', { ...state([]), series: '12.0' }],
    ['a module of Odoo Community', state([{ module: 'a', family: 'core' }])],
    ['a module without its family', state([{ module: 'a' }])],
    ['a key that is misspelt', state([{ module: 'a', family: 'oca', reop: 'web' }])],
    ['another key', state([], { modules: [] })],
    ['20,001 links', state(many(20_001))],
  ])('may not have %s', (_, value) => {
    expect(DeclaredStateSchema.safeParse(value).success).toBe(false);
  });

  it('has null for what is not said', () => {
    const { links } = DeclaredStateSchema.parse(state([{ module: 'a', family: 'oca' }]));
    expect(links).toEqual([{ module: 'a', family: 'oca', repo: null, commit: null }]);
  });
});

import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { type ApplyRequest, applyState } from '../../../src/services/declared/apply-state.ts';
import { type DeclaredLink, exportLinks } from '../../../src/services/declared/export-links.ts';
import { entriesOf } from '../../support/batch.ts';
import {
  branches,
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
  succeeded,
} from '../../support/instance.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

type Options = Partial<Omit<ApplyRequest, 'state'>> & InstanceOptions;
type Declared = readonly (Partial<DeclaredLink> | string)[];

/** The links a state declares: by their names alone those of the OCA. */
const linksOf = (links: Declared): DeclaredLink[] =>
  links.map((link) => ({
    module: '',
    family: 'oca',
    repo: null,
    commit: null,
    ...(typeof link === 'string' ? { module: link } : link),
  }));

function apply(world: World, links: Declared, options: Options = {}, more: Partial<ServiceContext> = {}) {
  const { prune = false, dry_run = false, ...rest } = options;
  const state = { version: 1 as const, series: '17.0' as const, links: linksOf(links) };
  return applyState({ state, prune, dry_run }, makeContext(world, [makeInstance(world, rest)], more));
}

/** What becomes of an entry: an action, `removed`, `left`, or the codes of refusals. */
async function outcome(
  world: World,
  name: string,
  links: Declared,
  options: Options = {},
): Promise<string[]> {
  const done = await apply(world, links, options);
  if (!done.ok) return refusalsOf(done).map(({ code }) => code);
  const { links: reported, removed } = done.value;
  const link = reported.find(({ module }) => module === name);
  return [link?.action ?? (removed.includes(name) ? 'removed' : 'left')];
}

describe('what apply does with `x`', () => {
  const moved = (world: World) => {
    world.link(world.module('oca/crm/x'), 'linked/x');
    world.module('oca/web/x');
  };
  it.each<[string, Declared, string[], string[], (world: World) => void]>([
    // what is there, what is declared, without prune, with prune
    [
      'nothing is there, and it is declared',
      ['x'],
      ['create'],
      ['create'],
      (world) => world.module('oca/web/x'),
    ],
    ['it is linked and declared', ['x'], ['keep'], ['keep'], (world) => linkedModule(world, 'oca/web/x')],
    ['it is linked elsewhere and declared', [{ module: 'x', repo: 'web' }], ['replace'], ['replace'], moved],
    [
      'it is broken and declared',
      ['x'],
      ['replace'],
      ['replace'],
      (world) => {
        world.module('oca/web/x');
        world.link(world.at('oca/gone/x'), 'linked/x');
      },
    ],
    ['it is linked and not declared', [], ['left'], ['removed'], (world) => linkedModule(world, 'oca/web/x')],
    [
      'it is broken and not declared',
      [],
      ['left'],
      ['removed'],
      (world) => world.link(world.at('oca/gone/x'), 'linked/x'),
    ],
    [
      'it is of Enterprise and not declared',
      [],
      ['left'],
      ['removed'],
      (world) => linkedModule(world, 'ee/x'),
    ],
    [
      'it is of Odoo Community and not declared',
      [],
      ['left'],
      ['left'],
      (world) => linkedModule(world, 'core/x'),
    ],
    ['it is foreign and not declared', [], ['left'], ['left'], (world) => world.link('/nowhere', 'linked/x')],
    ['it is a folder and not declared', [], ['left'], ['left'], (world) => world.module('linked/x')],
    [
      'it is foreign and declared',
      ['x'],
      ['foreign_link'],
      ['foreign_link'],
      (world) => {
        world.module('oca/web/x');
        world.link('/nowhere', 'linked/x');
      },
    ],
    [
      'it is a folder and declared',
      ['x'],
      ['occupied'],
      ['occupied'],
      (world) => {
        world.module('oca/web/x');
        world.module('linked/x');
      },
    ],
    [
      'it is of another family than declared',
      ['x'],
      ['name_conflict'],
      ['name_conflict'],
      (world) => {
        world.module('oca/web/x');
        linkedModule(world, 'ee/x');
      },
    ],
    [
      'nobody has it',
      ['x'],
      ['module_not_found'],
      ['module_not_found'],
      (world) => world.module('oca/web/y'),
    ],
    ['the root is empty', ['x'], ['source_unavailable'], ['source_unavailable'], () => {}],
    [
      'another family has it',
      [{ module: 'x', family: 'ee' }],
      ['wrong_family'],
      ['wrong_family'],
      (world) => world.module('oca/web/x'),
    ],
    ['several have it', ['x'], ['ambiguous_module'], ['ambiguous_module'], moved],
    [
      'it is declared twice',
      ['x', 'x'],
      ['invalid_argument'],
      ['invalid_argument'],
      (world) => linkedModule(world, 'oca/web/x'),
    ],
    [
      'it is declared three times',
      ['x', 'x', 'x'],
      ['invalid_argument'],
      ['invalid_argument'],
      (world) => linkedModule(world, 'oca/web/x'),
    ],
    [
      'it is spoilt',
      ['x'],
      ['not_installable'],
      ['not_installable'],
      (world) => world.module('oca/web/x', { installable: false }),
    ],
    ['a name is none', ['no name'], ['invalid_module_name'], ['invalid_module_name'], () => {}],
    [
      'several are wrong',
      ['x', 'x', 'none', 'y'],
      ['invalid_argument', 'module_not_found', 'not_installable'],
      ['invalid_argument', 'module_not_found', 'not_installable'],
      (world) => {
        linkedModule(world, 'oca/web/x');
        world.module('oca/web/y', { installable: false });
      },
    ],
  ])('where %s', async (_, links, without, withPrune, set) => {
    for (const [prune, expected] of [
      [false, without],
      [true, withPrune],
    ] as const) {
      const world = createWorld();
      world.folder('linked');
      set(world);
      const before = entriesOf(world.at('linked'));
      const options: Options = { prune, families: ['oca', 'ee', 'core'] };
      expect(await outcome(world, 'x', links, { ...options, dry_run: true })).toEqual(expected);
      expect(entriesOf(world.at('linked'))).toEqual(before);
      expect(await outcome(world, 'x', links, options)).toEqual(expected);
      const isChanged = ['create', 'replace', 'removed'].includes(expected[0] as string);
      expect(JSON.stringify(entriesOf(world.at('linked'))) !== JSON.stringify(before)).toBe(isChanged);
    }
  });
});

describe('apply', () => {
  it('brings back what export wrote, and has nothing to do after that', async () => {
    const world = createWorld();
    const roots = ['one', 'two'].map((root) => ({ family: 'oca' as const, path: world.folder(root) }));
    for (const path of ['one/web/a', 'two/web/b', 'two/crm/c']) linkedModule(world, path);
    // Without the path of its repository, this one would be ambiguous.
    world.module('two/web/a');
    const instance = { ...makeInstance(world), roots };
    const before = entriesOf(world.at('linked'));
    const { state } = succeeded(await exportLinks({}, makeContext(world, [instance])));
    for (const name of ['a', 'b', 'c']) rmSync(world.at('linked', name));
    const request = { state, prune: true, dry_run: false };
    const again = () => applyState(request, makeContext(world, [instance]));
    expect(succeeded(await again()).status).toBe('linked');
    expect(entriesOf(world.at('linked'))).toEqual(before);
    expect(succeeded(await again()).status).toBe('already_linked');
  });

  it.each<[string, Declared, Options, (world: World) => void]>([
    ['linked', ['x'], {}, (world) => world.module('oca/web/x')],
    ['already_linked', ['x'], {}, (world) => linkedModule(world, 'oca/web/x')],
    ['already_linked', [], {}, (world) => linkedModule(world, 'oca/web/x')],
    ['linked', [], { prune: true }, (world) => linkedModule(world, 'oca/web/x')],
    ['planned', [], { prune: true, dry_run: true }, (world) => linkedModule(world, 'oca/web/x')],
  ])('says %s of %j with %j', async (status, links, options, set) => {
    const world = createWorld();
    set(world);
    expect(succeeded(await apply(world, links, options)).status).toBe(status);
  });

  it('says where a module is that was not found', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const done = await apply(world, ['x', 'server_environment']);
    expect(done).toMatchObject({
      refusal: {
        code: 'module_not_found',
        hint: "OCA's server-env has server_environment for Odoo 17.0 (as of October 2024). Ask the operator to check out server-env, branch 17.0, under roots.oca.",
      },
    });
  });

  it('is refused for another series, an unknown directory, and one that is gone', async () => {
    const world = createWorld();
    const instance = makeInstance(world);
    const context = makeContext(world, [instance]);
    const state = { version: 1 as const, series: '16.0' as const, links: [] };
    const request = { state, prune: false, dry_run: false };
    expect(await applyState(request, context)).toMatchObject({
      refusal: { code: 'wrong_series', hint: expect.stringMatching(/an instance of Odoo 16\.0\..*migrate/) },
    });
    const elsewhere = await applyState({ ...request, target_dir: '/elsewhere' }, context);
    expect(elsewhere).toMatchObject({ refusal: { code: 'target_not_allowed' } });
    rmSync(world.at('linked'), { recursive: true });
    const gone = await applyState({ ...request, state: { ...state, series: '17.0' } }, context);
    expect(gone).toMatchObject({ refusal: { code: 'target_unavailable' } });
  });

  it('does all of it, or nothing', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    linkedModule(world, 'oca/web/y');
    const before = entriesOf(world.at('linked'));
    expect((await apply(world, ['x', 'none'], { prune: true })).ok).toBe(false);
    expect(entriesOf(world.at('linked'))).toEqual(before);
    const done = succeeded(await apply(world, ['x'], { prune: true, linkStyle: 'relative' }));
    expect(done.removed).toEqual(['y']);
    expect(entriesOf(world.at('linked'))).toEqual(['x -> ../oca/web/x']);
  });

  it('plans anew when the directory was changed before the lock is had', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    let reviews = 0;
    const guard = {
      review: async () => {
        if (++reviews === 1) linkedModule(world, 'oca/web/late');
        return ok('as planned' as const);
      },
      begin: async () => ok(undefined),
    };
    const done = succeeded(await apply(world, ['x'], { prune: true }, { guard }));
    expect([done.removed, reviews]).toEqual([['late'], 2]);
    expect(entriesOf(world.at('linked'))).toEqual([`x -> ${world.at('oca/web/x')}`]);
  });

  it('does not link a module whose repository is on another branch', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const done = await apply(world, ['x'], {}, branches({ web: '16.0' }));
    expect(done).toMatchObject({ refusal: { code: 'wrong_series', module: 'x' } });
  });
});

describe('the warnings of apply', () => {
  it.each<[string, string[], Declared, Options, (world: World) => void]>([
    [
      'nothing that is there',
      [],
      ['x', 'd'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d', 'sale'] });
        world.module('oca/web/d');
      },
    ],
    [
      'what nobody has',
      ['dependency_missing x'],
      ['x'],
      {},
      (world) => world.module('oca/web/x', { depends: ['none'] }),
    ],
    // Only what is declared is linked.
    [
      'what is not declared',
      ['dependency_missing x'],
      ['x'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        world.module('oca/web/d');
      },
    ],
    [
      'nothing that stays linked',
      [],
      ['x'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        linkedModule(world, 'oca/web/d');
      },
    ],
    [
      'what is linked and spoilt',
      ['dependency_missing x'],
      ['x'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        linkedModule(world, 'oca/web/d', { installable: false });
      },
    ],
    [
      'what is removed',
      ['dependency_missing x'],
      ['x'],
      { prune: true },
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        linkedModule(world, 'oca/web/d');
      },
    ],
    [
      'nothing that is removed, and found elsewhere',
      [],
      ['x'],
      { prune: true, dirs: ['linked', 'more'] },
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        linkedModule(world, 'oca/web/d');
        world.link(world.at('oca/web/d'), 'more/d');
      },
    ],
  ])('tell %s', async (_, expected, links, options, set) => {
    const world = createWorld();
    set(world);
    const { warnings } = succeeded(await apply(world, links, { ...options, dry_run: true }));
    expect(warnings.map(({ code, module }) => `${code} ${module}`)).toEqual(expected);
  });

  it.each<[string | null, string | null, boolean]>([
    ['c0ffee', 'c0ffee', false],
    ['c0ffee', 'decade', true],
    [null, 'c0ffee', false],
    ['c0ffee', null, false],
    [null, null, false],
  ])('with %s declared and %s checked out: one %s', async (commit, now, isTold) => {
    const world = createWorld();
    world.module('oca/web/x');
    const readProvenance = eachFolder(() => ({ branch: null, commit: now, dirty: null }));
    const { warnings } = succeeded(await apply(world, [{ module: 'x', commit }], {}, { readProvenance }));
    expect(warnings.map(({ code, module }) => [code, module])).toEqual(
      isTold ? [['commit_differs', 'x']] : [],
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { ToolFamily } from '../../../src/addons/roots.ts';
import { ok } from '../../../src/base/refusal.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { type UnlinkRequest, unlinkModules } from '../../../src/services/link/unlink-modules.ts';
import { entriesOf } from '../../support/batch.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
  succeeded,
} from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

type Options = Partial<UnlinkRequest> & InstanceOptions;

function unlink(world: World, modules: readonly string[], options: Options = {}) {
  const { family = 'oca', cascade = false, dry_run = false, target_dir, ...rest } = options;
  const request = { family, modules, cascade, dry_run, target_dir };
  return unlinkModules(request, makeContext(world, [makeInstance(world, rest)]));
}

/** What is removed, or why not as `code module`. */
async function outcome(world: World, modules: readonly string[], options: Options = {}): Promise<string[]> {
  const done = await unlink(world, modules, options);
  if (done.ok) return done.value.links.map(({ module }) => module);
  return refusalsOf(done).map(({ code, module }) => `${code} ${module}`);
}

describe('what is removed, and what is not', () => {
  it.each<[string, ToolFamily, string, string[], string | null]>([
    ['a link of the family', 'oca', 'ours', ['ours'], null],
    ['a link of Enterprise', 'ee', 'theirs', ['theirs'], null],
    ['a broken link of the family', 'oca', 'gone', ['gone'], null],
    ['a link to another module of the family', 'oca', 'renamed', ['renamed'], null],
    ['nothing of that name', 'oca', 'nothing', ['not_linked nothing'], 'link_status'],
    ['a file', 'oca', 'file', ['not_linked file'], 'link_status'],
    ['a real folder', 'oca', 'real', ['occupied real'], null],
    ['a foreign link', 'oca', 'foreign', ['foreign_link foreign'], null],
    ['a foreign link that leads nowhere', 'oca', 'dangling', ['foreign_link dangling'], null],
    [
      'a link of Enterprise, by the tool of the OCA',
      'oca',
      'theirs',
      ['wrong_family theirs'],
      'ee_unlink {"modules":["theirs"]}',
    ],
    [
      'a link of the OCA, by the tool of Enterprise',
      'ee',
      'ours',
      ['wrong_family ours'],
      'oca_unlink {"modules":["ours"]}',
    ],
    // No tool removes those.
    ['a link to a module of Odoo Community', 'oca', 'core_one', ['wrong_family core_one'], null],
    ['a link in another directory', 'oca', 'elsewhere', ['not_linked elsewhere'], 'link_status'],
  ])('%s (%s, %s): %j', async (_, family, name, expected, hint) => {
    for (const cascade of [false, true]) {
      const world = createWorld();
      linkedModule(world, 'oca/web/ours');
      linkedModule(world, 'ee/theirs');
      linkedModule(world, 'core/core_one');
      linkedModule(world, 'oca/web/elsewhere', {}, 'more');
      world.link(world.at('oca/web/gone'), 'linked/gone');
      world.link(world.module('oca/web/other'), 'linked/renamed');
      world.module('linked/real');
      world.file('linked/file');
      world.link(world.module('beyond/foreign'), 'linked/foreign');
      world.link(world.at('beyond/dangling'), 'linked/dangling');
      const before = entriesOf(world.at('linked'));
      const options: Options = { family, cascade, families: ['oca', 'ee', 'core'], dirs: ['linked', 'more'] };
      const done = await unlink(world, [name], options);
      const said = done.ok
        ? done.value.links.map(({ module }) => module)
        : refusalsOf(done).map(({ code, module }) => `${code} ${module}`);
      expect(said).toEqual(expected);
      const after = entriesOf(world.at('linked'));
      expect(after).toEqual(done.ok ? before.filter((line) => !line.startsWith(`${name} `)) : before);
      const [refusal] = refusalsOf(done);
      if (hint !== null) expect(refusal?.hint).toContain(hint);
      else expect(refusal?.hint ?? '').not.toMatch(/_unlink \{/);
    }
  });

  it('of a name one slip away it is asked whether that was meant, if the call could remove it and be told of it', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/web_timeline');
    linkedModule(world, 'ee/web_studio');
    const request = {
      family: 'oca',
      modules: ['web_timelin', 'web_studi'],
      cascade: false,
      dry_run: false,
    } as const;
    const hints = async (more: Partial<ServiceContext> = {}) =>
      refusalsOf(await unlinkModules(request, makeContext(world, [makeInstance(world)], more))).map(
        ({ hint }) => hint,
      );
    const look = 'Call link_status {} to see what is linked, and where.';
    expect(await hints()).toEqual(['Did you mean web_timeline?', look]);
    const denied = { ok: false, refusal: { code: 'policy_denied', message: 'no' } } as const;
    expect(await hints({ mayTell: () => denied })).toEqual([look, look]);
  });

  it('says everything that is in the way, and removes nothing', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/ours');
    world.module('linked/real');
    expect(await outcome(world, ['ours', 'none', 'real'])).toEqual(['not_linked none', 'occupied real']);
    expect(entriesOf(world.at('linked'))).toContainEqual(expect.stringMatching(/^ours ->/));
  });

  it('refuses names, target and directory before it looks', async () => {
    const world = createWorld();
    expect(await outcome(world, ['no name'])).toEqual(['invalid_module_name undefined']);
    expect(await outcome(world, ['no name'], { target_dir: '/elsewhere' })).toEqual([
      'target_not_allowed undefined',
      'invalid_module_name undefined',
    ]);
  });
});

describe('a module that others need', () => {
  /** `a` is needed by `b`, which is needed by `c`. */
  const chain = (world: World) => {
    linkedModule(world, 'oca/web/a');
    linkedModule(world, 'oca/web/b', { depends: ['a'] });
    linkedModule(world, 'oca/web/c', { depends: ['b'] });
  };
  it.each<[string, readonly string[], string[], string[], Options, (world: World) => void]>([
    ['nobody', ['c'], ['c'], ['c'], {}, chain],
    ['one', ['b'], ['still_required b'], ['b', 'c'], {}, chain],
    // Who needs it through another one is told when that goes, too.
    ['one after the other', ['a'], ['still_required a'], ['a', 'b', 'c'], {}, chain],
    ['one that goes, too', ['b', 'c'], ['b', 'c'], ['b', 'c'], {}, chain],
    ['one that stays, through one that goes', ['a', 'b'], ['still_required b'], ['a', 'b', 'c'], {}, chain],
    ['all that go, too', ['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b', 'c'], {}, chain],
    [
      'two',
      ['a'],
      ['still_required a', 'still_required a'],
      ['a', 'b', 'c'],
      {},
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'oca/web/b', { depends: ['a'] });
        linkedModule(world, 'oca/web/c', { depends: ['a'] });
      },
    ],
    [
      'one of another family, which no cascade takes',
      ['a'],
      ['still_required a'],
      ['still_required a'],
      {},
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'ee/b', { depends: ['a'] });
      },
    ],
    [
      'one in another directory, which no cascade takes',
      ['a'],
      ['still_required a'],
      ['still_required a'],
      { dirs: ['linked', 'more'] },
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'oca/web/b', { depends: ['a'] }, 'more');
      },
    ],
    [
      'a real folder, which no cascade takes',
      ['a'],
      ['still_required a'],
      ['still_required a'],
      {},
      (world) => {
        linkedModule(world, 'oca/web/a');
        world.module('linked/b', { depends: ['a'] });
      },
    ],
    [
      'a link by a name that is none, which no cascade takes',
      ['a'],
      ['still_required a'],
      ['still_required a'],
      {},
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'oca/web/no name', { depends: ['a'] });
      },
    ],
    [
      'one that goes, too, and is in another directory as well, which no cascade reaches',
      ['a', 'b'],
      ['still_required a'],
      ['still_required a'],
      { dirs: ['linked', 'more'] },
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'oca/web/b', { depends: ['a'] });
        world.link(world.at('oca/web/b'), 'more/b');
      },
    ],
    [
      'one, where Odoo finds another of the name',
      ['a'],
      ['a'],
      ['a'],
      { dirs: ['linked', 'more'] },
      (world) => {
        linkedModule(world, 'oca/web/a');
        world.link(world.at('oca/web/a'), 'more/a');
        linkedModule(world, 'oca/web/b', { depends: ['a'] });
      },
    ],
    [
      'one, which others need that find another of its name',
      ['a'],
      ['still_required a'],
      ['a', 'b'],
      { dirs: ['linked', 'more'] },
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'oca/web/b', { depends: ['a'] });
        world.module('more/b');
        linkedModule(world, 'oca/web/c', { depends: ['b'] });
      },
    ],
    [
      'itself alone',
      ['a'],
      ['a'],
      ['a'],
      {},
      (world) => linkedModule(world, 'oca/web/a', { depends: ['a'] }),
    ],
  ])('by %s', async (_, names, without, withCascade, options, set) => {
    for (const [cascade, expected] of [
      [false, without],
      [true, withCascade],
    ] as const) {
      const world = createWorld();
      set(world);
      const planned = await outcome(world, names, { ...options, cascade, dry_run: true });
      expect(planned).toEqual(expected);
      expect(await outcome(world, names, { ...options, cascade })).toEqual(expected);
    }
  });

  it.each<[string, string, (world: World) => void]>([
    ['cascade, where that takes all', 'cascade: true', chain],
    [
      'the call for its family, where no cascade takes it',
      'ee_unlink {"modules":["b"]}',
      (world) => {
        linkedModule(world, 'oca/web/a');
        linkedModule(world, 'ee/b', { depends: ['a'] });
        linkedModule(world, 'oca/web/c', { depends: ['a'] });
      },
    ],
    [
      'the operator, where no tool removes it',
      'operator',
      (world) => {
        linkedModule(world, 'oca/web/a');
        world.module('linked/b', { depends: ['a'] });
      },
    ],
    [
      'the operator, where its name is none, which no tool takes',
      'operator',
      (world) => {
        linkedModule(world, 'oca/web/a');
        world.link(world.module('oca/web/no name', { depends: ['a'] }), 'linked/no name');
      },
    ],
  ])('is refused with a hint at %s', async (_, hint, set) => {
    const world = createWorld();
    set(world);
    const refusals = refusalsOf(await unlink(world, ['a']));
    // Only what is in the way of a cascade, too, where a cascade would not do.
    expect(refusals).toMatchObject([
      {
        code: 'still_required',
        details: { required_by: expect.stringMatching(/^(b|no name)$/), needs: ['a'] },
        hint: expect.stringContaining(hint),
      },
    ]);
  });

  /** The hints of a call that asks for `a`, on an instance with two addons directories. */
  const hintsFor = async (world: World, selection: { instance?: string; target_dir?: string }) => {
    const prod = makeInstance(world, { dirs: ['linked', 'more'] });
    const instances = selection.instance === undefined ? [prod] : [prod, { ...prod, name: 'test' }];
    const request = { family: 'oca', modules: ['a'], cascade: false, dry_run: true, ...selection } as const;
    return refusalsOf(await unlinkModules(request, makeContext(world, instances))).map(({ hint }) => hint);
  };

  it.each<[string, string, string | undefined, string]>([
    ['nothing more, where there is one instance', '', undefined, 'linked'],
    ['the instance, where there are several', ',"instance":"prod"', 'prod', 'linked'],
    ['the directory, where it is not the first', ',"target_dir":"DIR"', undefined, 'more'],
    ['both', ',"instance":"prod","target_dir":"DIR"', 'prod', 'more'],
  ])('is refused with a call that reaches the same place: with %s', async (_, place, instance, dir) => {
    const selection = instance === undefined ? {} : { instance };
    const callOn = (world: World, name: string) =>
      `ee_unlink {"modules":["${name}"]${place.replace('DIR', world.at('more'))}}`;
    // What needs a module may be in another directory than that.
    const needed = createWorld();
    linkedModule(needed, 'oca/web/a');
    linkedModule(needed, 'ee/b', { depends: ['a'] }, dir);
    expect(await hintsFor(needed, selection)).toEqual([expect.stringContaining(callOn(needed, 'b'))]);
    const theirs = createWorld();
    linkedModule(theirs, 'ee/a', {}, dir);
    const hints = await hintsFor(theirs, { ...selection, target_dir: theirs.at(dir) });
    expect(hints).toEqual([expect.stringContaining(callOn(theirs, 'a'))]);
  });

  it('is refused when one comes to need it before the lock is had', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    world.module('oca/web/b', { depends: ['a'] });
    const guard = {
      review: async () => {
        if (!entriesOf(world.at('linked')).some((line) => line.startsWith('b'))) {
          world.link(world.at('oca/web/b'), 'linked/b');
        }
        return ok('as planned' as const);
      },
      begin: async () => ok(undefined),
    };
    const context = makeContext(world, [makeInstance(world)], { guard });
    const request = { family: 'oca', modules: ['a'], cascade: false, dry_run: false } as const;
    expect(await unlinkModules(request, context)).toMatchObject({ refusal: { code: 'still_required' } });
    expect(entriesOf(world.at('linked'))).toHaveLength(2);
  });
});

describe('the report of what is removed', () => {
  it('tells all of each link, and why it goes', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    world.link(world.at('oca/web/gone'), 'linked/gone');
    linkedModule(world, 'oca/crm/b', { depends: ['a', 'gone'] });
    const report = succeeded(await unlink(world, ['a', 'gone'], { cascade: true, dry_run: true }));
    const common = { action: 'remove', family: 'oca' };
    expect(report).toMatchObject({
      status: 'planned',
      instance: 'prod',
      series: '17.0',
      target_dir: world.at('linked'),
    });
    expect(report.links).toEqual([
      {
        ...common,
        module: 'a',
        link: world.at('linked/a'),
        source: world.at('oca/web/a'),
        repo: 'web',
        because_of: [],
      },
      { ...common, module: 'gone', link: world.at('linked/gone'), source: null, repo: null, because_of: [] },
      {
        ...common,
        module: 'b',
        link: world.at('linked/b'),
        source: world.at('oca/crm/b'),
        repo: 'crm',
        because_of: ['a', 'gone'],
      },
    ]);
    expect(entriesOf(world.at('linked'))).toHaveLength(3);
    expect(report.next_steps[0]).toContain('a, gone and b');
  });

  it('says that it is done', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    expect(succeeded(await unlink(world, ['a'])).status).toBe('unlinked');
  });
});

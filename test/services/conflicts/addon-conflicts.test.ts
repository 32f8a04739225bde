import { describe, expect, it } from 'vitest';
import { CONFLICT_KINDS, type ConflictKind } from '../../../src/addons/conflicts.ts';
import {
  addonConflicts,
  type ConflictsReport,
  type ConflictsRequest,
  describeConflicts,
} from '../../../src/services/conflicts/addon-conflicts.ts';
import {
  checkOut,
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

const ask = (world: World, request: ConflictsRequest = {}, options: InstanceOptions = {}) =>
  addonConflicts(request, makeContext(world, [makeInstance(world, options)]));
const told = ({ conflicts }: ConflictsReport) =>
  conflicts.flatMap(({ kind, modules }) => modules.map((module) => `${kind} ${module}`));

/** One conflict of each kind. */
function everyKind(world: World): void {
  world.module('oca/web/twice');
  world.module('oca/crm/twice');
  world.module('oca/web/both');
  world.module('ee/both', { license: 'OEEL-1' });
  world.module('oca/web/sale');
  linkedModule(world, 'oca/web/hidden');
  world.module('first/hidden');
  linkedModule(world, 'oca/web/jealous', { excludes: ['hidden'] });
  linkedModule(world, 'oca/web/borrower', { license: 'LGPL-3', depends: ['jealous'] });
  linkedModule(world, 'oca/web/hen', { depends: ['egg'] });
  linkedModule(world, 'oca/web/egg', { depends: ['hen'] });
}
const EVERY = [
  'same_name twice',
  'families both',
  'core sale',
  'shadowed hidden',
  'excludes jealous',
  'license borrower',
  'cycle egg',
];

describe('the conflicts of an instance', () => {
  it.each<[string, ConflictKind | undefined, string[]]>([
    ['of every kind', undefined, EVERY],
    ...EVERY.map((conflict): [string, ConflictKind, string[]] => {
      const [kind] = conflict.split(' ') as [ConflictKind];
      return [`of the kind ${kind}`, kind, [conflict]];
    }),
  ])('are told %s, and all are counted', async (_, kind, conflicts) => {
    const world = createWorld();
    everyKind(world);
    const report = succeeded(await ask(world, { kind }, { dirs: ['first', 'linked'] }));
    expect(told(report).toSorted()).toEqual(conflicts.toSorted());
    expect(report.counts).toEqual(Object.fromEntries(Object.keys(CONFLICT_KINDS).map((one) => [one, 1])));
  });

  it.each<[string, string[], InstanceOptions, (world: World) => void]>([
    [
      'a folder once, however many ways lead to it',
      [],
      {},
      (world) => {
        world.link(world.module('oca/web/x'), 'oca/more/x');
      },
    ],
    [
      "Odoo's own name, where there is a core root that has it",
      ['core x'],
      { families: ['oca', 'core'] },
      (world) => {
        world.module('oca/web/x');
        world.module('core/odoo/addons/base');
        world.module('core/addons/x');
      },
    ],
    [
      "no name of Odoo's list, where there is a core root without it",
      [],
      { families: ['oca', 'core'] },
      (world) => {
        world.module('oca/web/sale');
        world.module('core/odoo/addons/base');
      },
    ],
    [
      'a module of the list of Enterprise, where no root of it has that',
      ['families account_accountant'],
      {},
      (world) => {
        world.module('oca/web/account_accountant');
      },
    ],
    [
      'circles of linked modules alone',
      [],
      {},
      (world) => {
        world.module('oca/web/hen', { depends: ['egg'] });
        world.module('oca/web/egg', { depends: ['hen'] });
      },
    ],
    [
      'a module that needs itself',
      ['cycle x'],
      {},
      (world) => linkedModule(world, 'oca/web/x', { depends: ['x'] }),
    ],
    [
      'a thing once, though the module is linked twice',
      ['excludes x', 'license x', 'shadowed x'],
      { dirs: ['first', 'linked'] },
      (world) => {
        const more = { excludes: ['sale'], license: 'LGPL-3', depends: ['y'] };
        linkedModule(world, 'oca/web/x', more);
        world.link(world.at('oca/web/x'), 'first/x');
        linkedModule(world, 'oca/web/y');
      },
    ],
    [
      'no link that is bad in another way',
      [],
      {},
      (world) => {
        linkedModule(world, 'oca/old/x');
        checkOut(world, 'oca/old', '16.0');
        world.link('/nowhere', 'linked/y');
        world.module('linked/z');
      },
    ],
    [
      'no module outside all roots',
      [],
      {},
      (world) => {
        world.module('oca/web/x');
        world.module('elsewhere/x');
        world.link(world.at('elsewhere'), 'oca/links');
      },
    ],
  ])('count %s', async (_, conflicts, options, set) => {
    const world = createWorld();
    set(world);
    expect(told(succeeded(await ask(world, {}, options))).toSorted()).toEqual(conflicts);
  });

  it('name the repositories that offer a name, where they really are', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('oca/crm/x');
    world.link(world.at('oca/crm/x'), 'oca/a_link/x');
    const { conflicts } = succeeded(await ask(world));
    const offers = conflicts[0]?.offers.map(({ family, repo, path }) => [family, repo, path]);
    expect(offers?.toSorted()).toEqual([
      ['oca', 'crm', world.at('oca/crm')],
      ['oca', 'web', world.at('oca/web')],
    ]);
  });

  it('are those of the instance that was asked for, or none', async () => {
    const world = createWorld();
    everyKind(world);
    const prod = makeInstance(world);
    const other = { ...prod, name: 'test', roots: [] };
    const context = makeContext(world, [prod, other]);
    expect(await addonConflicts({}, context)).toMatchObject({ refusal: { code: 'ambiguous_instance' } });
    expect(await addonConflicts({ instance: 'test', kind: 'families' }, context)).toMatchObject({
      value: { instance: 'test', conflicts: [] },
    });
  });
});

describe('conflicts of the same repositories', () => {
  it('are told together, with where the modules are', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c'])
      for (const repo of ['web', 'crm']) world.module(`oca/${repo}/${name}`);
    world.module('oca/more/c');
    const report = succeeded(await ask(world));
    const offer = (repo: string) => ({ family: 'oca', repo, path: world.at('oca', repo) });
    expect(report.conflicts.toSorted((one, other) => one.offers.length - other.offers.length)).toEqual([
      { kind: 'same_name', modules: ['a', 'b'], message: null, offers: [offer('crm'), offer('web')] },
      {
        kind: 'same_name',
        modules: ['c'],
        message: null,
        offers: [offer('crm'), offer('more'), offer('web')],
      },
    ]);
    expect(report.counts).toEqual({ same_name: 3 });
    expect(describeConflicts(report)).toContain(
      `- same_name, offered by crm (oca) in ${world.at('oca/crm')} and web (oca) in ${world.at('oca/web')}: a, b\n`,
    );
  });

  it('are told one by one where their offers are more than are listed', async () => {
    const world = createWorld();
    for (let at = 0; at < 23; at++) world.module(`oca/r${at}/x`);
    const [conflict] = succeeded(await ask(world)).conflicts;
    expect(conflict?.message).toMatch(/ and 3 more\.$/);
    expect(conflict?.offers).toHaveLength(20);
  });
});

describe('the pages of the conflicts', () => {
  it.each<[string, number | undefined, ConflictKind | undefined, number]>([
    ['one a conflict', 1, undefined, 7],
    ['several conflicts each', 500, undefined, 2],
    ['one for all without a limit', undefined, undefined, 1],
    ['one a conflict of a kind', 1, 'same_name', 1],
  ])('are %s', async (_, room, kind, count) => {
    const world = createWorld();
    everyKind(world);
    const seen: string[] = [];
    const pages: number[] = [];
    let cursor: string | undefined;
    do {
      const request = { room, kind, cursor };
      const report: ConflictsReport = succeeded(await ask(world, request, { dirs: ['first', 'linked'] }));
      seen.push(...told(report));
      pages.push(report.conflicts.length);
      if (pages.length > 20) throw new Error('the pages have no end');
      expect(report.counts.cycle).toBe(1);
      cursor = report.next_cursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(kind === undefined ? EVERY.toSorted() : ['same_name twice']);
    expect(pages).toHaveLength(count);
  });

  it.each<[string, (key: unknown[]) => unknown[], boolean]>([
    ['as it was given', (key) => [key, 1], true],
    ['behind the last', (key) => [key, 100], true],
    ['of another kind', () => [['prod', 'cycle'], 1], false],
    ['before the first', (key) => [key, -1], false],
    ['between two', (key) => [key, 0.5], false],
    ['with a text', (key) => [key, '1'], false],
    ['with more than a number', (key) => [key, 1, 2], false],
  ])('take a cursor %s: %s', async (_, parts, isTaken) => {
    const world = createWorld();
    everyKind(world);
    const cursor = Buffer.from(JSON.stringify(parts(['prod', null]))).toString('base64url');
    const page = await ask(world, { cursor });
    if (isTaken) expect(page.ok).toBe(true);
    else expect(page).toMatchObject({ refusal: { code: 'invalid_argument' } });
  });
});

describe('the text of the conflicts', () => {
  const report = (count: number, more: Partial<ConflictsReport> = {}): ConflictsReport => {
    const conflicts = Array.from({ length: count }, (_, index) => {
      return { kind: 'cycle' as const, modules: [`m${index}`], message: `m${index}\nis bad.`, offers: [] };
    });
    const counts = count === 0 ? {} : { cycle: count };
    return { status: 'ok', instance: 'prod', series: '17.0', counts, conflicts, ...more };
  };

  it.each<[string, ConflictsReport, number]>([
    ['a line where there is none', report(0), 1],
    ['a line for each', report(3), 4],
    ['a line for each, however many', report(203), 204],
    ['a line for what comes next', report(1, { next_cursor: 'CURSOR' }), 3],
  ])('has %s', (_, said, count) => {
    const lines = describeConflicts(said).split('\n');
    expect(lines).toHaveLength(count);
    expect(lines[0]).toContain(`${said.conflicts.length} `);
    if (said.next_cursor !== undefined) expect(lines.at(-1)).toContain('CURSOR');
  });
});

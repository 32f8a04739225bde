import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lean } from '../../../src/base/lean.ts';
import type { LinkState } from '../../../src/links/link-states.ts';
import { stateFolder } from '../../../src/links/state-folder.ts';
import { describeStatus } from '../../../src/services/status/describe-status.ts';
import {
  linkStatus,
  type StatusReport,
  type StatusRequest,
} from '../../../src/services/status/link-status.ts';
import {
  type InstanceOptions,
  interruptChange,
  linkedModule,
  makeContext,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

const WORST = [
  ...['verdict', 'wrong_series', 'broken', 'missing_dependency'],
  ...['shadowed', 'foreign', 'real_directory', 'ok'],
];

/** Two addons directories with an entry of most states, three of them managed and sound. */
function fill(world: World): void {
  world.module('linked/real', { version: '17.0.2.0.0' });
  world.link(world.module('elsewhere/foreign', { version: '17.0.3.0.0' }), 'linked/foreign');
  world.link(world.at('oca/web/gone'), 'linked/gone');
  linkedModule(world, 'oca/web/needy', { depends: ['missing'] });
  linkedModule(world, 'oca/web/sound');
  linkedModule(world, 'ee/also_sound', {}, 'more');
  linkedModule(world, 'oca/web/sound_too', {}, 'more');
}

it.each<[StatusRequest, number | undefined, string | undefined]>([
  [{}, undefined, undefined],
  [{ state: 'ok' }, 3, undefined],
  [{ repo: 'web' }, 3, undefined],
  [{ repo: 'wbe' }, 0, 'No link leads into a repository called wbe. Did you mean "web"?'],
  [{ repo: 'purchase-workflow' }, 0, 'No link leads into a repository called purchase-workflow.'],
  [{ module: 'sound', repo: 'ee' }, 0, undefined],
])('the entries that %j asks for are counted', async (request, matching, note) => {
  const world = createWorld();
  fill(world);
  const report = succeeded(await status(world, request));
  expect([report.matching, report.note]).toEqual([matching, note]);
  expect(Object.values(report.counts).reduce((sum, count) => sum + count, 0)).toBe(7);
  if (note !== undefined) expect(describeStatus(report)).toContain(note);
  if (matching !== undefined)
    expect(describeStatus(report)).toMatch(
      /^(None of them matches|1 of them matches|\d of them match) what was asked for\.$/m,
    );
});

async function status(world: World, request: StatusRequest = {}, options: InstanceOptions = {}) {
  const instance = makeInstance(world, { dirs: ['linked', 'more'], ...options });
  return linkStatus(request, makeContext(world, [instance]));
}

const namesOf = ({ links }: StatusReport) => links.flatMap(({ modules }) => modules);

describe('link_status', () => {
  const ALL = ['gone', 'needy', 'foreign', 'real', 'also_sound', 'sound', 'sound_too'];
  it.each<[string, StatusRequest, string[]]>([
    ['everything, worst first, then by repository, directory and name', {}, ALL],
    ['what is ok', { state: 'ok' }, ['also_sound', 'sound', 'sound_too']],
    ['what leads into a repository', { repo: 'web' }, ['needy', 'sound', 'sound_too']],
    ['what is named', { module: ['sound', 'nobody', 'gone'] }, ['gone', 'sound']],
    ['what is named alone', { module: 'real' }, ['real']],
    ['what fits all that is asked', { module: ['sound', 'needy'], repo: 'web', state: 'ok' }, ['sound']],
    ['what is broken', { state: 'broken' }, ['gone']],
    ['nothing where nothing is in that state', { state: 'shadowed' }, []],
  ])('lists %s', async (_, request, names) => {
    const world = createWorld();
    fill(world);
    const report = succeeded(await status(world, request));
    expect(namesOf(report)).toEqual(names);
    // Whatever is asked for, all are counted.
    expect(report.counts).toEqual({ real_directory: 1, foreign: 1, broken: 1, missing_dependency: 1, ok: 3 });
    expect(report.not_linked).toEqual(
      Array.isArray(request.module) && request.state === undefined ? ['nobody'] : [],
    );
    expect(report.target_dirs).toEqual([world.at('linked'), world.at('more')]);
  });

  it('tells of one directory alone where that is asked for', async () => {
    const world = createWorld();
    fill(world);
    const report = succeeded(await status(world, { target_dir: world.at('more') }));
    expect(report).toMatchObject({ target_dirs: [world.at('more')], counts: { ok: 2 } });
    expect(report.counts).not.toHaveProperty('broken');
    expect(namesOf(report)).toEqual(['also_sound', 'sound_too']);
    expect(await status(world, { target_dir: world.at('oca') })).toMatchObject({
      refusal: { code: 'target_not_allowed' },
    });
  });

  it('tells of an entry what may be told of it', async () => {
    const world = createWorld();
    fill(world);
    world.link(world.module('oca/web/__gone__/no name'), 'linked/no name');
    const { links } = succeeded(await status(world, { target_dir: world.at('linked') }));
    expect(
      links.map(({ modules, state, family, repo, dir }) => [modules.join(), state, family, repo, dir]),
    ).toEqual(
      [
        ['gone', 'broken', 'oca', null, null],
        ['"no name"', 'verdict', 'oca', 'web', null],
        ['needy', 'missing_dependency', 'oca', 'web', null],
        // Where a foreign link leads is not told.
        ['foreign', 'foreign', null, null, null],
        ['real', 'real_directory', null, null, null],
        ['sound', 'ok', 'oca', 'web', null],
      ].toSorted((one, other) => WORST.indexOf(one[1] as string) - WORST.indexOf(other[1] as string)),
    );
    expect(links.at(-1)).toMatchObject({ state: 'ok', problem: null, remedy: null });
    expect(links[0]).toMatchObject({ problem: expect.any(String), remedy: expect.any(String) });
  });

  it('tells once what is wrong with many, with one call for them', async () => {
    const world = createWorld();
    for (let at = 0; at < 12; at++) world.link(world.at('oca/gone', `m${at}`), `linked/m${at}`);
    for (const name of ['a', 'b', 'c']) linkedModule(world, `oca/web/${name}`, { depends: ['missing'] });
    for (const name of ['d', 'e']) linkedModule(world, `oca/web/${name}`, { version: '16.0.1.0.0' });
    const { links } = succeeded(await status(world, {}, { dirs: ['linked'] }));
    expect(links.map(({ state, modules }) => `${state} ${modules.length}`)).toEqual([
      'wrong_series 2',
      'broken 12',
      'missing_dependency 3',
    ]);
    expect(links[1]?.remedy).toMatch(
      /^Call oca_unlink \{"modules":\["m0",.*\]\}, and the same for the other 2: /,
    );
    expect(links[1]?.remedy?.match(/"m\d+"/g)).toHaveLength(10);
  });

  it('tells in which directory a group is, where there are several', async () => {
    const world = createWorld();
    fill(world);
    const { links } = succeeded(await status(world, { state: 'ok' }));
    expect(links.map(({ modules, dir }) => [modules.join(), dir])).toEqual([
      ['also_sound', world.at('more')],
      ['sound', world.at('linked')],
      ['sound_too', world.at('more')],
    ]);
  });

  it.each<[string, (world: World) => InstanceOptions['odooConf'], string[]]>([
    ['nothing without an odoo.conf', () => null, []],
    ['both where it names neither', () => ({ addonsPath: [], dataDir: null }), ['linked', 'more']],
    ['the one it does not name', (world) => ({ addonsPath: [world.at('linked')], dataDir: null }), ['more']],
    [
      'nothing where it names both',
      (world) => ({ addonsPath: [world.at('more'), world.at('linked')], dataDir: null }),
      [],
    ],
  ])('says of %s that Odoo does not look there', async (_, odooConf, dirs) => {
    const world = createWorld();
    const report = succeeded(await status(world, {}, { odooConf: odooConf(world) ?? null }));
    expect(report.off_path).toEqual(dirs.map((dir) => world.at(dir)));
    const lines = describeStatus(report).split('\n');
    expect(lines.filter((line) => line.includes('addons_path'))).toHaveLength(dirs.length);
  });

  it('says of a directory that it cannot be told, not that Odoo does not look there', async () => {
    const world = createWorld();
    const odooConf = { addonsPath: [world.at('linked'), '/mnt/extra-addons'], doubt: 'it is far away' };
    const report = succeeded(await status(world, {}, { odooConf }));
    expect(report.off_path).toEqual([]);
    expect(report.path_unknown).toEqual([{ dir: world.at('more'), because: 'it is far away' }]);
    expect(describeStatus(report)).toContain(
      `Whether Odoo looks in ${world.at('more')} cannot be told from here, because it is far away.`,
    );
  });

  it('tells in which directory a change was interrupted, and leaves that as it is', async () => {
    const world = createWorld();
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const [, more] = instance.addonsDirs;
    if (more === undefined) throw new Error('there are two');
    const context = makeContext(world, [instance]);
    const folder = stateFolder(more, context.stateDir);
    interruptChange(more, context.stateDir);
    const report = succeeded(await linkStatus({}, context));
    expect(report.interrupted).toEqual([world.at('more')]);
    expect(describeStatus(report)).toContain(`${world.at('more')} was interrupted`);
    expect(readdirSync(folder)).toEqual(['journal']);
    const other = succeeded(await linkStatus({ target_dir: world.at('linked') }, context));
    expect(other.interrupted).toEqual([]);
  });

  it('is refused where a directory is gone', async () => {
    const world = createWorld();
    const instance = makeInstance(world);
    const gone = { ...instance.addonsDirs[0], ino: 0n } as (typeof instance.addonsDirs)[0];
    const asked = await linkStatus({}, makeContext(world, [{ ...instance, addonsDirs: [gone] }]));
    expect(asked).toMatchObject({ refusal: { code: 'target_unavailable' } });
  });
});

describe('the pages of link_status', () => {
  /** Names that would be out of order if the directories were taken for one, or compared by their paths. */
  const many = (world: World) => {
    for (const name of ['b', 'd', 'f', 'h']) linkedModule(world, `oca/web/${name}`, {}, 'linked');
    for (const name of ['a', 'c', 'd', 'z']) world.link('/nowhere', `first/${name}`);
  };
  const options = { dirs: ['linked', 'first'] };

  async function walk(world: World, request: StatusRequest): Promise<string[][]> {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const report: StatusReport = succeeded(await status(world, { ...request, cursor }, options));
      expect(report.counts).toMatchObject({ ok: 4, foreign: 4 });
      pages.push(namesOf(report));
      if (pages.length > 20) throw new Error('the pages have no end');
      const length = JSON.stringify(lean(report.links)).length;
      if (namesOf(report).length > 1)
        expect(length).toBeLessThanOrEqual(1 + (request.room ?? Number.POSITIVE_INFINITY));
      cursor = report.next_cursor;
    } while (cursor !== undefined);
    return pages;
  }

  const ALL = ['a', 'c', 'd', 'z', 'b', 'd', 'f', 'h'];
  it.each<[string, StatusRequest, number, string[]]>([
    ['one an entry', { room: 1 }, 8, ALL],
    ['as many as fit', { room: 230 }, 2, ALL],
    ['as many as are asked for', { limit: 3 }, 3, ALL],
    ['one for all without a limit', {}, 1, ALL],
    ['one an entry of a state', { state: 'foreign', room: 1 }, 4, ['a', 'c', 'd', 'z']],
  ])('are %s, and go on where the last one ended', async (_, request, count, names) => {
    const world = createWorld();
    many(world);
    const pages = await walk(world, request);
    expect(pages.flat()).toEqual(names);
    expect(pages).toHaveLength(count);
  });

  it.each<[string, StatusRequest, boolean]>([
    ['the same arguments', { room: 100_000 }, true],
    ['another state', { state: 'ok' }, false],
    ['another repository', { repo: 'web' }, false],
    ['another module', { module: 'a' }, false],
    ['another limit', { limit: 2 }, true],
    ['a directory, where none was', { target_dir: 'linked' }, false],
    ['a cursor that is none', { cursor: 'AAAA' }, false],
  ])('take a cursor with %s: %s', async (_, request, isTaken) => {
    const world = createWorld();
    many(world);
    const { next_cursor: cursor } = succeeded(await status(world, { room: 1 }, options));
    const { target_dir } = request;
    const dir = target_dir === undefined ? {} : { target_dir: world.at(target_dir) };
    const page = await status(world, { cursor, ...request, ...dir }, options);
    if (isTaken) expect(namesOf(succeeded(page))[0]).toBe('c');
    else expect(page).toMatchObject({ refusal: { code: 'invalid_argument' } });
  });
});

describe('the text of link_status', () => {
  const group = (state: LinkState, ...modules: string[]): StatusReport['links'][number] => {
    const said = state === 'ok' ? null : `It is bad.\nlink it`;
    return { state, modules, dir: null, family: null, repo: null, problem: said, remedy: said };
  };
  const report = (links: StatusReport['links'], more: Partial<StatusReport> = {}): StatusReport => ({
    status: 'ok',
    instance: 'prod',
    series: '17.0',
    target_dirs: ['/l'],
    counts: { ok: 3 },
    off_path: [],
    path_unknown: [],
    interrupted: [],
    links,
    not_linked: [],
    unavailable: [],
    ...more,
  });

  it.each<[string, StatusReport, string[]]>([
    ['a line for all of a group', report([group('ok', 'a', 'b')]), ['- ok: a, b']],
    [
      'its repository',
      report([{ ...group('ok', 'a'), repo: 'my web', family: 'oca' }]),
      ['- ok from "my web" (oca): a'],
    ],
    ['its directory', report([{ ...group('ok', 'a'), dir: '/l' }]), ['- ok in /l: a']],
    [
      'a line for each root that cannot be searched',
      report([], { unavailable: ['The root /r is gone.'] }),
      ['The root /r is gone.'],
    ],
    [
      'one line for what is bad, whatever it holds',
      report([group('broken', 'b', 'c'), group('ok', 'a')]),
      ['- broken: b, c. It is bad.\\u{a}link it It is bad.\\u{a}link it', '- ok: a'],
    ],
    ['a line for what is not linked', report([], { not_linked: ['x', 'y'] }), ['Not linked: x, y.']],
    [
      'a line for what comes next',
      report([], { next_cursor: 'CURSOR' }),
      ['More: call again with cursor CURSOR'],
    ],
  ])('has %s', (_, said, lines) => {
    const [head, ...rest] = describeStatus(said).split('\n');
    expect(head).toBe('3 entries in /l (instance prod, Odoo 17.0): 3 ok.');
    expect(rest).toEqual(lines);
  });
});

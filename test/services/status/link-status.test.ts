import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lean } from '../../../src/base/lean.ts';
import { LINK_STATES, type LinkState } from '../../../src/links/link-states.ts';
import { stateFolder } from '../../../src/links/state-folder.ts';
import {
  describeStatus,
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

async function status(world: World, request: StatusRequest = {}, options: InstanceOptions = {}) {
  const instance = makeInstance(world, { dirs: ['linked', 'more'], ...options });
  return linkStatus(request, makeContext(world, [instance]));
}

const namesOf = ({ links }: StatusReport) => links.map(({ module }) => module);

describe('link_status', () => {
  const ALL = ['foreign', 'gone', 'needy', 'real', 'sound', 'also_sound', 'sound_too'];
  it.each<[string, StatusRequest, string[]]>([
    ['everything, directory by directory and by name', {}, ALL],
    ['what is ok', { state: 'ok' }, ['sound', 'also_sound', 'sound_too']],
    ['what is broken', { state: 'broken' }, ['gone']],
    ['nothing where nothing is in that state', { state: 'shadowed' }, []],
  ])('lists %s', async (_, request, names) => {
    const world = createWorld();
    fill(world);
    const report = succeeded(await status(world, request));
    expect(namesOf(report)).toEqual(names);
    // Whatever is asked for, all are counted.
    const none = Object.fromEntries(Object.keys(LINK_STATES).map((state) => [state, 0]));
    const some = { real_directory: 1, foreign: 1, broken: 1, missing_dependency: 1, ok: 3 };
    expect(report.counts).toEqual({ ...none, ...some });
    expect(report.target_dirs).toEqual([world.at('linked'), world.at('more')]);
  });

  it('tells of one directory alone where that is asked for', async () => {
    const world = createWorld();
    fill(world);
    const report = succeeded(await status(world, { target_dir: world.at('more') }));
    expect(report).toMatchObject({ target_dirs: [world.at('more')], counts: { ok: 2, broken: 0 } });
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
    const told = links.map(({ module, source, family, repo, version }) => [
      module,
      source,
      family,
      repo,
      version,
    ]);
    expect(told).toEqual([
      // Where a foreign link leads is not told; its version is what Odoo shows.
      ['foreign', null, null, null, '17.0.3.0.0'],
      ['gone', null, 'oca', null, null],
      ['needy', world.at('oca/web/needy'), 'oca', 'web', '17.0.1.0.0'],
      ['"no name"', world.at('oca/web/__gone__/no name'), 'oca', 'web', '17.0.1.0.0'],
      ['real', world.at('linked/real'), null, null, '17.0.2.0.0'],
      ['sound', world.at('oca/web/sound'), 'oca', 'web', '17.0.1.0.0'],
    ]);
    const sound = links.at(-1);
    expect(sound).toMatchObject({ link: world.at('linked/sound'), state: 'ok', problem: null, remedy: null });
    expect(links[0]).toMatchObject({ problem: expect.any(String), remedy: expect.any(String) });
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
      if (report.links.length > 1)
        expect(length).toBeLessThanOrEqual(1 + (request.room ?? Number.POSITIVE_INFINITY));
      cursor = report.next_cursor;
    } while (cursor !== undefined);
    return pages;
  }

  it.each<[string, LinkState | undefined, number | undefined, number, string[]]>([
    ['one an entry', undefined, 1, 8, ['b', 'd', 'f', 'h', 'a', 'c', 'd', 'z']],
    ['several entries each', undefined, 600, 3, ['b', 'd', 'f', 'h', 'a', 'c', 'd', 'z']],
    ['one for all without a limit', undefined, undefined, 1, ['b', 'd', 'f', 'h', 'a', 'c', 'd', 'z']],
    ['one an entry of a state', 'foreign', 1, 4, ['a', 'c', 'd', 'z']],
  ])('are %s, and go on where the last one ended', async (_, state, room, count, names) => {
    const world = createWorld();
    many(world);
    const pages = await walk(world, { ...(state && { state }), ...(room && { room }) });
    expect(pages.flat()).toEqual(names);
    expect(pages).toHaveLength(count);
  });

  it.each<[string, StatusRequest, boolean]>([
    ['the same arguments', { room: 100_000 }, true],
    ['another state', { state: 'ok' }, false],
    ['a directory, where none was', { target_dir: 'linked' }, false],
    ['a cursor that is none', { cursor: 'AAAA' }, false],
  ])('take a cursor with %s: %s', async (_, request, isTaken) => {
    const world = createWorld();
    many(world);
    const { next_cursor: cursor } = succeeded(await status(world, { room: 1 }, options));
    const { target_dir } = request;
    const dir = target_dir === undefined ? {} : { target_dir: world.at(target_dir) };
    const page = await status(world, { cursor, ...request, ...dir }, options);
    if (isTaken) expect(namesOf(succeeded(page))[0]).toBe('d');
    else expect(page).toMatchObject({ refusal: { code: 'invalid_argument' } });
  });
});

describe('the text of link_status', () => {
  const entry = (module: string, state: LinkState): StatusReport['links'][number] => {
    const said = state === 'ok' ? null : `${module} is bad.\nlink it`;
    const place = { link: `/l/${module}`, source: null, family: null, repo: null, version: null };
    return { module, state, ...place, problem: said, remedy: said };
  };
  const report = (links: StatusReport['links'], more: Partial<StatusReport> = {}): StatusReport => ({
    status: 'ok',
    instance: 'prod',
    series: '17.0',
    target_dirs: ['/l'],
    counts: {
      ...(Object.fromEntries(Object.keys(LINK_STATES).map((state) => [state, 0])) as StatusReport['counts']),
      ok: links.length,
    },
    off_path: [],
    path_unknown: [],
    interrupted: [],
    links,
    ...more,
  });

  it.each<[string, StatusReport, number]>([
    ['a line for all that are ok', report([entry('a', 'ok'), entry('b', 'ok')]), 2],
    [
      'a line for each root that cannot be searched',
      report([], { unavailable: ['The root /r is gone.'] }),
      2,
    ],
    [
      'a line for each that is not ok',
      report([entry('a', 'ok'), entry('b', 'broken'), entry('c', 'foreign')]),
      4,
    ],
    [
      'two hundred of those, and how many more there are',
      report(Array.from({ length: 203 }, (_, index) => entry(`m${index}`, 'broken'))),
      202,
    ],
    ['a line for what comes next', report([entry('a', 'ok')], { next_cursor: 'CURSOR' }), 3],
  ])('has %s', (_, said, lines) => {
    const text = describeStatus(said).split('\n');
    expect(text).toHaveLength(lines);
    expect(text[0]).toContain(`${said.links.length} `);
    if (said.next_cursor !== undefined) expect(text.at(-1)).toContain('CURSOR');
    if (said.links.length > 200) expect(text.at(-1)).toContain('3');
  });
});

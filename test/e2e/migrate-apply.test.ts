import { cpSync, readlinkSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openAddonsDir } from '../../src/links/addons-dir.ts';
import { interruptChange } from '../support/instance.ts';
import { runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { commitTo, type TwoInstances, twoInstances } from '../support/two-instances.ts';
import type { World } from '../support/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
type Data = any;

/** Runs `migrate --to 17.0` for the instance `prod`. */
function migrations(config: string) {
  const run = (...args: string[]) =>
    runCli(['migrate', '--to', '17.0', '--instance', 'prod', '--config', config, ...args]);
  const json = async (...args: string[]): Promise<Data> => {
    const { code, stdout } = await run(...args, '--json');
    return { exit: code, ...JSON.parse(stdout) };
  };
  return { run, json };
}

/** What becomes of each module, by name: fate and action. */
const fatesOf = ({ modules }: Data) =>
  Object.fromEntries(modules.map(({ module, fate, action }: Data) => [module, `${fate} ${action}`]));

/** The modules of a page, each for itself. */
const ungrouped = ({ groups }: Data) =>
  groups.flatMap(({ modules, versions, ...shared }: Data) =>
    modules.map((module: string, at: number) => {
      return { module, ...(versions?.[at] && { version: versions[at] }), ...shared };
    }),
  );
const sorted = (modules: Data[]) => modules.toSorted((a, b) => (a.module < b.module ? -1 : 1));

/** The links of a folder by name, with targets in the world. */
function linksOf(world: World, dir = 'linked'): Record<string, string> {
  const links = snapshot(world.at(dir)).flatMap((line) => {
    const [, name = '', target = ''] = /^(\S+) .*-> (.*) \(inode/.exec(line) ?? [];
    return name === '' ? [] : [[name, target.replace(`${world.path}/`, '')]];
  });
  return Object.fromEntries(links);
}

/** A site with a link of each kind. */
function everyKind(): TwoInstances {
  const site = twoInstances();
  const { world } = site;
  site.linked('plain');
  site.next('plain');
  site.linked('elsewhere');
  site.next('elsewhere', {}, 'server');
  site.linked('needy');
  site.next('needy', { depends: ['base', 'new_a', 'plain'] });
  site.next('new_a', { depends: ['new_b'] }, 'server');
  site.next('new_b', {}, 'server');
  site.linked('stuck', { depends: ['plain'] });
  site.next('stuck', { depends: ['missing_x'] });
  site.linked('on_stuck', { depends: ['stuck'] });
  site.next('on_stuck', { depends: ['stuck', 'only_for_stuck'] });
  site.next('only_for_stuck');
  site.linked('behind');
  site.next('behind', { version: '16.0.1.0.0', installable: false });
  site.linked('gone');
  site.linked('delivery_carrier_customer_info');
  site.next('partner_delivery_info', {}, 'partner');
  site.linked('purchase_discount');
  site.linked('l10n_de_skr03_mis_reports');
  site.next('l10n_de_mis_reports', {}, 'l10n-germany');
  site.linked('spreadsheet_dashboard_hr_timesheet');
  site.linked('hr_holidays_public');
  world.link(world.module('16.0/ee/e', { license: 'OEEL-1', version: '16.0.1.0.0' }), 'linked/e');
  world.module('17.0/ee/e', { license: 'OEEL-1', version: '17.0.1.0.0' });
  world.link(world.at('16.0/oca/web/broken'), 'linked/broken');
  site.next('broken');
  world.link(world.module('beyond/foreign'), 'linked/foreign');
  world.module('linked/real');
  return site;
}

const FATES = {
  plain: 'there repoint',
  elsewhere: 'there repoint',
  needy: 'there repoint',
  e: 'there repoint',
  broken: 'there repoint',
  new_a: 'needed link',
  new_b: 'needed link',
  l10n_de_mis_reports: 'needed link',
  stuck: 'blocked leave',
  on_stuck: 'blocked leave',
  behind: 'refused leave',
  gone: 'unknown leave',
  delivery_carrier_customer_info: 'renamed rename',
  purchase_discount: 'merged leave',
  l10n_de_skr03_mis_reports: 'merged leave',
  spreadsheet_dashboard_hr_timesheet: 'part_of_odoo leave',
  hr_holidays_public: 'not_checked_out leave',
};

const MOVED = {
  plain: '17.0/oca/web/plain',
  elsewhere: '17.0/oca/server/elsewhere',
  needy: '17.0/oca/web/needy',
  e: '17.0/ee/e',
  broken: '17.0/oca/web/broken',
  new_a: '17.0/oca/server/new_a',
  new_b: '17.0/oca/server/new_b',
  l10n_de_mis_reports: '17.0/oca/l10n-germany/l10n_de_mis_reports',
  partner_delivery_info: '17.0/oca/partner/partner_delivery_info',
  stuck: '16.0/oca/web/stuck',
  on_stuck: '16.0/oca/web/on_stuck',
  behind: '16.0/oca/web/behind',
  hr_holidays_public: '16.0/oca/web/hr_holidays_public',
  foreign: 'beyond/foreign',
};
const LEFT_UNLESS_TOLD = {
  gone: '16.0/oca/web/gone',
  purchase_discount: '16.0/oca/web/purchase_discount',
  l10n_de_skr03_mis_reports: '16.0/oca/web/l10n_de_skr03_mis_reports',
  spreadsheet_dashboard_hr_timesheet: '16.0/oca/web/spreadsheet_dashboard_hr_timesheet',
};

describe('migrate --apply', () => {
  it('re-points what is there with all that it needs, and leaves the rest', async () => {
    const site = everyKind();
    const { world } = site;
    const { run, json } = migrations(site.config());
    const before = snapshot(world.path);
    const reported = await json();
    expect(fatesOf(reported)).toEqual(FATES);
    const planned = await json('--apply', '--dry-run');
    expect([planned.exit, planned.status, fatesOf(planned)]).toEqual([1, 'planned', FATES]);
    expect(snapshot(world.path)).toEqual(before);
    const moved = await json('--apply');
    expect([moved.exit, moved.status]).toEqual([1, 'moved']);
    expect({ ...moved, status: 'planned' }).toEqual(planned);
    expect(linksOf(world)).toEqual({ ...MOVED, ...LEFT_UNLESS_TOLD });
    // Once more: what has moved stays, and nothing else is done.
    const again = await json('--apply', '--unlink-missing');
    expect(again.modules.filter(({ action }: Data) => action === 'keep')).toHaveLength(9);
    expect(linksOf(world)).toEqual(MOVED);
    const { stdout } = await run('--apply');
    expect(stdout).toContain('Moved: 9 there already, 4 left.');
    expect(stdout).toContain('Next: 4 of the links still lead into the sources of Odoo 16.0');
  });

  it('says why a module is left', async () => {
    const { json } = migrations(everyKind().config());
    const { modules } = await json();
    const notes = Object.fromEntries(modules.map(({ module, note }: Data) => [module, note]));
    expect(notes).toMatchObject({
      stuck: 'It needs missing_x. No root of Odoo 17.0 has missing_x.',
      on_stuck: 'It needs missing_x. No root of Odoo 17.0 has missing_x.',
      behind: expect.stringContaining('not migrated to 17.0 yet'),
      gone: 'The checkout of web for Odoo 17.0 does not have it. Not known for 17.0 (as of October 2024).',
      new_a: 'For needy.',
      new_b: 'For new_a.',
      l10n_de_mis_reports: 'For l10n_de_skr03_mis_reports.',
      delivery_carrier_customer_info:
        'delivery_carrier_customer_info is called partner_delivery_info from 17.0 on.',
    });
  });

  it('unlinks what the new series does not have, when told so', async () => {
    const site = everyKind();
    const { json } = migrations(site.config());
    const moved = await json('--apply', '--unlink-missing');
    const removed = Object.entries(fatesOf(moved)).flatMap(([name, fate]) =>
      (fate as string).endsWith(' unlink') ? name : [],
    );
    expect(removed.sort()).toEqual(Object.keys(LEFT_UNLESS_TOLD).sort());
    expect(linksOf(site.world)).toEqual(MOVED);
  });

  it('leads to a site whose links are ok once the configuration is changed as it says', async () => {
    const site = everyKind();
    const config = site.config();
    const { run } = migrations(config);
    const { stdout } = await run('--apply', '--unlink-missing');
    const step = /Next: In the configuration, set (\S+) to "17.0" and (\S+) to (\{.*\}), and/.exec(stdout);
    expect(step?.slice(1, 3)).toEqual(['instances.prod.series', 'instances.prod.roots']);
    const roots = JSON.parse(step?.[3] ?? '');
    expect(roots).toEqual({ oca: [site.world.at('17.0/oca')], ee: [site.world.at('17.0/ee')] });
    const during = await runCli(['status', '--instance', 'prod', '--config', config, '--json']);
    expect(JSON.parse(during.stdout).counts.other_instance).toBe(9);
    const after = site.config({ prod: { series: '17.0', roots } });
    const { stdout: status } = await runCli(['status', '--instance', 'prod', '--config', after, '--json']);
    const { counts, links } = JSON.parse(status);
    // What was left leads to the sources of 16.0, and says so.
    expect(counts).toEqual({ ok: 9, foreign: 5, real_directory: 1 });
    const ok = links.flatMap(({ state, modules }: Data) => (state === 'ok' ? modules : []));
    expect(ok.sort()).toEqual(
      Object.entries(MOVED)
        .flatMap(([name, target]) => (target.startsWith('17.0') ? name : []))
        .sort(),
    );
  });

  it('moves to checkouts of the new series among the roots of the instance itself, and back', async () => {
    const site = twoInstances();
    const { world } = site;
    for (const name of ['a', 'b']) {
      site.linked(name, { version: '1.0' });
      site.next(name, { version: '1.0' });
    }
    site.linked('left', { version: '1.0' });
    // Of a folder outside git among its own roots, nothing says that it is for the new series.
    world.module('17.0/oca/copy/left', { version: '1.0' });
    commitTo(world, '16.0/oca/web', '16.0');
    commitTo(world, '17.0/oca/web', '17.0');
    const both = { oca: ['16.0/oca', '17.0/oca'] };
    const config = site.config({ test: null, prod: { roots: both } });
    const exported = await runCli(['export', '--config', config]);
    const { json, run } = migrations(config);
    expect((await run('--apply', '--dry-run')).stdout).toContain(
      'Next: 1 of the links still leads into the sources of Odoo 16.0: run this again when its module is there',
    );
    const moved = await json('--apply');
    expect([moved.looked_at, fatesOf(moved)]).toEqual([
      ['prod'],
      { a: 'there repoint', b: 'there repoint', left: 'unknown leave' },
    ]);
    expect(linksOf(world)).toEqual({
      a: '17.0/oca/web/a',
      b: '17.0/oca/web/b',
      left: '16.0/oca/web/left',
    });
    const during = await runCli(['status', '--config', config, '--json']);
    expect(JSON.parse(during.stdout).counts).toEqual({ wrong_series: 2, ok: 1 });
    const after = site.config({ test: null, prod: { series: '17.0', roots: both } });
    const status = await runCli(['status', '--config', after, '--json']);
    expect(JSON.parse(status.stdout).counts).toEqual({ ok: 2, wrong_series: 1 });
    const back = site.config({ test: null, prod: { roots: both } });
    const applied = await runCli(['apply', '-', '--config', back], { input: exported.stdout });
    expect(applied.code).toBe(0);
    expect(linksOf(world).a).toBe('16.0/oca/web/a');
  });

  it('moves each of several addons directories, and keeps the style of the links', async () => {
    const site = twoInstances();
    const { world } = site;
    site.linked('a');
    site.next('a', { depends: ['b', 'new_c'] });
    world.link(world.module('16.0/oca/web/b', { version: '16.0.1.0.0' }), 'second/b');
    site.next('b');
    site.next('new_c');
    const prod = { addonsDirs: ['linked', 'second'], linkStyle: 'relative' };
    const { json } = migrations(site.config({ prod }));
    const moved = await json('--apply');
    expect(moved.modules.map(({ module, dir }: Data) => [module, dir])).toEqual([
      ['a', world.at('linked')],
      ['b', world.at('second')],
      ['new_c', world.at('linked')],
    ]);
    expect([linksOf(world), linksOf(world, 'second')]).toEqual([
      { a: '../17.0/oca/web/a', new_c: '../17.0/oca/web/new_c' },
      { b: '../17.0/oca/web/b' },
    ]);
  });

  it.each([
    ['another instance', {}],
    ['the instance itself', null],
  ])(
    'moves one of several directories to roots of %s; the others count when they have moved',
    async (_, test) => {
      const site = twoInstances();
      const { world } = site;
      site.linked('a');
      site.next('a', { depends: ['b'] });
      world.link(world.module('16.0/oca/web/b', { version: '16.0.1.0.0' }), 'second/b');
      site.next('b');
      commitTo(world, '17.0/oca/web', '17.0');
      const roots = { oca: test === null ? ['16.0/oca', '17.0/oca'] : ['16.0/oca'] };
      const prod = { addonsDirs: ['linked', 'second'], roots };
      const { json } = migrations(site.config({ prod, test }));
      const first = await json('--apply', '--target-dir', world.at('linked'));
      expect(first.modules).toMatchObject([
        {
          module: 'a',
          fate: 'blocked',
          note: `It needs b. b is linked in ${world.at('second')}, whose links are not moved by this.`,
        },
      ]);
      await json('--apply', '--target-dir', world.at('second'));
      expect(fatesOf(await json('--apply', '--target-dir', world.at('linked')))).toEqual({
        a: 'there repoint',
      });
    },
  );
});

describe('a module is left, and the others move, where', () => {
  it.each<[string, (site: TwoInstances) => void, string, RegExp]>([
    [
      'its new name is taken by a folder',
      ({ world, linked, next }) => {
        linked('delivery_carrier_customer_info');
        next('partner_delivery_info');
        world.file('linked/partner_delivery_info/readme');
      },
      'delivery_carrier_customer_info',
      /contains a real directory named partner_delivery_info, which has no manifest/,
    ],
    [
      'the name of what it needs is taken by a foreign link',
      ({ world, linked, next }) => {
        linked('x');
        next('x', { depends: ['needed_y'] });
        next('needed_y');
        world.link(world.module('beyond/needed_y', { installable: false }), 'linked/needed_y');
      },
      'x',
      /^It needs needed_y\. The link needed_y is not managed/,
    ],
    [
      'two repositories have it',
      ({ linked, next }) => {
        linked('x');
        next('x', {}, 'one');
        next('x', {}, 'two');
      },
      'x',
      /^x is offered by 2 repositories: one, two\.$/,
    ],
    [
      'what it needs needs it',
      ({ linked, next }) => {
        linked('x');
        next('x', { depends: ['y_new'] });
        next('y_new', { depends: ['x'] });
      },
      'x',
      /x -> y_new -> x depend on one another in a circle/,
    ],
    [
      'it breaks the list of apps',
      ({ linked, next }) => {
        linked('x');
        next('x', { license: 'MIT' });
      },
      'x',
      /would make Update Apps List fail/,
    ],
    [
      'it needs one of Enterprise, which no root has',
      ({ linked, next }) => {
        linked('x');
        next('x', { depends: ['web_studio'] });
      },
      'x',
      /^It needs web_studio\. No root of Odoo 17\.0 has web_studio of Odoo Enterprise\.$/,
    ],
    [
      'it needs what is linked, and only the old sources have it',
      ({ linked, next }) => {
        linked('x');
        next('x', { depends: ['old_y'] });
        linked('old_y', { version: '1.0' });
      },
      'x',
      /^It needs old_y\. No root of Odoo 17\.0 has old_y\.$/,
    ],
    [
      'it needs what only the folder of the old Odoo on the addons path has',
      ({ linked, next, world }) => {
        linked('x');
        next('x', { depends: ['note'] });
        world.module('odoo16/addons/note', { version: '1.0' });
      },
      'x',
      /^It needs note\. No root of Odoo 17\.0 has note\./,
    ],
    [
      'it needs what a repository of the OCA has',
      ({ linked, next }) => {
        linked('x');
        next('x', { depends: ['hr_holidays_public'] });
      },
      'x',
      /has hr_holidays_public\. OCA's hr-holidays has it for Odoo 17\.0 .* Ask the operator to check out hr-holidays/,
    ],
    [
      'its licence does not allow what it needs, and the instance refuses that',
      ({ linked, next, world }) => {
        linked('x');
        next('x', { license: 'AGPL-3', depends: ['e_new'] });
        world.module('17.0/ee/e_new', { license: 'OEEL-1' });
      },
      'x',
      /AGPL-3/,
    ],
  ])('%s', async (_, set, name, note) => {
    const site = twoInstances();
    set(site);
    site.linked('other');
    site.next('other');
    const before = readlinkSync(site.world.at('linked', name));
    const addonsPath = [site.world.folder('odoo16/addons'), site.world.at('linked')].join(',');
    site.world.file('odoo.conf', `[options]\naddons_path = ${addonsPath}\n`);
    const { json } = migrations(site.config({ prod: { licenses: 'refuse', odooConf: 'odoo.conf' } }));
    const moved = await json('--apply', '--unlink-missing');
    const row = moved.modules.find(({ module }: Data) => module === name);
    expect(row).toMatchObject({ action: 'leave', note: expect.stringMatching(note) });
    expect(linksOf(site.world).other).toBe('17.0/oca/web/other');
    expect(readlinkSync(site.world.at('linked', name))).toBe(before);
    expect(moved.counts.needed).toBeUndefined();
  });
});

describe('migrate', () => {
  it("leaves the company's own modules that no new root has, whatever it is told to unlink", async () => {
    const site = twoInstances();
    site.world.link(site.world.module('16.0/own/acme/acme_x', { version: '16.0.1.0.0' }), 'linked/acme_x');
    const { json } = migrations(site.config({ prod: { roots: { own: ['16.0/own'] } } }));
    const moved = await json('--apply', '--unlink-missing');
    expect(moved.modules).toMatchObject([
      {
        module: 'acme_x',
        fate: 'unknown',
        action: 'leave',
        note: 'It is one of the company: no root of Odoo 17.0 has it.',
      },
    ]);
  });

  it('re-points again what had moved, where its module has gone to another repository', async () => {
    const site = twoInstances();
    site.world.link(site.world.at('17.0/oca/left/x'), 'linked/x');
    site.next('x');
    const { json } = migrations(site.config());
    expect(fatesOf(await json('--apply'))).toEqual({ x: 'there repoint' });
    expect(linksOf(site.world)).toEqual({ x: '17.0/oca/web/x' });
  });

  it('takes a module from the repository in which it is migrated', async () => {
    const site = twoInstances();
    site.linked('x');
    site.next('x', { version: '16.0.1.0.0', installable: false }, 'a_left');
    site.next('x', {}, 'b_moved');
    const { json } = migrations(site.config());
    await json('--apply');
    expect(linksOf(site.world)).toEqual({ x: '17.0/oca/b_moved/x' });
  });

  it('asks whose roots, where several instances have different ones', async () => {
    const site = twoInstances();
    const { world } = site;
    site.linked('x');
    site.next('x');
    cpSync(world.at('17.0'), world.at('17.0-stage'), { recursive: true });
    world.folder('staged');
    const config = site.config();
    const parsed = JSON.parse(JSON.stringify(await import(config, { with: { type: 'json' } }))).default;
    const stage = { ...parsed.instances.test, addonsDirs: ['staged'], roots: { oca: ['17.0-stage/oca'] } };
    const three = world.file(
      'three.json',
      JSON.stringify({ ...parsed, instances: { ...parsed.instances, stage } }),
    );
    const { json } = migrations(three);
    const reported = await json();
    expect([reported.looked_at, reported.counts]).toEqual([['test', 'stage'], { there: 1 }]);
    const before = snapshot(world.at('linked'));
    expect(await json('--apply')).toMatchObject({
      exit: 1,
      code: 'ambiguous_instance',
      message: 'Several instances of Odoo 17.0 have different roots: test and stage.',
      hint: 'Say with --roots-of whose roots the links are to lead into.',
    });
    expect(await json('--apply', '--roots-of', 'nobody')).toMatchObject({ code: 'unknown_instance' });
    expect(snapshot(world.at('linked'))).toEqual(before);
    await json('--apply', '--roots-of', 'stage');
    expect(linksOf(world)).toEqual({ x: '17.0-stage/oca/web/x' });
  });

  it.each([
    [['--dry-run'], '--dry-run and --unlink-missing belong to --apply.'],
    [['--unlink-missing'], '--dry-run and --unlink-missing belong to --apply.'],
  ])('%j alone is a mistake', async (args, told) => {
    const { run } = migrations(twoInstances().config());
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(told) });
  });

  it('writes links as Odoo in a container sees them, and leaves what it would not see', async () => {
    const site = twoInstances();
    const { world } = site;
    for (const name of ['a', 'b']) {
      world.module(`16.0/oca/web/${name}`, { version: '16.0.1.0.0' });
      world.link(`/mnt/16.0/oca/web/${name}`, `linked/${name}`);
      site.next(name, name === 'a' ? { depends: ['c'] } : {});
    }
    site.next('c');
    const narrow = { [world.at('16.0')]: '/mnt/16.0', [world.at('linked')]: '/mnt/linked' };
    const unseen = await migrations(site.config({ prod: { paths: narrow } })).json('--apply');
    expect(unseen.counts).toEqual({ blocked: 2 });
    expect(unseen.modules[1].note).toMatch(/Odoo does not see|not see/);
    const paths = { ...narrow, [world.at('17.0')]: '/mnt/17.0' };
    const { json } = migrations(site.config({ prod: { paths } }));
    const steps = ['a', 'b'].map((module) => ({
      action: 'replace',
      module,
      target: `/mnt/17.0/oca/web/${module}`,
      previous: `/mnt/16.0/oca/web/${module}`,
    }));
    const dir = openAddonsDir(world.at('linked'));
    if (!dir.ok) throw new Error(dir.refusal);
    interruptChange(dir.value, world.at('state'), steps);
    expect(fatesOf(await json('--apply'))).toEqual({
      a: 'there repoint',
      b: 'there repoint',
      c: 'needed link',
    });
    expect(linksOf(world)).toEqual({
      a: '/mnt/17.0/oca/web/a',
      b: '/mnt/17.0/oca/web/b',
      c: '/mnt/17.0/oca/web/c',
    });
    expect(fatesOf(await json('--apply'))).toEqual({ a: 'there keep', b: 'there keep', c: 'there keep' });
    const after = site.config({ prod: { series: '17.0', roots: { oca: ['17.0/oca'] }, paths } });
    const status = await runCli(['status', '--instance', 'prod', '--config', after, '--json']);
    expect(JSON.parse(status.stdout).counts).toEqual({ ok: 3 });
  });

  it('undoes a move that was interrupted, and then moves', async () => {
    const site = twoInstances();
    const { world } = site;
    for (const name of ['a', 'b', 'c']) {
      site.linked(name);
      site.next(name);
    }
    const config = site.config();
    const dir = openAddonsDir(world.at('linked'));
    if (!dir.ok) throw new Error(dir.refusal);
    // As a process leaves it that was killed after the first step.
    const steps = ['a', 'b', 'c'].map((module) => ({
      action: 'replace',
      module,
      target: world.at('17.0/oca/web', module),
      previous: world.at('16.0/oca/web', module),
    }));
    rmSync(world.at('linked/a'));
    world.link(world.at('17.0/oca/web/a'), 'linked/a');
    interruptChange(dir.value, world.at('state'), steps);
    const repaired = await runCli(['repair', '--instance', 'prod', '--config', config]);
    expect(repaired.stdout).toContain('An interrupted change in');
    expect(linksOf(world)).toEqual({
      a: '16.0/oca/web/a',
      b: '16.0/oca/web/b',
      c: '16.0/oca/web/c',
    });
    interruptChange(dir.value, world.at('state'), steps);
    const { json } = migrations(config);
    expect(await json('--apply')).toMatchObject({ exit: 0, status: 'moved' });
    expect(linksOf(world)).toEqual({
      a: '17.0/oca/web/a',
      b: '17.0/oca/web/b',
      c: '17.0/oca/web/c',
    });
  });

  it('changes nothing where a step fails', async () => {
    const site = twoInstances();
    const { world } = site;
    for (const name of ['a', 'b', 'c']) {
      site.linked(name);
      site.next(name);
    }
    const faults = world.file(
      'faults.cjs',
      `const fs = require('node:fs');
       const { renameSync } = fs;
       let count = 0;
       fs.renameSync = (from, to) => {
         if (to.endsWith('/c') && count++ === 0) throw Object.assign(new Error('no'), { code: 'EIO' });
         return renameSync(from, to);
       };
       require('node:module').syncBuiltinESMExports();`,
    );
    const before = linksOf(world);
    const args = [
      'migrate',
      '--to',
      '17.0',
      '--instance',
      'prod',
      '--config',
      site.config(),
      '--apply',
      '--json',
    ];
    const failed = await runCli(args, { env: { NODE_OPTIONS: `--require ${faults}` } });
    expect([failed.code, JSON.parse(failed.stdout).code]).toEqual([1, 'io_error']);
    expect(linksOf(world)).toEqual(before);
  });
});

describe('link_status with to', () => {
  it('tells an agent what the command tells, a page at a time', async () => {
    const site = everyKind();
    const config = site.config();
    const server = await startServer(['--config', config]);
    const { json } = migrations(config);
    const { modules, counts } = await json();
    const whole = await server.call('link_status', { instance: 'prod', to: '17.0' });
    expect(whole.data).toMatchObject({ instance: 'prod', series: '16.0', to: '17.0', fates: counts });
    expect(sorted(ungrouped(whole.data))).toEqual(sorted(modules));
    expect(whole.data.groups[0]).toEqual({
      fate: 'there',
      action: 'repoint',
      modules: ['broken'],
      versions: ['17.0.2.0.0'],
      family: 'oca',
      repo: 'web',
    });
    expect(whole.text).toContain('\n  from web: needy 17.0.2.0.0, plain 17.0.2.0.0\n');
    expect(whole.data.note).toMatch(/^Looked at the roots of test\./);
    const paged: Data[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await server.call('link_status', { instance: 'prod', to: '17.0', limit: 5, cursor });
      expect(data.fates).toEqual(counts);
      paged.push(...ungrouped(data));
      cursor = data.next_cursor;
    } while (cursor !== undefined);
    expect(sorted(paged)).toEqual(sorted(modules));
    const wrong = await server.call('link_status', { instance: 'prod', to: '17.0', state: 'ok' });
    expect(wrong.data).toMatchObject({
      code: 'invalid_argument',
      message: 'to does not go together with state.',
    });
    const earlier = await server.call('link_status', { instance: 'test', to: '16.0' });
    expect(earlier.data).toMatchObject({ code: 'invalid_argument' });
  });

  it.each<[string, Record<string, unknown>, Data]>([
    [
      'the other instance',
      { link_status: { deny_if: [{ 'args.instance': { eq: 'test' } }] } },
      { fates: { unknown: 2 }, note: /No instance of Odoo 17\.0/ },
    ],
    [
      'a repository there',
      { addon_info: { deny_if: [{ 'args.repo': { eq: 'server' } }] } },
      { fates: { there: 1, unknown: 1 } },
    ],
  ])('does not tell what the policy hides: %s', async (what, tools, expected) => {
    const site = twoInstances();
    site.linked('plain');
    site.next('plain');
    site.linked('elsewhere');
    site.next('elsewhere', {}, 'server');
    const policy = { version: '1', default: 'allow', tools };
    const server = await startServer(['--config', site.config({ rest: { policy } })]);
    const { data, text } = await server.call('link_status', { instance: 'prod', to: '17.0' });
    expect(data.fates).toEqual(expected.fates);
    if (expected.note !== undefined) expect(data.note).toMatch(expected.note);
    if (what === 'a repository there') expect(`${JSON.stringify(data)} ${text}`).not.toContain('server');
  });

  it('is denied where the policy decides by modules, which the call does not name', async () => {
    const site = twoInstances();
    site.linked('plain');
    const tools = { link_status: { deny_if: [{ 'args.module': { eq: 'plain' } }] } };
    const policy = { version: '1', default: 'allow', tools };
    const server = await startServer(['--config', site.config({ rest: { policy } })]);
    const { data } = await server.call('link_status', { instance: 'prod', to: '17.0' });
    expect(data).toMatchObject({ code: 'policy_denied', hint: expect.stringContaining('module') });
  });

  it('is counted by the limits of the tool', async () => {
    const site = twoInstances();
    site.linked('plain');
    const policy = {
      version: '1',
      default: 'allow',
      tools: { link_status: { limits: [{ counter: 'status', window: 'hour', max: 1 }] } },
    };
    const server = await startServer(['--config', site.config({ rest: { policy } })]);
    const call = () => server.call('link_status', { instance: 'prod', to: '17.0' });
    expect((await call()).data.status).toBe('ok');
    expect((await call()).data.code).toBe('rate_limited');
  });
});

import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/config/instance.ts';
import { applyMigration } from '../../../src/services/migration/apply-migration.ts';
import type { ModuleFate } from '../../../src/services/migration/fates.ts';
import { formatMigration } from '../../../src/services/migration/migration-formats.ts';
import { pageOfMigration } from '../../../src/services/migration/migration-page.ts';
import { type MigrationReport, reportMigration } from '../../../src/services/migration/migration-report.ts';
import type { ReadProvenance } from '../../../src/sources/provenance.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../../support/instance.ts';
import { createWorld, openWorld, type World } from '../../support/world.ts';

/** An instance of 16.0 with its links, and one of 17.0 whose roots are in the folder `next`. */
function contextOf(world: World) {
  const now = makeInstance(world, { series: '16.0', families: ['oca', 'ee'] });
  const beyond = openWorld(world.folder('next'));
  beyond.folder('linked');
  const next = { ...makeInstance(beyond, { series: '17.0', families: ['oca', 'ee'] }), name: 'next' };
  return makeContext(world, [now, next]);
}

async function report(world: World, to: '17.0' | '18.0' = '17.0'): Promise<MigrationReport> {
  return succeeded(await reportMigration({ to, instance: 'prod' }, contextOf(world)));
}

const link = (world: World, name: string) =>
  linkedModule(world, `oca/web/${name}`, { version: '16.0.1.0.0' });

describe('what becomes of a linked module', () => {
  it.each<[what: string, module: string, set: (world: World) => unknown, fate: ModuleFate]>([
    [
      'what a root of the new series has',
      'x',
      (world) => world.module('next/oca/server/x', { version: '17.0.2.0.0' }),
      { fate: 'there', repo: 'server', version: '17.0.2.0.0' },
    ],
    [
      'what is not migrated',
      'x',
      (world) => world.module('next/oca/server/x', { version: '16.0.1.0.0', installable: false }),
      {
        fate: 'refused',
        repo: 'server',
        version: '16.0.1.0.0',
        note: expect.stringMatching(/^x cannot be installed on 17\.0: .*not migrated to 17\.0 yet/),
      },
    ],
    [
      'what one repository has not migrated, and another one has',
      'x',
      (world) => {
        world.module('next/oca/a/x', { version: '16.0.1.0.0', installable: false });
        world.module('next/oca/b/x', { version: '17.0.1.0.0' });
      },
      { fate: 'there', repo: 'b', version: '17.0.1.0.0' },
    ],
    [
      'a module that was merged into one of Odoo',
      'account_invoice_fiscal_position_update',
      () => {},
      {
        fate: 'merged',
        name: 'account',
        note: 'account_invoice_fiscal_position_update was merged into account with 17.0. account is a module of Odoo Community.',
      },
    ],
    [
      'a module that Odoo itself has now',
      'spreadsheet_dashboard_hr_timesheet',
      () => {},
      {
        fate: 'part_of_odoo',
        note: 'It is a module of Odoo Community 17.0: it needs no link, or one from there.',
      },
    ],
    [
      'a module of a repository that is not checked out',
      'hr_holidays_public',
      () => {},
      {
        fate: 'not_checked_out',
        repo: 'hr-holidays',
        note: "OCA's hr-holidays has it for Odoo 17.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 17.0, under roots.oca.",
      },
    ],
    [
      'a module of a repository that is checked out without it',
      'hr_holidays_public',
      (world) => world.module('next/oca/hr-holidays/other', { version: '17.0.1.0.0' }),
      {
        fate: 'not_checked_out',
        repo: 'hr-holidays',
        note: "OCA's hr-holidays has it for Odoo 17.0 (as of October 2024). The checkout of hr-holidays does not contain it: ask the operator to update that.",
      },
    ],
    [
      'a module of which nothing is known',
      'shopinvader_base',
      () => {},
      { fate: 'unknown', note: 'Not known for 17.0 (as of October 2024).' },
    ],
  ])('%s', async (_, module, set, fate) => {
    const world = createWorld();
    link(world, module);
    world.folder('next/oca');
    set(world);
    const { modules, counts } = await report(world);
    const action = fate.fate === 'there' ? 'repoint' : 'leave';
    expect(modules).toEqual([{ module, family: 'oca', repo_now: 'web', action, ...fate }]);
    expect(counts).toEqual({ [fate.fate]: 1 });
  });

  it('a new name, and who has it, is told up to the new series only', async () => {
    const world = createWorld();
    link(world, 'product_supplierinfo_for_customer');
    const [of17] = (await report(world)).modules;
    expect(of17?.fate).not.toBe('renamed');
    expect((await report(world, '18.0')).modules).toMatchObject([
      {
        fate: 'renamed',
        name: 'product_customerinfo',
        note: "product_supplierinfo_for_customer is called product_customerinfo from 18.0 on. OCA's product-attribute has it for Odoo 18.0 (as of 2025). Ask the operator to check out product-attribute, branch 18.0, under roots.oca.",
      },
    ]);
  });
});

it('foreign links and folders are left out, broken links are not', async () => {
  const world = createWorld();
  world.link(world.module('elsewhere/foreign'), 'linked/foreign');
  world.module('linked/real');
  world.link(world.at('oca/web/gone'), 'linked/gone');
  world.module('next/oca/web/gone', { version: '17.0.1.0.0' });
  expect((await report(world)).modules).toMatchObject([{ module: 'gone', fate: 'there', repo_now: null }]);
});

it('what the policy hides is not told, but counted: links, and places in the next roots', async () => {
  const world = createWorld();
  for (const name of ['shown', 'hidden', 'hidden_there']) {
    link(world, name);
    world.module(`next/oca/web/${name}`, { version: '17.0.1.0.0' });
  }
  const context = contextOf(world);
  const hides = { ok: false, refusal: { code: 'policy_denied', message: '' } } as const;
  const mayTell: NonNullable<typeof context.mayTell> = ({ modules }, at) => {
    const isHidden = modules.includes('hidden') || (at !== undefined && modules.includes('hidden_there'));
    return isHidden ? hides : { ok: true, value: undefined };
  };
  const reported = succeeded(
    await reportMigration({ to: '17.0', instance: 'prod' }, { ...context, mayTell }),
  );
  expect(reported.modules.map(({ module, fate }) => [module, fate])).toEqual([
    ['shown', 'there'],
    ['hidden_there', 'unknown'],
  ]);
  expect(reported.withheld).toBe(1);
  const page = succeeded(await pageOfMigration({ to: '17.0', instance: 'prod' }, { ...context, mayTell }));
  expect(page.note).toContain('The policy does not show 1 more entry.');
});

it('an instance whose root has moved since the start is not looked at', async () => {
  const world = createWorld();
  link(world, 'x');
  world.module('next/oca/web/x', { version: '17.0.1.0.0' });
  world.link(world.folder('other'), 'current');
  const { instances, ...context } = contextOf(world);
  const [prod, next] = instances as [Instance, Instance];
  const roots = next.roots.map((root) => ({ ...root, configured: world.at('current') }));
  const moved = { ...context, instances: [prod, { ...next, roots }] };
  const reported = succeeded(await reportMigration({ to: '17.0', instance: 'prod' }, moved));
  expect([reported.looked_at, reported.counts]).toEqual([[], { unknown: 1 }]);
});

it('what is linked while the move is planned moves as well', async () => {
  const world = createWorld();
  for (const name of ['x', 'late']) world.module(`next/oca/web/${name}`, { version: '17.0.1.0.0' });
  link(world, 'x');
  const context = contextOf(world);
  let isLate = true;
  const readProvenance: ReadProvenance = async (folders) => {
    if (isLate) link(world, 'late');
    isLate = false;
    return folders.map(() => null);
  };
  const request = { to: '17.0', instance: 'prod', unlink_missing: false, dry_run: false } as const;
  const moved = succeeded(await applyMigration(request, { ...context, readProvenance }));
  expect(moved.modules.map(({ module, action }) => [module, action])).toEqual([
    ['late', 'repoint'],
    ['x', 'repoint'],
  ]);
  expect(readlinkSync(world.at('linked/late'))).toBe(world.at('next/oca/web/late'));
});

it.each(['16.0', '15.0'] as const)('an instance of 16.0 does not move to %s', async (to) => {
  const world = createWorld();
  const result = await reportMigration({ to, instance: 'prod' }, contextOf(world));
  expect(refusalsOf(result)).toMatchObject([
    { code: 'invalid_argument', message: 'to must be later than the series of prod, 16.0.' },
  ]);
});

describe('the formats of a report', () => {
  const REPORT: MigrationReport = {
    instance: 'prod',
    from: '16.0',
    to: '17.0',
    looked_at: [],
    counts: { there: 1, unknown: 1 },
    modules: [
      {
        module: 'a_b',
        family: 'oca',
        repo_now: 'web',
        fate: 'there',
        repo: 'web',
        version: '"=1,\n2"',
        action: 'repoint',
      },
      {
        module: 'c',
        family: 'own',
        repo_now: null,
        fate: 'unknown',
        note: '=HYPERLINK("x") | <b>',
        action: 'leave',
      },
    ],
  };

  it('text has a line for each fate, and each module', () => {
    expect(formatMigration(REPORT, 'text').split('\n')).toEqual([
      '2 linked modules of prod, from Odoo 16.0 to 17.0; looked at no roots: no instance of Odoo 17.0 is configured.',
      'there, 1: a root of the new series has it, with all that it needs',
      String.raw`  a_b "=1,\u{a}2" in web`,
      'unknown, 1: no root has it, and nothing else is known of it',
      '  c: =HYPERLINK("x") | <b>',
    ]);
  });

  it('csv quotes what it must, and has no formulas', () => {
    expect(formatMigration(REPORT, 'csv').split('\n')).toEqual([
      'module,family,repo_now,fate,name,repo,version,note,action',
      String.raw`a_b,oca,web,there,,web,"""=1,\u{a}2""",,repoint`,
      `c,own,,unknown,,,,"'=HYPERLINK(""x"") | <b>",leave`,
    ]);
  });

  it('markdown has a table in which nothing is markup', () => {
    const lines = formatMigration(REPORT, 'markdown').split('\n');
    expect(lines[0]).toBe('# prod: from Odoo 16.0 to 17.0');
    expect(lines.at(-1)).toBe(
      String.raw`| c | own |  | unknown |  |  |  | =HYPERLINK("x") \| \<b\> | leave |`,
    );
    expect(lines.at(-2)).toContain(String.raw`| a\_b | oca | web |`);
  });
});

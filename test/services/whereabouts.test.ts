import { describe, expect, it } from 'vitest';
import type { ToolFamily } from '../../src/addons/roots.ts';
import type { Series } from '../../src/manifest/series.ts';
import { linkModules } from '../../src/services/link/link-modules.ts';
import { addonInfo } from '../../src/services/modules/addon-info.ts';
import type { OneInfo } from '../../src/services/modules/info-schema.ts';
import { makeContext, makeInstance, refusalsOf, succeeded } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';

const REQUEST = { argument: 'module', with_dependencies: true, replace: false, dry_run: false } as const;

const instanceOf = (world: World, series: Series) => makeInstance(world, { series });

/** What is told of a module that no root of the instance has: the hint, and the facts. */
async function told(world: World, series: Series, module: string, family: ToolFamily = 'oca') {
  const request = { ...REQUEST, family, modules: [module] };
  const result = await linkModules(request, makeContext(world, [instanceOf(world, series)]));
  const [refusal] = refusalsOf(result);
  return { hint: refusal?.hint, known: refusal?.details?.known };
}

describe('of a module that no root has', () => {
  it.each<[what: string, series: Series, module: string, hint: string, known: object]>([
    [
      'the repository that has it',
      '16.0',
      'hr_holidays_public',
      "OCA's hr-holidays has hr_holidays_public for Odoo 16.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 16.0, under roots.oca.",
      { repos: ['hr-holidays'], as_of: 'October 2024' },
    ],
    [
      'all that have it',
      '17.0',
      'edi_voxel_oca',
      "OCA's edi and edi-voxel have edi_voxel_oca for Odoo 17.0 (as of October 2024). Ask the operator to check out edi, branch 17.0, under roots.oca.",
      { repos: ['edi', 'edi-voxel'], as_of: 'October 2024' },
    ],
    [
      'the series that have it, but not that this one has not',
      '18.0',
      'agreement_legal',
      "OCA's contract and agreement have agreement_legal for Odoo 14.0, 15.0 and 16.0; for 18.0 it is not known (as of 2025). Ask the operator to find out whether it has been migrated to 18.0 since.",
      {
        other_series: [
          { series: '14.0', repos: ['contract'] },
          { series: '15.0', repos: ['agreement'] },
          { series: '16.0', repos: ['agreement'] },
        ],
        as_of: '2025',
      },
    ],
    [
      'that nothing is known',
      '16.0',
      'shopinvader_base',
      "OCA's repositories are not known to have shopinvader_base for any series (Odoo 16.0: as of October 2024). Ask the operator to check out the repository that contains it into a folder under roots.oca.",
      { as_of: 'October 2024' },
    ],
    [
      'what it was merged into',
      '17.0',
      'account_invoice_fiscal_position_update',
      'account_invoice_fiscal_position_update was merged into account with 17.0. account is a module of Odoo 17.0, which needs no link.',
      {
        name: 'account',
      },
    ],
    [
      'what it is called now, and who has that',
      '18.0',
      'product_supplierinfo_for_customer',
      "product_supplierinfo_for_customer is called product_customerinfo from 18.0 on. OCA's product-attribute has product_customerinfo for Odoo 18.0 (as of 2025). Ask the operator to check out product-attribute, branch 18.0, under roots.oca.",
      { name: 'product_customerinfo' },
    ],
    [
      'what it was called before',
      '16.0',
      'product_customerinfo',
      "product_customerinfo is called product_supplierinfo_for_customer before 18.0. OCA's product-attribute has product_supplierinfo_for_customer for Odoo 16.0 (as of October 2024). Ask the operator to check out product-attribute, branch 16.0, under roots.oca.",
      { name: 'product_supplierinfo_for_customer' },
    ],
  ])('it is told %s', async (_, series, module, hint, known) => {
    const world = createWorld();
    world.module('oca/web/other');
    expect(await told(world, series, module)).toEqual({ hint, known });
  });

  it('a checkout of its repository is to be updated', async () => {
    const world = createWorld();
    world.module('oca/web/other');
    expect((await told(world, '16.0', 'web_responsive')).hint).toBe(
      "OCA's web has web_responsive for Odoo 16.0 (as of October 2024). The checkout of web does not contain it: ask the operator to update that.",
    );
  });

  it('the name it has now is a call, if a root has that', async () => {
    const world = createWorld();
    world.module('oca/product-attribute/product_customerinfo', { version: '18.0.1.0.0' });
    expect((await told(world, '18.0', 'product_supplierinfo_for_customer')).hint).toBe(
      'product_supplierinfo_for_customer is called product_customerinfo from 18.0 on. Call oca_link {"module":"product_customerinfo"}.',
    );
  });

  it('a name one slip away says more than that nothing is known', async () => {
    const world = createWorld();
    world.module('oca/web/shopinvader_bass');
    expect((await told(world, '16.0', 'shopinvader_base')).hint).toBe('Did you mean shopinvader_bass?');
  });

  it('another instance that has it says more than the index', async () => {
    const world = createWorld();
    world.module('oca/hr-holidays/hr_holidays_public', { version: '16.0.1.0.0' });
    const test = { ...instanceOf(world, '16.0'), name: 'test' };
    const here = { ...makeInstance(world, { series: '16.0', dirs: ['other'] }), roots: [] };
    const context = makeContext(world, [here, test]);
    const request = { module: 'hr_holidays_public', instance: here.name };
    const info = succeeded(await addonInfo(request, context));
    expect((info as OneInfo).next).toBe(
      `The instance test (Odoo 16.0) has hr_holidays_public 16.0.1.0.0 (oca) in hr-holidays. Ask the operator to check out hr-holidays for ${here.name}.`,
    );
  });
});

it('addon_info tells of a link of that name, whatever is known of the module', async () => {
  const world = createWorld();
  world.module('oca/web/other');
  world.link(world.at('oca/web/shopinvader_base'), 'linked/shopinvader_base');
  const result = await addonInfo(
    { module: 'shopinvader_base' },
    makeContext(world, [instanceOf(world, '16.0')]),
  );
  const [refusal] = refusalsOf(result);
  expect(refusal?.message).toBe(
    `No configured root contains shopinvader_base. ${world.at('linked')} has an entry of that name.`,
  );
  expect(refusal?.hint).toMatch(
    /^Call link_status \{"module":"shopinvader_base"\} to see what is wrong with it\. OCA's /,
  );
});

it('a call that needs it says what addon_info says', async () => {
  const world = createWorld();
  world.module('oca/web/asked', { version: '16.0.1.0.0', depends: ['hr_holidays_public'] });
  const request = { ...REQUEST, family: 'oca', modules: ['asked'] } as const;
  const [refusal] = refusalsOf(await linkModules(request, makeContext(world, [instanceOf(world, '16.0')])));
  expect([refusal?.code, refusal?.message, refusal?.hint]).toEqual([
    'dependency_missing',
    'asked needs hr_holidays_public, which no configured root contains.',
    "OCA's hr-holidays has hr_holidays_public for Odoo 16.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 16.0, under roots.oca.",
  ]);
});

it('the tool for Enterprise names the one that links it', async () => {
  const world = createWorld();
  world.module('ee/other');
  expect((await told(world, '16.0', 'helpdesk_mgmt', 'ee')).hint).toBe(
    "OCA's helpdesk has helpdesk_mgmt for Odoo 16.0 (as of October 2024). Ask the operator to check out helpdesk, branch 16.0, under roots.oca. oca_link links it then.",
  );
});

it('of several modules, those that were not found say it in their rows', async () => {
  const world = createWorld();
  world.module('oca/web/other', { version: '16.0.1.0.0' });
  const context = makeContext(world, [instanceOf(world, '16.0')]);
  const result = await addonInfo({ module: ['other', 'hr_holidays_public', 'shopinvader_base'] }, context);
  const rows = result.ok && 'modules' in result.value ? result.value.modules : [];
  expect(rows.map(({ reasons }) => reasons)).toEqual([
    [],
    [
      "No configured root contains hr_holidays_public. OCA's hr-holidays has hr_holidays_public for Odoo 16.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 16.0, under roots.oca.",
    ],
    ['No configured root contains shopinvader_base.'],
  ]);
});

it('ee_link of a name that nothing is known of says what Enterprise has', async () => {
  const world = createWorld();
  world.module('ee/other');
  expect((await told(world, '16.0', 'shopinvader_base', 'ee')).hint).toBe(
    'Odoo Enterprise 16.0 is not known to have shopinvader_base. Ask the operator to check out the repository that contains it into a folder under roots.ee.',
  );
});

import { describe, expect, it } from 'vitest';
import { forOperator } from '../../src/base/surface.ts';
import type { Series } from '../../src/manifest/series.ts';
import { checkOut } from '../support/instance.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

interface Row {
  readonly series: Series;
  readonly name: string;
  readonly set?: (world: World) => unknown;
  /** Where the broken link leads. */
  readonly at?: string;
  readonly remedy: string;
  /** What `repair` says if that is not the remedy. */
  readonly reason?: string;
}

const UNLINK = (name: string, tool = 'oca_unlink') => `Call ${tool} {"modules":["${name}"]}: `;

/** A link whose module is not where it leads, and what to do about it. */
const ROWS: Record<string, Row> = {
  'its name is another one now, which a root has': {
    series: '18.0',
    name: 'product_supplierinfo_for_customer',
    set: (world) => world.module('src/oca/product/product_customerinfo', { version: '18.0.1.0.0' }),
    remedy: `${UNLINK('product_supplierinfo_for_customer')}it is called product_customerinfo from 18.0 on. Call oca_link {"module":"product_customerinfo"} instead.`,
  },
  'its name is another one now, which no root has': {
    series: '18.0',
    name: 'product_supplierinfo_for_customer',
    remedy: `${UNLINK('product_supplierinfo_for_customer')}it is called product_customerinfo from 18.0 on. OCA's product-attribute has product_customerinfo for Odoo 18.0 (as of 2025). Ask the operator to check out product-attribute, branch 18.0, under roots.oca.`,
  },
  'it was merged into a module of Odoo': {
    series: '17.0',
    name: 'account_invoice_fiscal_position_update',
    remedy: `${UNLINK('account_invoice_fiscal_position_update')}it was merged into account with 17.0, a module of Odoo Community itself.`,
  },
  'Odoo itself has it now': {
    series: '17.0',
    name: 'spreadsheet_dashboard_hr_timesheet',
    remedy: `${UNLINK('spreadsheet_dashboard_hr_timesheet')}it is a module of Odoo Community itself in 17.0.`,
  },
  'a repository that is not checked out has it': {
    series: '17.0',
    name: 'hr_holidays_public',
    remedy:
      "OCA's hr-holidays has it for Odoo 17.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 17.0, under roots.oca. Then `odoo-link-mcp repair` mends the link. Or unlink it.",
  },
  'its repository is checked out without it': {
    series: '17.0',
    name: 'hr_holidays_public',
    set: (world) => world.module('src/oca/hr-holidays/other'),
    remedy:
      "OCA's hr-holidays has it for Odoo 17.0 (as of October 2024). The checkout of hr-holidays does not contain it: ask the operator to update that. Then `odoo-link-mcp repair` mends the link. Or unlink it.",
  },
  'its repository is checked out for another series': {
    series: '17.0',
    name: 'hr_holidays_public',
    set(world) {
      world.module('src/oca/hr-holidays/other', { version: '16.0.1.0.0' });
      checkOut(world, 'src/oca/hr-holidays', '16.0');
    },
    remedy:
      "OCA's hr-holidays has it for Odoo 17.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 17.0, under roots.oca. Then `odoo-link-mcp repair` mends the link. Or unlink it.",
  },
  'other series alone are known to have it': {
    series: '18.0',
    name: 'agreement_legal',
    remedy: `${UNLINK('agreement_legal')}no root has the module, and the OCA's repositories are known to have it for Odoo 14.0, 15.0 and 16.0 only (18.0: as of 2025).`,
  },
  'nothing is known of it': {
    series: '16.0',
    name: 'shopinvader_base',
    remedy: `${UNLINK('shopinvader_base')}no root has the module, and the OCA's repositories are not known to have it (16.0: as of October 2024).`,
  },
  'it was one of the company': {
    series: '17.0',
    name: 'acme_base',
    at: 'src/own/acme/acme_base',
    set: (world) => world.module('src/own/acme/acme_other'),
    remedy: `${UNLINK('acme_base')}no root has the module, which is one of the company.`,
  },
  'Enterprise should have it': {
    series: '17.0',
    name: 'web_studio',
    at: 'src/ee/web_studio',
    remedy:
      'No root contains it: ask the operator to have the Enterprise sources, all of them, under roots.ee.',
  },
  'Enterprise has no such module': {
    series: '17.0',
    name: 'no_such_module',
    at: 'src/ee/no_such_module',
    remedy: `${UNLINK('no_such_module', 'ee_unlink')}Odoo Enterprise 17.0 is not known to have the module.`,
  },
  'another family has it': {
    series: '17.0',
    name: 'x',
    set: (world) => world.module('src/ee/x', { license: 'OEEL-1' }),
    remedy: `${UNLINK('x')}another family has the module: ee_link links it.`,
  },
  'another folder has it': {
    series: '17.0',
    name: 'x',
    set: (world) => world.module('src/oca/other/x'),
    remedy:
      'Call oca_link {"module":["x"],"replace":true}: another folder has the module. `odoo-link-mcp repair` does that for all links.',
    reason: '',
  },
  'another folder has it, which could not be linked': {
    series: '17.0',
    name: 'x',
    set: (world) => world.module('src/oca/other/x', { installable: false }),
    remedy: `${UNLINK('x')}another folder has the module, but it could not be linked (not_installable): addon_info says why.`,
    reason: 'x stays broken: x cannot be installed on 17.0: line 6: `installable` is false',
  },
  'two repositories have it': {
    series: '17.0',
    name: 'x',
    set(world) {
      for (const repo of ['one', 'two']) world.module(`src/oca/${repo}/x`);
    },
    remedy: 'Link it with replace and repo, which is one of one, two.',
    reason: 'x is offered by 2 repositories: one, two.',
  },
};

describe('what to do about a link whose module is gone, where', () => {
  it.each(Object.entries(ROWS))('%s', async (_, { series, name, set, at, remedy, reason }) => {
    const world = createWorld();
    world.module('src/oca/web/other', { version: `${series}.1.0.0` });
    world.module('src/ee/e', { license: 'OEEL-1', version: `${series}.1.0.0` });
    set?.(world);
    world.link(world.at(at ?? `src/oca/gone/${name}`), `linked/${name}`);
    const config = world.config({ series, roots: { oca: ['src/oca'], ee: ['src/ee'], own: ['src/own'] } });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('link_status', {});
    expect(data.links).toMatchObject([{ state: 'broken', modules: [name], remedy }]);
    // `repair` says the same to an operator, in commands, or why it cannot mend it.
    const repaired = await runCli(['repair', '--dry-run', '--config', config]);
    if (reason === undefined) {
      const command = forOperator(remedy).replaceAll(/Call (oca|ee)_(un)?link .*?\}/g, '');
      const said = repaired.stdout
        .replaceAll('link ee links', 'ee_link links')
        .replaceAll(/Run `odoo-link-mcp (un)?link [^`]*`/g, '');
      expect(said).toContain(command);
    } else expect(repaired.stdout).toContain(reason);
    // The calls that are told are not refused.
    for (const [, tool = '', args = ''] of remedy.matchAll(/Call (\w+) (\{.*?\})/g)) {
      const done = await server.call(tool, JSON.parse(args));
      expect([tool, done.data.status]).toEqual([tool, expect.stringMatching(/linked$/)]);
    }
  });
});

it('a link into a checkout of another series is linked anew where one of the series has the module', async () => {
  const world = createWorld();
  for (const series of ['16.0', '17.0']) {
    world.module(`src/oca/web${series}/x`, { version: '1.0' });
    checkOut(world, `src/oca/web${series}`, series);
  }
  world.module('src/oca/web16.0/left', { version: '1.0' });
  for (const name of ['x', 'left']) world.link(world.at('src/oca/web16.0', name), `linked/${name}`);
  const server = await startServer(['--config', world.config()]);
  const { data } = await server.call('link_status', {});
  const remedies = data.links.map(({ modules, remedy }: { modules: string[]; remedy: string }) => [
    ...modules,
    remedy,
  ]);
  expect(remedies).toEqual([
    ['left', 'Check out the branch 17.0 of its repository.'],
    ['x', 'Call oca_link {"module":["x"],"replace":true}: another folder has the module.'],
  ]);
  expect((await server.call('oca_link', { module: ['x'], replace: true })).data).toMatchObject({
    status: 'linked',
  });
});

it('what a linked module misses is told with where it is known to be', async () => {
  const world = createWorld();
  const needs = ['hr_holidays_public', 'no_such_module', 'spoilt'];
  world.link(world.module('src/oca/web/x', { depends: needs }), 'linked/x');
  world.module('src/oca/web/spoilt', { installable: false });
  const server = await startServer(['--config', world.config()]);
  const { data } = await server.call('link_status', {});
  expect(data.links[0]).toMatchObject({
    state: 'missing_dependency',
    remedy:
      "OCA's hr-holidays has hr_holidays_public for Odoo 17.0 (as of October 2024). Ask the operator to check out hr-holidays, branch 17.0, under roots.oca. " +
      'Ask the operator to check out the repository that contains no_such_module under roots.oca. ' +
      'Call addon_info {"module":["spoilt"]}: a root has spoilt, but it could not be linked.',
  });
});

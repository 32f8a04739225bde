import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../../src/services/context.ts';
import { operateOdoo } from '../../../src/services/odoo/operate-odoo.ts';
import type { OdooOperation } from '../../../src/services/odoo/operation-work.ts';
import { linkedModule, makeContext, makeInstance } from '../../support/instance.ts';
import { connectionTo, startStandIn } from '../../support/odoo.ts';
import { createWorld } from '../../support/world.ts';

/** Has Odoo do something with a module that may not be on its addons path. */
async function operate(
  operation: OdooOperation,
  name: string,
  { isWhole = false, ...more }: Partial<ServiceContext> & { readonly isWhole?: boolean } = {},
) {
  const world = createWorld();
  linkedModule(world, 'oca/web/needy', { depends: ['not_there'] });
  linkedModule(world, 'oca/web/listed_only');
  world.module('oca/web/partner_tools');
  world.module('ee/partner_suite');
  const uninstalled = { state: 'uninstalled', installed: false, onDisk: '17.0.1.0.0' } as const;
  const needy = { ...uninstalled, depends: ['not_there'] };
  const odoo = connectionTo(await startStandIn({ modules: { needy, listed_only: uninstalled } }));
  const odooConf = isWhole ? { addonsPath: [world.at('linked')] } : null;
  const instances = [makeInstance(world, { odoo, odooConf })];
  const request = { modules: [name], restarted: true, recover: false, dry_run: true };
  return operateOdoo(operation, request, makeContext(world, instances, more));
}

describe.each([true, false])('where the path is known whole: %j', (isWhole) => {
  it.each([
    ['install', 'partner_tools', 'Call oca_link {"module":"partner_tools"} first.'],
    ['upgrade', 'partner_tools', 'Call oca_link {"module":"partner_tools"} first.'],
    ['install', 'partner_suite', 'Call ee_link {"modules":["partner_suite"]} first.'],
    ['install', 'partner_toolz', 'Did you mean partner_tools?'],
    ['upgrade', 'partner_toolz', 'Did you mean partner_tools?'],
    ['upgrade', 'listed_onyl', 'Did you mean listed_only?'],
    ['install', 'nobody_has_it', expect.stringContaining('check out the repository that contains it')],
    ['upgrade', 'nobody_has_it', expect.stringContaining('check out the repository that contains it')],
    ['install', 'needy', expect.stringContaining('check out the repository that contains it')],
    ['upgrade', 'listed_only', 'Call odoo_install {"modules":["listed_only"]}.'],
  ] as const)('%s of %s is told what to do', async (operation, name, hint) => {
    expect(await operate(operation, name, { isWhole })).toMatchObject({ ok: false, refusal: { hint } });
  });

  it('suggests no name that the policy does not let a call tell of', async () => {
    const mayTell: ServiceContext['mayTell'] = ({ modules }) =>
      modules.includes('partner_tools')
        ? { ok: false, refusal: { code: 'policy_denied', message: 'no' } }
        : { ok: true, value: undefined };
    const told = await operate('upgrade', 'partner_toolz', { isWhole, mayTell });
    expect(JSON.stringify(told)).not.toContain('partner_tools');
  });
});

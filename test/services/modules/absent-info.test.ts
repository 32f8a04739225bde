import { describe, expect, it } from 'vitest';
import { refuse } from '../../../src/base/refusal.ts';
import type { Series } from '../../../src/manifest/series.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { addonInfo } from '../../../src/services/modules/addon-info.ts';
import { describeInfo } from '../../../src/services/modules/describe-info.ts';
import type { OneInfo } from '../../../src/services/modules/info-schema.ts';
import { makeContext, makeInstance, refusalsOf } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

function build(): World {
  const world = createWorld();
  for (const folder of ['oca/other', 'ee']) world.module(`${folder}/filling`);
  return world;
}

const ask = (world: World, series: Series, module: string, more: Partial<ServiceContext> = {}) =>
  addonInfo({ module }, makeContext(world, [makeInstance(world, { series })], more));

async function absent(series: Series, module: string, world = build()) {
  const result = await ask(world, series, module);
  if (!result.ok) throw new Error(result.refusal.message);
  return { info: result.value as OneInfo, text: describeInfo(result.value) };
}

describe('a module that is on no disk', () => {
  it('is told with its repository, what it needs, and how to get it', async () => {
    const { info, text } = await absent('16.0', 'account_financial_report');
    expect(info).toMatchObject({
      ...{ status: 'ok', module: 'account_financial_report', on_disk: false, linkable: false },
      ...{ family: null, repo: null, path: null, verdict: null, manifest: null, linked: [] },
      known: {
        repos: ['account-financial-reporting'],
        depends: ['account', 'date_range', 'report_xlsx'],
        as_of: 'October 2024',
        other_series: expect.arrayContaining([{ series: '15.0', repos: ['account-financial-reporting'] }]),
      },
      next: expect.stringMatching(/branch 16\.0, under roots\.oca\.$/),
    });
    expect(text.split('\n')).toEqual([
      'account_financial_report is on no disk here; instance prod, Odoo 16.0.',
      'No configured root contains account_financial_report.',
      expect.stringMatching(/^For other series: 14\.0 \(account-financial-reporting\), 15\.0 /),
      'As of October 2024 it needs account, date_range, report_xlsx.',
      `Next: ${info.next}`,
    ]);
  });

  it.each<[what: string, Series, string, known: object, next: RegExp]>([
    [
      'where only other series have it',
      '18.0',
      'agreement_legal',
      { repos: [], other_series: [{ series: '14.0' }, { series: '15.0' }, { series: '16.0' }] },
      /for 18\.0 it is not known \(as of 2025\)/,
    ],
    [
      'with what it was merged into',
      '17.0',
      'account_invoice_fiscal_position_update',
      { repos: [], changes: [{ kind: 'merged', to: 'account', since: '17.0' }] },
      /was merged into account with 17\.0\. account is a module of Odoo 17\.0, which needs no link\./,
    ],
    [
      'with its name of today',
      '18.0',
      'product_supplierinfo_for_customer',
      { repos: [], changes: [{ kind: 'renamed', to: 'product_customerinfo' }] },
      /called product_customerinfo from 18\.0 on/,
    ],
    [
      'with its name of before',
      '16.0',
      'product_customerinfo',
      { changes: [{ kind: 'renamed', from: 'product_supplierinfo_for_customer' }] },
      /is called product_supplierinfo_for_customer before 18\.0/,
    ],
    [
      'that Odoo itself had',
      '17.0',
      'note',
      { odoo: expect.stringMatching(/^It was a module of Odoo Community up to 16\.0\.$/) },
      /./,
    ],
  ])('is told %s', async (_, series, module, known, next) => {
    const { info, text } = await absent(series, module);
    expect(info).toMatchObject({ on_disk: false, known, next: expect.stringMatching(next) });
    expect(text).toContain(`${module} is on no disk here`);
    expect(text).toMatch(next);
  });

  it('is told with the entries of its name, and what needs it', async () => {
    const world = build();
    world.link(world.at('oca/web/web_responsive'), 'linked/web_responsive');
    world.module('oca/other/needy', { version: '16.0.1.0.0', depends: ['web_responsive'] });
    world.link(world.at('oca/other/needy'), 'linked/needy');
    const { info } = await absent('16.0', 'web_responsive', world);
    expect(info).toMatchObject({ linked: [{ state: 'broken' }], needed_by: ['needy'] });
  });

  it('is refused where nothing is known of it, and says that', async () => {
    const [refusal] = refusalsOf(await ask(build(), '16.0', 'shopinvader_base'));
    expect(refusal).toMatchObject({ code: 'module_not_found', details: { nearest: [] } });
    expect(refusal?.hint).toContain('are not known to have shopinvader_base for any series');
    expect(refusal?.hint).not.toContain('Did you mean');
  });

  it('is refused where something on the disk is in the way', async () => {
    const world = build();
    world.module('oca/deep/er/still/web_responsive');
    const [refusal] = refusalsOf(await ask(world, '16.0', 'web_responsive'));
    expect(refusal?.message).toMatch(/too deep/);
  });

  it('is refused where the policy does not let the call tell of it', async () => {
    for (const hidden of ['web_responsive', 'web']) {
      const mayTell: ServiceContext['mayTell'] = ({ modules, repos }) =>
        [...modules, ...repos].includes(hidden)
          ? refuse('policy_denied', 'No.')
          : { ok: true, value: undefined };
      const [refusal] = refusalsOf(await ask(build(), '16.0', 'web_responsive', { mayTell }));
      expect(refusal?.code).toBe('policy_denied');
    }
  });
});

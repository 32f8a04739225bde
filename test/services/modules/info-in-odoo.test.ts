import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../../src/services/context.ts';
import { addonInfo, type InfoRequest } from '../../../src/services/modules/addon-info.ts';
import { describeInfo } from '../../../src/services/modules/describe-info.ts';
import { linkedModule, makeContext, makeInstance, succeeded } from '../../support/instance.ts';
import { connectionTo, type StandInModule, startStandIn } from '../../support/odoo.ts';
import { createWorld, type World } from '../../support/world.ts';

const installed: StandInModule = { state: 'installed', installed: '17.0.1.0.0', onDisk: '17.0.1.0.0' };

async function ask(
  world: World,
  request: InfoRequest,
  modules: Record<string, StandInModule>,
  more: Partial<ServiceContext> = {},
) {
  const standIn = await startStandIn({ modules });
  const instance = makeInstance(world, { odoo: connectionTo(standIn) });
  const report = succeeded(await addonInfo(request, makeContext(world, [instance], more)));
  return { odoo: report.odoo, text: describeInfo(report), standIn };
}

describe('addon_info with odoo', () => {
  it('tells the state of the module in one line', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const { odoo, text } = await ask(world, { module: 'a', odoo: true }, { a: installed });
    expect(odoo).toEqual({
      counts: { installed: 1 },
      modules: [{ module: 'a', state: 'installed', installed: '17.0.1.0.0' }],
    });
    expect(text.split('\n')).toContain('In Odoo: a (17.0.1.0.0): installed');
  });

  it('tells what is to be done about it', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a', { version: '17.0.2.0.0' });
    const { text } = await ask(world, { module: 'a', odoo: true }, { a: installed });
    expect(text.split('\n')).toContain(
      'In Odoo: a (17.0.1.0.0, on the disk 17.0.2.0.0): installed. The code has another version than the database: restart Odoo and upgrade it (-u).',
    );
  });

  it('asks once about several, found or not', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    world.module('oca/web/b');
    const modules = { a: installed, gone: installed };
    const { odoo, standIn } = await ask(world, { module: ['a', 'b', 'gone'], odoo: true }, modules);
    expect(odoo?.counts).toEqual({ installed: 2, 'not in the list': 1 });
    expect(odoo?.modules?.map(({ module, note }) => [module, note !== undefined])).toEqual([
      ['gone', true],
      ['a', false],
      ['b', false],
    ]);
    expect(
      standIn.sent.filter((sent) => sent.includes('search_read') && sent.includes('state')),
    ).toHaveLength(2);
  });

  it('tells it of a module that is on no disk, too', async () => {
    const world = createWorld();
    world.module('oca/web/other');
    const request = { module: 'web_responsive', odoo: true };
    const { odoo, text } = await ask(world, request, { web_responsive: installed });
    expect(odoo?.modules).toMatchObject([{ module: 'web_responsive', state: 'installed' }]);
    expect(text).toContain('In Odoo: web_responsive (17.0.1.0.0): installed. It is in no folder');
  });

  it('does not ask without it', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    const { odoo, standIn } = await ask(world, { module: 'a' }, { a: installed });
    expect([odoo, standIn.sent]).toEqual([undefined, []]);
  });

  it('tells everything else all the same when Odoo cannot be asked', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    const instance = makeInstance(world, { odoo: connectionTo({ url: 'http://127.0.0.1:2/' }) });
    const request = { module: 'a', odoo: true };
    const report = succeeded(await addonInfo(request, makeContext(world, [instance])));
    expect(report).toMatchObject({
      module: 'a',
      odoo: { problem: expect.stringContaining('cannot be reached') },
    });
  });

  it('tells nothing of a name that the policy hides', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    const mayTell: ServiceContext['mayTell'] = ({ modules }) =>
      modules.includes('gone')
        ? { ok: false, refusal: { code: 'policy_denied', message: 'no' } }
        : { ok: true, value: undefined };
    const request = { module: ['a', 'gone'], odoo: true };
    const { odoo } = await ask(world, request, { a: installed, gone: installed }, { mayTell });
    expect(odoo?.modules?.map(({ module }) => module)).toEqual(['a']);
  });
});

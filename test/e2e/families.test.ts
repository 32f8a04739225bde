import { unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../support/batch.ts';
import { startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

/** Sources of all families side by side, as in `custom/src` of doodba. */
function build(
  roots: (world: World) => Record<string, string[]>,
  policy?: object,
): { world: World; config: string } {
  const world = createWorld();
  world.module('src/odoo/odoo/addons/base');
  world.module('src/odoo/addons/web');
  world.module('src/enterprise/web_studio', { license: 'OEEL-1', version: '1.0', depends: ['web'] });
  world.module('src/web/web_x', { author: 'Odoo Community Association (OCA)', depends: ['web'] });
  world.module('src/private/acme_base', { depends: ['web_x'] });
  return { world, config: world.config({ roots: roots(world) }, policy === undefined ? {} : { policy }) };
}

const AUTO = () => ({ auto: ['src'] });

describe('families', () => {
  it("are sorted by what repositories contain; the company's own modules are linked with what they need of the OCA", async () => {
    const { world, config } = build(AUTO);
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'acme_base' });
    expect(data).toMatchObject({
      status: 'linked',
      links: [
        { module: 'acme_base', repo: 'private' },
        { module: 'web_x', repo: 'web' },
      ],
      repositories: [
        { repo: 'private', family: 'own' },
        { repo: 'web', family: 'oca' },
      ],
      satisfied: { core: ['web'] },
    });
    expect((await server.call('ee_link', { modules: ['web_studio'] })).data).toMatchObject({
      status: 'linked',
      links: [{ version: '1.0', odoo_version: '17.0.1.0' }],
      repositories: [{ family: 'ee' }],
      warnings: [{ code: 'series_unproven' }],
    });
    expect((await server.call('oca_unlink', { modules: ['acme_base'] })).data).toMatchObject({
      status: 'unlinked',
    });
    expect(entriesOf(world.at('linked')).map((entry) => entry.split(' ')[0])).toEqual([
      'web_studio',
      'web_x',
    ]);
  });

  it('are told where code lies under the wrong root', async () => {
    const { config } = build(() => ({ oca: ['src'] }));
    const server = await startServer(['--config', config]);
    expect((await server.call('oca_link', { module: 'web_studio' })).data).toMatchObject({
      code: 'wrong_family',
      message: expect.stringContaining(
        "web_studio is Odoo Enterprise's, although its repository enterprise lies under",
      ),
      hint: expect.stringContaining('roots.ee'),
    });
    expect((await server.call('ee_link', { modules: ['web_studio'] })).data).toMatchObject({
      code: 'wrong_family',
      hint: expect.stringContaining('roots.ee'),
    });
    expect((await server.call('oca_link', { module: 'web' })).data).toMatchObject({
      code: 'wrong_family',
      hint: 'It comes with Odoo itself and needs no link.',
    });
  });

  it('can be told apart by the policy, also where a dependency is of another one', async () => {
    const tools = { oca_link: { deny_if: [{ family: { eq: 'own' } }], reason: 'Ask the developers.' } };
    const { world, config } = build(AUTO, { version: '1', default: 'deny', tools });
    world.module('src/web/web_y', { author: 'Odoo Community Association (OCA)', depends: ['acme_base'] });
    const server = await startServer(['--config', config]);
    const denied = { code: 'policy_denied', message: expect.stringContaining('Ask the developers.') };
    expect((await server.call('oca_link', { module: 'acme_base' })).data).toMatchObject(denied);
    expect((await server.call('oca_link', { module: 'web_y' })).data).toMatchObject(denied);
    expect((await server.call('oca_link', { module: 'web_x' })).data).toMatchObject({ status: 'linked' });
    expect(entriesOf(world.at('linked'))).toHaveLength(1);
  });
});

it('a root or an addons directory that leads elsewhere than at startup refuses every call', async () => {
  const world = createWorld();
  for (const release of ['one', 'two']) {
    world.module(`${release}/oca/web/web_x`);
    world.folder(`${release}/linked`);
  }
  world.link('one', 'current');
  const config = world.config({ addonsDirs: ['current/linked'], roots: { oca: [world.at('current/oca')] } });
  const server = await startServer(['--config', config]);
  expect((await server.call('oca_link', { module: 'web_x' })).data).toMatchObject({ status: 'linked' });
  unlinkSync(world.at('current'));
  world.link('two', 'current');
  for (const [tool, args] of [
    ['oca_link', { module: 'web_x' }],
    ['oca_unlink', { modules: ['web_x'] }],
    ['link_status', {}],
    ['addon_search', { query: 'web_x' }],
    ['addon_info', { module: 'web_x' }],
    ['addon_conflicts', {}],
  ] as const) {
    expect([tool, (await server.call(tool, args)).data]).toMatchObject([
      tool,
      { code: 'target_unavailable' },
    ]);
  }
  expect(entriesOf(world.at('one/linked'))).toHaveLength(1);
  expect(entriesOf(world.at('two/linked'))).toEqual([]);
});

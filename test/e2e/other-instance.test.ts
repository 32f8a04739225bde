import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { twoInstances } from '../support/two-instances.ts';

/** The directory of `prod` with a link into the roots of `test`, one of its own and one that leads nowhere known. */
function linkedElsewhere() {
  const site = twoInstances();
  const { world } = site;
  site.linked('own_one');
  world.link(site.next('moved'), 'linked/moved');
  world.link(world.at('17.0/oca/web/gone'), 'linked/gone');
  world.link(world.module('beyond/x'), 'linked/x');
  // What would be linked by these names.
  for (const name of ['moved', 'x']) world.module(`16.0/oca/web/${name}`, { version: '16.0.1.0.0' });
  return site;
}

const WHERE = 'leads into a root of the instance test (Odoo 17.0), not of prod.';
const REMEDY =
  'If prod moves to Odoo 17.0, ask the operator to set its series and roots in the configuration; otherwise to remove the link.';

it('a link into a root of another instance is named as that, wherever it is told of', async () => {
  const site = linkedElsewhere();
  const config = site.config();
  const server = await startServer(['--config', config]);
  const { data } = await server.call('link_status', { instance: 'prod' });
  expect(data.counts).toEqual({ ok: 1, other_instance: 2, foreign: 1 });
  expect(data.links.find(({ state }: { state: string }) => state === 'other_instance')).toEqual({
    state: 'other_instance',
    modules: ['gone', 'moved'],
    problem: `It ${WHERE}`,
    remedy: REMEDY,
  });
  const { data: one } = await server.call('addon_info', { module: 'moved', instance: 'prod' });
  expect(one.linked).toMatchObject([{ state: 'other_instance', problem: `It ${WHERE}` }]);
  const { data: only } = await server.call('link_status', { instance: 'prod', state: 'other_instance' });
  expect(only.matching).toBe(2);
  const { stdout } = await runCli(['status', '--instance', 'prod', '--config', config]);
  expect(stdout).toContain(
    'If prod moves to Odoo 17.0, set its series and roots in the configuration; otherwise remove the link.',
  );
  const doctor = await runCli(['doctor', '--instance', 'prod', '--config', config]);
  expect(doctor.stdout).toContain(
    `warn  ${site.world.at('linked')}: 2 links into roots of the instance test (Odoo 17.0) -> odoo-link-mcp status says what to do about them`,
  );
  expect(doctor.stdout).toContain('1 managed link, 1 foreign link, 0 real folders');
});

it('such a link is never changed, and refusals say where it leads', async () => {
  const site = linkedElsewhere();
  const config = site.config();
  const server = await startServer(['--config', config]);
  const before = snapshot(site.world.at('linked'));
  const expected = {
    code: 'foreign_link',
    message: `The link moved ${WHERE}`,
    hint: REMEDY,
    details: { other_instance: 'test' },
  };
  const calls = [
    ['oca_link', { module: 'moved', replace: true }],
    ['oca_unlink', { modules: ['moved'] }],
  ] as const;
  for (const [tool, args] of calls)
    expect((await server.call(tool, { ...args, instance: 'prod' })).data).toMatchObject(expected);
  const state = JSON.stringify({
    version: 1,
    series: '16.0',
    links: [{ module: 'moved', family: 'oca' }],
  });
  const file = site.world.file('links.json', state);
  const applied = await runCli(['apply', file, '--instance', 'prod', '--config', config, '--json']);
  expect(JSON.parse(applied.stdout)).toMatchObject(expected);
  const unknown = await server.call('oca_link', { module: 'x', instance: 'prod' });
  expect(unknown.data.message).toBe('The link x is not managed: it leads outside the configured roots.');
  expect(snapshot(site.world.at('linked'))).toEqual(before);
});

it.each<[string, Record<string, unknown>]>([
  ['the other instance', { deny_if: [{ 'args.instance': { eq: 'test' } }] }],
  ['the module', { deny_if: [{ 'args.module': { eq: 'moved' } }] }],
  ['the repository', { deny_if: [{ 'args.repo': { eq: 'web' } }] }],
])('it is a foreign link to whom the policy does not tell of %s', async (_, addon_info) => {
  const site = linkedElsewhere();
  const policy = { version: '1', default: 'allow', tools: { addon_info } };
  const server = await startServer(['--config', site.config({ rest: { policy } })]);
  const { data } = await server.call('link_status', { instance: 'prod', module: 'moved' });
  expect(data.links).toMatchObject([{ state: 'foreign', modules: ['moved'] }]);
  const refused = await server.call('oca_unlink', { modules: ['moved'], instance: 'prod' });
  expect(refused.data.message).toBe('The link moved is not managed: it leads outside the configured roots.');
});

it('nothing is told of the roots of another instance that have moved', async () => {
  const site = linkedElsewhere();
  const { world } = site;
  world.link(world.at('17.0'), 'current');
  const config = site.config({ test: { roots: { oca: ['current/oca'] } } });
  const server = await startServer(['--config', config]);
  const state = async () =>
    (await server.call('link_status', { instance: 'prod', module: 'moved' })).data.links[0].state;
  expect(await state()).toBe('other_instance');
  rmSync(world.at('current'));
  world.link(world.at('16.0'), 'current');
  expect(await state()).toBe('foreign');
});

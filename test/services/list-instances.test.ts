import { expect, it } from 'vitest';
import { describeInstances, listInstances } from '../../src/services/list-instances.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';

it('lists what is configured, by family', () => {
  const world = createWorld();
  const instance = makeInstance(world, { name: 'prod', dirs: ['linked', 'more'] });
  const report = listInstances([instance, { ...instance, name: 'test', series: '18.0', roots: [] }]);
  expect(report.instances).toMatchObject([
    { instance: 'prod', series: '17.0', addons_dirs: [world.at('linked'), world.at('more')] },
    { instance: 'test', series: '18.0', roots: {} },
  ]);
  expect(Object.keys(report.instances[0]?.roots ?? {})).toContain('oca');
  const text = describeInstances(report);
  expect(text).toMatch(/^prod, Odoo 17\.0\n {2}links in /);
  expect(text).toContain(`\n  oca ${world.at('oca')}`);
  expect(text).toMatch(/\ntest, Odoo 18\.0\n/);
});

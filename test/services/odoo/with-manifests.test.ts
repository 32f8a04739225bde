import { expect, it } from 'vitest';
import type { PathView } from '../../../src/addons/on-path.ts';
import { withManifests } from '../../../src/services/odoo/with-manifests.ts';

it('lets others have their turn while it looks for what a database names', async () => {
  const depends = [...Array(20).keys()].map((at) => `m${at}`);
  const row = {
    id: 1,
    name: 'a',
    state: 'uninstalled',
    installed: null,
    comesWith: null,
    excludes: [],
  } as const;
  let units = 0;
  const turns = {
    spend: async (spent = 1) => {
      units += spent;
    },
  };
  const view = { find: () => null } as unknown as PathView;
  const graph = await withManifests(new Map([['a', { ...row, depends }]]), ['a'], { view, turns });
  expect([...graph.keys()]).toEqual(['a']);
  expect(units).toBeGreaterThanOrEqual(21);
});

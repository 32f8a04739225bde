import { expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { Root } from '../../src/addons/roots.ts';
import { refuseUnknown } from '../../src/addons/unknown-name.ts';
import { TOOLS } from '../../src/base/surface.ts';

const root: Root = { family: 'oca', path: '/srv/oca' };
const repositories = [{ name: 'server-tools', path: '/srv/oca/server-tools', root }];

it.each([
  ['sale_coupon', [], undefined, 'was a module of Odoo Community up to 15.0; Odoo 17.0 has no module'],
  ['server_tools', [], undefined, 'server_tools is not a module: server-tools is a repository'],
  ['queue_jb', ['queue_job'], ['queue_job'], 'No repository under roots.oca contains queue_jb'],
  ['queue_job', [], [], 'No repository under roots.oca contains queue_job'],
])('%s, which is almost %j', async (name, near, nearest, told) => {
  const known = {
    series: '17.0',
    roots: [root],
    repositories,
    surface: TOOLS,
    namesLike: async () => near,
  } as const;
  const { refusal } = await refuseUnknown(name as ModuleName, 'oca', known);
  expect(refusal).toMatchObject({ code: 'module_not_found', module: name, hint: expect.any(String) });
  expect(refusal.message).toContain(told);
  expect(refusal.details?.nearest).toEqual(nearest);
});

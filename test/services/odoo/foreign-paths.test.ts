import { expect, it } from 'vitest';
import { createPathMap } from '../../../src/base/path-map.ts';
import { refused } from '../../../src/base/refusal.ts';
import { odooFault } from '../../../src/odoo/odoo-fault.ts';
import { type Places, withoutForeignPaths } from '../../../src/services/odoo/foreign-paths.ts';
import { refuseOdoo } from '../../../src/services/odoo/odoo-refusals.ts';
import { connectionTo } from '../../support/odoo.ts';

const places = {
  roots: [{ path: '/srv/src/oca' }],
  addonsDirs: [{ path: '/srv/odoo/linked' }],
  paths: null,
} as unknown as Places;

it.each([
  ['a path', 'failed at /etc/odoo/odoo.conf, line 3', 'failed at …/odoo.conf, line 3'],
  ['a socket in quotes', 'on socket "/run/pg/.s.PGSQL.5432" failed', 'on socket "…/.s.PGSQL.5432" failed'],
  ['what Python writes', "open('/opt/secret/x.py')", "open('…/x.py')"],
  [
    'what Odoo writes',
    'while parsing file:/opt/odoo/addons/a/views.xml:12',
    'while parsing file:…/a/views.xml:12',
  ],
  ['a path of a module', '/opt/my/addons/odoo/addons/utm/data/a.xml:3', '…/utm/data/a.xml:3'],
  ['a folder of modules', 'in /opt/odoo/addons/utm and /opt/odoo/addons/utm/', 'in …/utm and …/utm'],
  ['a path that leads out of a module', '/opt/odoo/addons/utm/../../secret', '…/secret'],
  ['an address of a file', 'file:///opt/odoo/a', 'file://…/a'],
  ['a path at the beginning, and several', '/a/b and /c/d/', '…/b and …/d'],
  ['a path in a root', 'File "/srv/src/oca/web/a/x.py"', 'File "/srv/src/oca/web/a/x.py"'],
  ['a path in an addons directory', '/srv/odoo/linked/a/x.py: no', '/srv/odoo/linked/a/x.py: no'],
  ['a path that only begins as one does', '/srv/odoo/linked-2/a', '…/a'],
  ['a path that leads out again', '/srv/odoo/linked/../secret/a', '…/a'],
  ['an address', 'see https://example.org/a/b?c=/d/e', 'see https://example.org/a/b?c=…/e'],
  ['what is no path', 'and/or, 1/2, / and /web', 'and/or, 1/2, / and /web'],
])('%s', (_, said, shown) => {
  expect(withoutForeignPaths(said, places)).toBe(shown);
});

it('a path is looked at as Odoo sees it', () => {
  const paths = createPathMap([{ host: '/srv/odoo/linked', odoo: '/mnt/extra' }]);
  const text = '/mnt/extra/a/x.py /mnt/other/a/x.py';
  expect(withoutForeignPaths(text, { ...places, paths })).toBe('/mnt/extra/a/x.py …/x.py');
});

it.each([
  ['a linked module', 'no', '/srv/odoo/linked/a/x.py:6', 'failed: no, in "/srv/odoo/linked/a/x.py:6".'],
  ['what was told', 'no /srv/odoo/linked/a/x.py', '/srv/odoo/linked/a/x.py:6', 'linked/a/x.py".'],
  ['Odoo', 'no', '/opt/odoo/odoo/fields.py:6', 'failed: no.'],
])('where a fault arose is told of a file of linked modules, once: %s', (_, said, at, end) => {
  const odoo = connectionTo({ url: 'http://127.0.0.1/' });
  const { message } = refuseOdoo(
    { ...places, name: 'prod', odoo },
    { ...odooFault('server_error', said), at },
  );
  expect(message.endsWith(end)).toBe(true);
});

it('a refusal has no foreign path from Odoo', () => {
  const odoo = connectionTo({ url: 'http://127.0.0.1/' });
  const refusal = refuseOdoo({ ...places, name: 'prod', odoo }, odooFault('server_error', 'no /etc/odoo/x'));
  expect(refused(refusal)).toMatchObject({ refusal: { message: expect.stringContaining('"no …/x"') } });
});

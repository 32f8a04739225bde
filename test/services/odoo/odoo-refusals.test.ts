import { expect, it } from 'vitest';
import { forOperator } from '../../../src/base/surface.ts';
import { ODOO_FAULTS, type OdooFaultKind, odooFault } from '../../../src/odoo/odoo-fault.ts';
import { refuseOdoo } from '../../../src/services/odoo/odoo-refusals.ts';
import { connectionTo } from '../../support/odoo.ts';

const odoo = connectionTo({ url: 'http://127.0.0.1/' });
const instance = { name: 'prod', odoo, roots: [], addonsDirs: [], paths: null };

it.each(Object.keys(ODOO_FAULTS) as OdooFaultKind[])(
  'the operator at a shell is not told to ask an operator: %s',
  (kind) => {
    const { hint = '' } = refuseOdoo(instance, odooFault(kind));
    expect(forOperator(hint)).not.toMatch(/operator/);
  },
);

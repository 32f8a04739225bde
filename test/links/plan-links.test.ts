import { describe, expect, it } from 'vitest';
import type { ModuleSource } from '../../src/addons/lookup.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import type { Entry } from '../../src/links/inspect-entry.ts';
import { planLinks } from '../../src/links/plan-links.ts';
import { ANY_STATE } from '../support/batch.ts';

const DIR = { path: '/srv/linked' } as AddonsDir;
const SOURCE = { name: 'a', family: 'oca', path: '/srv/oca/web/a' } as ModuleSource;

/** What becomes of the module where this has its name: an action, or the code of a refusal. */
function decide(entry: Entry, replace: boolean): string | undefined {
  const wanted = [{ source: SOURCE, state: ANY_STATE, entry }];
  const { plan, refusals } = planLinks(DIR, wanted, { replace, linkStyle: 'absolute' });
  expect(plan.links.length + refusals.length).toBe(1);
  return plan.links[0]?.action ?? refusals[0]?.code;
}

const link = (source: string | null, family: 'oca' | 'ee' | 'core' | null): Entry => {
  return { kind: 'link', target: source ?? '/srv/oca/gone/a', source, family };
};

describe('a link that is wanted', () => {
  it.each<[string, Entry, string, string]>([
    ['nothing', { kind: 'absent' }, 'create', 'create'],
    ['a link that leads to the source', link(SOURCE.path, 'oca'), 'keep', 'keep'],
    ['a managed link that leads elsewhere', link('/srv/oca/crm/a', 'oca'), 'link_exists', 'replace'],
    ['a managed link that is broken', link(null, 'oca'), 'link_exists', 'replace'],
    ['a link to a module of Enterprise', link('/srv/ee/a', 'ee'), 'name_conflict', 'name_conflict'],
    ['a link to a module of Community', link('/srv/odoo/addons/a', 'core'), 'name_conflict', 'name_conflict'],
    ['a broken link into another family', link(null, 'ee'), 'name_conflict', 'name_conflict'],
    ['a foreign link', link('/elsewhere/a', null), 'foreign_link', 'foreign_link'],
    ['a loop', link(null, null), 'foreign_link', 'foreign_link'],
    ['a real directory', { kind: 'occupied', by: 'directory' }, 'occupied', 'occupied'],
  ])('where there is %s', (_, entry, without, withReplace) => {
    expect([decide(entry, false), decide(entry, true)]).toEqual([without, withReplace]);
  });
});

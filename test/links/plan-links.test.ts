import { describe, expect, it } from 'vitest';
import type { ModuleSource } from '../../src/addons/lookup.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import type { Entry } from '../../src/links/inspect-entry.ts';
import { changesAnything, changesOf, type LinkPlan, planLinks } from '../../src/links/plan-links.ts';
import { ANY_STATE } from '../support/batch.ts';

const HERE = { linkStyle: 'absolute', paths: null } as const;
const DIR = { path: '/srv/linked' } as AddonsDir;
const SOURCE = { name: 'a', family: 'oca', path: '/srv/oca/web/a' } as ModuleSource;

/** What becomes of the module where this has its name: an action, or the code of a refusal. */
function decide(entry: Entry, replace: boolean): string | undefined {
  const wanted = [{ source: SOURCE, state: ANY_STATE, entry }];
  const { plan, refusals } = planLinks(DIR, wanted, HERE, { replace });
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
    ['a directory without a manifest', { kind: 'occupied', by: 'no module' }, 'occupied', 'occupied'],
    ['a real directory', { kind: 'occupied', by: 'directory' }, 'occupied', 'occupied'],
  ])('where there is %s', (_, entry, without, withReplace) => {
    expect([decide(entry, false), decide(entry, true)]).toEqual([without, withReplace]);
  });
});

describe('the text of a link', () => {
  it.each([
    ['absolute', '/srv/oca/web/a'],
    ['relative', '../oca/web/a'],
  ] as const)('is %s, as the instance wants it', (linkStyle, target) => {
    const wanted = [{ source: SOURCE, state: ANY_STATE, entry: { kind: 'absent' } as Entry }];
    const { plan, refusals } = planLinks(DIR, wanted, { ...HERE, linkStyle }, { replace: false });
    expect([refusals, plan.removals]).toEqual([[], []]);
    expect(plan.links).toEqual([
      { module: 'a', source: SOURCE, state: ANY_STATE, action: 'create', target, previous: null },
    ]);
  });

  it('that is there is remembered, so that no other one is replaced', () => {
    const wanted = [{ source: SOURCE, state: ANY_STATE, entry: link('/srv/oca/crm/a', 'oca') }];
    const { plan } = planLinks(DIR, wanted, HERE, { replace: true });
    expect(plan.links[0]).toMatchObject({ action: 'replace', previous: '/srv/oca/crm/a' });
  });
});

describe('the text of a link for an Odoo that sees other paths', () => {
  const wanted = [{ source: SOURCE, state: ANY_STATE, entry: { kind: 'absent' } as Entry }];
  const plan = (linkStyle: 'absolute' | 'relative', mounts: Record<string, string>, more = wanted) => {
    const paths = createPathMap(Object.entries(mounts).map(([host, odoo]) => ({ host, odoo })));
    return planLinks(DIR, more, { linkStyle, paths }, { replace: false });
  };

  it.each([
    ['absolute', { '/srv': '/mnt' }, '/mnt/oca/web/a'],
    ['absolute', { '/srv/linked': '/mnt/extra-addons', '/srv/oca': '/opt/oca' }, '/opt/oca/web/a'],
    ['relative', { '/srv': '/mnt' }, '../oca/web/a'],
    ['relative', { '/srv/linked': '/mnt/linked', '/srv/oca': '/mnt/oca' }, '../oca/web/a'],
  ] as const)('is, %s, for %j %s', (style, mounts, target) => {
    const { plan: made, refusals } = plan(style, mounts);
    expect(refusals).toEqual([]);
    expect(made.links).toEqual([expect.objectContaining({ action: 'create', target })]);
  });

  it.each([
    ['absolute', { '/srv/linked': '/mnt' }, 'source_unavailable', 'does not see /srv/oca/web/a'],
    [
      'absolute',
      { '/srv/oca': '/mnt' },
      'target_unavailable',
      'does not see the addons directory /srv/linked',
    ],
    [
      'relative',
      { '/srv/oca': '/mnt' },
      'target_unavailable',
      'does not see the addons directory /srv/linked',
    ],
    [
      'relative',
      { '/srv/linked': '/mnt/extra-addons', '/srv/oca': '/opt/oca' },
      'source_unavailable',
      'would be ../oca/web/a here, but ../../opt/oca/web/a for Odoo',
    ],
  ] as const)('is refused, %s, for %j: %s', (style, mounts, code, said) => {
    const { plan: made, refusals } = plan(style, mounts);
    expect(made.links).toEqual([]);
    expect(refusals).toMatchObject([
      { code, message: expect.stringContaining(said), hint: expect.any(String) },
    ]);
  });

  it('stays as it is where it leads there already', () => {
    const entry: Entry = { kind: 'link', target: '/mnt/alias/a', source: SOURCE.path, family: 'oca' };
    const { plan: made } = plan('absolute', { '/srv': '/mnt' }, [
      { source: SOURCE, state: ANY_STATE, entry },
    ]);
    expect(made.links).toEqual([expect.objectContaining({ action: 'keep', target: '/mnt/alias/a' })]);
  });

  it('is not replaced unasked where it was written for this host', () => {
    const entry = { ...link(null, 'oca'), meant: SOURCE.path } as Entry;
    const { refusals } = plan('absolute', { '/srv': '/mnt' }, [{ source: SOURCE, state: ANY_STATE, entry }]);
    expect(refusals).toMatchObject([
      { code: 'link_exists', message: expect.stringContaining('of this host') },
    ]);
  });

  it('is refused once for what is wrong with the addons directory', () => {
    const two = ['a', 'b'].map(
      (name) => ({ ...wanted[0], source: { ...SOURCE, name } }) as (typeof wanted)[0],
    );
    expect(plan('absolute', { '/srv/oca': '/mnt' }, two).refusals).toHaveLength(1);
    expect(plan('absolute', { '/srv/linked': '/mnt' }, two).refusals).toHaveLength(2);
  });
});

describe('a refusal', () => {
  it.each<[string, Entry, Record<string, unknown>]>([
    ['names where the link leads', link('/srv/oca/crm/a', 'oca'), { details: { source: '/srv/oca/crm/a' } }],
    ['of a broken link names nothing it could lead to', link(null, 'oca'), { details: undefined }],
  ])('%s', (_, entry, expected) => {
    const wanted = [{ source: SOURCE, state: ANY_STATE, entry }];
    const { refusals } = planLinks(DIR, wanted, HERE, { replace: false });
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ code: 'link_exists', module: 'a', hint: expect.any(String) });
    expect(refusals[0]?.details).toEqual(expected.details);
  });
});

describe('what a plan changes', () => {
  const shared = { module: 'a', source: SOURCE, state: ANY_STATE, target: SOURCE.path, previous: null };
  const planOf = (links: object[], removals: object[] = []) =>
    ({ dir: DIR, links, removals }) as unknown as LinkPlan;
  const removal = { module: 'b', action: 'remove', previous: '/srv/oca/web/b' };

  it.each<[string, LinkPlan, boolean]>([
    ['without a step', planOf([]), false],
    ['that keeps', planOf([{ ...shared, action: 'keep' }]), false],
    ['that creates', planOf([{ ...shared, action: 'create' }]), true],
    [
      'that keeps one and replaces one',
      planOf([
        { ...shared, action: 'keep' },
        { ...shared, action: 'replace' },
      ]),
      true,
    ],
    ['that removes', planOf([], [removal]), true],
  ])('is told of one %s: %j', (_, plan, expected) => {
    expect(changesAnything(plan)).toBe(expected);
    expect(changesOf(plan).length > 0).toBe(expected);
  });

  it('is each link but those that are kept, then each removal', () => {
    const links = [
      { ...shared, action: 'keep' },
      { ...shared, action: 'replace', previous: '/old' },
    ];
    expect(changesOf(planOf(links, [removal]))).toEqual([
      {
        module: 'a',
        action: 'replace',
        source: SOURCE.path,
        previous: '/old',
        target: SOURCE.path,
        state: ANY_STATE,
      },
      { module: 'b', action: 'remove', source: null, previous: '/srv/oca/web/b', target: null, state: null },
    ]);
  });

  it('is nothing for a call that has no plan', () => {
    expect(changesOf(null)).toEqual([]);
  });
});

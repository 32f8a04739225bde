import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { SourceState } from '../../src/addons/source-state.ts';
import type { BoundCall } from '../../src/approvals/approval.ts';
import {
  describeChanged,
  describeInFull,
  describeRequest,
  describeState,
  plainState,
} from '../../src/approvals/describe-request.ts';
import type { PlannedChange } from '../../src/links/plan-links.ts';

const STATE: SourceState = {
  repos: ['web', 'web_addons'],
  commit: 'c0ffee',
  dirty: false,
  manifest: 'abcd',
  folders: { module: '1:4:9', repository: '1:3:9', root: '1:2:9' },
};

function change(module: string, more: Partial<PlannedChange> = {}): PlannedChange {
  return {
    module: module as ModuleName,
    action: 'create',
    source: `/src/${module}`,
    previous: null,
    target: `/src/${module}`,
    state: STATE,
    ...more,
  };
}

function call(changes: readonly PlannedChange[], more: Partial<BoundCall> = {}): BoundCall {
  return {
    tool: 'oca_link',
    args: {},
    principal: 'uid:1',
    policy: 'abc',
    instance: 'prod',
    targetDirs: ['/srv/linked'],
    changes,
    checkouts: [],
    odoo: null,
    ...more,
  };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => change(`m${at}_`));

describe('a request in a line', () => {
  it('names the tool, the directories, and each change', () => {
    const text = describeRequest(
      call([change('a'), change('b', { action: 'replace' })], { targetDirs: ['/x', '/y'] }),
    );
    for (const part of ['oca_link', '/x', '/y', 'create a', 'replace b']) expect(text).toContain(part);
  });

  it('names the first twenty changes, and counts the others', () => {
    const twenty = describeRequest(call(numbered(20)));
    expect(twenty).toContain('m19_');
    const more = describeRequest(call(numbered(23)));
    expect([more.includes('m19_'), more.includes('m20_')]).toEqual([true, false]);
    expect(more).toMatch(/\b3\b/);
    expect(more.replace(/\d/g, '').length).toBeGreaterThan(twenty.replace(/\d/g, '').length);
  });

  it('says an action in Odoo and a reason once, counts what is more, and has the versions of those that are named', () => {
    const step = { action: 'install', from: null, to: '17.0.1.0.0' } as const;
    const needed = numbered(21).map(({ module }) => ({ ...step, module, why: 'needed' }) as const);
    const operation = [
      { ...step, module: 'a', why: 'named' },
      { ...step, module: 'b', why: 'named' },
      { ...step, module: 'c', why: 'dependent', action: 'upgrade' },
      { ...step, module: 'd', why: 'stuck', action: 'cancel' },
      ...needed,
    ] as const;
    const odoo = { database: 'prod', restarts: true, operation, code: [] };
    const text = describeRequest(call([], { tool: 'odoo_install', targetDirs: [], odoo }));
    expect(text.replace(/(m\d+_, )+m15_/, 'm0_ to m15_')).toBe(
      'odoo_install for prod: in the database prod, restart Odoo; install a 17.0.1.0.0, b 17.0.1.0.0; ' +
        'upgrade c (dependent); cancel d (stuck); install m0_ to m15_ (needed); and 5 more',
    );
  });

  it('says that there is no change', () => {
    const none = describeRequest(call([]));
    expect(none).not.toMatch(/: $/);
    expect(none.length).toBeGreaterThan('oca_link in /srv/linked: '.length);
  });

  it('shows nothing that a reader does not see', () => {
    const text = describeRequest(call([], { targetDirs: ['/srv/\x1b[2J\nlinked'] }));
    for (const unseen of ['\x1b', '\n']) expect(text).not.toContain(unseen);
  });
});

describe('a request in full', () => {
  it('says what each module is, and what has changed since', () => {
    const given = call([change('a'), change('b', { state: null })]);
    const text = describeInFull(given, []);
    expect(text.startsWith(describeRequest(given))).toBe(true);
    for (const part of describeState(STATE)) expect(text).toContain(part);
    expect(text).toContain('a: ');
    expect(text).not.toContain('b: ');
    expect(describeInFull(given, ['the manifest of a changed'])).toContain('the manifest of a changed');
    expect(describeInFull(given, ['x']).length).toBeGreaterThan(text.length);
  });

  it('says what twenty modules are', () => {
    const text = describeInFull(call(numbered(21)), []);
    expect([text.includes('m19_: '), text.includes('m20_: ')]).toEqual([true, false]);
  });

  it('names the first ten things that changed, and counts the others', () => {
    const things = (count: number) => Array.from({ length: count }, (_, at) => `thing${at}_`);
    expect(describeChanged(things(10))).toContain('thing9_');
    expect(describeChanged(things(10))).not.toContain(' 0 ');
    const more = describeChanged(things(14));
    expect([more.includes('thing9_'), more.includes('thing10_')]).toEqual([true, false]);
    expect(more).toMatch(/\b4\b/);
    const [one = ''] = things(1);
    expect(describeChanged([one])).toContain(one);
  });
});

describe('what a module is', () => {
  const text = (more: Partial<SourceState>) => describeState({ ...STATE, ...more }).join(', ');

  it('is told by its repositories, commit, manifest and folders', () => {
    for (const part of ['web', 'web_addons', 'c0ffee', 'abcd', '1:4', '1:3', '1:2'])
      expect(text({})).toContain(part);
    // The time of birth says nothing to a person.
    expect(text({})).not.toContain(':9');
  });

  it('is told of local changes, which are there, not there, or not known', () => {
    const told = [true, false, null].map((dirty) => text({ dirty }));
    expect(new Set(told).size).toBe(3);
    expect(told[2]).toContain('unknown');
  });

  it.each<[string, Partial<SourceState>, number]>([
    ['commit', { commit: null }, 1],
    ['manifest', { manifest: null }, 1],
    ['folders', { folders: { module: null, repository: null, root: null } }, 3],
  ])('is told as unknown where its %s is', (_, more, times) => {
    expect(text({}).match(/unknown/g)).toBe(null);
    expect(text(more).match(/unknown/g)).toHaveLength(times);
  });

  it('is told as data, with the names of answers', () => {
    expect(plainState(STATE)).toEqual({
      repos: STATE.repos,
      commit: 'c0ffee',
      dirty: false,
      manifest_sha256: 'abcd',
      folders: STATE.folders,
    });
  });
});

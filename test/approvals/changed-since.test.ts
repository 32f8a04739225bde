import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { SourceState } from '../../src/addons/source-state.ts';
import { type BoundCall, bindingOf } from '../../src/approvals/approval.ts';
import { changedSince } from '../../src/approvals/changed-since.ts';
import type { PlannedChange } from '../../src/links/plan-links.ts';

const STATE: SourceState = {
  repos: ['web'],
  commit: 'c0ffee',
  dirty: false,
  manifest: 'abcd',
  folders: { module: '1:4:9', repository: '1:3:9', root: '1:2:9' },
};

function change(module: string, rest: Partial<PlannedChange> = {}): PlannedChange {
  const source = `/srv/oca/web/${module}`;
  const made = { action: 'create', source, previous: null, target: source, state: STATE } as const;
  return { module: module as ModuleName, ...made, ...rest };
}

const call = (...changes: PlannedChange[]): BoundCall => ({
  tool: 'oca_link',
  args: { module: 'a' },
  principal: 'uid:1',
  policy: 'abc',
  instance: 'prod',
  targetDirs: ['/srv/linked'],
  changes,
  checkouts: [],
  odoo: null,
});
const BEFORE = call(change('a'), change('b'));
const withState = (state: Partial<SourceState>) =>
  call(change('a'), change('b', { state: { ...STATE, ...state } }));
const withFolders = (folders: Partial<SourceState['folders']>) =>
  withState({ folders: { ...STATE.folders, ...folders } });

describe('what has changed since an approval', () => {
  it.each<[string, BoundCall]>([
    ['the policy changed', { ...BEFORE, policy: 'def' }],
    ['the addons directory changed', { ...BEFORE, targetDirs: ['/srv/other'] }],
    ['b is no longer part of the call', call(change('a'))],
    ['c was added to the call', call(change('a'), change('b'), change('c'))],
    ['b would come from another folder', call(change('a'), change('b', { source: '/srv/oca/fork/b' }))],
    [
      'the entry b in the addons directory changed',
      call(change('a'), change('b', { action: 'replace', previous: '../old/b' })),
    ],
    ['b belongs to another repository', withState({ repos: ['fork'] })],
    ['the commit of b changed', withState({ commit: 'decaf' })],
    ['the commit of b changed', withState({ commit: null })],
    ['the folder of b has local changes', withState({ dirty: true })],
    ['it is no longer known whether b has local changes', withState({ dirty: null })],
    ['the manifest of b changed', withState({ manifest: 'ef01' })],
    ['the manifest of b changed', withState({ manifest: null })],
    ['the folder of b was replaced', withFolders({ module: '1:4:10' })],
    ['the repository folder of b was replaced', withFolders({ repository: '1:7:9', module: '1:8:9' })],
    [
      'the root folder of b was replaced',
      withFolders({ root: '2:2:9', repository: '2:3:9', module: '2:4:9' }),
    ],
  ])('is told: %s', (clause, now) => {
    expect(changedSince(BEFORE, now)).toEqual([clause]);
    // Whatever can be told keeps the approval from holding.
    expect(bindingOf(now)).not.toBe(bindingOf(BEFORE));
  });

  it('is all of it', () => {
    const now = withState({ commit: 'decaf', dirty: true, manifest: 'ef01' });
    expect(changedSince(BEFORE, now)).toEqual([
      'the commit of b changed',
      'the folder of b has local changes',
      'the manifest of b changed',
    ]);
    expect(changedSince(now, BEFORE)[1]).toBe('the folder of b has no local changes');
  });

  it('is nothing where the call is the same', () => {
    expect(changedSince(BEFORE, call(change('a'), change('b')))).toEqual([]);
    const removal = change('a', { action: 'remove', source: null, target: null, state: null });
    expect(changedSince(call(removal), call(removal))).toEqual([]);
  });
});

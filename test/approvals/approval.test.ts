import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import {
  type ApprovalRequest,
  type BoundCall,
  bindingOf,
  expiresAt,
  isExpired,
  isSameIntent,
  parseDecision,
  parseRequest,
} from '../../src/approvals/approval.ts';
import type { PlannedChange } from '../../src/links/plan-links.ts';

const CHANGE: PlannedChange = {
  module: 'a' as ModuleName,
  action: 'create',
  source: '/srv/oca/web/a',
  previous: null,
  target: '../oca/web/a',
  state: {
    repos: ['web'],
    commit: 'c0ffee',
    dirty: false,
    manifest: 'abcd',
    folders: { module: '1:4:9', repository: '1:3:9', root: '1:2:9' },
  },
};
const STATE = CHANGE.state as NonNullable<PlannedChange['state']>;
const CALL: BoundCall = {
  tool: 'oca_link',
  args: { module: 'a', dry_run: false },
  principal: 'uid:1',
  policy: 'abc',
  instance: 'prod',
  targetDirs: ['/srv/linked'],
  changes: [CHANGE],
  checkouts: [],
  odoo: null,
};
const REQUEST: ApprovalRequest = {
  ...CALL,
  id: '0123456789',
  binding: bindingOf(CALL),
  requested: { boot: 'boot', at: 5_000_000, wall: 1_000_000 },
  ttlMs: 60_000,
};

const withState = (more: object): Partial<BoundCall> => ({
  changes: [{ ...CHANGE, state: { ...STATE, ...more } }],
});
const withFolders = (more: object) => withState({ folders: { ...STATE.folders, ...more } });

describe('what an approval is bound to', () => {
  /** Another call, and whether it asks for the same all the same. */
  it.each<[string, Partial<BoundCall>, boolean]>([
    ['tool', { tool: 'ee_link' }, false],
    ['argument', { args: { module: 'b', dry_run: false } }, false],
    ['argument more', { args: { ...CALL.args, replace: false } }, false],
    ['argument less', { args: { module: 'a' } }, false],
    ['principal', { principal: 'uid:2' }, false],
    ['instance', { instance: 'test' }, false],
    ['policy', { policy: 'def' }, true],
    ['directory', { targetDirs: ['/srv/other'] }, true],
    ['directory more', { targetDirs: ['/srv/linked', '/srv/other'] }, true],
    ['change less', { changes: [] }, true],
    ['change more', { changes: [CHANGE, { ...CHANGE, module: 'b' as ModuleName }] }, true],
    ['module', { changes: [{ ...CHANGE, module: 'b' as ModuleName }] }, true],
    ['action', { changes: [{ ...CHANGE, action: 'replace' }] }, true],
    ['source', { changes: [{ ...CHANGE, source: '/srv/oca/fork/a' }] }, true],
    ['link that is there', { changes: [{ ...CHANGE, previous: '/x' }] }, true],
    ['state that is not known', { changes: [{ ...CHANGE, state: null }] }, true],
    ['repository', withState({ repos: ['web', 'fork'] }), true],
    ['commit', withState({ commit: 'deadbeef' }), true],
    ['commit that is not known', withState({ commit: null }), true],
    ['state of local changes', withState({ dirty: true }), true],
    ['state of local changes that is not known', withState({ dirty: null }), true],
    ['manifest', withState({ manifest: 'ef' }), true],
    ['folder of the module', withFolders({ module: '1:5:9' }), true],
    ['folder of the repository', withFolders({ repository: '1:5:9' }), true],
    ['folder of the root', withFolders({ root: null }), true],
  ])('has one %s only', (_, other, isSame) => {
    const call = { ...CALL, ...other };
    expect(bindingOf(call)).not.toBe(bindingOf(CALL));
    expect([isSameIntent(call, CALL), isSameIntent(CALL, call)]).toEqual([isSame, isSame]);
  });

  it('has a name that is the same each time, whatever the order of arguments and the text of the link', () => {
    const call = {
      ...CALL,
      args: { dry_run: false, module: 'a' },
      changes: [{ ...CHANGE, target: '/srv/oca/web/a' }],
    };
    expect(bindingOf(CALL)).toMatch(/^[0-9a-f]{64}$/);
    expect([bindingOf({ ...CALL }), bindingOf(call)]).toEqual([bindingOf(CALL), bindingOf(CALL)]);
    expect(isSameIntent(call, CALL)).toBe(true);
    // Nothing that is beside it, as in a record.
    expect(bindingOf(REQUEST)).toBe(bindingOf(CALL));
  });

  it('has its changes in order', () => {
    const [a, b] = [CHANGE, { ...CHANGE, module: 'b' as ModuleName }];
    expect(bindingOf({ ...CALL, changes: [a, b] })).not.toBe(bindingOf({ ...CALL, changes: [b, a] }));
  });
});

describe('the time of a request', () => {
  it.each<[string, number, number, boolean]>([
    ['begins at once', 0, 0, false],
    ['lasts up to its end', 59_999, 59_999_999, false],
    ['is over at its end', 60_000, 0, true],
    ['is over later', 90_000, 0, true],
    ['is over by the monotonic clock, whatever the other one says', 0, 60_000_000, true],
    ['is not over by a monotonic clock that is just before it', 0, 59_999_999, false],
    ['is over when the wall clock stands before it', -1, 0, true],
  ])('%s', (_, wall, at, expected) => {
    const { requested } = REQUEST;
    expect(isExpired(REQUEST, { boot: 'boot', wall: requested.wall + wall, at: requested.at + at })).toBe(
      expected,
    );
  });

  it('goes by the wall clock alone after a restart of the machine', () => {
    const { wall } = REQUEST.requested;
    expect(isExpired(REQUEST, { boot: 'other', wall: wall + 1, at: 1e12 })).toBe(false);
    expect(isExpired(REQUEST, { boot: 'other', wall: wall + 60_000, at: 0 })).toBe(true);
  });

  it('ends by the wall clock', () => expect(expiresAt(REQUEST)).toBe(1_060_000));
});

describe('a record', () => {
  const parse = (record: unknown) => parseRequest(JSON.stringify(record), REQUEST.id);

  it('tells of its request, also one of an earlier version', () => {
    expect(parse(REQUEST)).toEqual(REQUEST);
    const { state: _, ...older } = CHANGE;
    expect(parse({ ...REQUEST, changes: [older] }).changes).toEqual([{ ...CHANGE, state: null }]);
    expect(bindingOf(parse(REQUEST))).toBe(REQUEST.binding);
  });

  it.each<[string, object]>([
    ...Object.keys(REQUEST)
      .filter((name) => name !== 'checkouts' && name !== 'odoo')
      .map((name): [string, object] => [`has no ${name}`, { [name]: undefined }]),
    ['is that of another request', { id: '9876543210' }],
    ['has a time in words', { ttlMs: '60000' }],
    ['has half a time', { requested: { boot: 'boot', at: 1 } }],
    ['has arguments that are a list', { args: [] }],
    ['has a change of another kind', { changes: [{ ...CHANGE, action: 'keep' }] }],
    ['has a change of a number', { changes: [{ ...CHANGE, module: 1 }] }],
    ['has a change without a source', { changes: [{ ...CHANGE, source: undefined }] }],
    ['has a state without folders', { changes: [{ ...CHANGE, state: { ...STATE, folders: undefined } }] }],
    ['has a state that may or may not be', { changes: [{ ...CHANGE, state: { ...STATE, dirty: 'no' } }] }],
  ])('makes no sense when it %s', (_, more) => {
    expect(() => parse({ ...REQUEST, ...more })).toThrow();
  });

  it('of an earlier version has no checkouts and no Odoo', () => {
    expect(parse({ ...REQUEST, odoo: undefined }).odoo).toBeNull();
    expect(parse({ ...REQUEST, checkouts: undefined }).checkouts).toEqual([]);
  });

  it('makes no sense when it is no JSON', () => {
    expect(() => parseRequest('{', REQUEST.id)).toThrow();
    expect(() => parseRequest('null', REQUEST.id)).toThrow();
    expect(() => parseDecision('')).toThrow();
  });

  const YES = { approved: true, by: 'alice', channel: 'operator', decidedAt: 1 };
  it.each<[object, boolean]>([
    [{}, true],
    [{ approved: false }, true],
    [{ channel: 'client' }, true],
    [{ approved: 'true' }, false],
    [{ approved: 1 }, false],
    [{ approved: undefined }, false],
    [{ by: null }, false],
    [{ channel: 'other' }, false],
    [{ decidedAt: '1' }, false],
  ])('of a decision with %j is one: %j', (more, isOne) => {
    const parse = () => parseDecision(JSON.stringify({ ...YES, ...more }));
    if (isOne) expect(parse()).toEqual({ ...YES, ...more });
    else expect(parse).toThrow();
  });
});

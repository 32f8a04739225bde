import { describe, expect, it } from 'vitest';
import { isAside, isCompleteTrail, isDraft, isOwnName, isStaged, LAYOUT } from '../../src/state/layout.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const COMPLETE = `audit-${'0'.repeat(15)}7.jsonl`;

describe('a name in the state directory', () => {
  it.each([
    ...Object.values(LAYOUT).map((name): [string, boolean] => [name, true]),
    [COMPLETE, true],
    ['audit-1.jsonl', false],
    [`audit-${'0'.repeat(17)}.jsonl`, false],
    [`x${COMPLETE}`, false],
    [`${COMPLETE}.gz`, false],
    ['audit', false],
    ['limits2', false],
    ['lost+found', false],
    ['', false],
  ])("%j is one of the server's: %j", (name, expected) => {
    expect(isOwnName(name)).toBe(expected);
    expect(isCompleteTrail(name)).toBe(name === COMPLETE);
  });

  it('is of eight that do not change, since old state directories have them', () => {
    expect(Object.values(LAYOUT)).toEqual([
      'addons-dirs',
      'roots',
      'approvals',
      'limits',
      'sources',
      'audit-lock',
      'audit.jsonl',
      'audit.key',
    ]);
  });
});

describe('the name of a file that is for a moment', () => {
  it.each([
    [`draft-${UUID}`, 'draft'],
    [`staged-${UUID}`, 'staged'],
    [`aside-${UUID}-0`, 'aside'],
    [`aside-${UUID}-12`, 'aside'],
    [`draft-${UUID}-0`, null],
    [`staged-${UUID}x`, null],
    [`xdraft-${UUID}`, null],
    [`xstaged-${UUID}`, null],
    [`xaside-${UUID}-0`, null],
    [`aside-${UUID}`, null],
    [`aside-${UUID}-`, null],
    [`aside-${UUID}-x`, null],
    [`aside-${UUID}-0x`, null],
    [`draft-${UUID.toUpperCase()}`, null],
    [`draft-${UUID.slice(1)}`, null],
    [`draft-${UUID.replaceAll('-', '')}`, null],
    ['draft-', null],
    ['lock.0.free', null],
  ])('%j is that of: %j', (name, kind) => {
    expect([isDraft(name), isStaged(name), isAside(name)]).toEqual([
      kind === 'draft',
      kind === 'staged',
      kind === 'aside',
    ]);
  });
});

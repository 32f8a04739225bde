import { describe, expect, it } from 'vitest';
import type { PathView } from '../../../src/addons/on-path.ts';
import { describeExclusion, findExclusions } from '../../../src/services/conflicts/exclusions.ts';
import { noTurns } from '../../support/turns.ts';

type Modules = Readonly<Record<string, readonly string[]>>;

/** Who excludes whom, as `a !b`; Odoo finds `sale`, and what is linked. */
async function exclusions(planned: Modules, linked: Modules): Promise<string[]> {
  const view = { find: (name: string) => (name === 'sale' ? {} : null) } as unknown as PathView;
  const found = await findExclusions(
    Object.entries(planned).map(([name, excludes]) => ({ name, excludes })),
    Object.entries(linked).map(([name, excludes]) => ({ name, excludes })),
    view,
    noTurns,
  );
  return found.map(({ module, other }) => `${module} !${other}`);
}

describe('modules that exclude one another', () => {
  it.each<[string, Modules, Modules, string[]]>([
    ['two of a plan', { a: ['b'], b: [] }, {}, ['a !b']],
    ['two of a plan, each of which says so', { a: ['b'], b: ['a'] }, {}, ['a !b', 'b !a']],
    ['one of a plan and a linked one', { a: ['b'] }, { b: [] }, ['a !b']],
    ['a linked one and one of a plan', { a: [] }, { b: ['a'] }, ['b !a']],
    ['two linked ones', {}, { a: ['b'], b: [] }, ['a !b']],
    ["one of Odoo's own", { a: ['sale'] }, {}, ['a !sale']],
    ['none that is not there', { a: ['missing'] }, { b: ['absent'] }, []],
    ['nobody, where a module excludes itself', { a: ['a'] }, { b: ['b'] }, []],
    ['a pair once, where a manifest names it twice', { a: ['b', 'b'], b: [] }, {}, ['a !b']],
    ['what the plan says, where an older one is linked', { a: ['b'] }, { a: ['c'], b: [], c: [] }, ['a !b']],
  ])('are %s', async (_, planned, linked, pairs) => {
    expect(await exclusions(planned, linked)).toEqual(pairs);
  });

  it('are a thousand at most', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
    const linked = Object.fromEntries(many(1200).map((name) => [name, []]));
    expect(await exclusions({ a: many(1000) }, linked)).toHaveLength(1000);
    expect(await exclusions({ a: many(1200) }, linked)).toHaveLength(1000);
  });

  it('are told by their names, which may be no names', () => {
    expect(describeExclusion({ module: 'a', other: 'b\nc' })).toMatch(/^a .*"b.*c"/);
    expect(describeExclusion({ module: 'a', other: 'b\nc' })).not.toContain('\n');
  });
});

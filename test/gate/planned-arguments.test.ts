import { describe, expect, it } from 'vitest';
import { foundInPlan } from '../../src/gate/planned-arguments.ts';
import type { LinkPlan } from '../../src/links/plan-links.ts';
import type { ToolName } from '../../src/tool-table.ts';

type Planned = { name: string; action?: string; folder?: string; repos?: string[]; family?: string };

/** A plan of links that are made, unless it says otherwise, and of removals. */
function plan(links: readonly Planned[], removals: readonly string[] = []): LinkPlan {
  return {
    dir: {},
    links: links.map(({ name, action = 'create', folder = name, repos = ['web'], family = 'oca' }) => ({
      module: name,
      action,
      source: { family, path: `/src/web/${folder}`, repositories: repos.map((repo) => ({ name: repo })) },
      previous: null,
      target: '',
      state: null,
    })),
    removals: removals.map((module) => ({ module, action: 'remove', family: 'oca', previous: '/x' })),
  } as unknown as LinkPlan;
}

describe('what a call would reach', () => {
  it.each<[string, ToolName, Record<string, unknown>, LinkPlan | null, object]>([
    ['no plan', 'oca_link', { module: 'a' }, null, { found: {}, unnamed: [], aliased: [] }],
    ['an empty plan', 'oca_link', { module: 'a' }, plan([]), { found: {}, unnamed: [], aliased: [] }],
    [
      'what it names',
      'oca_link',
      { module: 'a' },
      plan([{ name: 'a' }]),
      { found: { repo: ['web'], family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'what it names, as a list',
      'ee_link',
      { modules: ['a', 'b'] },
      plan([{ name: 'a' }, { name: 'b' }]),
      { found: { repo: ['web'], family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'a dependency',
      'oca_link',
      { module: 'a' },
      plan([{ name: 'b' }, { name: 'a' }]),
      { found: { module: ['a', 'b'], repo: ['web'], family: ['oca'] }, unnamed: ['b'], aliased: [] },
    ],
    [
      'a dependency that is there already',
      'oca_link',
      { module: 'a' },
      plan([{ name: 'b', action: 'keep' }, { name: 'a' }]),
      { found: { repo: ['web'], family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'a dependency in the other argument',
      'ee_link',
      { modules: ['a'] },
      plan([{ name: 'b' }, { name: 'a' }]),
      { found: { modules: ['a', 'b'], repo: ['web'], family: ['oca'] }, unnamed: ['b'], aliased: [] },
    ],
    [
      'a folder of another name',
      'oca_link',
      { module: 'a' },
      plan([{ name: 'a', folder: 'secret' }]),
      {
        found: { module: ['a', 'secret'], repo: ['web'], family: ['oca'] },
        unnamed: [],
        aliased: ['secret'],
      },
    ],
    [
      'a dependency, and a folder of another name that is kept',
      'oca_link',
      { module: ['a', 'c'] },
      plan([{ name: 'c', action: 'keep', folder: 'secret' }, { name: 'b' }, { name: 'a' }]),
      {
        found: { module: ['a', 'c', 'b', 'secret'], repo: ['web'], family: ['oca'] },
        unnamed: ['b'],
        aliased: ['secret'],
      },
    ],
    [
      'each repository once',
      'oca_link',
      { module: ['a', 'b', 'c'] },
      plan([
        { name: 'a', repos: ['web', 'web_addons'] },
        { name: 'b', action: 'keep', repos: ['kept'] },
        { name: 'c', repos: ['web'] },
      ]),
      { found: { repo: ['web', 'web_addons', 'kept'], family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'each family once',
      'oca_link',
      { module: ['a', 'b', 'c'] },
      plan([
        { name: 'a', family: 'own' },
        { name: 'b', family: 'oca' },
        { name: 'c', family: 'own' },
      ]),
      { found: { repo: ['web'], family: ['own', 'oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'no repository',
      'oca_link',
      { module: 'a' },
      plan([{ name: 'a', repos: [] }]),
      { found: { family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'removals',
      'oca_unlink',
      { modules: ['a'] },
      plan([], ['a']),
      { found: { family: ['oca'] }, unnamed: [], aliased: [] },
    ],
    [
      'removals of what needs it',
      'oca_unlink',
      { modules: ['a'] },
      plan([], ['b', 'a']),
      { found: { modules: ['a', 'b'], family: ['oca'] }, unnamed: ['b'], aliased: [] },
    ],
    [
      'something, of a tool that is told of no modules',
      'addon_conflicts',
      {},
      plan([{ name: 'a' }]),
      { found: { repo: ['web'], family: ['oca'] }, unnamed: ['a'], aliased: [] },
    ],
  ])('is %s', (_, tool, args, given, expected) => {
    expect(foundInPlan(tool, args, given)).toEqual(expected);
  });
});

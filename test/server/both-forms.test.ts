/** A client shows its model the structure of an answer or its text: each says what the other does. */
import { expect, it } from 'vitest';
import type { ToolName } from '../../src/tool-table.ts';
import { linkedModule, makeInstance } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';
import { ask, type Forms } from './answers.ts';

/** The values of a structure, without the names of its fields; counts by a word with the word. */
function factsOf(value: unknown, key = ''): string[] {
  // These are told in other words.
  if (key === 'status' || key === 'action' || value === 'available') return [];
  if (typeof value === 'string') return [key === 'commit' ? value.slice(0, 10) : value];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) return value.flatMap((one) => factsOf(one, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(key === 'counts' || key === 'more' ? [name] : []),
    ...factsOf(inner, name),
  ]);
}

/** What of a text is not a word of this program: names of modules and repositories, paths, cursors, numbers, calls. */
function namesIn(text: string): string[] {
  const words = text.match(/[\w./-]*(?:[_/]|\d)[\w./-]*/g) ?? [];
  return [...new Set(words.map((word) => word.replace(/\.+$/, '')))];
}

/** Modules of two families and two repositories that are linked, broken, bad and in conflict. */
function plant(world: World): void {
  world.module('oca/web/web_a', {
    depends: ['web_b', 'sale'],
    external_dependencies: { python: ['some_package'], bin: ['some-tool'] },
  });
  world.module('oca/web/web_b', { version: '1.0', depends: ['crm_c'], license: 'LGPL-3' });
  world.module('oca/crm/crm_c');
  world.module('oca/crm/web_old', { version: '16.0.1.0.0' });
  world.module('ee/ee_paid', { license: 'OEEL-1' });
  world.module('oca/web/needs_ee', { depends: ['ee_paid', 'not_there'] });
  for (const repo of ['web', 'crm'])
    for (const name of ['twice_1', 'twice_2']) world.module(`oca/${repo}/${name}`);
  linkedModule(world, 'oca/web/linked_1');
  linkedModule(world, 'oca/web/linked_2', { depends: ['linked_1'], excludes: ['linked_1'] });
  linkedModule(world, 'oca/crm/linked_3', { depends: ['missing_x', 'crm_c'] });
  for (const name of ['gone_1', 'gone_2']) world.link(world.at('oca/web', name), `linked/${name}`);
}

const ROWS: [what: string, tool: ToolName, args: Record<string, unknown>][] = [
  ['a link call', 'oca_link', { module: ['web_a', 'crm_c'] }],
  ['a dry run', 'oca_link', { module: 'web_a', dry_run: true }],
  ['a call that finds all linked', 'oca_link', { module: 'linked_1' }],
  ['an Enterprise link call', 'ee_link', { modules: ['ee_paid'] }],
  ['an unlink call', 'oca_unlink', { modules: ['linked_1'], cascade: true }],
  ['a refusal', 'oca_link', { module: 'web_old' }],
  ['a refusal with several reasons', 'oca_link', { module: ['needs_ee', 'web_old', 'twice_1', 'linked_x'] }],
  ['a refusal of an unlink call', 'oca_unlink', { modules: ['linked_1', 'nobody_y'] }],
  ['a refusal of an argument', 'addon_conflicts', { kinds: 'x' }],
  ['the status', 'link_status', {}],
  ['a page of the status', 'link_status', { limit: 2 }],
  ['the status of some', 'link_status', { module: ['linked_1', 'linked_3', 'nobody_y'] }],
  ['the conflicts', 'addon_conflicts', {}],
  ['a page of the conflicts', 'addon_conflicts', { limit: 1 }],
  ['a search', 'addon_search', { query: 'web' }],
  ['a page of a search', 'addon_search', { limit: 2 }],
  ['all about a module', 'addon_info', { module: 'web_a' }],
  ['all about one that is linked', 'addon_info', { module: 'linked_3' }],
  ['all about several modules', 'addon_info', { module: ['web_a', 'needs_ee', 'nobody_y'] }],
];

const answerTo = async (tool: ToolName, args: Record<string, unknown>): Promise<Forms> => {
  const world = createWorld();
  plant(world);
  const instance = makeInstance(world);
  return ask(world, [instance, { ...instance, name: 'test', roots: [] }], tool, {
    instance: 'prod',
    ...args,
  });
};

it.each(ROWS)(
  '%s (%s %j): the text has every fact of the structure, and the structure every name of the text',
  async (_, tool, args) => {
    const { text, data } = await answerTo(tool, args);
    expect(factsOf(data).filter((fact) => !text.includes(fact))).toEqual([]);
    const structure = JSON.stringify(data);
    const known = (name: string) =>
      structure.includes(JSON.stringify(name).slice(1, -1)) || isSum(name, data);
    expect(namesIn(text).filter((name) => !known(name))).toEqual([]);
  },
);

/** A number that the structure has as a sum: of the counts, or of the modules that exist. */
function isSum(name: string, { counts = {}, modules = [] }: Forms['data']): boolean {
  const sum = Object.values(counts as Record<string, number>).reduce((all, count) => all + count, 0);
  const existing = (modules as { exists?: boolean }[]).filter(({ exists }) => exists === true);
  return [sum, existing.length].includes(Number(name));
}

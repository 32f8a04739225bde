import { describe, expect, it } from 'vitest';
import type { Argument } from '../src/tool-arguments.ts';
import {
  argumentOfModules,
  kindOfArgument,
  modulesNamed,
  TOOL_NAMES,
  TOOL_TABLE,
  type ToolName,
  toolEntry,
} from '../src/tool-table.ts';

const ARGUMENTS = TOOL_NAMES.flatMap((tool) =>
  Object.entries(toolEntry(tool).args).map(([name, argument]): [string, string, Argument] => [
    tool,
    name,
    argument,
  ]),
);

it('has what the tools are, in the order in which they are listed', () => {
  const writing = TOOL_NAMES.filter((tool) => toolEntry(tool).writes === 'links');
  const cloning = TOOL_NAMES.filter((tool) => toolEntry(tool).writes === 'checkouts');
  expect(TOOL_NAMES).toEqual(Object.keys(TOOL_TABLE));
  expect(writing).toEqual(['oca_link', 'ee_link', 'oca_unlink', 'ee_unlink']);
  expect(TOOL_NAMES.slice(4, 8)).toEqual(['addon_search', 'addon_info', 'link_status', 'addon_conflicts']);
  expect(cloning).toEqual(['oca_clone', 'ee_clone', 'oca_update', 'ee_update']);
  expect(TOOL_NAMES.filter((tool) => toolEntry(tool).writes === 'odoo')).toEqual([
    'odoo_refresh',
    'odoo_install',
    'odoo_upgrade',
  ]);
});

describe('every tool', () => {
  it('is told the instance', () => {
    for (const tool of TOOL_NAMES)
      expect(Object.keys(toolEntry(tool).args)).toEqual(expect.arrayContaining(['instance', 'branch']));
  });

  it('that writes can be tried without a change, and be told where', () => {
    for (const tool of TOOL_NAMES) {
      const { writes, args } = toolEntry(tool);
      const changes = writes !== false && tool !== 'odoo_refresh';
      expect('dry_run' in args).toBe(changes);
      if (changes) expect(args).toMatchObject({ dry_run: { default: false } });
      if (writes === 'links') expect(args).toMatchObject({ target_dir: { kind: 'path' } });
    }
  });

  it.each(ARGUMENTS)('%s takes %s as it is meant', (_, name, argument) => {
    // One name means the same everywhere: policies and completions know no tool.
    expect(argument.kind).toEqual(kindOfArgument(name));
    expect(argument.description).toMatch(/\.$/);
    expect(argument.required !== undefined && argument.default !== undefined).toBe(false);
    // A text, or a list, that a client sends has a bound; a flag and a word of a list need none.
    const isOpen =
      typeof argument.kind === 'string' && argument.kind !== 'flag' && argument.kind !== 'module';
    if (isOpen || argument.list !== undefined) expect(argument.most).toBeGreaterThan(0);
  });
});

it('another spelling of an argument is the name of no argument beside it, and of the same kind elsewhere', () => {
  const spellings = ARGUMENTS.filter(([, , { also }]) => also !== undefined);
  expect(spellings.map(([tool, name, { also }]) => `${tool} ${name} ${also}`)).toEqual([
    'oca_link module modules',
    'ee_link modules module',
    'oca_unlink modules module',
    'ee_unlink modules module',
    'addon_info module modules',
    'link_status module modules',
    'oca_clone repos repo',
    'oca_clone modules module',
    'ee_clone repos repo',
    'ee_clone modules module',
    'oca_update repos repo',
    'ee_update repos repo',
    'odoo_refresh modules module',
    'odoo_install modules module',
    'odoo_upgrade modules module',
  ]);
  for (const [tool, , { kind, also }] of spellings) {
    expect(toolEntry(tool as ToolName).args).not.toHaveProperty(also as string);
    expect(kindOfArgument(also as string)).toEqual(kind);
  }
});

describe('kindOfArgument', () => {
  it.each([
    ['module', 'module'],
    ['modules', 'module'],
    ['repo', 'repo'],
    ['instance', 'instance'],
    ['dry_run', 'flag'],
    ['limit', 'number'],
    ['graph', ['mermaid', 'dot']],
    ['nothing', null],
    ['', null],
    ['title', null],
  ])('%s: %j', (name, kind) => {
    expect(kindOfArgument(name)).toEqual(kind);
  });
});

describe('the modules that a call names', () => {
  it.each([
    ['oca_link', 'module'],
    ['ee_link', 'modules'],
    ['oca_unlink', 'modules'],
    ['ee_unlink', 'modules'],
    ['addon_info', 'module'],
    ['addon_search', null],
    ['link_status', 'module'],
    ['addon_conflicts', null],
    ['oca_update', null],
    ['oca_status', null],
  ] as const)('%s has them in %s', (tool, argument) => {
    expect(argumentOfModules(tool)).toBe(argument);
    expect(modulesNamed(tool, { module: 'a', modules: ['b', 'c'] })).toEqual(
      argument === null ? [] : argument === 'module' ? ['a'] : ['b', 'c'],
    );
    expect(modulesNamed(tool, {})).toEqual([]);
  });

  it('are whatever was sent, sound or not', () => {
    expect(modulesNamed('oca_link', { module: ['a', 5, null] })).toEqual(['a', 5, null]);
    expect(modulesNamed('oca_link', { module: null })).toEqual([]);
    expect(modulesNamed('oca_link', { module: {} })).toEqual([{}]);
  });
});

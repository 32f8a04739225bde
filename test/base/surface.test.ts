import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CallArguments,
  commandSurface,
  forOperator,
  TOOLS,
  toolSurface,
} from '../../src/base/surface.ts';
import { COMMANDS } from '../../src/commands/commands.ts';
import { TOOL_NAMES, toolEntry } from '../../src/tool-table.ts';

const PLACE = { instance: 'test', target_dir: '/srv/my links' };

it('tells an operator at a shell what to do, instead of whom to ask', () => {
  expect(forOperator('It is away. Ask the operator to check that Odoo runs. Ask the operator to wait.')).toBe(
    'It is away. Check that Odoo runs. Wait.',
  );
  expect(forOperator('Ask the operator to set `a.b`, or to wait. Call it to link or to see.')).toBe(
    'Set `a.b`, or wait. Call it to link or to see.',
  );
});

it('every hint that asks the operator says to do something, so that an operator can be told to do it', () => {
  const src = join(import.meta.dirname, '../../src');
  const texts = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(src, file), 'utf8'));
  expect(texts.join('').match(/sk the operator to [a-z$(]/g)?.length).toBeGreaterThan(50);
  expect(texts.filter((text) => /sk the operator(?! to [a-z$(])\b/.test(text))).toEqual([]);
});

it('commands in a hint for an operator find the same configuration', () => {
  const options = ['--config', '/my file'];
  const hint = 'Run `odoo-link-mcp doctor`, or `git x`.';
  expect(forOperator(hint)).toBe(hint);
  const told = "Run `odoo-link-mcp doctor --config '/my file'`, or `git x`.";
  expect(forOperator(hint, options)).toBe(told);
  expect(forOperator(told, options)).toBe(told);
});

it.each([
  [
    'Ask the operator to move it, or to make it a link. Or to wait.',
    'Move it, or make it a link. Or to wait.',
  ],
  ['Ask the operator to stop `x.y` and to start it.', 'Stop `x.y` and start it.'],
  [
    'If it moves, ask the operator to set it; otherwise to remove it.',
    'If it moves, set it; otherwise remove it.',
  ],
  ['Ask the operator to look at "a. b or to c", or to go.', 'Look at "a. b or to c", or go.'],
  ['It is here or to be had.', 'It is here or to be had.'],
])('tells an operator all that is to be done in the same way: %s', (hint, told) => {
  expect(forOperator(hint)).toBe(told);
});

describe('a call in a hint', () => {
  it.each<[tool: string, args: CallArguments, asTool: string, asCommand: string]>([
    ['oca_link', { module: 'a' }, '{"module":"a"}', 'link oca a'],
    [
      'oca_link',
      { module: ['a', 'b'], replace: true },
      '{"module":["a","b"],"replace":true}',
      'link oca a b --replace',
    ],
    [
      'oca_link',
      { module: 'a', repo: 'my web' },
      '{"module":"a","repo":"my web"}',
      "link oca a --repo 'my web'",
    ],
    [
      'oca_link',
      { module: 'a', repo: "it's" },
      '{"module":"a","repo":"it\'s"}',
      "link oca a --repo 'it'\\''s'",
    ],
    [
      'ee_link',
      { modules: ['a'], with_dependencies: false },
      '{"modules":["a"],"with_dependencies":false}',
      'link ee a --no-dependencies',
    ],
    ['ee_unlink', { modules: ['a'] }, '{"modules":["a"]}', 'unlink ee a'],
    ['addon_search', { repo: 'web' }, '{"repo":"web"}', 'search --repo web'],
    ['addon_info', { module: 'a' }, '{"module":"a"}', 'info a'],
    ['link_status', { module: ['a', 'b'] }, '{"module":["a","b"]}', 'status --module a --module b'],
    ['link_status', { repo: undefined }, '{}', 'status'],
    ['addon_conflicts', {}, '{}', 'conflicts'],
  ])('%s %j', (tool, args, asTool, asCommand) => {
    expect(TOOLS.call(tool, args)).toBe(`Call ${tool} ${asTool}`);
    expect(commandSurface().call(tool, args)).toBe(`Run \`odoo-link-mcp ${asCommand}\``);
  });

  it('goes to the place it is for, as far as its tool has arguments for that', () => {
    expect(toolSurface(PLACE).call('oca_link', { module: 'a' })).toBe(
      'Call oca_link {"module":"a","instance":"test","target_dir":"/srv/my links"}',
    );
    expect(toolSurface().at(PLACE).call('addon_info', { module: 'a' })).toBe(
      'Call addon_info {"module":"a","instance":"test"}',
    );
    expect(commandSurface(['--config', '/my/file']).at(PLACE).call('oca_link', { module: 'a' })).toBe(
      "Run `odoo-link-mcp link oca a --instance test --target-dir '/srv/my links' --config /my/file`",
    );
    expect(toolSurface({ instance: 'a' }).at({ target_dir: '/b' }).call('link_status', {})).toBe(
      'Call link_status {"instance":"a","target_dir":"/b"}',
    );
  });

  it('may be the same call with more', () => {
    const more = { replace: true, repo: 'my web' };
    expect(TOOLS.again(more)).toBe('call again with replace: true, repo: "my web"');
    expect(commandSurface().again(more)).toBe("run it again with `--replace --repo 'my web'`");
  });

  it('names tools, arguments and lists', () => {
    expect([
      TOOLS.tool('oca_link'),
      TOOLS.argument('target_dir'),
      TOOLS.argument('module'),
      TOOLS.list(['a', 'b']),
    ]).toEqual(['oca_link', 'target_dir', 'module', '["a","b"]']);
    const shell = commandSurface();
    expect([
      shell.tool('oca_link'),
      shell.argument('target_dir'),
      shell.argument('module'),
      shell.list(['a', 'b']),
    ]).toEqual(['link oca', '--target-dir', 'MODULE', 'a b']);
    expect([
      shell.argument('repos', 'oca_clone'),
      shell.argument('modules', 'oca_clone'),
      shell.argument('modules', 'ee_link'),
    ]).toEqual(['REPO', '--module', 'MODULE']);
    expect(TOOLS.argument('repos', 'oca_clone')).toBe('repos');
  });
});

describe('the commands of tools', () => {
  const NEVER = new Set(['limit', 'cursor', 'installable']);
  it.each(TOOL_NAMES)(
    '%s: its command has an option for each argument, and its tool for each place',
    (tool) => {
      for (const [argument, { kind }] of Object.entries(toolEntry(tool).args)) {
        if (NEVER.has(argument)) continue;
        const value = kind === 'flag' ? argument !== 'with_dependencies' : 'x';
        const said = commandSurface().call(tool, { [argument]: value });
        const [, line = ''] = /odoo-link-mcp (.*)`$/.exec(said) ?? [];
        const command = COMMANDS.find(({ name }) => name === line.split(' ')[0]);
        const options = Object.keys(command?.options ?? {});
        const [option] = / --([\w-]+)/.exec(said) ?? [];
        if (option === undefined) expect(said).toMatch(/ x`$/);
        else expect(options).toContain(option.trim().slice(2));
      }
      const call = toolSurface(PLACE).call(tool, {});
      expect(call.includes('target_dir')).toBe('target_dir' in toolEntry(tool).args);
    },
  );
});

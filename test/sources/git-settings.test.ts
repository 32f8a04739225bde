import { describe, expect, it } from 'vitest';
import { BOOLEAN, parseSettings, readSettings } from '../../src/sources/git-settings.ts';
import fc from '../support/property.ts';
import { createWorld } from '../support/world.ts';
import { git } from './states.ts';

const MiB = 1024 * 1024;

const parse = (text: string) => {
  const settings = new Map<string, string>();
  return parseSettings(text, settings) ? Object.fromEntries(settings) : null;
};

describe('the text of a configuration', () => {
  it.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['a section without keys', '[core]\n', {}],
    ['a key', '[core]\n\tfileMode = false\n', { 'core.filemode': 'false' }],
    ['a key without blanks', '[core]\nbare=true', { 'core.bare': 'true' }],
    ['a key without a value', '[core]\n\tbare\n', { 'core.bare': 'true' }],
    ['a key with an empty value', '[core]\n\tbare =\n', { 'core.bare': '' }],
    ['the last of two values', '[core]\na = 1\nb = 2\na = 3\n', { 'core.a': '3', 'core.b': '2' }],
    [
      'a section that comes again',
      '[core]\na = 1\n[x]\na = 2\n[core]\na = 3\n',
      { 'core.a': '3', 'x.a': '2' },
    ],
    ['names in lower case', '[CORE]\nfileMODE = True\n', { 'core.filemode': 'True' }],
    ['digits and hyphens in names', '[a-1]\nb-2 = x\n', { 'a-1.b-2': 'x' }],
    ['lines that end as on Windows', '[core]\r\nbare = true\r\n', { 'core.bare': 'true' }],
    [
      'comments on their own lines',
      '# a\n; b\n[core]\n  # c\n\t; d = e\n\nbare = no\n',
      { 'core.bare': 'no' },
    ],
    [
      'a comment behind a section',
      '[core] # a\nbare = no\n[x]\t; b\ny = z\n',
      { 'core.bare': 'no', 'x.y': 'z' },
    ],
    ['a comment behind a value as a part of it', '[core]\nbare = no ; x\n', { 'core.bare': 'no ; x' }],
    ['a subsection', '[remote "origin"]\nurl = a\n', { 'remote.*.url': 'a' }],
    ['a subsection with a quote in it', '[remote "a\\"]b"]\nurl = a\n', { 'remote.*.url': 'a' }],
    ['an empty subsection', '[remote ""]\nurl = a\n', { 'remote.*.url': 'a' }],
    ['a subsection and the section without', '[a "b"]\nc = 1\n[a]\nc = 2\n', { 'a.*.c': '1', 'a.c': '2' }],
    ['an old subsection, as a name of its own', '[core.x]\nbare = true\n', { 'core.x.bare': 'true' }],
    [
      'a value that is cut where it goes on',
      '[core]\na = b\\\nc\nd = e\n',
      { 'core.a': 'b\\', 'core.d': 'e' },
    ],
    [
      'a value that goes on twice',
      '[core]\na = b\\\nc\\\nd = e\nf = g\n',
      { 'core.a': 'b\\', 'core.f': 'g' },
    ],
    [
      'a value that ends in an escaped backslash',
      '[core]\na = b\\\\\nc = d\n',
      { 'core.a': 'b\\\\', 'core.c': 'd' },
    ],
    ['a value of three backslashes', '[core]\na = \\\\\\\nc = d\n', { 'core.a': '\\\\\\' }],
    ['a value that goes on behind the end of the file', '[core]\na = b\\', { 'core.a': 'b\\' }],
    [
      'a line that goes on and looks like a section',
      '[core]\na = b\\\n[x]\nc = d\n',
      { 'core.a': 'b\\', 'core.c': 'd' },
    ],
  ])('says %s', (_, text, settings) => expect(parse(text)).toEqual(settings));

  it.each([
    'x = 1\n',
    '[core]bare = true\n',
    '[core\n',
    'core]\n',
    '[]\n',
    '[co re]\n',
    '[core "x]\n',
    '[core x]\n',
    '[core"x"]\n',
    '[core] x\n',
    '[core]\n= 1\n',
    '[core]\n1a = 1\n',
    '[core]\na b = 1\n',
    '[core]\na.b = 1\n',
    '[core]\nx = a # b \\\ny = 1\n',
    '[core]\nx = a ; b \\\ny = 1\n',
    '[core]\nx = a \\\nb # c \\\ny = 1\n',
    '<html>',
  ])('is not understood as %j', (text) => expect(parse(text)).toBe(null));

  it('is what git reads, or not understood', () => {
    const world = createWorld();
    const line = fc.constantFrom(
      '[core]',
      '[CORE]',
      '[core "x"]',
      '[core.x]',
      '[extensions]',
      'bare = true',
      'Bare=false # no',
      '\tworktree = ../x\\',
      'bare',
      ' ; bare = true \\',
      'worktree = "a b"',
      'fileMode = true\\\\',
      '',
    );
    const keys = ['core.bare', 'core.worktree', 'core.filemode', 'extensions.bare'];
    fc.assert(
      fc.property(fc.array(line, { maxLength: 7 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        const mine = parse(text);
        if (mine === null) return;
        world.file('config', text);
        const real = askGit(world.path);
        for (const key of keys) {
          // Quotes, comments and what goes on in the next line stay as they are written, which no plain value is.
          if (/["#;\\]/.test(mine[key] ?? '')) continue;
          expect([text, key, mine[key]]).toEqual([text, key, real?.get(key) ?? undefined]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** The last value of each key in the file `config`; a key without a value is `true`. Null where git refuses. */
function askGit(folder: string): ReadonlyMap<string, string> | null {
  try {
    const printed = git(folder, 'config', '--file', `${folder}/config`, '--list', '-z');
    const pairs = printed.split('\0').filter((pair) => pair !== '');
    return new Map(
      pairs.map((pair) => {
        const at = pair.indexOf('\n');
        return at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
      }),
    );
  } catch {
    return null;
  }
}

describe('the settings of a repository', () => {
  const read = (files: Readonly<Record<string, string>>) => {
    const world = createWorld();
    for (const name of ['common', 'own']) world.folder(name);
    for (const [name, text] of Object.entries(files)) world.file(name, text);
    const settings = readSettings({ path: world.at('own'), common: world.at('common') });
    return settings === null ? null : Object.fromEntries(settings);
  };
  const shown = (value: string) => `[extensions]\nworktreeConfig = ${value}\n[core]\nbare = true\n`;

  it.each<[string, Record<string, string>, Record<string, string> | null]>([
    ['none, which git takes for the usual ones', {}, {}],
    ['in the common folder', { 'common/config': '[a]\nb = c\n' }, { 'a.b': 'c' }],
    ['not in the folder of a worktree', { 'own/config': '[a]\nb = c\n' }, {}],
    ['not those of a worktree unless it is said', { 'own/config.worktree': '[a]\nb = c\n' }, {}],
    ['not understood', { 'common/config': 'a = b\n' }, null],
    ['a folder', { 'common/config/x': '' }, null],
    ['as large as is read', { 'common/config': `#${'x'.repeat(MiB - 1)}` }, {}],
    ['larger', { 'common/config': `#${'x'.repeat(MiB)}` }, null],
  ])('are %s', (_, files, expected) => expect(read(files)).toEqual(expected));

  it.each(['true', 'yes', 'on', '1', 'TRUE', 'Yes'])(
    'are those of the worktree too where it says %s',
    (value) => {
      const files = { 'common/config': shown(value), 'own/config.worktree': '[core]\nbare = false\nx\n' };
      expect(read(files)).toEqual({
        'extensions.worktreeconfig': value,
        'core.bare': 'false',
        'core.x': 'true',
      });
      expect(read({ 'common/config': shown(value) })).toMatchObject({ 'core.bare': 'true' });
      expect(read({ ...files, 'own/config.worktree': 'no section = 1\n' })).toBe(null);
    },
  );

  it('are those of the worktree where the key has no value', () => {
    const files = { 'common/config': '[extensions]\nworktreeConfig\n', 'own/config.worktree': '[a]\nb\n' };
    expect(read(files)).toMatchObject({ 'a.b': 'true' });
  });

  it.each(['false', 'no', 'off', '0', 'FALSE'])('are those of the repository where it says %s', (value) => {
    const files = { 'common/config': shown(value), 'own/config.worktree': 'no section = 1\n' };
    expect(read(files)).toMatchObject({ 'core.bare': 'true' });
  });

  it.each(['2', '-1', 'maybe', '', '"true"', 'true # yes'])('are not told where it says %j', (value) => {
    expect(read({ 'common/config': shown(value), 'own/config.worktree': '' })).toBe(null);
  });

  it('are yes or no by these words', () => {
    expect(BOOLEAN).toEqual(['true', 'yes', 'on', '1', 'false', 'no', 'off', '0']);
  });
});

import { describe, expect, it } from 'vitest';
import { comparisonConfig, objectFormat } from '../../src/sources/comparison-config.ts';
import { createWorld } from '../support/world.ts';

type Settings = Readonly<Record<string, string>>;

const MAIN = { root: '/r', worktree: '/r', path: '/r/.git', common: '/r/.git' };
const LINKED = { ...MAIN, worktree: '/r/w', path: '/r/.git/worktrees/w' };

const config = (settings: Settings, git = MAIN) => comparisonConfig(git, new Map(Object.entries(settings)));

/** What git is always told. */
const always = (version: number) => [
  '[core]',
  `repositoryformatversion = ${version}`,
  'bare = false',
  'fsmonitor = false',
  'untrackedCache = false',
  'excludesFile =',
  'attributesFile =',
];

describe('the configuration git compares with', () => {
  it('says nothing of a repository that says nothing', () => {
    expect(config({})).toBe([...always(0), ''].join('\n'));
  });

  it.each(['sha256', 'SHA256'])('has the hashes of the repository: %s', (format) => {
    const settings = { 'core.repositoryformatversion': '1', 'extensions.objectformat': format };
    expect(config(settings)).toBe([...always(1), '[extensions]', 'objectFormat = sha256', ''].join('\n'));
  });

  it.each(['sha1', 'SHA1'])('says nothing of hashes that are the usual ones: %s', (format) => {
    expect(config({ 'extensions.objectformat': format })).toBe([...always(0), ''].join('\n'));
  });

  const YES_NO = ['true', 'yes', 'on', '1', 'false', 'no', 'off', '0'];
  it.each([
    ['fileMode', YES_NO],
    ['symlinks', YES_NO],
    ['ignoreCase', YES_NO],
    ['trustctime', YES_NO],
    ['precomposeUnicode', YES_NO],
    ['sparseCheckout', YES_NO],
    ['sparseCheckoutCone', YES_NO],
    ['autocrlf', [...YES_NO, 'input']],
    ['eol', ['lf', 'crlf', 'native']],
    ['checkStat', ['default', 'minimal']],
  ])('has %s as the repository has it, or is none', (name, values) => {
    const key = `core.${name.toLowerCase()}`;
    for (const value of values) {
      const lines = [...always(0), `${name} = ${value}`, ''];
      expect(config({ [key]: value })).toBe(lines.join('\n'));
      expect(config({ [key]: value.toUpperCase() })).toBe(lines.join('\n'));
    }
    const others = ['2', '', 'maybe', 'true\n[alias]', 'input', 'lf', 'default'];
    for (const other of others.filter((value) => !values.includes(value))) {
      expect([other, config({ [key]: other })]).toEqual([other, null]);
    }
  });

  it('has nothing that names what could be read or run', () => {
    const settings = {
      'core.sshcommand': 'x',
      'core.fsmonitor': 'x',
      'core.untrackedcache': 'true',
      'core.hookspath': 'x',
      'filter.*.clean': 'x',
      'remote.*.url': 'x',
      'alias.x': 'x',
      'user.name': 'x',
    };
    expect(config(settings)).toBe([...always(0), ''].join('\n'));
  });

  it.each<Settings>([
    { 'core.repositoryformatversion': '0' },
    { 'core.repositoryformatversion': '1' },
    { 'extensions.noop': 'true' },
    { 'extensions.partialclone': 'origin' },
    { 'extensions.preciousobjects': 'true' },
    { 'extensions.relativeworktrees': 'true' },
    { 'extensions.worktreeconfig': 'true' },
    { 'core.bare': 'false' },
    { 'core.bare': 'No' },
    { 'core.bare': 'off' },
    { 'core.bare': '0' },
    { 'status.showuntrackedfiles': 'normal' },
    { 'status.showuntrackedfiles': 'All' },
    { 'status.showuntrackedfiles': 'true' },
    { 'core.includes': 'x' },
    { 'my.include.path': 'x' },
    { 'sparse.other': 'true' },
  ])('is the usual one with %j', (settings) => {
    expect(config(settings)).toBe([...always(0), ''].join('\n'));
  });

  it.each<Settings>([
    { 'include.path': 'x' },
    { 'includeif.*.path': 'x' },
    { 'extensions.unknown': 'true' },
    { 'extensions.compatobjectformat': 'sha1' },
    { 'extensions.objectformat': 'md5' },
    { 'extensions.objectformat': '' },
    { 'core.repositoryformatversion': '2' },
    { 'core.repositoryformatversion': '' },
    { 'core.attributesfile': 'x' },
    { 'core.excludesfile': 'x' },
    { 'attr.tree': 'HEAD' },
    { 'sparse.expectfilesoutsideofpatterns': 'true' },
    { 'core.bare': 'true' },
    { 'core.bare': '' },
    { 'core.worktree': '/elsewhere' },
    { 'status.showuntrackedfiles': 'no' },
    { 'status.showuntrackedfiles': 'false' },
  ])('is none with %j', (settings) => {
    expect(config(settings)).toBe(null);
    expect(config({ 'core.filemode': 'true', ...settings })).toBe(null);
  });

  it('takes what the common folder says of being bare for the main work tree', () => {
    expect(config({ 'core.bare': 'true' }, LINKED)).toBe([...always(0), ''].join('\n'));
    const own = { 'core.bare': 'true', 'extensions.worktreeconfig': 'true' };
    expect(config(own, LINKED)).toBe(null);
    expect(config({ ...own, 'core.bare': 'false' }, LINKED)).not.toBe(null);
  });

  it('takes a work tree only where it is the one the repository was found in', () => {
    const world = createWorld();
    const git = {
      root: world.path,
      worktree: world.folder('tree'),
      path: world.folder('git'),
      common: world.at('git'),
    };
    expect(config({ 'core.worktree': '../tree' }, git)).toBe([...always(0), ''].join('\n'));
    expect(config({ 'core.worktree': world.at('tree') }, git)).not.toBe(null);
    expect(config({ 'core.worktree': world.folder('other') }, git)).toBe(null);
  });
});

describe('the format of hashes', () => {
  it.each([
    [{}, 'sha1'],
    [{ 'extensions.objectformat': 'SHA256' }, 'sha256'],
    [{ 'extensions.objectformat': 'md5' }, 'md5'],
  ])('of %j is %s', (settings: Settings, format) => {
    expect(objectFormat(new Map(Object.entries(settings)))).toBe(format);
  });
});

import { describe, expect, it } from 'vitest';
import { readHead, replacesObjects } from '../../src/sources/git-head.ts';
import { createWorld } from '../support/world.ts';

const COMMIT = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const MiB = 1024 * 1024;

function gitFolder(files: Readonly<Record<string, string>>) {
  const world = createWorld();
  const path = world.folder('git');
  for (const [name, text] of Object.entries(files)) world.file(`git/${name}`, text);
  return { world, git: { root: path, worktree: path, path, common: path } };
}

const head = (files: Readonly<Record<string, string>>) => readHead(gitFolder(files).git);
/** The same where HEAD names the branch 17.0. */
const on = (files: Readonly<Record<string, string>>) => head({ HEAD: 'ref: refs/heads/17.0\n', ...files });

/** Comments that make a file of packed refs as large as this. */
function padded(text: string, bytes: number): string {
  return `# ${'x'.repeat(bytes - text.length - 3)}\n${text}`;
}

describe('HEAD', () => {
  it.each([
    ['in a file of its own', { 'refs/heads/17.0': `${COMMIT}\n` }, COMMIT],
    ['without an end of line', { 'refs/heads/17.0': COMMIT }, COMMIT],
    ['of SHA-256', { 'refs/heads/17.0': `${'c'.repeat(64)}\n` }, 'c'.repeat(64)],
    [
      'among packed refs',
      {
        'packed-refs': `# pack-refs with: peeled\n${OTHER} refs/heads/07.0\n${COMMIT} refs/heads/17.0\n^${'c'.repeat(40)}\n`,
      },
      COMMIT,
    ],
    ['among packed refs without an end of line', { 'packed-refs': `${COMMIT} refs/heads/17.0` }, COMMIT],
    [
      'among packed refs of SHA-256',
      { 'packed-refs': `${'c'.repeat(64)} refs/heads/17.0\n^${'d'.repeat(64)}\n` },
      'c'.repeat(64),
    ],
    [
      'in a file of its own before packed ones',
      { 'refs/heads/17.0': COMMIT, 'packed-refs': `${OTHER} refs/heads/17.0\n` },
      COMMIT,
    ],
    ['among refs that are too new', { 'packed-refs': `${COMMIT} refs/heads/17.0-x\n` }, null],
    ['of another kind', { 'packed-refs': `${COMMIT} refs/tags/17.0\n` }, null],
    ['nowhere', {}, null],
    [
      'packed in the order of bytes, which is not that of characters',
      { 'packed-refs': `${COMMIT} refs/heads/17.0\n${OTHER} refs/heads/ﬀ\n${OTHER} refs/heads/😀\n` },
      COMMIT,
    ],
    [
      'among as many packed refs as are read',
      { 'packed-refs': padded(`${COMMIT} refs/heads/17.0\n`, 2 * MiB) },
      COMMIT,
    ],
  ])('names a branch, whose commit is %s', (_, files, commit) => {
    expect(on(files as Record<string, string>)).toEqual({ branch: '17.0', commit });
  });

  it.each<[string, Record<string, string>]>([
    ['packed refs in no order', { 'packed-refs': `${COMMIT} refs/heads/b\n${COMMIT} refs/heads/17.0\n` }],
    [
      'packed refs with a name twice',
      { 'packed-refs': `${OTHER} refs/heads/17.0\n${COMMIT} refs/heads/17.0\n` },
    ],
    ['packed refs with a tab', { 'packed-refs': `${COMMIT}\trefs/heads/17.0\n` }],
    ['packed refs with a blank at the end', { 'packed-refs': `${COMMIT} refs/heads/17.0 \n` }],
    ['packed refs with a hash in capitals', { 'packed-refs': `${COMMIT.toUpperCase()} refs/heads/17.0\n` }],
    ['packed refs with 41 digits', { 'packed-refs': `${COMMIT}a refs/heads/17.0\n` }],
    ['packed refs with a line of something else', { 'packed-refs': `x\n${COMMIT} refs/heads/17.0\n` }],
    ['packed refs with an empty line', { 'packed-refs': `\n${COMMIT} refs/heads/17.0\n` }],
    [
      'packed refs with a peeled hash that is none',
      { 'packed-refs': `${COMMIT} refs/heads/17.0\n^${OTHER}x\n` },
    ],
    ['more packed refs than are read', { 'packed-refs': padded(`${COMMIT} refs/heads/17.0\n`, 2 * MiB + 1) }],
    ['packed refs that are a folder', { 'packed-refs/x': '' }],
    ['a branch that names another one', { 'refs/heads/17.0': 'ref: refs/heads/b\n' }],
    ['a branch with more in its file', { 'refs/heads/17.0': `${COMMIT}\n\n` }],
    ['a branch whose file is large', { 'refs/heads/17.0': COMMIT + ' '.repeat(4096) }],
    ['a branch that is a folder', { 'refs/heads/17.0/x': COMMIT }],
  ])('tells nothing with %s', (_, files) => {
    expect(on(files)).toBe(null);
  });

  it('is a commit where it is detached, of 40 or 64 digits', () => {
    for (const commit of [COMMIT, 'b'.repeat(64)])
      for (const end of ['\n', '']) expect(head({ HEAD: commit + end })).toEqual({ branch: null, commit });
  });

  it.each(['17.0', 'a/b', 'a.b', '@', 'ü', 'a.lock.x', 'lock', 'a@b', 'x{y}'])('may be on %j', (branch) => {
    expect(head({ HEAD: `ref: refs/heads/${branch}`, [`refs/heads/${branch}`]: COMMIT })).toEqual({
      branch,
      commit: COMMIT,
    });
  });

  it.each([
    ...[
      '../../secret',
      '.invalid',
      'a/.b',
      'a//b',
      'a/',
      'a.lock',
      'a.lock/b',
      'a..b',
      'a.',
      'a@{b',
      '@{-1}',
    ],
    ...['a\x1b[2J', 'a\x01', 'a b', 'a\x7f', 'a~b', 'a^b', 'a:b', 'a?b', 'a*b', 'a[b', 'a\\b', 'a\nb', ''],
  ])('is not on %j, which is no name of a branch', (branch) => {
    const git = gitFolder({ HEAD: `ref: refs/heads/${branch}\n`, 'packed-refs': '# none\n' });
    expect(readHead(git.git)).toBe(null);
  });

  it.each([
    'ref: refs/remotes/origin/17.0\n',
    'ref:  refs/heads/17.0\n',
    'ref: refs/heads/17.0\n\n',
    ' ref: refs/heads/17.0\n',
    'gitdir: refs/heads/17.0\n',
    `${'a'.repeat(41)}\n`,
    `${'a'.repeat(39)}\n`,
    `${COMMIT} \n`,
    `${COMMIT}\n\n`,
    '',
  ])('that says %j tells nothing', (HEAD) => {
    expect(head({ HEAD, 'refs/heads/17.0': COMMIT })).toBe(null);
  });

  it('tells nothing where there is none, where it is a folder or a symlink, and where it is too large', () => {
    expect(head({ 'refs/heads/17.0': COMMIT })).toBe(null);
    expect(head({ 'HEAD/x': '' })).toBe(null);
    const { world, git } = gitFolder({ real: `${COMMIT}\n` });
    world.link('real', 'git/HEAD');
    expect(readHead(git)).toBe(null);
    expect(head({ HEAD: `ref: refs/heads/${'a/'.repeat(2048)}a` })).toBe(null);
  });

  it('does not follow a folder of refs that is a symlink', () => {
    const { world, git } = gitFolder({ HEAD: 'ref: refs/heads/a\n' });
    world.file('secret/heads/a', COMMIT);
    world.link('../secret', 'git/refs');
    expect(readHead(git)).toBe(null);
  });

  it('of a linked worktree is in its own folder, its branches in the common one', () => {
    const { world, git } = gitFolder({
      HEAD: `${OTHER}\n`,
      'refs/heads/a': `${COMMIT}\n`,
      'worktrees/x/HEAD': 'ref: refs/heads/a\n',
      'worktrees/x/refs/heads/a': `${OTHER}\n`,
    });
    const linked = { ...git, path: world.at('git/worktrees/x') };
    expect(readHead(linked)).toEqual({ branch: 'a', commit: COMMIT });
  });
});

describe('objects', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['nothing says so', {}, false],
    ['there are other refs', { 'refs/heads/a': COMMIT, 'packed-refs': `${COMMIT} refs/heads/a\n` }, false],
    ['a ref says so', { [`refs/replace/${COMMIT}`]: `${OTHER}\n` }, true],
    [
      'a packed ref says so, however it is written',
      { 'packed-refs': `${COMMIT}\trefs/replace/${COMMIT}\n` },
      true,
    ],
    ['packed refs cannot be read', { 'packed-refs/x': '' }, true],
    ['packed refs are as large as is read', { 'packed-refs': padded('', 2 * MiB) }, false],
    ['packed refs are larger', { 'packed-refs': padded('', 2 * MiB + 1) }, true],
  ])('may be replaced where %s: %j', (_, files, expected) => {
    expect(replacesObjects(gitFolder(files).git)).toBe(expected);
  });

  it('may be replaced by a folder that is empty, or a link that leads nowhere', () => {
    const one = gitFolder({});
    one.world.folder('git/refs/replace');
    expect(replacesObjects(one.git)).toBe(true);
    const other = gitFolder({});
    other.world.link('nowhere', 'git/refs/replace');
    expect(replacesObjects(other.git)).toBe(true);
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createProvenanceReader,
  isOtherSeries,
  parseStatus,
  seriesOfBranch,
} from '../../src/sources/provenance.ts';
import { createWorld, type World } from '../support/world.ts';

function git(folder: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.org',
    '-c',
    'protocol.file.allow=always',
  ];
  return execFileSync('git', ['-C', folder, ...identity, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

function repository(world: World, path: string, branch = '17.0'): string {
  world.module(`${path}/a`);
  git(world.at(path), 'init', '-q', '-b', branch);
  git(world.at(path), 'add', '-A');
  git(world.at(path), 'commit', '-qm', 'first');
  return world.at(path);
}

const look = createProvenanceReader();

describe('the provenance of a repository', () => {
  it('is its branch, commit and whether it has local changes', async () => {
    const world = createWorld();
    const folder = repository(world, 'web');
    const commit = git(folder, 'rev-parse', 'HEAD');
    expect(await look(folder, world.path)).toEqual({ branch: '17.0', commit, dirty: false });
    world.file('web/a/new.py');
    expect(await look(folder, world.path)).toEqual({ branch: '17.0', commit, dirty: true });
  });

  it('is known before the first commit, in a worktree and in a submodule', async () => {
    const world = createWorld();
    world.folder('fresh');
    git(world.at('fresh'), 'init', '-q', '-b', '17.0');
    expect(await look(world.at('fresh'), world.path)).toEqual({ branch: '17.0', commit: null, dirty: false });
    const folder = repository(world, 'web');
    git(folder, 'worktree', 'add', '-q', '-b', '18.0', world.at('tree'));
    expect(await look(world.at('tree'), world.path)).toMatchObject({ branch: '18.0', dirty: false });
    const above = repository(world, 'above');
    git(above, 'submodule', 'add', '-q', folder, 'sub');
    expect(await look(join(above, 'sub'), above)).toMatchObject({ branch: '17.0', dirty: false });
  });

  it('is null outside git, and does not come from a repository above the root', async () => {
    const world = createWorld();
    repository(world, 'above', '16.0');
    world.module('above/root/web/b');
    expect(await look(world.at('above/root/web'), world.at('above/root'))).toBe(null);
    expect(await look(world.at('above/root/web'), world.at('above'))).toMatchObject({ branch: '16.0' });
    expect(await look(world.folder('plain'), world.path)).toBe(null);
  });

  it('is null where .git is neither a folder nor a file, which is not opened', async () => {
    const world = createWorld();
    const folders = Array.from({ length: 12 }, (_, index) => world.folder(`repo${index}`));
    for (const folder of folders) execFileSync('mkfifo', [join(folder, '.git')]);
    expect(await Promise.all(folders.map((folder) => look(folder, world.path)))).toEqual(
      folders.map(() => null),
    );
  });

  /** Each names a program that leaves a mark when it is run. */
  const traps: Record<string, (folder: string, program: string) => void> = {
    'a clean filter': (folder, program) => {
      git(folder, 'config', 'filter.trap.clean', program);
      writeFileSync(join(folder, '.git/info/attributes'), '* filter=trap\n');
    },
    'a filter process': (folder, program) => {
      git(folder, 'config', 'filter.trap.process', program);
      writeFileSync(join(folder, '.git/info/attributes'), '* filter=trap\n');
    },
    'a filter in an included file': (folder, program) => {
      writeFileSync(join(folder, '.git/more'), `[filter "trap"]\n\tclean = ${program}\n`);
      git(folder, 'config', 'include.path', 'more');
      writeFileSync(join(folder, '.gitattributes'), '* filter=trap\n');
    },
    'a file system monitor': (folder, program) => void git(folder, 'config', 'core.fsmonitor', program),
    hooks: (folder, program) => {
      for (const hook of ['post-index-change', 'fsmonitor-watchman', 'reference-transaction']) {
        writeFileSync(join(folder, '.git/hooks', hook), readFileSync(program));
        chmodSync(join(folder, '.git/hooks', hook), 0o755);
      }
    },
    'a filter in a submodule': (folder, program) => {
      const inner = join(dirname(folder), 'inner');
      mkdirSync(inner);
      writeFileSync(join(inner, 'file'), 'text');
      git(inner, 'init', '-q');
      git(inner, 'add', '-A');
      git(inner, 'commit', '-qm', 'first');
      git(folder, 'submodule', 'add', '-q', inner, 'sub');
      git(join(folder, 'sub'), 'config', 'filter.trap.clean', program);
      writeFileSync(join(folder, '.git/modules/sub/info/attributes'), '* filter=trap\n');
      writeFileSync(join(folder, 'sub/file'), 'changed');
    },
    'a remote to fetch missing objects from': (folder, program) => {
      git(folder, 'config', 'core.repositoryformatversion', '1');
      git(folder, 'config', 'extensions.partialClone', 'origin');
      git(folder, 'config', 'remote.origin.url', 'ssh://nowhere.invalid/x');
      git(folder, 'config', 'remote.origin.promisor', 'true');
      git(folder, 'config', 'core.sshCommand', program);
      const tree = git(folder, 'rev-parse', 'HEAD^{tree}');
      execFileSync('rm', ['-f', join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2))]);
    },
  };

  it.each(Object.entries(traps))('is asked for without running %s of the repository', async (_, set) => {
    const world = createWorld();
    const folder = repository(world, 'web');
    const program = world.file('trap.sh', `#!/bin/sh\ntouch ${world.at('ran')}\ncat\n`);
    chmodSync(program, 0o755);
    set(folder, program);
    // A file that git has to compare.
    world.file('web/a/__init__.py', 'x = 1\n');
    await look(folder, world.path);
    expect(existsSync(world.at('ran'))).toBe(false);
  });

  it('still has branch and commit where a filter keeps git from comparing files', async () => {
    const world = createWorld();
    const folder = repository(world, 'web', '16.0');
    git(folder, 'config', 'filter.lfs.clean', 'git-lfs clean -- %f');
    expect(await look(folder, world.path)).toEqual({
      branch: '16.0',
      commit: git(folder, 'rev-parse', 'HEAD'),
      dirty: null,
    });
  });
});

describe('parseStatus', () => {
  it('reads the branch headers of porcelain v2', () => {
    expect(parseStatus('# branch.oid abc\n# branch.head 17.0\n# branch.upstream o/17.0\n')).toEqual({
      branch: '17.0',
      commit: 'abc',
      dirty: false,
    });
    expect(parseStatus('# branch.oid (initial)\n# branch.head (detached)\n? new.py\n')).toEqual({
      branch: null,
      commit: null,
      dirty: true,
    });
  });
});

describe('a branch', () => {
  it.each([
    ['17.0', '17.0'],
    ['17.0-fix-names', '17.0'],
    ['16.0_mig', '16.0'],
    ['12.0/topic', '12.0'],
    ['main', null],
    ['saas-17.2', null],
    ['17.0.1', null],
    ['v17.0', null],
  ])('%s was made for %s', (branch, series) => {
    expect(seriesOfBranch(branch)).toBe(series);
    const provenance = { branch, commit: null, dirty: null };
    expect(isOtherSeries(provenance, '17.0')).toBe(series !== null && series !== '17.0');
  });
});

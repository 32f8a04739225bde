import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { eventually } from '../support/patience.ts';
import { askAboutOne } from '../support/provenance.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';
import { COMMON_STATES, git, RARE_STATES } from './states.ts';

function repository(world: World, path: string, branch = '17.0'): string {
  world.module(`${path}/a`);
  git(world.at(path), 'init', '-q', '-b', branch);
  git(world.at(path), 'add', '-A');
  git(world.at(path), 'commit', '-qm', 'first');
  return world.at(path);
}

/** As patient as the slowest machine. */
const look = askAboutOne(createProvenanceReader({ patience: 60_000 }));

describe('git that takes too long', () => {
  it.each([false, true])('is told as that, whether the call waits for its turn or not: %s', async (waits) => {
    const world = createWorld();
    const folder = repository(world, 'web');
    // A program that only ever waits, in place of git.
    world.file('bin/git', '#!/bin/sh\nexec sleep 60\n');
    chmodSync(world.at('bin/git'), 0o700);
    const path = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    process.env.PATH = `${world.at('bin')}:${path}`;
    const found = await askAboutOne(createProvenanceReader({ patience: 50, waits }))(folder, world.path);
    expect(found).toMatchObject({ branch: '17.0', dirty: null, timedOut: 50 });
  });
});

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

  it('is null outside git, and may come from a repository above the root', async () => {
    const world = createWorld();
    repository(world, 'above', '16.0');
    world.module('above/root/web/b');
    expect(await look(world.at('above/root/web'), world.at('above/root'))).toMatchObject({ branch: '16.0' });
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

  /** Each names a program that leaves a mark when it is run, and returns the folder to look at where that is another. */
  const traps: Record<string, (folder: string, program: string) => string | undefined> = {
    'a clean filter': (folder, program) => {
      git(folder, 'config', 'filter.trap.clean', program);
      return filterAll(folder);
    },
    'a filter process': (folder, program) => {
      git(folder, 'config', 'filter.trap.process', program);
      return filterAll(folder);
    },
    'a filter in an included file': (folder, program) => {
      writeFileSync(join(folder, '.git/more'), filter(program));
      git(folder, 'config', 'include.path', 'more');
      return filterAll(folder);
    },
    'a filter in a configuration too large to read': (folder, program) => {
      writeFileSync(join(folder, '.git/config.worktree'), '');
      return append(folder, `#${'x'.repeat(1_100_000)}\n${filter(program)}`);
    },
    'a filter in a configuration found through the working directory': (folder, program) => {
      writeFileSync(join(folder, 'elsewhere'), readFileSync(join(folder, '.git/config')) + filter(program));
      rmSync(join(folder, '.git/config'));
      symlinkSync('/proc/self/cwd/elsewhere', join(folder, '.git/config'));
      return filterAll(folder);
    },
    'a filter behind a .git file of two lines': (folder, program) => {
      filterAll(folder);
      renameSync(join(folder, '.git'), join(folder, '.one'));
      cpSync(join(folder, '.one'), join(folder, '.one\ntwo'), { recursive: true });
      writeFileSync(
        join(folder, '.one\ntwo/config'),
        readFileSync(join(folder, '.one/config')) + filter(program),
      );
      writeFileSync(join(folder, '.git'), 'gitdir: .one\ntwo\n');
      return undefined;
    },
    'a filter behind a commondir that begins with a blank': (folder, program) => {
      filterAll(folder);
      const gitDir = join(folder, '.git');
      cpSync(gitDir, join(folder, 'copy'), { recursive: true });
      writeFileSync(join(folder, 'copy/config'), readFileSync(join(gitDir, 'config')) + filter(program));
      rmSync(join(gitDir, 'config'));
      renameSync(join(folder, 'copy'), join(gitDir, ' evil'));
      writeFileSync(join(gitDir, 'commondir'), ' evil\n');
      return undefined;
    },
    'a filter of the bare repository around an empty .git': (folder, program) => {
      layOut(folder, folder, program);
      rmSync(join(folder, '.git'), { recursive: true });
      mkdirSync(join(folder, '.git'));
      writeFileSync(join(folder, '.git/config'), '[core]\n');
      return undefined;
    },
    'a filter of a bare repository in a folder of it': (folder, program) => {
      layOut(folder, join(folder, 'a'), program);
      return join(folder, 'a');
    },
    'a file system monitor': (folder, program) => {
      git(folder, 'config', 'core.fsmonitor', program);
      return undefined;
    },
    hooks: (folder, program) => {
      for (const hook of ['post-index-change', 'fsmonitor-watchman', 'reference-transaction']) {
        writeFileSync(join(folder, '.git/hooks', hook), readFileSync(program));
        chmodSync(join(folder, '.git/hooks', hook), 0o755);
      }
      return undefined;
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
      return undefined;
    },
    'a remote to fetch missing objects from': (folder, program) => {
      git(folder, 'config', 'core.repositoryformatversion', '1');
      git(folder, 'config', 'extensions.partialClone', 'origin');
      git(folder, 'config', 'remote.origin.url', 'ssh://nowhere.invalid/x');
      git(folder, 'config', 'remote.origin.promisor', 'true');
      git(folder, 'config', 'core.sshCommand', program);
      const tree = git(folder, 'rev-parse', 'HEAD^{tree}');
      rmSync(join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2)));
      return undefined;
    },
  };

  it.each(Object.entries(traps))('is asked for without running %s of the repository', async (_, set) => {
    const world = createWorld();
    const folder = repository(world, 'web');
    const program = world.file('trap.sh', `#!/bin/sh\ntouch ${world.at('ran')}\ncat\n`);
    chmodSync(program, 0o755);
    const place = set(folder, program) ?? folder;
    // A file that git has to compare.
    world.file('web/a/__init__.py', 'x = 1\n');
    await look(place, world.path);
    expect(existsSync(world.at('ran'))).toBe(false);
  });

  it('does not depend on filters that no file has', async () => {
    const world = createWorld();
    const folder = repository(world, 'web', '16.0');
    git(folder, 'config', 'filter.lfs.clean', 'git-lfs clean -- %f');
    expect(await look(folder, world.path)).toMatchObject({ branch: '16.0', dirty: false });
    filterAll(folder);
    expect(await look(folder, world.path)).toMatchObject({ branch: '16.0', dirty: null });
  });

  it('tells nothing of a repository outside the root that does not know of the checkout', async () => {
    const world = createWorld();
    const secret = repository(world, 'secret', 'private');
    for (const [name, target] of [
      ['named', `gitdir: ${secret}/.git\n`],
      ['named-without-end', `gitdir: ${secret}/.git`],
    ] as const) {
      world.file(`root/${name}/.git`, target);
      expect(await look(world.at('root', name), world.at('root'))).toBe(null);
    }
    world.folder('root/linked');
    symlinkSync(`${secret}/.git`, world.at('root/linked/.git'));
    expect(await look(world.at('root/linked'), world.at('root'))).toBe(null);
    git(secret, 'worktree', 'add', '-q', '-b', 'shared', world.at('root/tree'));
    expect(await look(world.at('root/tree'), world.at('root'))).toMatchObject({ branch: 'shared' });
  });

  it('compares with no objects borrowed from outside the root', async () => {
    const world = createWorld();
    const lender = repository(world, 'lender');
    git(world.folder('root'), 'clone', '-q', '--shared', lender, world.at('root/web'));
    expect(await look(world.at('root/web'), world.path)).toMatchObject({ branch: '17.0', dirty: false });
    expect(await look(world.at('root/web'), world.at('root'))).toMatchObject({ branch: '17.0', dirty: null });
  });

  /** Each names objects of the lender in a way that git understands. */
  const lends: Record<string, (folder: string, lender: string, world: World) => void> = {
    'by a path through a symlink': (folder, lender, world) => {
      symlinkSync(join(lender, '.git/refs'), world.at('root/link'));
      alternate(folder, `${world.at('root/link')}/../objects`);
      mkdirSync(world.at('root/objects'));
    },
    'in quotes': (folder, lender) => alternate(folder, `"${lender}/.git/objects"`),
    'in bytes that are no text': (folder, lender, world) => {
      const odd = Buffer.concat([Buffer.from(world.at('root/')), Buffer.from([0xff])]);
      symlinkSync(join(lender, '.git/objects'), odd);
      mkdirSync(world.at('root/\ufffd'));
      alternate(folder, odd);
    },
    'by symlinks to loose objects': (folder, lender) => {
      const objects = join(lender, '.git/objects');
      for (const part of readdirSync(objects).filter((name) => name.length === 2)) {
        for (const name of readdirSync(join(objects, part))) {
          mkdirSync(join(folder, '.git/objects', part), { recursive: true });
          symlinkSync(join(objects, part, name), join(folder, '.git/objects', part, name));
        }
      }
    },
    'by a symlink to a folder of objects': (folder, lender) => {
      for (const part of readdirSync(join(lender, '.git/objects')).filter((name) => name.length === 2)) {
        symlinkSync(join(lender, '.git/objects', part), join(folder, '.git/objects', part));
      }
    },
  };

  it.each(Object.entries(lends))(
    'compares with no objects that a repository elsewhere lends %s',
    async (_, lend) => {
      const world = createWorld();
      const lender = repository(world, 'lender');
      const folder = world.folder('root/web');
      cpSync(lender, folder, { recursive: true });
      rmSync(join(folder, '.git/objects'), { recursive: true });
      mkdirSync(join(folder, '.git/objects'));
      lend(folder, lender, world);
      expect(git(folder, 'status', '--porcelain')).toBe('');
      expect(await look(folder, world.at('root'))).toMatchObject({ branch: '17.0', dirty: null });
    },
  );

  it('writes nothing into a checkout, whatever its index is like', async () => {
    for (const name of [
      'sparse index',
      'sparse',
      'split index',
      'conflict',
      'intent to add',
      'partial clone',
    ]) {
      const world = createWorld();
      const path = repository(world, 'web');
      world.file('web/b/models.py');
      git(path, 'add', '-A');
      git(path, 'commit', '-qm', 'second');
      const states = { ...COMMON_STATES, ...RARE_STATES };
      states[name]?.({ path, aside: world.at('aside'), files: ['a/__init__.py', 'b/models.py'] });
      // Where objects are missing, git would make those it can.
      const before = snapshot(world.path);
      await look(path, world.path);
      expect([name, snapshot(world.path)]).toEqual([name, before]);
    }
  });

  it.each([
    ['others may write there', 0o777],
    ['its folder is not there', null],
  ])('has no answer to whether something differs where temporary files are not safe: %s', async (_, mode) => {
    const world = createWorld();
    const folder = repository(world, 'web');
    const before = process.env.TMPDIR;
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    process.env.TMPDIR = world.at('tmp');
    if (mode !== null) chmodSync(world.folder('tmp'), mode);
    expect(await look(folder, world.path)).toMatchObject({ branch: '17.0', dirty: null });
    chmodSync(world.folder('tmp'), 0o1777);
    expect(await look(folder, world.path)).toMatchObject({ branch: '17.0', dirty: false });
    expect(readdirSync(world.at('tmp'))).toEqual([]);
  });

  it('is never older than the question, and shared by those who ask at once', async () => {
    const world = createWorld();
    const folder = repository(world, 'web');
    // Says each time that it was started, and ends when it may.
    const script = `#!/bin/sh\necho x >> ${world.at('started')}\nwhile [ -e ${world.at('started')} ] && [ ! -e ${world.at('go')} ]; do /bin/sleep 0.01; done\n`;
    chmodSync(world.file('bin/git', script), 0o755);
    const path = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    process.env.PATH = world.at('bin');
    const started = () =>
      existsSync(world.at('started')) ? readFileSync(world.at('started'), 'utf8').length / 2 : 0;
    const first = Array.from({ length: 100 }, () => look(folder, world.path));
    await eventually(() => expect(started()).toBe(1));
    const second = look(folder, world.path);
    world.file('go');
    expect(new Set((await Promise.all([...first, second])).map((answer) => answer?.dirty))).toEqual(
      new Set([false]),
    );
    // Those who came while git ran share the next process, or the one after that.
    expect(started()).toBeGreaterThan(1);
    expect(started()).toBeLessThan(50);
  });

  it('has no answer to whether something differs where git cannot be started', async () => {
    const world = createWorld();
    const folder = repository(world, 'web');
    const path = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    process.env.PATH = 'bin';
    expect(await look(folder, world.path)).toMatchObject({ branch: '17.0', dirty: null });
  });
});

function alternate(folder: string, path: string | Buffer): void {
  mkdirSync(join(folder, '.git/objects/info'), { recursive: true });
  writeFileSync(
    join(folder, '.git/objects/info/alternates'),
    Buffer.concat([Buffer.from(path), Buffer.from('\n')]),
  );
}

const filter = (program: string) => `[filter "trap"]\n\tclean = ${program}\n`;

function filterAll(folder: string): undefined {
  writeFileSync(join(folder, '.gitattributes'), '* filter=trap\n');
}

function append(folder: string, text: string): undefined {
  writeFileSync(join(folder, '.git/config'), readFileSync(join(folder, '.git/config'), 'utf8') + text);
  return filterAll(folder);
}

/** Makes a folder look like a bare repository with a work tree, as tracked files alone can. */
function layOut(folder: string, into: string, program: string): void {
  filterAll(folder);
  for (const name of ['HEAD', 'objects', 'refs', 'index']) {
    cpSync(join(folder, '.git', name), join(into, name), { recursive: true });
  }
  writeFileSync(join(into, 'config'), `[core]\n\tbare = false\n\tworktree = .\n${filter(program)}`);
}

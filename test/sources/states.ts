import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Runs git as its own user would, but with nothing of the configuration of whoever runs the tests. */
export function git(folder: string, ...args: string[]): string {
  const settings = [
    'user.name=t',
    'user.email=t@example.org',
    'protocol.file.allow=always',
    'core.hooksPath=/dev/null',
  ];
  return execFileSync('git', ['-C', folder, ...settings.flatMap((setting) => ['-c', setting]), ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_EDITOR: 'true' },
  }).trim();
}

/** A checkout in the making: a clone with at least two files, and a folder beside it for what a state needs. */
export interface Checkout {
  readonly path: string;
  /** Does not exist yet. */
  readonly aside: string;
  /** Two tracked text files. */
  readonly files: readonly [string, string];
}

/**
 * Brings a checkout into a state.
 * @returns The folder to look at when that is another.
 */
type MakeState = (checkout: Checkout) => string | undefined;

/** What people's checkouts are like. */
export const COMMON_STATES: Readonly<Record<string, MakeState>> = {
  clean: () => undefined,
  changed: ({ path, files }) => void appendFileSync(join(path, files[0]), '# changed\n'),
  staged: ({ path, files }) => {
    appendFileSync(join(path, files[0]), '# changed\n');
    git(path, 'add', files[0]);
    return undefined;
  },
  untracked: ({ path }) => void writeFileSync(join(path, 'new.py'), ''),
  conflict: ({ path, files }) => {
    diverge(path, files[0]);
    attempt(path, 'merge', 'other');
    return undefined;
  },
  rebase: ({ path, files }) => {
    diverge(path, files[0]);
    attempt(path, 'rebase', 'other');
    return undefined;
  },
  detached: ({ path }) => void git(path, 'checkout', '-q', '--detach'),
  worktree: ({ path, aside }) => {
    git(path, 'worktree', 'add', '-q', '-b', 'wt', aside);
    return aside;
  },
  shallow: ({ path, aside }) => {
    git(path, 'clone', '-q', '--depth', '1', `file://${path}`, aside);
    return aside;
  },
  sparse: ({ path, files }) =>
    void git(path, 'sparse-checkout', 'set', '--cone', files[0].split('/')[0] as string),
  'packed refs': ({ path }) => void git(path, 'pack-refs', '--all'),
  submodule: ({ path, aside }) => {
    git(path, 'init', '-q', aside);
    git(aside, 'submodule', '--quiet', 'add', path, 'sub');
    git(aside, 'commit', '-qm', 'sub');
    return join(aside, 'sub');
  },
};

/** What git can do beside. */
export const RARE_STATES: Readonly<Record<string, MakeState>> = {
  deleted: ({ path, files }) => void rmSync(join(path, files[0])),
  renamed: ({ path, files }) => void git(path, 'mv', files[0], 'renamed.py'),
  'made executable': ({ path, files }) => void chmodSync(join(path, files[0]), 0o755),
  'made executable where file modes do not count': ({ path, files }) => {
    git(path, 'config', 'core.fileMode', 'false');
    return void chmodSync(join(path, files[0]), 0o755);
  },
  touched: ({ path, files }) => void utimesSync(join(path, files[0]), 1, 1),
  'changed with size and time as before': ({ path, files }) => {
    const text = readFileSync(join(path, files[0]), 'utf8');
    utimesSync(join(path, files[0]), 1_600_000_000, 1_600_000_000);
    git(path, 'status');
    writeFileSync(join(path, files[0]), `${text.slice(0, -1)}!`);
    return void utimesSync(join(path, files[0]), 1_600_000_000, 1_600_000_000);
  },
  'intent to add': ({ path }) => {
    writeFileSync(join(path, 'new.py'), '');
    return void git(path, 'add', '-N', 'new.py');
  },
  'assumed unchanged': ({ path, files }) => {
    git(path, 'update-index', '--assume-unchanged', files[0]);
    return void appendFileSync(join(path, files[0]), '# changed\n');
  },
  'in a symlink instead of a folder': ({ path, aside, files }) => {
    const folder = files[0].split('/')[0] as string;
    renameSync(join(path, folder), aside);
    execFileSync('ln', ['-s', aside, join(path, folder)]);
    return undefined;
  },
  'ignored by info/exclude': ({ path }) => {
    appendFileSync(join(path, '.git/info/exclude'), '*.local\n');
    return void writeFileSync(join(path, 'mine.local'), '');
  },
  'ignored by .gitignore': ({ path }) => {
    appendFileSync(join(path, '.gitignore'), '*.local\n');
    git(path, 'add', '.gitignore');
    git(path, 'commit', '-qm', 'ignore');
    return void writeFileSync(join(path, 'mine.local'), '');
  },
  'ignored by a file of its own configuration': ({ path, aside }) => {
    writeFileSync(aside, '*.local\n');
    git(path, 'config', 'core.excludesFile', aside);
    return void writeFileSync(join(path, 'mine.local'), '');
  },
  'with untracked files that do not count': ({ path }) => {
    git(path, 'config', 'status.showUntrackedFiles', 'no');
    return void writeFileSync(join(path, 'new.py'), '');
  },
  'split index': ({ path, files }) => {
    git(path, 'update-index', '--split-index');
    appendFileSync(join(path, files[0]), '# changed\n');
    return void git(path, 'add', files[0]);
  },
  'split index, clean': ({ path }) => void git(path, 'update-index', '--split-index'),
  'index version 4': ({ path }) => void git(path, 'update-index', '--index-version', '4'),
  'untracked cache': ({ path }) => {
    git(path, 'update-index', '--force-untracked-cache');
    git(path, 'status');
    return void writeFileSync(join(path, 'new.py'), '');
  },
  'file system monitor marks': ({ path, files }) => {
    git(path, '-c', 'core.fsmonitor=true', 'update-index', '--fsmonitor');
    attempt(path, '-c', 'core.fsmonitor=false', 'update-index', '--fsmonitor-valid', files[0]);
    attempt(path, 'fsmonitor--daemon', 'stop');
    return void appendFileSync(join(path, files[0]), '# changed\n');
  },
  'sparse without cone': ({ path, files }) => void git(path, 'sparse-checkout', 'set', '--no-cone', files[0]),
  'sparse index': ({ path, files }) =>
    void git(path, 'sparse-checkout', 'set', '--cone', '--sparse-index', files[0].split('/')[0] as string),
  'sparse, with a file that should not be there': ({ path, files }) => {
    const [, second] = files;
    const text = readFileSync(join(path, second));
    git(path, 'sparse-checkout', 'set', '--no-cone', files[0]);
    execFileSync('mkdir', ['-p', join(path, second, '..')]);
    return void writeFileSync(join(path, second), `${text}# changed\n`);
  },
  'borrowed objects': ({ path, aside }) => {
    git(path, 'clone', '-q', '--shared', path, aside);
    return aside;
  },
  'partial clone': ({ path, aside }) => {
    git(path, 'config', 'uploadpack.allowFilter', 'true');
    git(path, 'clone', '-q', '--filter=blob:none', `file://${path}`, aside);
    return aside;
  },
  'partial clone, changed': ({ path, aside, files }) => {
    git(path, 'config', 'uploadpack.allowFilter', 'true');
    git(path, 'clone', '-q', '--filter=tree:0', `file://${path}`, aside);
    appendFileSync(join(aside, files[0]), '# changed\n');
    return aside;
  },
  'separate git folder': ({ path, aside }) => void git(path, 'init', '-q', '--separate-git-dir', aside),
  'git folder behind a symlink': ({ path, aside }) => {
    renameSync(join(path, '.git'), aside);
    return void execFileSync('ln', ['-s', aside, join(path, '.git')]);
  },
  'with a populated submodule that is changed': ({ path, aside, files }) => {
    git(path, 'init', '-q', aside);
    git(aside, 'submodule', '--quiet', 'add', path, 'sub');
    git(aside, 'commit', '-qm', 'sub');
    appendFileSync(join(aside, 'sub', files[0]), '# changed\n');
    return aside;
  },
  'with a submodule that is not checked out': ({ path, aside }) => {
    git(path, 'init', '-q', aside);
    git(aside, 'submodule', '--quiet', 'add', path, 'sub');
    git(aside, 'commit', '-qm', 'sub');
    git(aside, 'submodule', '--quiet', 'deinit', '-f', 'sub');
    return aside;
  },
  'with a submodule of another commit, staged': (checkout) =>
    withSubmodule(checkout, (aside) => {
      git(aside, 'update-index', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    }),
  'with a submodule no more, staged': (checkout) =>
    withSubmodule(checkout, (aside) => {
      git(aside, 'rm', '-q', '--cached', 'sub');
      rmSync(join(aside, 'sub'), { recursive: true });
    }),
  'with a submodule that is new, staged': ({ path }) => {
    git(path, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    return void execFileSync('mkdir', [join(path, 'sub')]);
  },
  'with settings of a worktree that do not count': ({ path, files }) => {
    git(path, 'config', 'extensions.worktreeConfig', 'false');
    writeFileSync(join(path, '.git/config.worktree'), '[core]\n\tfileMode = false\n');
    return void chmodSync(join(path, files[0]), 0o755);
  },
  'worktree that says its work tree is elsewhere': ({ path, aside, files }) => {
    git(path, 'worktree', 'add', '-q', '-b', 'wt', aside);
    git(path, 'config', 'extensions.worktreeConfig', 'true');
    git(aside, 'config', '--worktree', 'core.worktree', path);
    appendFileSync(join(path, files[0]), '# changed\n');
    return aside;
  },
  'changed within the second of the index, which rounds up': ({ path, files }) => {
    const [file, index] = [join(path, files[0]), join(path, '.git/index')];
    const text = readFileSync(file, 'utf8');
    git(path, 'config', 'core.trustctime', 'false');
    setTime(file, '1600000000.5');
    git(path, 'add', '-A');
    git(path, 'update-index', '--refresh');
    writeFileSync(file, `${text.slice(0, -1)}!`);
    setTime(file, '1600000000.5');
    return void setTime(index, '1600000000.999999999');
  },
  'worktree of a bare repository': ({ path, aside }) => {
    git(path, 'clone', '-q', '--bare', path, `${aside}.git`);
    git(`${aside}.git`, 'worktree', 'add', '-q', aside);
    return aside;
  },
  'worktree, changed, with settings of its own': ({ path, aside, files }) => {
    git(path, 'worktree', 'add', '-q', '-b', 'wt', aside);
    git(path, 'config', 'extensions.worktreeConfig', 'true');
    git(aside, 'config', '--worktree', 'core.fileMode', 'false');
    chmodSync(join(aside, files[0]), 0o755);
    return aside;
  },
  'line ends by attribute': ({ path, files }) => attributed(path, files[0], 'text eol=crlf'),
  'line ends by automatic attribute': ({ path, files }) => attributed(path, files[0], 'text=auto'),
  'line ends by setting': ({ path, files }) => {
    git(path, 'config', 'core.autocrlf', 'input');
    return toCrlf(path, files[0]);
  },
  'ident attribute': ({ path, files }) => {
    writeFileSync(join(path, files[0]), '# $Id$\n');
    attributed(path, files[0], 'ident');
    rmSync(join(path, files[0]));
    return void git(path, 'checkout', '-q', '--', files[0]);
  },
  'filter by attribute': ({ path, files }) => {
    git(path, 'config', 'filter.upper.clean', 'tr a-z A-Z');
    return attributed(path, files[0], 'filter=upper');
  },
  'filter by info/attributes': ({ path, files }) => {
    git(path, 'config', 'filter.fix.clean', "sed 's/changed/x/'");
    writeFileSync(join(path, '.git/info/attributes'), `${files[0]} filter=fix\n`);
    return void appendFileSync(join(path, files[0]), '# changed\n');
  },
  'filter by an attributes file of its own configuration': ({ path, aside, files }) => {
    git(path, 'config', 'filter.none.clean', 'git show HEAD:%f');
    writeFileSync(aside, `${files[0]} filter=none\n`);
    git(path, 'config', 'core.attributesFile', aside);
    return void appendFileSync(join(path, files[0]), '# changed\n');
  },
  'encoding by attribute': ({ path, files }) => {
    writeFileSync(join(path, files[0]), Buffer.from('\ufeffname', 'utf16le'));
    return attributed(path, files[0], 'working-tree-encoding=UTF-16LE-BOM');
  },
  'replaced commit': ({ path, files }) => {
    const commit = git(path, 'rev-parse', 'HEAD');
    appendFileSync(join(path, files[0]), '# changed\n');
    git(path, 'commit', '-qam', 'other');
    const other = git(path, 'rev-parse', 'HEAD');
    git(path, 'reset', '-q', '--soft', commit);
    return void git(path, 'replace', commit, other);
  },
  'before the first commit': ({ aside }) => {
    execFileSync('git', ['init', '-q', '-b', '17.0', aside]);
    return aside;
  },
  'before the first commit, with a file': ({ aside }) => {
    execFileSync('git', ['init', '-q', '-b', '17.0', aside]);
    writeFileSync(join(aside, 'new.py'), '');
    return aside;
  },
  'cloned without checking out': ({ path, aside }) => {
    git(path, 'clone', '-q', '-n', path, aside);
    return aside;
  },
  'SHA-256': ({ path, aside }) => sha256(path, aside),
  'SHA-256, changed': ({ path, aside, files }) => {
    sha256(path, aside);
    appendFileSync(join(aside, files[0]), '# changed\n');
    return aside;
  },
  'work tree elsewhere': ({ path, aside }) => {
    cpSync(path, aside, { recursive: true });
    writeFileSync(join(aside, 'new.py'), '');
    return void git(path, 'config', 'core.worktree', aside);
  },
  'HEAD as a symlink': ({ path }) => {
    const branch = git(path, 'symbolic-ref', 'HEAD');
    rmSync(join(path, '.git/HEAD'));
    return void execFileSync('ln', ['-s', branch, join(path, '.git/HEAD')]);
  },
  'branch that names a branch': ({ path }) => {
    const branch = git(path, 'symbolic-ref', 'HEAD');
    git(path, 'symbolic-ref', 'refs/heads/alias', branch);
    return void git(path, 'symbolic-ref', 'HEAD', 'refs/heads/alias');
  },
  'branch in folders': ({ path }) => void git(path, 'checkout', '-q', '-b', 'ü/17.0-[x]'.replace('[x]', 'x')),
  'missing objects': ({ path, aside }) => {
    renameSync(join(path, '.git/objects'), aside);
    return void execFileSync('mkdir', [join(path, '.git/objects')]);
  },
  'damaged index': ({ path }) =>
    void writeFileSync(join(path, '.git/index'), readFileSync(join(path, '.git/index')).fill(7, 40, 60)),
};

/** @returns What real git says; null for what it refuses to say. */
export function askGit(folder: string): {
  branch: string | null;
  commit: string | null;
  dirty: boolean | null;
} {
  const say = (...args: string[]) => {
    try {
      return git(folder, ...args);
    } catch {
      return null;
    }
  };
  const status = say('status', '--porcelain', '--', '.');
  return {
    branch: say('symbolic-ref', '-q', 'HEAD')?.replace(/^refs\/heads\//, '') ?? null,
    commit: say('rev-parse', '-q', '--verify', 'HEAD'),
    dirty: status === null ? null : status !== '',
  };
}

function withSubmodule({ path, aside }: Checkout, change: (aside: string) => void): string {
  git(path, 'init', '-q', aside);
  git(aside, 'submodule', '--quiet', 'add', path, 'sub');
  git(aside, 'commit', '-qm', 'sub');
  git(aside, 'submodule', '--quiet', 'deinit', '-f', 'sub');
  change(aside);
  return aside;
}

/** To the nanosecond, which Node cannot. */
function setTime(path: string, seconds: string): void {
  execFileSync('touch', ['-d', `@${seconds}`, path]);
}

function attempt(path: string, ...args: string[]): void {
  try {
    git(path, ...args);
  } catch {
    // It is meant to stop half-way.
  }
}

function diverge(path: string, file: string): void {
  git(path, 'branch', 'other');
  const edit = (text: string) => {
    writeFileSync(join(path, file), text);
    git(path, 'commit', '-qam', text);
  };
  edit('one\n');
  git(path, 'checkout', '-q', 'other');
  edit('two\n');
  git(path, 'checkout', '-q', '-');
}

function attributed(path: string, file: string, attribute: string): undefined {
  appendFileSync(join(path, '.gitattributes'), `${file} ${attribute}\n`);
  git(path, 'add', '-A');
  git(path, 'commit', '-qm', 'attributes');
  return toCrlf(path, file);
}

function toCrlf(path: string, file: string): undefined {
  const bytes = readFileSync(join(path, file));
  if (!bytes.includes(0)) writeFileSync(join(path, file), bytes.toString('utf8').replace(/\r?\n/g, '\r\n'));
  return undefined;
}

function sha256(path: string, aside: string): string {
  execFileSync('git', ['init', '-q', '-b', '17.0', '--object-format=sha256', aside]);
  for (const name of readdirSync(path).filter((entry) => entry !== '.git')) {
    cpSync(join(path, name), join(aside, name), { recursive: true });
  }
  git(aside, 'add', '-A');
  git(aside, 'commit', '-qm', 'first');
  return aside;
}

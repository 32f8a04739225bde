/**
 * Makes git folders that are wrong in random ways, each with programs and places that must not be reached, and looks at
 * them with the reader of provenance, then with plain git.
 *
 *   npx tsx test/sources/fuzz-git-folders.ts [CASES] [SEED]
 */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { askAboutOne } from '../support/provenance.ts';
import { git } from './states.ts';

/** What came of it. */
export interface FuzzResult {
  readonly cases: number;
  /** Cases in which the reader had a program run; must be none. */
  readonly ran: readonly string[];
  /** Cases in which it told of the repository outside the root; must be none. */
  readonly told: readonly string[];
  /** Cases in which it threw; must be none. */
  readonly threw: readonly string[];
  /** Cases in which plain git ran a program, and in which it told. */
  readonly control: { readonly ran: number; readonly told: number };
  /** Cases in which the reader still said which commit, and whether something differs. */
  readonly answered: { readonly commit: number; readonly dirty: number };
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Case {
  /** The root. */
  readonly root: string;
  /** The checkout in it. */
  readonly path: string;
  /** A repository outside the root, on a branch that nobody may hear of. */
  readonly secret: string;
  /** A program that leaves a mark. */
  readonly program: string;
  readonly pick: <T>(choices: readonly T[]) => T;
}

type Distort = (at: Case) => void;

const gitDir = ({ path }: Case) => {
  const dir = join(path, '.git');
  return existsSync(join(dir, 'HEAD')) ? dir : existsSync(join(path, '.gd/HEAD')) ? join(path, '.gd') : dir;
};
const put = (path: string, text: string | Buffer) => {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, text);
};
const filter = ({ program }: Case) =>
  `[filter "x"]\n\tclean = ${program}\n\tprocess = ${program}\n\trequired = false\n`;
const addToConfig = (at: Case, text: string) => {
  const config = join(gitDir(at), 'config');
  if (existsSync(gitDir(at))) put(config, (existsSync(config) ? readFileSync(config, 'utf8') : '') + text);
};
const fifo = (path: string) => {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  execFileSync('mkfifo', [path]);
};
const putFifo: Distort = (at) =>
  fifo(join(gitDir(at), at.pick(['HEAD', 'config', 'index', 'packed-refs', 'commondir', 'info/exclude'])));
const linkGit: Distort = (at) => {
  rmSync(join(at.path, '.git'), { recursive: true, force: true });
  symlinkSync(at.pick([`${at.secret}/.git`, '/proc/self/cwd', '.git', '/', '.']), join(at.path, '.git'));
};
/** Behind a FIFO nothing can be read or written, and behind a symlink to anywhere nothing may be made any more. */
const LAST = [putFifo, linkGit];
const BARE = ['HEAD', 'objects', 'refs', 'index', 'config'];

const DISTORTIONS: readonly Distort[] = [
  (at) => addToConfig(at, filter(at)),
  (at) => addToConfig(at, `[FILTER.x]\n\tclean = ${at.program}\n`),
  (at) => addToConfig(at, `#${'x'.repeat(at.pick([2_000_000, 100]))}\n${filter(at)}`),
  (at) =>
    addToConfig(at, `[core]\n\tfsmonitor = ${at.program}\n\tfsmonitorHookVersion = ${at.pick([1, 2])}\n`),
  (at) => addToConfig(at, `[core]\n\thooksPath = ${dirname(at.program)}\n`),
  (at) =>
    addToConfig(
      at,
      `[core]\n\tsshCommand = ${at.program}\n\tpager = ${at.program}\n\taskPass = ${at.program}\n\tgitProxy = ${at.program}\n[pager]\n\tstatus = true\n`,
    ),
  (at) => addToConfig(at, `[alias]\n\tstatus = "!${at.program}"\n\tls-files = "!${at.program}"\n`),
  (at) => addToConfig(at, `[core]\n\tworktree = ${at.pick(['..', '/', at.secret, '.'])}\n`),
  (at) => addToConfig(at, `[core]\n\tbare = ${at.pick(['true', 'maybe'])}\n`),
  (at) =>
    addToConfig(
      at,
      `[core]\n\trepositoryformatversion = ${at.pick([1, 2, 'x'])}\n[extensions]\n\t${at.pick(['objectFormat = sha256', 'refStorage = reftable', 'worktreeConfig = true', 'unknown = 1', 'partialClone = evil'])}\n`,
    ),
  (at) =>
    addToConfig(at, `[core]\n\tautocrlf = ${at.pick(['true', 'input', 'x'])}\n\tsparseCheckout = true\n`),
  (at) => {
    put(join(gitDir(at), 'more'), filter(at));
    addToConfig(
      at,
      at.pick([
        '[include]\n\tpath = more\n',
        '[includeIf "gitdir:/"]\n\tpath = more\n',
        '[INCLUDE]path=more\n',
      ]),
    );
  },
  (at) => {
    put(join(gitDir(at), 'config.worktree'), filter(at));
    addToConfig(at, '[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig\n');
  },
  (at) => {
    addToConfig(
      at,
      `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\tpromisor = true\n\turl = ${at.pick([`ext::${at.program}`, `${at.root}/nowhere`, 'ssh://nowhere.invalid/x'])}\n\tuploadpack = ${at.program}\n[protocol]\n\tallow = always\n[core]\n\tsshCommand = ${at.program}\n`,
    );
    for (const name of existsSync(join(gitDir(at), 'objects'))
      ? readdirSync(join(gitDir(at), 'objects'))
      : []) {
      if (name.length === 2 && at.pick([true, false]))
        rmSync(join(gitDir(at), 'objects', name), { recursive: true });
    }
  },
  (at) => {
    for (const name of [
      'post-index-change',
      'fsmonitor-watchman',
      'reference-transaction',
      'post-checkout',
    ]) {
      put(join(gitDir(at), 'hooks', name), readFileSync(at.program));
      chmodSync(join(gitDir(at), 'hooks', name), 0o755);
    }
  },
  (at) =>
    put(
      join(gitDir(at), 'info/attributes'),
      at.pick(['* filter=x\n', '[attr]y filter=x\n* y\n', '* text ident\n', '\0']),
    ),
  (at) =>
    put(
      join(at.path, '.gitattributes'),
      at.pick(['* -filter\n', '* working-tree-encoding=UTF-16\n', '* text=auto\n', '']),
    ),
  (at) =>
    put(
      join(at.path, at.pick(['m/.gitattributes', 'm/.gitignore', '.gitignore'])),
      at.pick(['* filter=x\n', '*\n', '!*\n']),
    ),
  // Git folders that are files, and what they name.
  (at) => {
    const dir = gitDir(at);
    if (!existsSync(dir) || basename(dir) !== '.git') return;
    const name = at.pick(['.gd', '.gd\nx', '.gd ', ' .gd', 'm/.gd']);
    renameSync(dir, join(at.path, name));
    if (name === '.gd\nx') put(join(at.path, '.gd/HEAD'), 'ref: refs/heads/17.0\n');
    put(
      join(at.path, '.git'),
      at.pick([
        `gitdir: ${name}\n`,
        `gitdir: ${name}`,
        `gitdir: ${at.path}/${name}\n`,
        `gitdir:${name}\n`,
        `gitdir: ${name}\n\n\n`,
      ]),
    );
  },
  (at) => put(join(at.path, '.git'), `gitdir: ${at.secret}/.git\n`),
  linkGit,
  // Folders in the layout of a bare repository.
  (at) => {
    const into = at.pick([at.path, join(at.path, 'm')]);
    const dir = gitDir(at);
    for (const name of BARE.filter((entry) => existsSync(join(dir, entry))))
      cpSync(join(dir, name), join(into, name), { recursive: true });
    put(
      join(into, 'config'),
      `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n${filter(at)}`,
    );
    if (at.pick([true, false])) {
      rmSync(join(at.path, '.git'), { recursive: true, force: true });
      if (at.pick([true, false])) put(join(at.path, '.git/config'), '[core]\n');
    }
  },
  // Worktrees that are none.
  (at) => {
    const dir = gitDir(at);
    if (!existsSync(join(dir, 'HEAD'))) return;
    const evil = join(dir, at.pick([' evil', 'evil', 'worktrees/a']));
    cpSync(dir, join(at.root, 'copy'), { recursive: true });
    mkdirSync(dirname(evil), { recursive: true });
    renameSync(join(at.root, 'copy'), evil);
    put(join(evil, 'config'), readFileSync(join(dir, 'config'), 'utf8') + filter(at));
    put(
      join(dir, 'commondir'),
      at.pick([' evil\n', 'evil', `${evil}\n`, `${at.secret}/.git\n`, '..\n', '.\n', 'evil\nx\n']),
    );
    if (at.pick([true, false])) rmSync(join(dir, 'config'));
  },
  (at) => {
    const made = join(at.root, '.repo/worktrees/a');
    cpSync(join(at.secret, '.git'), join(at.root, '.repo'), { recursive: true });
    writeFileSync(join(at.root, '.repo/HEAD'), 'ref: refs/heads/17.0\n');
    put(join(made, 'HEAD'), 'ref: refs/heads/17.0\n');
    put(join(made, 'commondir'), at.pick(['../..\n', `${at.secret}/.git\n`]));
    put(join(made, 'gitdir'), at.pick([`${at.path}/.git\n`, `${at.secret}/.git\n`]));
    appendFileSync(join(at.root, '.repo/config'), filter(at));
    rmSync(join(at.root, '.repo/refs'), { recursive: true });
    put(join(at.root, '.repo/refs/heads/17.0'), `${'1'.repeat(40)}\n`);
    put(join(at.path, '.git'), `gitdir: ${made}\n`);
  },
  // Parts that lie elsewhere.
  (at) => {
    const name = at.pick(['HEAD', 'index', 'objects', 'refs', 'config', 'packed-refs', 'refs/heads']);
    if (!existsSync(gitDir(at))) return;
    rmSync(join(gitDir(at), name), { recursive: true, force: true });
    mkdirSync(dirname(join(gitDir(at), name)), { recursive: true });
    symlinkSync(join(at.secret, '.git', name), join(gitDir(at), name));
  },
  (at) => {
    if (!existsSync(join(gitDir(at), 'config'))) return;
    put(join(at.path, 'gc'), readFileSync(join(gitDir(at), 'config'), 'utf8') + filter(at));
    rmSync(join(gitDir(at), 'config'));
    symlinkSync('/proc/self/cwd/gc', join(gitDir(at), 'config'));
    if (at.pick([true, false])) put(join(gitDir(at), 'config.worktree'), '');
  },
  (at) => put(join(gitDir(at), 'objects/info/alternates'), `${at.secret}/.git/objects\n`),
  (at) =>
    put(
      join(gitDir(at), 'HEAD'),
      at.pick([
        'ref: refs/heads/../../../../secret/.git/HEAD\n',
        'ref: refs/heads/none\n',
        'ref:   refs/heads/17.0\n',
        'ref: config\n',
        '0'.repeat(40),
        'x'.repeat(1e6),
        '\n',
        `ref: ${at.secret}/.git/HEAD\n`,
      ]),
    ),
  (at) =>
    put(
      join(gitDir(at), 'packed-refs'),
      at.pick(['\0', `${'2'.repeat(40)} refs/heads/17.0\n`, `${'x'.repeat(9e6)}\n`]),
    ),
  (at) => {
    const index = join(gitDir(at), 'index');
    if (!existsSync(index) || !readFileSync(index).length) return;
    const bytes = Buffer.from(readFileSync(index));
    for (let left = 0; left < 8; left++)
      bytes[Math.floor(at.pick([0, 0.1, 0.3, 0.7]) * bytes.length) + left] = at.pick([0, 255, 64]);
    put(index, at.pick([bytes, bytes.subarray(0, 30), Buffer.alloc(0)]));
  },
  putFifo,
  (at) => {
    const inner = join(at.path, 'sub');
    cpSync(at.secret, inner, { recursive: true });
    appendFileSync(join(inner, '.git/config'), filter(at));
    put(join(inner, '.gitattributes'), '* filter=x\n');
    put(
      join(at.path, '.gitmodules'),
      `[submodule "sub"]\n\tpath = sub\n\turl = ./x\n\tupdate = !${at.program}\n`,
    );
  },
];

const lateness = (index: number) => LAST.indexOf(DISTORTIONS[index] as Distort);

/** Makes a root with a checkout, all of whose files git has to compare, and which all have a filter. */
function makeTemplate(world: string): void {
  const path = join(world, 'root/repo');
  mkdirSync(join(path, 'm'), { recursive: true });
  put(join(path, 'm/__manifest__.py'), "{'name': 'm'}\n");
  put(join(path, 'm/.keep'), '');
  put(join(path, '.gitattributes'), '* filter=x\n');
  for (const [folder, branch] of [
    [path, '17.0'],
    [join(world, 'secret'), 'secret-branch'],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    put(join(folder, 'file'), `${branch}\n`);
    git(folder, 'init', '-q', '-b', branch);
    git(folder, 'add', '-A');
    git(folder, 'commit', '-qm', branch);
  }
}

async function plainGit(folder: string): Promise<string> {
  const environment = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
  const ask = (...args: string[]) =>
    promisify(execFile)('git', ['-C', folder, ...args], {
      env: environment,
      timeout: 2000,
      killSignal: 'SIGKILL',
    }).then(
      ({ stdout }) => stdout,
      () => '',
    );
  return (await ask('status', '--porcelain=v2', '--branch')) + (await ask('rev-parse', 'HEAD'));
}

/**
 * @param cases How many git folders to make.
 * @param seed Decides them.
 */
export async function fuzzGitFolders(cases: number, seed: number): Promise<FuzzResult> {
  const world = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-fuzz-')));
  const result = { ran: [] as string[], told: [] as string[], threw: [] as string[] };
  const control = { ran: 0, told: 0 };
  const answered = { commit: 0, dirty: 0 };
  const look = askAboutOne(createProvenanceReader());
  makeTemplate(join(world, 'template'));
  const commit = git(join(world, 'template/secret'), 'rev-parse', 'HEAD');
  const tells = (answer: string) => answer.includes('secret-branch') || answer.includes(commit);
  const runOne = async (number: number) => {
    const random = createRandom(seed * 1_000_003 + number);
    const pick = <T>(choices: readonly T[]) => choices[Math.floor(random() * choices.length)] as T;
    const here = join(world, `case${number}`);
    cpSync(join(world, 'template'), here, { recursive: true });
    const [root, mark] = [join(here, 'root'), join(here, 'mark')];
    const program = join(here, 'bin/program');
    put(program, `#!/bin/sh\n: > ${mark}\ncat\n`);
    chmodSync(program, 0o755);
    const at = { root, path: join(root, 'repo'), secret: join(here, 'secret'), program, pick };
    if (random() < 0.3) put(join(at.path, '.gitattributes'), '');
    const chosen = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick([...DISTORTIONS.keys()]));
    for (const index of chosen.sort((a, b) => lateness(a) - lateness(b))) {
      try {
        DISTORTIONS[index]?.(at);
      } catch {
        // What one distortion needs another has taken away.
      }
    }
    const folder = pick([at.path, at.path, join(at.path, 'm')]);
    const label = `case ${number} of seed ${seed}: ${chosen.join(', ')}`;
    try {
      const answer = await look(folder, root);
      if (answer?.commit != null) answered.commit++;
      if (answer?.dirty != null) answered.dirty++;
      if (tells(JSON.stringify(answer))) result.told.push(label);
    } catch (error) {
      result.threw.push(`${label}: ${error}`);
    }
    if (existsSync(mark)) result.ran.push(label);
    rmSync(mark, { force: true });
    if (tells(await plainGit(folder))) control.told++;
    if (existsSync(mark)) control.ran++;
    rmSync(here, { recursive: true, force: true });
  };
  try {
    let next = 0;
    const work = async () => {
      while (next < cases) await runOne(next++);
    };
    await Promise.all(Array.from({ length: 8 }, work));
  } finally {
    rmSync(world, { recursive: true, force: true });
  }
  return { cases, ...result, control, answered };
}

if (process.argv[1] === import.meta.filename) {
  const [cases = '5000', seed = '1'] = process.argv.slice(2);
  console.log(await fuzzGitFolders(Number(cases), Number(seed)));
}

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ChangeQuestion, findChanges } from '../../src/sources/compare-checkout.ts';
import { findGitFolder } from '../../src/sources/git-folder.ts';
import { type Head, readHead } from '../../src/sources/git-head.ts';
import { createWorld, openWorld, type World } from '../support/world.ts';
import { git } from './states.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const LIMIT = 60_000;

/** A checkout with two folders and one commit; made once, because each git costs some milliseconds. */
const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-compare-'));
const prepared = openWorld(realpathSync(scratch));
beforeAll(() => {
  for (const name of ['a/file', 'b/file']) prepared.file(`repo/${name}`, 'text\n');
  git(prepared.at('repo'), 'init', '-q', '-b', '17.0', '--template=');
  git(prepared.at('repo'), 'add', '-A');
  git(prepared.at('repo'), 'commit', '-qm', 'first');
  prepared.folder('repo/.git/info');
});
afterAll(() => rmSync(scratch, { recursive: true }));

function checkout(): World {
  const world = createWorld();
  cpSync(prepared.at('repo'), world.at('repo'), { recursive: true });
  return world;
}

function ask(world: World, folder = 'repo', head?: Head, limit = LIMIT) {
  return changesIn(world, [folder], { head, limit }).then(
    ({ answers }) => answers.get(world.at(folder)) ?? null,
  );
}

/** What git says of folders of the checkout, of which nobody has looked for files with attributes. */
function changesIn(
  world: World,
  folders: readonly string[],
  {
    head,
    limit = LIMIT,
    ...rest
  }: { head?: Head | undefined; limit?: number } & Partial<ChangeQuestion> = {},
) {
  const found = findGitFolder(world.at('repo'), world.path);
  if (found === null) throw new Error('no git folder');
  const paths = folders.map((folder) => world.at(folder));
  const question = { folders: paths, attributesOf: () => null, ...rest };
  return findChanges(found, head ?? (readHead(found) as Head), question, limit);
}

/** A submodule that is not checked out. */
function addSubmodule(world: World, path = 'sub', commit = 'a'.repeat(40)): void {
  mkdirSync(world.at('repo', path), { recursive: true });
  git(world.at('repo'), 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`);
}

const commit = (world: World) => git(world.at('repo'), 'commit', '-qm', 'next');

describe('a checkout', () => {
  it.each<[string, (world: World) => void, boolean | null]>([
    ['as it was committed', () => {}, false],
    ['with a changed file', (world) => world.file('repo/a/file', 'other\n'), true],
    ['with a new file', (world) => world.file('repo/new'), true],
    ['without a file', (world) => rmSync(world.at('repo/a/file')), true],
    [
      'with a staged file that was changed back',
      (world) => {
        world.file('repo/a/file', 'other\n');
        git(world.at('repo'), 'add', '-A');
        world.file('repo/a/file', 'text\n');
      },
      true,
    ],
    [
      'with an ignored file',
      (world) => {
        world.file('repo/.git/info/exclude', '*.pyc\n');
        world.file('repo/x.pyc');
      },
      false,
    ],
    ['with another mode', (world) => chmodSync(world.at('repo/a/file'), 0o755), true],
    [
      'with another mode where modes do not count',
      (world) => {
        chmodSync(world.at('repo/a/file'), 0o755);
        git(world.at('repo'), 'config', 'core.fileMode', 'false');
      },
      false,
    ],
    [
      'with a filter by info/attributes',
      (world) => {
        world.file('repo/.git/info/attributes', 'file filter=x\n');
      },
      null,
    ],
    [
      'with an encoding by info/attributes',
      (world) => {
        world.file('repo/.git/info/attributes', 'file working-tree-encoding=UTF-16\n');
      },
      null,
    ],
    [
      'with an attribute that names no program',
      (world) => {
        world.file('repo/.git/info/attributes', 'file text -filter\n');
      },
      false,
    ],
    [
      'with a submodule that is not checked out',
      (world) => {
        addSubmodule(world);
        commit(world);
      },
      false,
    ],
    [
      'with a submodule that was committed and is gone',
      (world) => {
        addSubmodule(world);
        commit(world);
        rmSync(world.at('repo/sub'), { recursive: true });
      },
      null,
    ],
    [
      'with a submodule that holds something',
      (world) => {
        addSubmodule(world);
        commit(world);
        world.file('repo/sub/x');
      },
      null,
    ],
    ['with a staged submodule', (world) => addSubmodule(world), true],
    [
      'with another commit of a submodule',
      (world) => {
        addSubmodule(world);
        commit(world);
        addSubmodule(world, 'sub', 'b'.repeat(40));
      },
      true,
    ],
    [
      'with another commit of a submodule that is to be ignored',
      (world) => {
        world.file('repo/.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = x\n\tignore = all\n');
        git(world.at('repo'), 'add', '.gitmodules');
        addSubmodule(world);
        commit(world);
        addSubmodule(world, 'sub', 'b'.repeat(40));
      },
      true,
    ],
    [
      'with an index that is split',
      (world) => {
        git(world.at('repo'), 'update-index', '--split-index');
      },
      false,
    ],
    [
      'with an index whose shared part is gone',
      (world) => {
        git(world.at('repo'), 'update-index', '--split-index');
        for (const name of readdirSync(world.at('repo/.git'))) {
          if (name.startsWith('sharedindex.')) rmSync(world.at('repo/.git', name));
        }
      },
      null,
    ],
    [
      'with replaced objects',
      (world) => {
        world.folder('repo/.git/refs/replace');
      },
      null,
    ],
    [
      'with a setting that includes another file',
      (world) => {
        git(world.at('repo'), 'config', 'include.path', 'x');
      },
      null,
    ],
    [
      'with a configuration that cannot be understood',
      (world) => {
        world.file('repo/.git/config', 'x\n');
      },
      null,
    ],
    [
      'with objects behind a link',
      (world) => {
        world.link('x', 'repo/.git/objects/link');
      },
      null,
    ],
    ['without an index', (world) => rmSync(world.at('repo/.git/index')), true],
    [
      'with an index that is none',
      (world) => {
        world.file('repo/.git/index', 'x');
      },
      null,
    ],
    [
      'with an index that is a link',
      (world) => {
        rmSync(world.at('repo/.git/index'));
        world.link('x', 'repo/.git/index');
      },
      null,
    ],
    [
      'with rules as large as are read',
      (world) => {
        world.file('repo/.git/info/exclude', `#${'x'.repeat(256 * KiB - 1)}`);
      },
      false,
    ],
    [
      'with larger rules',
      (world) => {
        world.file('repo/.git/info/exclude', `#${'x'.repeat(256 * KiB)}`);
      },
      null,
    ],
    [
      'with larger rules for attributes',
      (world) => {
        world.file('repo/.git/info/attributes', `#${'x'.repeat(256 * KiB)}`);
      },
      null,
    ],
    [
      'with larger rules for a part of the files',
      (world) => {
        world.file('repo/.git/info/sparse-checkout', `#${'x'.repeat(256 * KiB)}`);
      },
      null,
    ],
  ])('%s', async (_, change, expected) => {
    const world = checkout();
    change(world);
    expect(await ask(world)).toBe(expected);
  });

  it('has an index of at most eight MiB', async () => {
    const world = checkout();
    const path = world.at('repo/.git/index');
    const bytes = readFileSync(path);
    // An extension that git may leave out, before the hash, which git is told not to have checked.
    const extend = (size: number) => {
      const header = Buffer.from('XTRA\0\0\0\0');
      const rest = size - bytes.length - header.length;
      header.writeUInt32BE(rest, 4);
      const body = Buffer.concat([bytes.subarray(0, -20), header, Buffer.alloc(rest)]);
      return Buffer.concat([body, Buffer.alloc(20)]);
    };
    writeFileSync(path, extend(8 * MiB + 1));
    expect(await ask(world)).toBe(null);
    writeFileSync(path, extend(8 * MiB));
    expect(await ask(world)).toBe(false);
  });

  it('has at most a thousand submodules', async () => {
    const world = checkout();
    const stage = (count: number) => {
      const lines = Array.from({ length: count }, (_, at) => `160000 ${'a'.repeat(40)}\ts${at}\n`).join('');
      execFileSync('git', ['-C', world.at('repo'), 'update-index', '--index-info'], { input: lines });
      for (let at = 0; at < count; at++) mkdirSync(world.at(`repo/s${at}`), { recursive: true });
    };
    stage(1000);
    commit(world);
    expect(await ask(world)).toBe(false);
    stage(1001);
    expect(await ask(world)).toBe(null);
  });

  it('is compared in the folder that is asked about alone', async () => {
    const world = checkout();
    world.file('repo/b/new');
    expect(await ask(world, 'repo/a')).toBe(false);
    expect(await ask(world, 'repo/b')).toBe(true);
    world.link('b', 'repo/link');
    expect(await ask(world, 'repo/link')).toBe(true);
  });

  it('is compared in the folders that are still in it', async () => {
    const world = checkout();
    world.file('repo/b/new');
    world.folder('elsewhere');
    world.link(world.at('elsewhere'), 'repo/moved');
    const { answers } = await changesIn(world, ['repo/moved', 'repo/gone', 'repo/b', 'repo/a']);
    expect(answers).toEqual(
      new Map([
        [world.at('repo/b'), true],
        [world.at('repo/a'), false],
      ]),
    );
    expect((await changesIn(world, ['repo/moved'])).answers.size).toBe(0);
  });

  it('differs by a submodule that is gone with all that told of it', async () => {
    const world = checkout();
    world.file('repo/.gitmodules', '[submodule "sub"]\n\tpath = a/sub\n\turl = x\n');
    git(world.at('repo'), 'add', '.gitmodules');
    addSubmodule(world, 'a/sub');
    commit(world);
    git(world.at('repo'), 'rm', '-q', '--cached', 'a/sub', '.gitmodules');
    rmSync(world.at('repo/a/sub'), { recursive: true });
    rmSync(world.at('repo/.gitmodules'));
    expect(await ask(world, 'repo/a')).toBe(true);
    expect(await ask(world, 'repo/b')).toBe(false);
  });

  it('with attributes that git takes from the index is not compared', async () => {
    const world = checkout();
    world.file('repo/a/.gitattributes', '* filter=x\n');
    git(world.at('repo'), 'add', '-A');
    commit(world);
    rmSync(world.at('repo/a/.gitattributes'));
    const asked = (folder: string) =>
      changesIn(world, [folder], { attributesOf: () => [] }).then(({ answers }) =>
        answers.get(world.at(folder)),
      );
    expect(await asked('repo/a')).toBe(null);
    expect(await asked('repo/b')).toBe(false);
  });

  it('is compared in a folder whose name is a pattern', async () => {
    const world = checkout();
    world.file('repo/*/file');
    git(world.at('repo'), 'add', '-A');
    commit(world);
    world.file('repo/b/new');
    expect(await ask(world, 'repo/*')).toBe(false);
  });

  it('without a commit differs by what is tracked or new', async () => {
    const empty = createWorld();
    git(empty.folder('repo'), 'init', '-q', '-b', '17.0');
    expect(await ask(empty)).toBe(false);
    const file = empty.file('repo/new');
    expect(await ask(empty)).toBe(true);
    rmSync(file);
    // Git is asked about no submodule, so that it prints nothing.
    addSubmodule(empty);
    expect(await ask(empty)).toBe(true);
  });

  it('of SHA-256 is compared with its own hashes', async () => {
    const world = createWorld();
    world.file('repo/a/file', 'text\n');
    git(world.path, 'init', '-q', '-b', '17.0', '--object-format=sha256', 'repo');
    git(world.at('repo'), 'add', '-A');
    commit(world);
    expect(await ask(world)).toBe(false);
    world.file('repo/a/file', 'other\n');
    expect(await ask(world)).toBe(true);
    const head = { branch: '17.0', commit: 'a'.repeat(40) };
    expect(await ask(world, 'repo', head)).toBe(null);
  });

  it('is not compared with a commit of another length, nor with one that is not there', async () => {
    const world = checkout();
    for (const commit of ['a'.repeat(64), 'a'.repeat(40)])
      expect(await ask(world, 'repo', { branch: '17.0', commit })).toBe(null);
  });

  it('is not compared where git is not found, takes too long or fails', async () => {
    const world = checkout();
    const { PATH } = process.env;
    onTestFinished(() => {
      process.env.PATH = PATH;
    });
    addSubmodule(world);
    commit(world);
    process.env.PATH = world.path;
    expect(await ask(world)).toBe(null);
    const script = world.file('git', '#!/bin/sh\nwhile :; do :; done\n');
    chmodSync(script, 0o755);
    expect(await ask(world, 'repo', undefined, 20)).toBe(null);
    // None of the three may fail.
    for (const failing of ['ls-files', 'status', 'diff-index']) {
      writeFileSync(script, `#!/bin/sh\n[ "$1" != ${failing} ]\n`);
      expect([failing, await ask(world)]).toEqual([failing, null]);
    }
    writeFileSync(script, '#!/bin/sh\nexit 0\n');
    expect(await ask(world)).toBe(false);
  });

  it('hands git nothing of the server, and only a git folder of its own', async () => {
    const world = checkout();
    const { PATH } = process.env;
    onTestFinished(() => {
      process.env.PATH = PATH;
    });
    addSubmodule(world);
    process.env.PATH = world.path;
    const log = world.at('log');
    const script = world.file('git', `#!/bin/sh\n/usr/bin/env > ${log}.$1\n/bin/pwd >> ${log}.$1\n`);
    chmodSync(script, 0o755);
    await ask(world);
    for (const command of ['ls-files', 'status', 'diff-index']) {
      const lines = readFileSync(`${log}.${command}`, 'utf8').split('\n');
      const names = lines.map((line) => line.split('=')[0]).filter((name) => name !== undefined);
      const own = names.filter((name) => /^(GIT_|LC_ALL$)/.test(name)).sort();
      expect(own).toEqual([
        'GIT_ALLOC_LIMIT',
        'GIT_ALLOW_PROTOCOL',
        'GIT_ALTERNATE_OBJECT_DIRECTORIES',
        'GIT_ATTR_NOSYSTEM',
        'GIT_CONFIG_GLOBAL',
        'GIT_CONFIG_NOSYSTEM',
        'GIT_CONFIG_SYSTEM',
        'GIT_DIR',
        'GIT_INDEX_FILE',
        'GIT_NO_LAZY_FETCH',
        'GIT_OBJECT_DIRECTORY',
        'GIT_OPTIONAL_LOCKS',
        'GIT_TERMINAL_PROMPT',
        'GIT_WORK_TREE',
        'LC_ALL',
      ]);
      // What a shell adds by itself.
      const others = names.filter((name) => name !== '' && !own.includes(name) && !name.startsWith('/'));
      expect(others.filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL', 'PATH'].includes(name))).toEqual([]);
      const folder = lines.find((line) => line.startsWith('GIT_DIR='))?.slice('GIT_DIR='.length) ?? '';
      expect(folder).toMatch(/odoo-link-git-/);
      expect(lines).toContain(`GIT_WORK_TREE=${world.at('repo')}`);
      expect(lines).toContain(`GIT_OBJECT_DIRECTORY=${join(folder, 'objects')}`);
      expect(lines).toContain(`GIT_INDEX_FILE=${join(folder, 'index')}`);
      expect(lines).toContain(`GIT_ALTERNATE_OBJECT_DIRECTORIES=${join(folder, 'lent0')}`);
      expect(lines).toContain(world.at('repo'));
    }
  });
});

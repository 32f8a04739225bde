import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import fc from '../support/property.ts';
import { createWorld, openWorld, type World } from '../support/world.ts';
import { git } from './states.ts';

/** A checkout with three modules; made once, because each git costs some milliseconds. */
const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-kept-'));
const prepared = openWorld(realpathSync(scratch));
beforeAll(() => {
  for (const name of ['a', 'b', 'c']) prepared.module(`repo/${name}`);
  prepared.file('repo/a/models/x.py', 'x = 1\n');
  prepared.file('repo/.gitignore', '*.pyc\n');
  git(prepared.at('repo'), 'init', '-q', '-b', '17.0', '--template=');
  git(prepared.at('repo'), 'add', '-A');
  git(prepared.at('repo'), 'commit', '-qm', 'first');
  prepared.folder('repo/.git/info');
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of it that is long unchanged, a reader that keeps, and how often git was started. */
async function open() {
  quickenClock();
  const world = createWorld();
  cpSync(prepared.at('repo'), world.at('repo'), { recursive: true, preserveTimestamps: true });
  const log = countGit(world);
  await pause();
  const read = createProvenanceReader({ patience: 60_000, keeps: true });
  const dirty = async (...names: string[]) => {
    const folders = names.map((name) => ({ path: world.at('repo', name), root: world.path }));
    return (await read(folders)).map((found) => found?.dirty);
  };
  return { world, dirty, started: () => (existsSync(log) ? readFileSync(log, 'utf8').length / 2 : 0) };
}

/** Puts a program that counts before git. */
function countGit(world: World): string {
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  const real = git(world.path, '--exec-path');
  const log = world.at('started');
  chmodSync(world.file('bin/git', `#!/bin/sh\necho x >> ${log}\nexec ${real}/git "$@"\n`), 0o755);
  process.env.PATH = `${world.at('bin')}:${PATH}`;
  return log;
}

describe('whether a folder is changed', () => {
  it('is asked once for all folders of a question, and not again while nothing changes', async () => {
    const { dirty, started } = await open();
    expect(await dirty('a', 'b')).toEqual([false, false]);
    expect(started()).toBe(1);
    expect(await dirty('a', 'b')).toEqual([false, false]);
    // Git has looked at all of a small repository.
    expect(await dirty('c')).toEqual([false]);
    expect(started()).toBe(1);
  });

  it('is told of the folder alone', async () => {
    const { world, dirty, started } = await open();
    world.file('repo/b/new.py');
    await pause();
    expect(await dirty('a')).toEqual([false]);
    expect(await dirty('b')).toEqual([true]);
    expect(started()).toBe(1);
  });

  it('is asked again only about what has changed', async () => {
    const { world, dirty, started } = await open();
    await dirty('a', 'b');
    appendFileSync(world.at('repo/a/models/x.py'), '# changed\n');
    expect(await dirty('b')).toEqual([false]);
    expect(started()).toBe(1);
    expect(await dirty('a', 'b')).toEqual([true, false]);
    expect(started()).toBe(2);
  });

  it.each([
    ['a file of the folder', 'repo/a/models/x.py'],
    ['the index', 'repo/.git/index'],
  ])(
    'is not kept where %s was changed a moment before: it may change again without a trace',
    async (_, file) => {
      const { world, dirty, started } = await open();
      vi.mocked(Date.now).mockRestore();
      const now = Date.now();
      await pause();
      utimesSync(world.at(file), 1, 1);
      // What was changed before this moment is over, and what was changed since is not.
      vi.spyOn(Date, 'now').mockReturnValue(now + 2100);
      for (const times of [1, 2, 3]) {
        expect(await dirty('a')).toEqual([false]);
        expect(started()).toBe(times);
      }
      expect(await dirty('b')).toEqual([false]);
      expect(started()).toBe(file.endsWith('index') ? 4 : 3);
    },
  );

  it.each<[string, (path: string) => void, boolean | null]>([
    ['HEAD', (path) => git(path, 'commit', '-q', '--allow-empty', '-m', 'next'), false],
    ['a rule', (path) => writeFileSync(join(path, '.git/info/exclude'), 'x.pyc\n'), false],
    ['a rule in the work tree', (path) => rmSync(join(path, '.gitignore')), true],
    ['the configuration', (path) => git(path, 'config', 'core.fileMode', 'false'), false],
    [
      'the index',
      (path) => {
        appendFileSync(join(path, 'a/__init__.py'), 'x');
        git(path, 'add', '-A');
      },
      true,
    ],
    [
      'what converts files',
      (path) => writeFileSync(join(path, '.git/info/attributes'), '* filter=x\n'),
      null,
    ],
    [
      'what converts files above it',
      (path) => writeFileSync(join(path, '.gitattributes'), '* filter=x\n'),
      null,
    ],
    [
      'what converts files in it',
      (path) => writeFileSync(join(path, 'a/.gitattributes'), '* filter=x\n'),
      null,
    ],
    ['what objects are replaced', (path) => mkdirSync(join(path, '.git/refs/replace')), null],
  ])('is asked again after a change of %s', async (_, change, expected) => {
    const { world, dirty, started } = await open();
    world.file('repo/a/x.pyc');
    await pause();
    expect(await dirty('a')).toEqual([false]);
    const before = started();
    change(world.at('repo'));
    expect(await dirty('a')).toEqual([expected]);
    expect(started()).toBeGreaterThanOrEqual(before);
    expect(await dirty('a')).toEqual([expected]);
  });

  it.each<[string, (path: string) => void]>([
    [
      'with its old size and times',
      (path) => {
        writeFileSync(join(path, 'a/models/x.py'), 'x = 2\n');
        utimesSync(join(path, 'a/models/x.py'), 1, 1);
      },
    ],
    [
      'by another one with all its times',
      (path) => {
        const file = join(path, 'a/models/x.py');
        writeFileSync(join(path, '../aside'), 'x = 2\n');
        utimesSync(join(path, '../aside'), 1, 1);
        renameSync(join(path, '../aside'), file);
      },
    ],
    ['by a symlink', (path) => replace(join(path, 'a/models/x.py'), '/dev/null')],
    ['by nothing', (path) => rmSync(join(path, 'a/models/x.py'))],
    ['in its mode', (path) => chmodSync(join(path, 'a/models/x.py'), 0o755)],
  ])('is noticed where a file is replaced %s', async (_, change) => {
    const { world, dirty } = await open();
    expect(await dirty('a')).toEqual([false]);
    change(world.at('repo'));
    expect(await dirty('a')).toEqual([true]);
  });

  it('is not taken from what git said of the whole repository where rules in the folder were not known', async () => {
    const { world, dirty, started } = await open();
    world.file('repo/.git/info/exclude', '.gitattributes\n');
    world.file('repo/b/.gitattributes', '* filter=x\n');
    await pause();
    expect(await dirty('a')).toEqual([false]);
    expect(await dirty('b')).toEqual([null]);
    expect(started()).toBeGreaterThan(1);
  });

  it('is not taken from what git said of the whole repository where a file of it must be converted', async () => {
    const { world, dirty, started } = await open();
    world.file('repo/b/.gitattributes', '* filter=x\n');
    git(world.at('repo'), 'add', '-A');
    git(world.at('repo'), 'commit', '-qm', 'next');
    await pause();
    expect(await dirty('a')).toEqual([false]);
    expect(await dirty('b')).toEqual([null]);
    expect(started()).toBeGreaterThan(1);
  });

  it('is not taken from what git said of the whole repository where the clock was set back since', async () => {
    const { world, dirty, started } = await open();
    await dirty('a');
    vi.mocked(Date.now).mockRestore();
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    onTestFinished(() => void vi.mocked(Date.now).mockRestore());
    expect(await dirty('b')).toEqual([false]);
    expect(started()).toBe(2);
    expect(existsSync(world.at('repo/b'))).toBe(true);
  });

  it('is what git says now, whatever changes between questions', async () => {
    quickenClock();
    const names = ['a', 'b', 'c'];
    const name = fc.constantFrom(...names);
    const file = fc.constantFrom('__init__.py', 'new.py', 'x.pyc', 'models/x.py', '.gitignore');
    const text = fc.constantFrom('x = 1\n', '', 'x = 2\n', '*.py\n');
    const change = fc.oneof(
      fc.record({ write: file, in: name, text }),
      fc.record({ remove: file, in: name }),
      fc.record({ move: name, to: fc.constantFrom(...names, 'd') }),
      fc.constant('commit' as const),
      fc.constant('reset' as const),
      fc.constant('add' as const),
      fc.constant('wait' as const),
      fc.constant('wait' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
        const world = createWorld();
        const path = world.at('repo');
        cpSync(prepared.at('repo'), path, { recursive: true });
        await pause();
        const kept = createProvenanceReader({ patience: 60_000, keeps: true });
        for (const one of [...changes, 'wait' as const, 'wait' as const]) {
          if (one === 'wait') await pause();
          else attempt(() => apply(path, one));
          const there = [...names, 'd'].filter((folder) => existsSync(join(path, folder)));
          const folders = there.map((folder) => ({ path: join(path, folder), root: world.path }));
          const fresh = createProvenanceReader({ patience: 60_000 });
          expect(await kept(folders)).toEqual(await fresh(folders));
        }
        rmSync(world.path, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });
});

type Change =
  | { write: string; in: string; text: string }
  | { remove: string; in: string }
  | { move: string; to: string }
  | 'commit'
  | 'reset'
  | 'add';

function apply(path: string, change: Change): void {
  if (change === 'commit') git(path, 'commit', '-qam', 'next');
  else if (change === 'reset') git(path, 'reset', '-q', '--hard');
  else if (change === 'add') git(path, 'add', '-A');
  else if ('write' in change) {
    const file = join(path, change.in, change.write);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, change.text);
  } else if ('remove' in change) rmSync(join(path, change.in, change.remove));
  else renameSync(join(path, change.move), join(path, change.to));
}

/** Not every change can be made. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}

function replace(path: string, target: string): void {
  rmSync(path);
  symlinkSync(target, path);
}

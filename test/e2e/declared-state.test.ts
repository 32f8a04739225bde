import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { git } from '../sources/states.ts';
import { runCli } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
type Data = any;

/** A command on the world's instance, which `instance` amends. */
function commands(world: World, instance: Record<string, unknown> = {}) {
  const config = world.config(instance);
  const run = (command: string, ...args: string[]) => runCli([command, ...args, '--config', config]);
  /** The same with `--json`; `code` is the exit code. */
  const json = async (command: string, ...args: string[]): Promise<Data> => {
    const { code, stdout } = await run(command, ...args, '--json');
    return { exit: code, ...JSON.parse(stdout) };
  };
  return { run, json };
}

/** Two OCA modules in a repository each and an Enterprise one, linked. */
function linkedWorld(): World {
  const world = createWorld();
  world.link(world.module('src/oca/web/a'), 'linked/a');
  world.link(world.module('src/oca/tools/b'), 'linked/b');
  world.link(world.module('src/ee/e', { license: 'OEEL-1' }), 'linked/e');
  return world;
}

/** What is not managed: nobody but the operator may change it. */
function foreignEntries(world: World): string[] {
  world.module('linked/copied');
  world.file('linked/README', 'theirs');
  world.link(world.module('beyond/other'), 'linked/other');
  world.link('/nowhere/at_all', 'linked/dangling');
  world.link('loop', 'linked/loop');
  return ['README', 'copied', 'dangling', 'loop', 'other'];
}

const links = (world: World, dir = 'linked') =>
  snapshot(world.at(dir)).flatMap((line) => / -> (.*) \(inode/.exec(line)?.[1] ?? []);
const state = (declared: object[], rest: object = {}) =>
  JSON.stringify({ version: 1, series: '17.0', links: declared, ...rest });
const actions = ({ links: done }: Data) => done.map(({ module, action }: Data) => [module, action]);

describe('export and apply', () => {
  it('bring the same links back into an empty directory, and find nothing to do after that', async () => {
    const world = linkedWorld();
    const git = (...args: string[]) =>
      execFileSync(
        'git',
        ['-C', world.at('src/oca/web'), '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args],
        { encoding: 'utf8' },
      ).trim();
    git('init', '-q', '-b', '17.0');
    git('add', '-A');
    git('commit', '-qm', 'first');
    const { run, json } = commands(world);
    const before = links(world);
    const exported = await run('export');
    expect([exported.code, exported.stderr]).toEqual([0, '']);
    expect(JSON.parse(exported.stdout)).toEqual({
      version: 1,
      series: '17.0',
      links: [
        { module: 'a', family: 'oca', repo: 'web', commit: git('rev-parse', 'HEAD') },
        { module: 'b', family: 'oca', repo: 'tools', commit: null },
        { module: 'e', family: 'ee', repo: 'ee', commit: null },
      ],
    });
    const file = world.file('links.json', exported.stdout);
    rmSync(world.at('linked'), { recursive: true });
    mkdirSync(world.at('linked'));
    const applied = await json('apply', file);
    expect(applied).toMatchObject({ exit: 0, status: 'linked' });
    for (const field of ['removed', 'warnings']) expect(applied).not.toHaveProperty(field);
    expect(links(world)).toEqual(before);
    expect((await run('export')).stdout).toBe(exported.stdout);
    const at = snapshot(world.path);
    expect(await json('apply', file, '--prune')).toMatchObject({
      exit: 0,
      status: 'already_linked',
    });
    expect(snapshot(world.path)).toEqual(at);
  });

  it('work on the chosen directory, with links of its own style, through stdin', async () => {
    const world = linkedWorld();
    world.folder('second');
    const { run } = commands(world, { addonsDirs: ['linked', 'second'], linkStyle: 'relative' });
    const { stdout } = await run('export');
    const config = world.at('odoo-link.json');
    const applied = await runCli(['apply', '-', '--target-dir', world.at('second'), '--config', config], {
      input: stdout,
    });
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    expect(links(world, 'second')).toEqual(['../src/oca/web/a', '../src/oca/tools/b', '../src/ee/e']);
    expect((await run('export', '--target-dir', world.at('second'))).stdout).toBe(stdout);
  });

  it('write an empty list of an empty directory, and can apply it', async () => {
    const world = createWorld();
    const { run, json } = commands(world);
    const { code, stdout } = await run('export');
    expect([code, JSON.parse(stdout)]).toEqual([0, { version: 1, series: '17.0', links: [] }]);
    expect(await json('apply', world.file('links.json', stdout))).toMatchObject({
      exit: 0,
      status: 'already_linked',
    });
  });

  it('leave out what is not managed, say so, and never touch it', async () => {
    const world = linkedWorld();
    const foreign = foreignEntries(world);
    world.link(world.at('src/oca/gone/c'), 'linked/c');
    const { run, json } = commands(world);
    const { code, stdout, stderr } = await run('export');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).links.map(({ module }: Data) => module)).toEqual(['a', 'b', 'e']);
    for (const name of ['c', 'copied', 'dangling', 'loop', 'other']) expect(stderr).toContain(name);
    const kept = () =>
      snapshot(world.at('linked')).filter((line) => foreign.some((name) => line.startsWith(name)));
    const before = kept();
    const applied = await json(
      'apply',
      world.file('links.json', state([{ module: 'b', family: 'oca' }])),
      '--prune',
    );
    expect(applied).toMatchObject({ exit: 0, status: 'linked', removed: ['a', 'c', 'e'] });
    expect(kept()).toEqual(before);
    expect(links(world)).toHaveLength(foreign.length - 2 + 1);
  });

  it.each(['a module of a core root', 'a repository whose name another one has'])(
    'agree on a link into %s',
    async (kind) => {
      const world = linkedWorld();
      world.module('src/core/odoo/addons/base', { license: 'LGPL-3', depends: [] });
      const web = world.module('src/core/addons/web', { license: 'LGPL-3' });
      if (kind.includes('core')) world.link(web, 'linked/web');
      else world.module('own/web/a');
      const { run, json } = commands(world, {
        roots: { oca: ['src/oca', world.folder('own')], ee: ['src/ee'], core: ['src/core'] },
      });
      const before = snapshot(world.at('linked'));
      const file = world.file('links.json', (await run('export')).stdout);
      expect(await json('apply', file, '--prune')).toMatchObject({ exit: 0, status: 'already_linked' });
      expect(snapshot(world.at('linked'))).toEqual(before);
    },
  );
});

describe('apply', () => {
  it('links, re-points and, when asked, removes, together', async () => {
    const world = linkedWorld();
    world.module('src/oca/new/a');
    world.module('src/oca/new/n', { depends: ['base', 'gone_one'] });
    const { run, json } = commands(world);
    const declared = [
      { module: 'n', family: 'oca', repo: 'new', commit: null },
      { module: 'a', family: 'oca', repo: 'new', commit: 'f'.repeat(40) },
    ];
    const file = world.file('links.json', state(declared, { $schema: 'x' }));
    const before = snapshot(world.path);
    const planned = await json('apply', file, '--prune', '--dry-run');
    expect(planned).toMatchObject({ exit: 0, status: 'planned', removed: ['b', 'e'] });
    expect(actions(planned)).toEqual([
      ['n', undefined],
      ['a', 'replace'],
    ]);
    expect(planned.warnings.map(({ code, module }: Data) => [code, module])).toEqual([
      ['dependency_missing', 'n'],
    ]);
    expect((await run('apply', file, '--prune', '--dry-run')).stdout).toContain('Would remove: b, e.');
    expect(snapshot(world.path)).toEqual(before);
    expect(await json('apply', file)).toMatchObject({ exit: 0, status: 'linked' });
    expect(links(world)).toEqual(
      ['new/a', 'tools/b', 'new/n']
        .map((path) => world.at('src/oca', path))
        .toSpliced(2, 0, world.at('src/ee/e')),
    );
    expect(await json('apply', file, '--prune')).toMatchObject({
      exit: 0,
      status: 'linked',
      removed: ['b', 'e'],
    });
    expect(links(world)).toEqual([world.at('src/oca/new/a'), world.at('src/oca/new/n')]);
  });

  it('tells the difference: what is created, re-pointed, removed, and how much is as declared', async () => {
    const world = linkedWorld();
    world.module('src/oca/new/a');
    world.module('src/oca/new/n');
    const { run, json } = commands(world);
    const declared = [
      { module: 'a', family: 'oca', repo: 'new' },
      { module: 'n', family: 'oca' },
      { module: 'b', family: 'oca' },
    ];
    const file = world.file('links.json', state(declared));
    const planned = await run('apply', file, '--prune', '--dry-run');
    expect(planned.stdout.split('\n')[0]).toBe(
      `Dry run: 1 created, 1 re-pointed, 1 removed, 1 unchanged in ${world.at('linked')} (instance prod, Odoo 17.0).`,
    );
    const done = await json('apply', file, '--prune');
    expect(done.diff).toEqual({ create: 1, repoint: 1, remove: 1, unchanged: 1, skipped: 0 });
    // What is as declared is counted, not listed.
    expect(actions(done)).toEqual([
      ['a', 'replace'],
      ['n', undefined],
    ]);
    const again = await json('apply', file, '--prune');
    expect([again.status, again.diff, again.links]).toEqual([
      'already_linked',
      { create: 0, repoint: 0, remove: 0, unchanged: 3, skipped: 0 },
      undefined,
    ]);
  });

  it('passes over what is not found when told so, and leaves its link', async () => {
    const world = linkedWorld();
    world.link(world.at('src/oca/gone/lost'), 'linked/lost');
    world.module('src/oca/web/mit', { license: 'MIT' });
    world.folder('src/oca/web/empty');
    for (const repo of ['tools', 'web']) world.module(`src/oca/${repo}/twice`);
    world.module('src/oca/web/n', { depends: ['base', 'nowhere'] });
    const { json } = commands(world);
    const names = ['lost', 'nowhere', 'empty', 'n'];
    const declared = names.map((module) => ({ module, family: 'oca', repo: 'web' }));
    const file = world.file('links.json', state(declared));
    const before = snapshot(world.path);
    expect(await json('apply', file)).toMatchObject({ exit: 1, status: 'refused' });
    expect(snapshot(world.path)).toEqual(before);
    const done = await json('apply', file, '--skip-missing', '--prune');
    expect(done).toMatchObject({
      exit: 0,
      diff: { create: 1, repoint: 0, remove: 3, unchanged: 0, skipped: 3 },
    });
    const skipped = done.warnings.filter(({ code }: Data) => code === 'skipped');
    expect(skipped.map(({ module }: Data) => module)).toEqual(['lost', 'nowhere', 'empty']);
    expect(done.warnings).toContainEqual({
      code: 'dependency_missing',
      module: 'n',
      message: 'n needs nowhere, which will not be available.',
    });
    expect(links(world)).toEqual([world.at('src/oca/gone/lost'), world.at('src/oca/web/n')]);
    // What is there and cannot be linked, or has to be chosen, is refused all the same.
    for (const module of ['mit', 'twice']) {
      const other = world.file('other.json', state([{ module, family: 'oca', repo: 'elsewhere' }]));
      expect(await json('apply', other, '--skip-missing')).toMatchObject({ exit: 1, status: 'refused' });
      rmSync(other);
    }
  });

  it('finds a repository by where it was cloned from, and tells so', async () => {
    const world = createWorld();
    for (const [folder, remote] of [
      ['oca-web', 'https://github.com/OCA/web.git'],
      ['fork', 'https://github.com/acme/fork'],
    ] as const) {
      world.module(`src/oca/${folder}/a`);
      git(world.at('src/oca', folder), 'init', '-q', '-b', '17.0');
      git(world.at('src/oca', folder), 'remote', 'add', 'origin', remote);
    }
    const { json } = commands(world);
    const file = world.file('links.json', state([{ module: 'a', family: 'oca', repo: 'web' }]));
    const done = await json('apply', file);
    expect([done.exit, done.diff.create, links(world)]).toEqual([0, 1, [world.at('src/oca/oca-web/a')]]);
    expect(done.warnings[0]).toMatchObject({
      code: 'repo_differs',
      message: 'a is taken from oca-web: it was cloned from a repository called web.',
    });
  });

  it('warns when a repository is at another commit than declared', async () => {
    const world = linkedWorld();
    const git = (...args: string[]) =>
      execFileSync('git', [
        '-C',
        world.at('src/oca/web'),
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.org',
        ...args,
      ]);
    git('init', '-q', '-b', '17.0');
    git('add', '-A');
    git('commit', '-qm', 'first');
    const { json } = commands(world);
    const file = world.file(
      'links.json',
      state([{ module: 'a', family: 'oca', repo: 'web', commit: 'f'.repeat(40) }]),
    );
    const { exit, status, warnings } = await json('apply', file);
    expect([exit, status, warnings.map(({ code, module }: Data) => [code, module])]).toEqual([
      0,
      'already_linked',
      [['commit_differs', 'a']],
    ]);
  });

  it('is refused as a whole, with every reason, and changes nothing', async () => {
    const world = linkedWorld();
    foreignEntries(world);
    for (const name of ['copied', 'other', 'loop', 'README']) world.module(`src/oca/web/${name}`);
    world.module('src/oca/web/mit', { license: 'MIT' });
    world.module('src/oca/web/good');
    for (const repo of ['tools', 'web']) world.module(`src/oca/${repo}/elsewhere`);
    world.module('src/oca/tools/twice');
    world.module('src/oca/web/twice');
    const { run, json } = commands(world);
    const cases: [string, Data, Data?][] = [
      ['occupied', { module: 'copied', family: 'oca' }],
      ['occupied', { module: 'README', family: 'oca' }],
      ['foreign_link', { module: 'other', family: 'oca' }],
      ['foreign_link', { module: 'loop', family: 'oca' }],
      ['breaks_update', { module: 'mit', family: 'oca' }],
      ['module_not_found', { module: 'gone', family: 'oca' }],
      ['module_not_found', { module: 'elsewhere', family: 'oca', repo: 'no_such_repo' }],
      ['ambiguous_module', { module: 'twice', family: 'oca' }],
      ['wrong_family', { module: 'e', family: 'oca' }],
      ['invalid_module_name', { module: '../a', family: 'oca' }],
      ['invalid_module_name', { module: 'a\nb', family: 'oca' }],
      ['invalid_argument', { module: 'b', family: 'oca' }, { module: 'b', family: 'oca' }],
      ['wrong_series', { series: '16.0' }],
    ];
    const before = snapshot(world.path);
    for (const [code, first, second] of cases) {
      const good = { module: 'good', family: 'oca', repo: null };
      const text =
        'series' in first
          ? state([good], first)
          : state([good, first, ...(second === undefined ? [] : [second])]);
      const file = world.file('links.json', text);
      const refused = await json('apply', file, '--prune');
      expect([refused.exit, refused.status]).toEqual([1, 'refused']);
      expect((refused.details?.reasons ?? [refused]).map((reason: Data) => reason.code)).toEqual([code]);
      // An operator sees where a foreign link leads, and no other path.
      if (code !== 'foreign_link') expect(JSON.stringify(refused)).not.toContain('beyond');
      rmSync(file);
      expect(snapshot(world.path)).toEqual(before);
    }
    const all = world.file(
      'links.json',
      state(cases.flatMap(([, entry]) => ('series' in entry ? [] : [entry]))),
    );
    expect((await json('apply', all)).details.reasons.length).toBe(cases.length - 2);
    const { code, stdout, stderr } = await run('apply', all);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Refused \(\w+\): 11 problems; nothing was changed: .*\n(- .*\n){11}For /);
    rmSync(all);
    expect(snapshot(world.path)).toEqual(before);
  });

  it.each([
    ['', '1:1: the file is empty'],
    ['{', '1:2: '],
    ['[]', '1:1: / must be an object'],
    ['{"version": 1,\n "series": "17.0"}', '1:1: /links is missing'],
    ['{"version": 2, "series": "17.0", "links": []}', '1:2: /version must be'],
    ['{"version": 1, "series": "17", "links": []}', '1:16: /series must be'],
    ['{"version": 1, "series": "17.0", "links": [], "linsk": 1}', 'linsk'],
    ['{"version": 1, "series": "17.0",\n "links": [\n  {"module": "a", "familly": "oca"}]}', '3:'],
    [
      '{"version": 1, "series": "17.0",\n "links": [{"module": "a", "family": "core"}]}',
      '2:28: /links/0/family must be "oca" or "ee"',
    ],
    [
      '{"version": 1, "series": "17.0",\n "links": [{"module": 3, "family": "oca"}]}',
      '2:13: /links/0/module must be a string',
    ],
    ['{"version": 1, "version": 1}', 'appears twice'],
    ['{"version": 1, "series": "17.0", "links": [], "__proto__": {}}', '__proto__'],
  ])('points into a file that says %j', async (text, problem) => {
    const world = linkedWorld();
    const { run } = commands(world);
    const file = world.file('links.json', text);
    const before = snapshot(world.path);
    const { code, stdout, stderr } = await run('apply', file);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')[0]).toContain(`odoo-link-mcp: ${file}:`);
    expect(stderr).toContain(problem);
    expect(stderr.length).toBeLessThan(5000);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(snapshot(world.path)).toEqual(before);
  });

  it('survives a file that is nested deeper than the stack', async () => {
    const world = linkedWorld();
    const { run } = commands(world);
    const { code, stderr } = await run('apply', world.file('links.json', '['.repeat(50_000)));
    expect(code).toBe(2);
    expect(stderr.slice(0, 200)).toContain('links.json:');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('names what is wrong with the command', async () => {
    const world = linkedWorld();
    const { run } = commands(world);
    world.folder('folder');
    expect(await run('apply')).toMatchObject({ code: 2, stderr: expect.stringContaining('FILE') });
    expect(await run('apply', 'a.json', 'b.json')).toMatchObject({ code: 2 });
    expect(await run('apply', world.at('gone.json'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not exist'),
    });
    expect(await run('apply', world.at('folder'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a regular file'),
    });
    expect(await run('export', 'links.json')).toMatchObject({ code: 2 });
    expect(await run('export', '--instance', 'nope')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('prod (17.0)'),
    });
    expect(await run('repair', 'a')).toMatchObject({ code: 2 });
  });
});

describe('repair', () => {
  it('re-points what is broken or leads to another module, in every addons directory', async () => {
    const world = linkedWorld();
    const foreign = foreignEntries(world);
    world.module('src/oca/web/c');
    world.link(world.at('src/oca/web/a'), 'linked/c');
    world.link(world.at('src/oca/gone/a'), 'second/a');
    world.link(world.at('src/ee_gone/e'), 'second/e');
    world.link(world.at('src/ee/gone/e'), 'third/e');
    world.folder('src/moved');
    renameSync(world.at('src/oca/tools/b'), world.at('src/oca/web/b'));
    const { json } = commands(world, { addonsDirs: ['linked', 'second', 'third'] });
    const kept = () =>
      snapshot(world.at('linked')).filter((line) => foreign.some((name) => line.startsWith(name)));
    const [before, theirs] = [snapshot(world.path), kept()];
    const planned = await json('repair', '--dry-run');
    expect(planned).toMatchObject({ exit: 0, status: 'planned' });
    expect(snapshot(world.path)).toEqual(before);
    const done = await json('repair');
    expect(done).toEqual({ ...planned, status: 'repaired' });
    expect(
      done.dirs.map(({ repaired, left }: Data) => [repaired.map(({ module }: Data) => module), left ?? []]),
    ).toEqual([
      [['b', 'c'], []],
      [['a'], []],
      [['e'], []],
    ]);
    expect(readlinkSync(world.at('linked/b'))).toBe(world.at('src/oca/web/b'));
    expect(readlinkSync(world.at('linked/c'))).toBe(world.at('src/oca/web/c'));
    expect(readlinkSync(world.at('third/e'))).toBe(world.at('src/ee/e'));
    expect(readlinkSync(world.at('second/e'))).toBe(world.at('src/ee_gone/e'));
    expect(kept()).toEqual(theirs);
    expect((await json('repair')).dirs.flatMap(({ repaired = [] }: Data) => repaired)).toEqual([]);
  });

  it('says what stays broken and why, mends the rest, and ends with code 1', async () => {
    const world = linkedWorld();
    for (const repo of ['one', 'two']) world.module(`src/oca/${repo}/twice`);
    world.module('src/oca/web/mit', { license: 'MIT' });
    for (const name of ['twice', 'mit', 'gone', 'a-b'])
      world.link(world.at('src/oca/old', name), `linked/${name}`);
    world.link(world.at('src/oca/old/a'), 'second/a');
    const { run, json } = commands(world, { addonsDirs: ['second', 'linked'] });
    const target = ['--target-dir', world.at('linked')];
    const done = await json('repair', ...target);
    expect(done.exit).toBe(1);
    expect(done.dirs).toHaveLength(1);
    expect(done.dirs[0].left.map(({ module }: Data) => module).sort()).toEqual([
      'a-b',
      'gone',
      'mit',
      'twice',
    ]);
    expect(readlinkSync(world.at('second/a'))).toBe(world.at('src/oca/old/a'));
    expect((await json('repair')).dirs[0].repaired).toEqual([
      { module: 'a', source: world.at('src/oca/web/a') },
    ]);
    const { code, stdout } = await run('repair');
    expect(code).toBe(1);
    expect(stdout).toContain('stays broken');
    expect(readFileSync(world.at('second/a/__manifest__.py'), 'utf8')).toContain('Test');
  });

  it('finds nothing to do where nothing is broken', async () => {
    const world = linkedWorld();
    const { json } = commands(world);
    const before = snapshot(world.path);
    expect(await json('repair')).toMatchObject({
      exit: 0,
      status: 'repaired',
      dirs: [{ target_dir: world.at('linked'), rolled_back: false }],
    });
    expect(snapshot(world.path)).toEqual(before);
  });
});

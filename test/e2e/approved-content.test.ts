import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const POLICY = { version: '1', default: 'deny', tools: { oca_link: { action: 'require_approval' } } };

function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8' }).trim();
}

/** A server that was asked to link b, which needs a; the operator said yes. */
async function approved({ inGit = false } = {}) {
  const world = createWorld();
  world.module('src/oca/web/a');
  world.module('src/oca/web/b', { depends: ['a'] });
  if (inGit) {
    const web = world.at('src/oca/web');
    git(web, 'init', '-q', '-b', '17.0');
    git(web, 'add', '-A');
    git(web, 'commit', '-qm', 'first');
  }
  const config = world.config({}, { policy: POLICY });
  const server = await startServer(['--config', config]);
  const ask = async () => (await server.call('oca_link', { module: 'b' })).data;
  const approve = (id: string) => runCli(['approvals', 'approve', id, '--yes', '--config', config]);
  const first = await ask();
  expect(await approve(first.details.id)).toMatchObject({ code: 0 });
  return { world, config, ask, approve, first };
}

const links = (world: World) => readdirSync(world.at('linked')).sort();

/** Puts a copy in the place of a folder, with the same content. */
function exchange(world: World, path: string): void {
  cpSync(world.at(path), world.at('copy'), { recursive: true });
  rmSync(world.at(path), { recursive: true });
  renameSync(world.at('copy'), world.at(path));
}

/** Makes a folder anew around what is in it. */
function makeAnew(world: World, path: string): void {
  renameSync(world.at(path), world.at('was'));
  mkdirSync(world.at(path));
  for (const name of readdirSync(world.at('was'))) renameSync(world.at('was', name), world.at(path, name));
}

describe('an approval does not hold any more, and the refusal says why, when', () => {
  it.each<[string, (world: World) => void, string]>([
    [
      'a manifest was changed',
      (world) => void world.module('src/oca/web/b', { depends: ['a'], summary: 'other' }),
      'the manifest of b changed',
    ],
    [
      'the manifest of a dependency was changed',
      (world) => void world.file('src/oca/web/a/__manifest__.py', `${manifestOf(world, 'a')}# other\n`),
      'the manifest of a changed',
    ],
    [
      'a folder was removed and made again, which may give it the number that the old one had',
      (world) => {
        rmSync(world.at('src/oca/web/b'), { recursive: true });
        world.module('src/oca/web/b', { depends: ['a'] });
      },
      'the folder of b was replaced',
    ],
    ['a folder was exchanged', (world) => exchange(world, 'src/oca/web/b'), 'the folder of b was replaced'],
    [
      'the repository was exchanged',
      (world) => exchange(world, 'src/oca/web'),
      'the repository folder of b was replaced; the repository folder of a was replaced',
    ],
    [
      'the repository was made anew around the same modules',
      (world) => makeAnew(world, 'src/oca/web'),
      'the repository folder of b was replaced; the repository folder of a was replaced',
    ],
    [
      'the root was made anew around the same repositories',
      (world) => makeAnew(world, 'src/oca'),
      'the root folder of b was replaced; the root folder of a was replaced',
    ],
    [
      'a dependency appeared',
      (world) => {
        world.module('src/oca/web/c');
        world.file('src/oca/web/a/__manifest__.py', manifestOf(world, 'a').replace('"base"', '"base", "c"'));
      },
      'the manifest of a changed; c was added to the call',
    ],
  ])('%s', async (_, change, said) => {
    const { world, ask, approve, first } = await approved();
    change(world);
    const refused = await ask();
    expect(refused).toMatchObject({
      code: 'approval_required',
      details: { changed_since_approval: said.split('; ') },
    });
    expect(refused.message).toContain(
      `needs another approval: since it was approved, ${said}. Nothing was changed.`,
    );
    expect(refused.details.id).not.toBe(first.details.id);
    expect(links(world)).toEqual([]);
    await approve(refused.details.id);
    expect(await ask()).toMatchObject({ status: 'linked' });
  });

  it('a file beside the manifest was changed in a clean checkout', async () => {
    const { world, ask } = await approved({ inGit: true });
    world.file('src/oca/web/b/models.py', 'import os\n');
    expect(await ask()).toMatchObject({
      code: 'approval_required',
      details: {
        changed_since_approval: ['the folder of b has local changes'],
      },
    });
    expect(links(world)).toEqual([]);
    rmSync(world.at('src/oca/web/b/models.py'));
    expect(await ask()).toMatchObject({ status: 'linked' });
  });

  it('another commit was checked out', async () => {
    const { world, ask } = await approved({ inGit: true });
    git(world.at('src/oca/web'), 'commit', '--allow-empty', '-qm', 'second');
    expect(await ask()).toMatchObject({
      code: 'approval_required',
      details: { changed_since_approval: ['the commit of b changed', 'the commit of a changed'] },
    });
    expect(links(world)).toEqual([]);
  });
});

describe('an approval', () => {
  it('does not know of files beside the manifest where there is no git, as the README says', async () => {
    const { world, ask } = await approved();
    world.file('src/oca/web/b/models.py', 'import os\n');
    expect(await ask()).toMatchObject({ status: 'linked' });
  });

  it('shows what each module is, to the caller and to the operator', async () => {
    const { world, config, first } = await approved({ inGit: true });
    const { dev, ino } = statSync(world.at('src/oca/web/b'));
    const commit = git(world.at('src/oca/web'), 'rev-parse', 'HEAD');
    const sha256 = createHash('sha256').update(manifestOf(world, 'b')).digest('hex');
    expect(first.details.links[0]).toMatchObject({
      module: 'b',
      repos: ['web'],
      commit,
      dirty: false,
      manifest_sha256: sha256,
      folders: { module: expect.stringMatching(`^${dev}:${ino}:`) },
    });
    const show = ['approvals', 'show', first.details.id, '--config', config];
    const { stdout } = await runCli(show);
    for (const fact of [
      'from web',
      `commit ${commit}`,
      'no local changes',
      `manifest sha256 ${sha256}`,
      `folder ${dev}:${ino}, repository `,
    ])
      expect(stdout).toContain(fact);
    const { request } = JSON.parse((await runCli([...show, '--json'])).stdout);
    expect(request.changes[0].state).toMatchObject({ commit, dirty: false, manifest: sha256 });
  });
});

function manifestOf(world: World, module: string): string {
  return readFileSync(world.at('src/oca/web', module, '__manifest__.py'), 'utf8');
}

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { isAside } from '../../src/state/layout.ts';
import { readLines } from '../audit/entries.ts';
import { entriesOf } from '../support/batch.ts';
import { runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

/** Something is done to a path of the state directory. */
type Harm = (path: string) => void;

const isRoot = unprivileged.uid !== undefined;
const mode =
  (value: number): Harm =>
  (path) =>
    chmodSync(path, value);
/** Only root can do that; an ordinary user can only be another one to others, see below. */
const toAnother: Harm = (path) => lchownSync(path, unprivileged.uid as number, unprivileged.gid as number);
const bySymlink: Harm = (path) => {
  rmSync(path, { recursive: true, force: true });
  symlinkSync('/nowhere', path);
};

/** A world whose server has linked a module, asked for an approval and ended. */
async function used(): Promise<{ world: World; config: string }> {
  const world = createWorld();
  for (const name of 'abc') world.module(`src/oca/web/${name}`);
  world.module('src/ee/d', { license: 'OEEL-1' });
  const limits = [{ counter: 'linking', max: 100, window: 'day', scope: 'grant' }];
  const tools = { oca_link: { limits }, ee_link: { action: 'require_approval' } };
  const config = world.config({}, { policy: { version: '1', default: 'allow', tools } });
  const server = await startServer(['--config', config]);
  expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
  expect((await server.call('ee_link', { modules: ['d'] })).data.code).toBe('approval_required');
  await server.close();
  return { world, config };
}

const folderOf = (world: World) => stateFolder({ path: world.at('linked') } as AddonsDir, world.at('state'));

/** A server does not start, says why in a line, and changes nothing; doctor says the same. */
async function expectUnproven(world: World, config: string, reason: string): Promise<void> {
  const found = snapshot(world.path);
  const served = await runCli(['serve', '--config', config]);
  expect(served).toMatchObject({ code: 2, stdout: '' });
  expect(served.stderr).toMatch(/^(odoo-link-mcp: state directory: .*\n)+$/);
  expect(served.stderr).toContain(reason);
  const doctor = await runCli(['doctor', '--config', config]);
  expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining(reason.replace(' ', ': ')) });
  expect(snapshot(world.path)).toEqual(found);
}

describe('a state directory that others could have written to', () => {
  const PLACES: Record<string, (world: World) => string> = {
    'the directory': (world) => world.at('state'),
    'the folder for addons directories': (world) => world.at('state/addons-dirs'),
    'the folder of an addons directory': folderOf,
    'a lock': (world) => join(folderOf(world), readdirSync(folderOf(world))[0] as string),
    'the limits': (world) => world.at('state/limits'),
    'a journal of the limits': (world) => world.at('state/limits/1.journal'),
    'the approvals': (world) => world.at('state/approvals'),
    'an approval': (world) =>
      world.at('state/approvals', readdirSync(world.at('state/approvals'))[0] as string),
    'the lock of the trail': (world) => world.at('state/audit-lock'),
    'the trail': (world) => world.at('state/audit.jsonl'),
    'the key of the trail': (world) => world.at('state/audit.key'),
  };
  const HARMS: Record<string, [Harm, string]> = {
    'can be written by its group': [mode(0o770), 'can be written by other users (mode 770)'],
    'can be written by all': [mode(0o722), 'can be written by other users (mode 722)'],
    'can be written by all, and is sticky': [mode(0o1777), 'can be written by other users (mode 1777)'],
    'is a symlink': [bySymlink, 'is a symlink'],
    ...(isRoot && { "is another user's": [toAnother, 'belongs to another user (uid 65534)'] }),
  };

  it.each(Object.entries(PLACES))('is not used: %s', async (_, placeOf) => {
    const { world, config } = await used();
    const place = placeOf(world);
    const kept = execFileSync('tar', ['-C', world.path, '-cf', '-', 'state']);
    for (const [name, [harm, reason]] of Object.entries(HARMS)) {
      harm(place);
      await expectUnproven(world, config, `${place} ${reason}`).catch((error) => {
        throw new Error(`${name}: ${error.message}`);
      });
      rmSync(world.at('state'), { recursive: true });
      execFileSync('tar', ['-C', world.path, '-xpf', '-'], { input: kept });
    }
    await expect(startServer(['--config', config])).resolves.toBeDefined();
  });
});

/** What somebody may have that is named as the server names what it clears. */
const THEIRS = [
  'lock.1.free',
  'lock.2.notes',
  `draft-${randomUUID()}`,
  'draft-letter',
  'staged-play',
  'journal',
];

describe('a place that is no state directory', () => {
  it.each<[string, (world: World) => string, RegExp]>([
    ['the root of the file system', () => '/', /contains .*linked, which Odoo or the server scans/],
    ['the folder for all temporary files', (world) => dirname(world.path), /contains .*linked, which/],
    ['an addons directory', (world) => world.at('linked'), /lies inside .*linked, which/],
    ['a root', (world) => world.at('src/oca'), /lies inside .*src\/oca, which/],
    ['what holds a root', (world) => world.at('src'), /contains .*src\/oca, which/],
  ])('is not made one: %s', async (_, placeOf, reason) => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const stateDir = placeOf(world);
    const config = world.config({}, { stateDir });
    if (stateDir.startsWith(world.path)) for (const name of THEIRS) writeFileSync(join(stateDir, name), '');
    const found = snapshot(world.path);
    for (const command of [['serve'], ['link', 'oca', 'a']]) {
      const refused = await runCli([...command, '--config', config]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(reason) });
    }
    expect(snapshot(world.path)).toEqual(found);
  });

  it('loses nothing when it is a home', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const config = world.config({}, { stateDir: 'home' });
    for (const name of THEIRS) world.file(join('home', name), name);
    const home = snapshot(world.at('home'));
    const doctor = await runCli(['doctor', '--config', config]);
    expect(doctor.stdout).toContain(`${world.at('home')}: also used for other things`);
    const server = await startServer(['--config', config]);
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
    expect(snapshot(world.at('home'))).toEqual(expect.arrayContaining(home));
  });

  it('loses nothing of what somebody keeps among the files of the server', async () => {
    const { world, config } = await used();
    const theirs = ['lock.2.notes', 'draft-letter', 'staged-play', 'aside-x', 'lock.md'];
    const places = [
      world.at('state'),
      folderOf(world),
      world.at('state/audit-lock'),
      world.at('state/limits'),
    ];
    for (const place of places) for (const name of theirs) writeFileSync(join(place, name), name);
    const server = await startServer(['--config', config]);
    for (const module of ['b', 'c'])
      expect((await server.call('oca_link', { module })).data.status).toBe('linked');
    for (const place of places) expect(readdirSync(place)).toEqual(expect.arrayContaining(theirs));
  });

  it('is a folder below one that others may write to, unless that is sticky', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.folder('shared');
    const config = world.config({}, { stateDir: 'shared/state' });
    chmodSync(world.at('shared'), 0o777);
    await expectUnproven(world, config, `${world.at('shared')} can be written by other users (mode 777)`);
    expect(await runCli(['link', 'oca', 'a', '--config', config])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a folder above it can be written by other users (mode 777)'),
    });
    expect(readdirSync(world.at('shared'))).toEqual([]);
    chmodSync(world.at('shared'), 0o1777);
    const server = await startServer(['--config', config]);
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
    chmodSync(world.at('shared'), 0o777);
    // Also while a server runs.
    expect((await server.call('oca_unlink', { modules: ['a'] })).data.code).toBe('io_error');
  });
});

/** What a journal says, with the texts of links. */
interface Said {
  readonly action: string;
  readonly module: string;
  readonly target?: string;
  readonly previous?: string;
}

/** Plants a journal, as the server itself would write it. */
function plant(world: World, steps: readonly Said[], id: string = randomUUID()): string {
  const folder = folderOf(world);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const journal = { version: 1, id, directory: world.at('linked'), steps };
  writeFileSync(join(folder, 'journal'), JSON.stringify(journal), { mode: 0o600 });
  return folder;
}

function served(linkStyle = 'absolute') {
  const world = createWorld();
  world.module('src/oca/web/a');
  world.module('src/oca/web/b');
  world.folder('secret/b');
  const config = world.config({ linkStyle });
  return { world, config };
}

describe('a journal that the server did not write', () => {
  it('in an open state directory makes no link, whoever planted it', async () => {
    const { world, config } = served();
    plant(world, [{ action: 'remove', module: 'evil', previous: '/etc' }]);
    for (const name of [
      'state',
      ...readdirSync(world.at('state'), { recursive: true, encoding: 'utf8' }).map((one) =>
        join('state', one),
      ),
    ]) {
      chmodSync(world.at(name), lstatSync(world.at(name)).isDirectory() ? 0o777 : 0o666);
      if (isRoot) chownSync(world.at(name), unprivileged.uid as number, unprivileged.gid as number);
    }
    await expectUnproven(world, config, `${world.at('state')} `);
    for (const command of [['repair'], ['link', 'oca', 'a'], ['unlink', 'oca', 'a']]) {
      const done = await runCli([...command, '--config', config]);
      expect(done.code).not.toBe(0);
    }
    expect(entriesOf(world.at('linked'))).toEqual([]);
  });

  const FORGED: Record<string, (world: World) => Said[]> = {
    'brings back a link to a folder of the system': () => [
      { action: 'remove', module: 'evil', previous: '/etc' },
    ],
    'brings back a link out of the root': (world) => [
      { action: 'remove', module: 'evil', previous: `${world.at('src/oca')}/../../secret` },
    ],
    'brings back a link beside the root': (world) => [
      { action: 'remove', module: 'evil', previous: world.folder('src/oca-evil') },
    ],
    'brings back a link through a symlink in the root': (world) => [
      { action: 'remove', module: 'evil', previous: world.link(world.at('secret'), 'src/oca/web/out') },
    ],
    'brings back a link through a symlink to a root': (world) => [
      { action: 'remove', module: 'evil', previous: `${world.link(world.at('src'), 'alias')}/oca/web/b` },
    ],
    'brings back a link that is one in the root by its letters alone': (world) => [
      {
        action: 'remove',
        module: 'evil',
        previous: `${world.link(world.folder('secret/inner'), 'src/oca/web/out')}/../b`,
      },
    ],
    'brings back a link to the root itself': (world) => [
      { action: 'remove', module: 'evil', previous: world.at('src/oca') },
    ],
    'brings back a link to nothing': () => [{ action: 'remove', module: 'evil', previous: '' }],
    're-points a link to elsewhere': (world) => [
      { action: 'replace', module: 'a', target: world.at('src/oca/web/a'), previous: '/etc' },
    ],
    'removes a link of somebody else': () => [{ action: 'create', module: 'foreign', target: '/nowhere' }],
    'removes a link in another style': (world) => [
      { action: 'create', module: 'a', target: '../src/oca/web/a' },
      { action: 'remove', module: 'evil', previous: world.at('src/oca/web/b') },
    ],
    'has a text that is not written as a plan writes it': (world) => [
      { action: 'create', module: 'a', target: `${world.at('src/oca/web')}/./a` },
    ],
    'names another folder': (world) => [
      { action: 'remove', module: '../evil', previous: world.at('src/oca/web/b') },
    ],
    'names an absolute path': (world) => [
      { action: 'remove', module: world.at('evil'), previous: world.at('src/oca/web/b') },
    ],
    'names one entry twice': (world) => [
      { action: 'create', module: 'a', target: world.at('src/oca/web/a') },
      { action: 'remove', module: 'a', previous: world.at('src/oca/web/b') },
    ],
  };

  it.each(Object.entries(FORGED))('is told, and left: it %s', async (_, say) => {
    const { world, config } = served();
    world.link(world.at('src/oca/web/a'), 'linked/a');
    world.link('/nowhere', 'linked/foreign');
    const folder = plant(world, say(world));
    const links = entriesOf(world.at('linked'));
    const journal = readFileSync(join(folder, 'journal'), 'utf8');
    const server = await startServer(['--config', config]);
    expect(server.stderr()).toContain('an interrupted change could not be undone');
    expect((await server.call('oca_link', { module: 'b' })).data).toMatchObject({
      code: 'io_error',
      details: { journal: expect.stringMatching(/^addons-dirs\/[0-9a-f]{16}\/journal$/) },
    });
    expect((await runCli(['repair', '--config', config])).code).toBe(1);
    expect(entriesOf(world.at('linked'))).toEqual(links);
    expect(readFileSync(join(folder, 'journal'), 'utf8')).toBe(journal);
    expect(readLines(world.at('state')).filter(({ kind }) => kind === 'recovery')).toEqual([]);
  });

  it.each<[string, Harm]>([
    ['is larger than any', (path) => execFileSync('truncate', ['-s', '5G', path])],
    [
      'is a hard link to a file that others may read',
      (path) => {
        linkSync(path, join(path, '../../../../theirs'));
        chmodSync(path, 0o644);
      },
    ],
  ])('is not read when it %s', async (_, harm) => {
    const { world, config } = served();
    const folder = plant(world, []);
    const server = await startServer(['--config', config]);
    harm(join(plant(world, []), 'journal'));
    expect((await server.call('oca_link', { module: 'b' })).data).toMatchObject({ code: 'io_error' });
    expect(entriesOf(world.at('linked'))).toEqual([]);
    expect(readdirSync(folder)).toContain('journal');
  });

  it('has nothing put into the addons directory that lies ready beside it', async () => {
    const { world, config } = served();
    const ids = [randomUUID(), randomUUID()] as const;
    const [evil] = [world.module('secret/evil')];
    const folder = plant(
      world,
      [{ action: 'remove', module: 'b', previous: world.at('src/oca/web/b') }],
      ids[0],
    );
    symlinkSync(evil, join(folder, `aside-${ids[0]}-0`));
    const server = await startServer(['--config', config]);
    expect(server.stderr()).toContain(
      'Entries that another process put there during the call could not be put back',
    );
    expect(entriesOf(world.at('linked'))).toEqual([`b -> ${world.at('src/oca/web/b')}`]);
    plant(world, [{ action: 'create', module: 'c', target: world.at('src/oca/web/c') }], ids[1]);
    mkdirSync(join(folder, `aside-${ids[1]}-0`));
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ code: 'io_error' });
    expect(entriesOf(world.at('linked'))).toEqual([`b -> ${world.at('src/oca/web/b')}`]);
    expect(readdirSync(folder).filter(isAside)).toHaveLength(2);
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ status: 'linked' });
  });
});

describe('a recovery', () => {
  const linesOf = (world: World) => readLines(world.at('state')).filter(({ kind }) => kind === 'recovery');

  it.each(['absolute', 'relative'])(
    'of a journal as the server writes it is a line of the trail: %s links',
    async (style) => {
      const { world, config } = served(style);
      const text = (name: string) => join(style === 'absolute' ? world.path : '..', 'src/oca/web', name);
      world.link(text('a'), 'linked/a');
      const id = randomUUID();
      // A link may have been made by hand, in the other style.
      const byHand = world.at('src/oca/web/gone');
      plant(
        world,
        [
          { action: 'create', module: 'a', target: text('a') },
          { action: 'remove', module: 'b', previous: byHand },
        ],
        id,
      );
      const server = await startServer(['--config', config]);
      expect(server.stderr()).toContain('an interrupted change was undone');
      expect(entriesOf(world.at('linked'))).toEqual([`b -> ${byHand}`]);
      expect(linesOf(world)).toMatchObject([
        {
          id,
          principal: expect.stringMatching(/^uid:\d+$/),
          directory: world.at('linked'),
          links: [
            { module: 'a', action: 'create', before: null, after: text('a') },
            { module: 'b', action: 'remove', before: byHand, after: null },
          ],
          omitted: 0,
        },
      ]);
      const state = world.at('state');
      expect((await runCli(['audit', 'verify', '--state-dir', state])).code).toBe(0);
      const tail = await runCli(['audit', 'tail', '--module', 'b', '--state-dir', state]);
      expect(tail.stdout).toContain(
        `undoes an interrupted change of ${world.at('linked')}: create a, remove b by uid:`,
      );
    },
  );

  it('by a command, or by a call, is one too', async () => {
    const { world, config } = served();
    const server = await startServer(['--config', config]);
    const steps = [{ action: 'remove', module: 'b', previous: world.at('src/oca/web/b') }];
    plant(world, steps);
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
    plant(world, steps);
    expect((await runCli(['repair', '--config', config])).code).toBe(0);
    expect(linesOf(world)).toHaveLength(2);
    expect(entriesOf(world.at('linked'))).toHaveLength(2);
  });

  it('that cannot be written down does not happen', async () => {
    const { world, config } = served();
    const folder = plant(world, [{ action: 'remove', module: 'b', previous: world.at('src/oca/web/b') }]);
    mkdirSync(world.at('state/audit.jsonl'), { mode: 0o700 });
    const server = await startServer(['--config', config]);
    expect(server.stderr()).toContain(
      'an interrupted change could not be undone: The audit trail cannot be written.',
    );
    expect((await runCli(['repair', '--config', config])).code).toBe(1);
    expect(entriesOf(world.at('linked'))).toEqual([]);
    rmSync(world.at('state/audit.jsonl'), { recursive: true });
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
    expect([entriesOf(world.at('linked')).length, readdirSync(folder).includes('journal')]).toEqual([
      2,
      false,
    ]);
  });
});

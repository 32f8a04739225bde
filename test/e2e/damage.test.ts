import { execFileSync } from 'node:child_process';
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
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTrail } from '../../src/audit/verify.ts';
import { HEAD_BYTES } from '../../src/limiter/stores/journal-fold.ts';
import { RECORD_BYTES } from '../../src/limiter/stores/journal-record.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { rawLines } from '../audit/entries.ts';
import { eventually } from '../support/patience.ts';
import { runCli, startServer, type TestServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, openWorld, type World } from '../support/world.ts';

const MAX = 3;
const LIMITED = { limits: [{ counter: 'linking', max: MAX, window: 'day', scope: 'global' }] };

/** Something that is done to a file. */
type Harm = (path: string) => void;

const cut =
  (bytes: number): Harm =>
  (path) =>
    truncateSync(path, bytes);
const cutBy =
  (bytes: number): Harm =>
  (path) =>
    truncateSync(path, statSync(path).size - bytes);
const append =
  (bytes: string | Buffer): Harm =>
  (path) =>
    appendFileSync(path, bytes);
const write =
  (text: string): Harm =>
  (path) =>
    writeFileSync(path, text);
const mode =
  (value: number): Harm =>
  (path) =>
    chmodSync(path, value);
const remove: Harm = (path) => rmSync(path, { recursive: true, force: true });

/** Changes a bit of each byte from one offset up to another; a negative one counts from the end. */
const flip =
  (from: number, to?: number): Harm =>
  (path) => {
    const bytes = readFileSync(path);
    for (const [index, byte] of bytes.subarray(from, to).entries()) bytes.subarray(from)[index] = byte ^ 1;
    writeFileSync(path, bytes);
  };

/** A symlink leads to what was there, or to nothing. */
const bySymlink: Harm = (path) => {
  if (existsSync(path)) renameSync(path, `${path}.aside`);
  symlinkSync(`${path}.aside`, path);
};
const byFile: Harm = (path) => {
  remove(path);
  write('')(path);
};
const byFolder: Harm = (path) => {
  remove(path);
  mkdirSync(path, { mode: 0o700 });
};
const byFifo: Harm = (path) => {
  remove(path);
  execFileSync('mkfifo', ['-m', '600', path]);
};

/** A world with modules, and servers with this rule for oca_link. */
function createServed(rule: Record<string, unknown> = LIMITED, world = createWorld()) {
  for (const name of 'abcd') world.module(`src/oca/web/${name}`);
  const policy = { version: '1', default: 'allow', tools: { oca_link: rule } };
  const config = world.config({}, { policy });
  const start = (options = {}) => startServer(['--config', config], options);
  return { world, config, start };
}

/** The same, when a call for the module a was answered. */
async function prepare(rule?: Record<string, unknown>) {
  const served = createServed(rule);
  const server = await served.start();
  return { ...served, server, first: await link(server, 'a') };
}

async function link(server: TestServer, module: string) {
  return (await server.call('oca_link', { module })).data;
}

/** The world of a server that has linked two modules. */
const before = openWorld(realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-test-'))));

beforeAll(async () => {
  const server = await createServed(LIMITED, before).start({ keep: true });
  for (const module of ['a', 'b']) expect((await link(server, module)).status).toBe('linked');
  await server.close();
});

afterAll(() => rmSync(before.path, { recursive: true }));

/** Another world with its state directory, after something was done to a file in it. */
async function harmed(name: string, harm: Harm) {
  const { world, start } = createServed();
  cpSync(before.at('state'), world.at('state'), { recursive: true });
  harm(world.at('state', name));
  const server = await start();
  return { world, start, server };
}

const links = (world: World) => readdirSync(world.at('linked')).sort();

const noLimiter = { code: 'policy_denied', reason: 'limiter unavailable' };
const noTrail = { code: 'policy_denied', reason: 'audit unavailable' };

/** It still answers what needs none of that. */
async function expectAlive(server: TestServer): Promise<void> {
  expect((await server.call('addon_info', { module: 'a' })).isError).toBe(false);
}

const RESET = 'remove the folder "limits" to start with fresh budgets';
const NOT_OWN = "is not a regular file of the server's user with mode 600";

describe('a journal of the limits that is not what was written', () => {
  const JOURNALS: Record<string, [Harm, string]> = {
    'has another header': [flip(20, 21), 'damaged after byte 0'],
    'has no marks': [flip(RECORD_BYTES, HEAD_BYTES), 'has a damaged head'],
    'has another first record': [flip(HEAD_BYTES, HEAD_BYTES + 1), `damaged after byte ${HEAD_BYTES}`],
    'has another last byte': [flip(-1), `damaged after byte ${HEAD_BYTES + RECORD_BYTES}`],
    'is cut in its head': [cut(100), 'has a damaged head'],
    'is cut in a record': [cutBy(30), 'was cut short'],
    'is cut by a record': [cutBy(RECORD_BYTES), 'was cut short'],
    'is empty': [cut(0), 'has a damaged head'],
    'has half a record more': [append(Buffer.alloc(32)), 'ends within a record'],
    'has zeros behind it': [append(Buffer.alloc(4096)), 'damaged after byte'],
    'is open to others': [mode(0o644), NOT_OWN],
    'is a folder': [byFolder, NOT_OWN],
    'is a FIFO': [byFifo, NOT_OWN],
  };

  it.each(Object.entries(JOURNALS))(
    'has calls refused until the operator has seen to it: %s',
    async (_, test) => {
      const [harm, reason] = test;
      const { world, server } = await harmed('limits/1.journal', harm);
      const found = snapshot(world.at('state/limits'));
      for (const module of ['a', 'b']) expect(await link(server, module)).toMatchObject(noLimiter);
      await expectAlive(server);
      expect(links(world)).toEqual([]);
      expect(snapshot(world.at('state/limits'))).toEqual(found);
      await eventually(() => expect(server.stderr()).toContain(reason));
      expect(server.stderr()).toContain(RESET);
    },
  );

  it('gives way to a fresh one when the operator has done as told', async () => {
    const { world, start, server } = await harmed('limits/1.journal', cut(0));
    remove(world.at('state/limits'));
    expect(await link(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 1 } });
    const next = await start();
    expect(await link(next, 'b')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 2 } });
  });

  const FOLDERS: Record<string, [Harm, string]> = {
    'a file': [byFile, 'EEXIST'],
    'a FIFO': [byFifo, 'EEXIST'],
    'open to others': [mode(0o750), 'mode 700'],
  };
  it.each(Object.entries(FOLDERS))('has calls refused when its folder is %s', async (_, [harm, reason]) => {
    const { world, server } = await harmed('limits', harm);
    expect(await link(server, 'a')).toMatchObject(noLimiter);
    await expectAlive(server);
    expect(links(world)).toEqual([]);
    await eventually(() => expect(server.stderr()).toContain(reason));
  });

  const IN_USE: Record<string, Harm> = {
    cut: cutBy(RECORD_BYTES),
    emptied: cut(0),
    removed: remove,
    'removed with its folder': (path) => remove(dirname(path)),
    'replaced by a symlink': bySymlink,
    'replaced by a FIFO': byFifo,
    'replaced by a folder': byFolder,
    'replaced by what it was before': (path) => {
      const bytes = readFileSync(path);
      remove(path);
      writeFileSync(path, bytes.subarray(0, HEAD_BYTES), { mode: 0o600 });
    },
    'removed with the state directory': (path) => remove(join(path, '../..')),
  };
  it.each(Object.entries(IN_USE))(
    'is not counted in any more by a server that has it open: %s',
    async (_, harm) => {
      const { world, server } = await prepare();
      harm(world.at('state/limits/1.journal'));
      for (const module of ['b', 'a', 'b']) expect(await link(server, module)).toMatchObject(noLimiter);
      await expectAlive(server);
      expect(links(world)).toEqual(['a']);
      await eventually(() => expect(server.stderr()).toContain(RESET));
    },
  );
});

describe('a record of approvals that makes no sense', () => {
  const NO_SENSE: Record<string, [suffix: string, harm: Harm]> = {
    'an empty request': ['json', write('')],
    'a request that is nothing': ['json', write('null')],
    'a request of nothing': ['json', write('{}')],
    'half a request': ['json', cut(50)],
    'a request without a time': [
      'json',
      (path) => write(readFileSync(path, 'utf8').replace('"ttlMs"', '"ttl"'))(path),
    ],
    'a request that is a FIFO': ['json', byFifo],
    'a request that is a folder': ['json', byFolder],
    'a request that is a symlink': ['json', bySymlink],
    'an empty decision': ['decision.json', write('')],
    'a decision that is nothing': ['decision.json', write('null')],
    'a decision of nothing': ['decision.json', write('{}')],
    'a decision that is no clear yes': [
      'decision.json',
      write('{"approved":1,"by":"x","channel":"operator","decidedAt":1}'),
    ],
    'a decision that is a FIFO': ['decision.json', byFifo],
  };

  it('approves nothing, and is said to be in the way', async () => {
    const { world, config, start, server: asked, first } = await prepare({ action: 'require_approval' });
    const request = readFileSync(world.at('state/approvals', `${first.details.id}.json`));
    for (const [name, [suffix, harm]] of Object.entries(NO_SENSE)) {
      const path = world.at('state/approvals', `${first.details.id}.${suffix}`);
      // One that has read the request goes by what it was.
      const server = await start();
      harm(path);
      const answer = await link(server, 'a');
      expect(answer, name).toMatchObject({ code: 'policy_denied', reason: 'approvals unavailable' });
      await expectAlive(server);
      await eventually(() => expect(server.stderr(), name).toMatch(`${path} `));
      const listed = await runCli(['approvals', 'list', '--config', config]);
      expect(listed, name).toMatchObject({ code: 1, stderr: expect.stringContaining(': move it away') });
      remove(world.at('state/approvals'));
      mkdirSync(world.at('state/approvals'), { mode: 0o700 });
      world.file(`state/approvals/${first.details.id}.json`, request as never);
    }
    expect((await link(asked, 'a')).code).toBe('approval_required');
    expect(links(world)).toEqual([]);
  });
});

describe('a journal of links that makes no sense', () => {
  const JOURNALS: Record<string, Harm> = {
    'something else': write('notes'),
    nothing: write(''),
    'a folder': byFolder,
    'a FIFO': byFifo,
  };

  it.each(Object.entries(JOURNALS))('has the addons directory left as it is: %s', async (_, harm) => {
    const { world, start } = createServed();
    const folder = stateFolder({ path: world.at('linked') } as AddonsDir, world.at('state'));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    harm(join(folder, 'journal'));
    const server = await start();
    expect(await link(server, 'a')).toMatchObject({ code: 'io_error' });
    await expectAlive(server);
    expect(links(world)).toEqual([]);
    remove(join(folder, 'journal'));
    expect(await link(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 1 } });
  });
});

/** What becomes of a call for b after something was done to the trail that a server writes. */
interface TrailCase {
  /** The file that is harmed, when it is not the trail itself. */
  readonly file?: string;
  readonly harm: Harm;
  /** Whether the call is let through. */
  readonly linked: boolean;
  /** What verification says then. */
  readonly verified?: Record<string, unknown>;
  readonly stderr?: string;
}

const CUT = 'was the last one and no longer exists: the trail was truncated or replaced';
const sound = { ok: true, value: { isSound: true, openCount: 0 } };

describe('an audit trail that a server writes', () => {
  const lastLine: Harm = (path) => {
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"done"(?=[^\n]*\n$)/, '"lost"'));
  };
  const CASES: Record<string, TrailCase> = {
    'whose last line is changed': {
      harm: lastLine,
      linked: true,
      verified: { ok: true, value: { isSound: false } },
    },
    'whose last line is cut': {
      harm: cutBy(100),
      linked: true,
      verified: { ok: true, value: { isSound: true, openCount: 1, torn: [{ line: 2 }] } },
    },
    'that is cut between two lines': {
      harm: (path) => truncateSync(path, readFileSync(path).indexOf('\n') + 1),
      linked: true,
      verified: { ok: true, value: { isSound: true, openCount: 1 } },
      stderr: CUT,
    },
    'that is emptied': { harm: cut(0), linked: true, verified: sound, stderr: CUT },
    'that is removed': { harm: remove, linked: true, verified: sound, stderr: CUT },
    'that is rotated by somebody else': {
      harm: (path) => renameSync(path, join(path, '../audit-0000000000000002.jsonl')),
      linked: true,
      verified: { ok: true, value: { isSound: true, openCount: 0, lines: 5 } },
    },
    'that is replaced by notes': {
      harm: write('notes\n'),
      linked: false,
      stderr: 'does not end with a line that the trail could continue',
    },
    'that is replaced by a folder': { harm: byFolder, linked: false, stderr: 'is not a regular file' },
    'that is replaced by a FIFO': { harm: byFifo, linked: false, stderr: 'is not a regular file' },
    'that is replaced by a symlink': { harm: bySymlink, linked: false, stderr: 'is not a regular file' },
    'that is replaced by a symlink to nothing': {
      harm: (path) => {
        remove(path);
        symlinkSync('elsewhere', path);
      },
      linked: false,
      stderr: 'is not a regular file',
    },
    'whose key is removed': { file: 'audit.key', harm: remove, linked: true, verified: sound },
    'whose key is replaced by notes': {
      file: 'audit.key',
      harm: write('notes'),
      linked: true,
      verified: sound,
    },
    'whose key is replaced by a FIFO': { file: 'audit.key', harm: byFifo, linked: true, verified: sound },
    'whose lock is a file': {
      file: 'audit-lock',
      harm: byFile,
      linked: false,
      stderr: 'The state directory cannot be used',
    },
    'whose lock is a FIFO': {
      file: 'audit-lock',
      harm: byFifo,
      linked: false,
      stderr: 'The state directory cannot be used',
    },
  };

  it.each(Object.entries(CASES))(
    '%s',
    async (_, { file = 'audit.jsonl', harm, linked, verified, stderr = '' }) => {
      const { world, server } = await prepare();
      const path = world.at('state', file);
      cpSync(path, world.at('kept'), { recursive: true });
      harm(path);
      const before = snapshot(world.at('state')).filter((line) =>
        /^(audit(?!-lock\/.)|elsewhere)/.test(line),
      );
      const answer = await link(server, 'b');
      expect(answer).toMatchObject(linked ? { status: 'linked' } : noTrail);
      await expectAlive(server);
      expect(links(world)).toEqual(linked ? ['a', 'b'] : ['a']);
      await eventually(() => expect(server.stderr()).toContain(stderr));
      if (linked) {
        expect(verifyTrail(world.at('state'))).toMatchObject(verified as Record<string, unknown>);
        expect(rawLines(world.at('state')).at(-1)).toContain('"modules":["b"]');
        return;
      }
      // Nothing is written there, nor where it leads.
      expect(
        snapshot(world.at('state')).filter((line) => /^(audit(?!-lock\/.)|elsewhere)/.test(line)),
      ).toEqual(before);
      remove(path);
      renameSync(world.at('kept'), path);
      expect(await link(server, 'b')).toMatchObject({ status: 'linked', limit: { remaining: 1 } });
      expect(verifyTrail(world.at('state'))).toMatchObject(sound);
    },
  );

  const KEYS: Record<string, [harm: Harm, hint: string]> = {
    'is no key': [write('notes'), 'move audit.key away'],
    'is empty': [write(''), 'move audit.key away'],
    'is a FIFO': [byFifo, 'move audit.key away'],
    'is a folder': [byFolder, 'move audit.key away'],
    'is longer than can be read': [cut(2 ** 32), 'move audit.key away'],
  };
  it.each(Object.entries(KEYS))(
    'is not written by a server that finds a key which %s',
    async (_, [harm, hint]) => {
      const { world, server } = await harmed('audit.key', harm);
      expect(await link(server, 'a')).toMatchObject({ ...noTrail, hint: expect.stringContaining(hint) });
      await expectAlive(server);
      expect(links(world)).toEqual([]);
      remove(world.at('state/audit.key'));
      expect(await link(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 3 } });
      expect(verifyTrail(world.at('state'))).toMatchObject(sound);
    },
  );
});

import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { chain, GENESIS, toText } from '../../src/audit/chain.ts';
import { type AuditTrail, openTrail } from '../../src/audit/trail.ts';
import { finished, runCli, spawnCli } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';
import { allowed, denied, done, rawLines, writeCalls } from './entries.ts';

/** A trail under `state`, and how to run `audit` on it. */
function create(maxBytes = 1e9): {
  world: World;
  trail: AuditTrail;
  run: (...args: string[]) => ReturnType<typeof runCli>;
} {
  const world = createWorld();
  const trail = openTrail(world.at('state'), {
    log: () => {},
    maxBytes,
    clock: () => Date.UTC(2026, 0, 31, 8),
  });
  onTestFinished(() => trail.close());
  return { world, trail, run: (...args) => runCli(['audit', ...args, '--state-dir', world.at('state')]) };
}

const seqs = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).seq);

describe('audit verify', () => {
  it('says that the chain is whole, its head, and what it cannot prove', async () => {
    const { trail, run } = create();
    await writeCalls(trail, 2);
    const { code, stdout, stderr } = await run('verify');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ok 4 lines in 1 file: the chain is intact\.\nhead 4:[0-9a-f]{64}\n/);
    expect(stdout).toContain('The chain cannot prove that no lines were removed at its end');
    const head = /^head (\S+)$/m.exec(stdout)?.[1] as string;
    await writeCalls(trail, 1);
    const later = await run('verify', '--expect', head);
    expect([later.code, later.stdout]).toEqual([
      0,
      expect.stringContaining('No line up to the expected head was removed or rewritten'),
    ]);
  });

  it('fails on a line that was changed, removed or moved, and says which', async () => {
    const { world, trail, run } = create();
    await writeCalls(trail, 3);
    const file = world.at('state/audit.jsonl');
    const lines = readFileSync(file, 'utf8').split(/(?<=\n)/);
    const changes: [string, string[]][] = [
      ['edited audit.jsonl:3: This line was changed', lines.with(2, '{}\n')],
      ['removed audit.jsonl:3: Line number 3 is missing', lines.toSpliced(2, 1)],
      [
        'reordered audit.jsonl:3: Line number 3 is out of place',
        lines.toSpliced(2, 2, lines[3] as string, lines[2] as string),
      ],
    ];
    for (const [message, changed] of changes) {
      writeFileSync(file, changed.join(''));
      const { code, stdout } = await run('verify');
      expect(code).toBe(1);
      expect(stdout).toMatch(/^broken \d lines in 1 file: 1 problem\.\n/);
      expect(stdout).toContain(message);
    }
  });

  it('fails when an expected head was cut off, or all of the trail is gone', async () => {
    const { world, trail, run } = create();
    await writeCalls(trail, 2);
    const { seq, hash } = JSON.parse(rawLines(world.at('state')).at(-1) as string);
    const lines = readFileSync(world.at('state/audit.jsonl'), 'utf8').split(/(?<=\n)/);
    writeFileSync(world.at('state/audit.jsonl'), lines.slice(0, 3).join(''));
    expect(await run('verify')).toMatchObject({ code: 0 });
    expect(await run('verify', '--expect', `${seq}:${hash}`)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        `missing audit.jsonl:3: The expected line number 4 with the hash ${hash}`,
      ),
    });
    rmSync(world.at('state'), { recursive: true });
    expect(await run('verify')).toMatchObject({
      code: 1,
      stdout: `nothing There is no audit trail in ${world.at('state')}.\n`,
    });
  });

  it('tells of calls without an outcome, of torn lines and of files that are not here, which is no failure', async () => {
    const { world, trail, run } = create(2800);
    await writeCalls(trail, 3);
    await trail.decide(allowed('left_open'));
    appendFileSync(world.at('state/audit.jsonl'), '{"seq":');
    const before = await run('verify');
    expect(before.code).toBe(0);
    expect(before.stdout).toMatch(
      /^torn audit\.jsonl:\d+: 7 bytes of an incomplete line, left by a process that was killed\.$/m,
    );
    expect(before.stdout).toMatch(
      /^open number \d+, 2026-01-31T08:00:00\.000Z oca_link left_open: allowed, but has no outcome\.$/m,
    );
    rmSync(world.at('state/audit-0000000000000004.jsonl'));
    const { code, stdout } = await run('verify');
    expect([code, stdout]).toEqual([0, expect.stringContaining('Lines up to number 4 are missing')]);
  });

  it('prints all of it as JSON', async () => {
    const { trail, run } = create();
    await writeCalls(trail, 1);
    const { code, stdout } = await run('verify', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      isSound: true,
      lines: 2,
      files: ['audit.jsonl'],
      problems: [],
    });
  });

  it('finds the state directory by the configuration, too', async () => {
    const { world, trail } = create();
    await writeCalls(trail, 1);
    const config = world.config();
    expect(await runCli(['audit', 'verify', '--config', config])).toMatchObject({ code: 0 });
    expect(await runCli(['audit', 'verify', '--config', '/nowhere.json'])).toMatchObject({
      code: 2,
      stderr: 'odoo-link-mcp: /nowhere.json: does not exist.\n',
    });
  });

  it('is refused where the trail cannot be read', async () => {
    const { world, run } = create();
    world.folder('state/audit.jsonl');
    expect(await run('verify')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('audit.jsonl in the state directory is not a regular file.'),
    });
    expect(await run('tail')).toMatchObject({ code: 1 });
    const elsewhere = world.file('file');
    expect(await runCli(['audit', 'tail', '--state-dir', elsewhere])).toMatchObject({
      code: 1,
      stderr: `Refused (io_error): The audit trail in ${elsewhere} cannot be read (ENOTDIR).\nRun this command with the server's configuration, as the user the server runs as.\n`,
    });
  });
});

describe('audit tail', () => {
  it('shows the last lines, over all files', async () => {
    const { world, trail, run } = create(2500);
    await writeCalls(trail, 6);
    const all = rawLines(world.at('state'));
    expect(seqs((await run('tail', '-n', '7', '--json')).stdout)).toEqual(
      all.slice(-7).map((line) => JSON.parse(line).seq),
    );
    expect((await run('tail', '--lines', '1000', '--json')).stdout).toBe(`${all.join('\n')}\n`);
  });

  it('can be read', async () => {
    const { world, trail, run } = create();
    world.file('state/audit.jsonl', 'torn');
    const decided = await trail.decide(allowed('a'));
    if (decided.ok) await decided.value.conclude({ ...done('a'), outcome: 'failed', code: 'internal_error' });
    await trail.decide(denied({ modules: [], instance: null, client: null, principal: 'a\nb' }));
    const { code, stdout } = await run('tail');
    expect(code).toBe(0);
    expect(stdout.replace(/in \d+ ms/, 'in 5 ms')).toBe(
      [
        '2026-01-31T08:00:00.000Z      1  after 4 bytes of an incomplete line, left by a process that was killed',
        '2026-01-31T08:00:00.000Z      2  allow    oca_link prod create a by uid:1000 with test 1',
        '2026-01-31T08:00:00.000Z      3  failed   oca_link prod create a [internal_error] in 5 ms by uid:1000 with test 1',
        '2026-01-31T08:00:00.000Z      4  deny     oca_link [rate_limited] by a\\u{a}b',
        '',
      ].join('\n'),
    );
  });

  it('filters by tool, module, decision, principal and time', async () => {
    const { trail, run } = create(1);
    await writeCalls(trail, 1);
    await trail.decide(denied({ tool: 'ee_link', principal: 'other' }));
    await trail.decide(allowed('b', { modules: ['b', 'c'] as ModuleName[], decision: 'approval' }));
    await trail.decide(allowed('d', { modules: ['e'] as ModuleName[], decision: 'refuse' }));
    const show = async (...filter: string[]) => {
      const { stdout } = await run('tail', '--json', ...filter);
      return stdout === '' ? [] : seqs(stdout);
    };
    // Every line but the first has a rotation before it.
    expect(await show()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await show('--module', 'd')).toEqual([9]);
    expect(await show('--decision', 'refuse')).toEqual([9]);
    expect(await show('--tool', 'ee_link')).toEqual([5]);
    expect(await show('--module', 'c')).toEqual([7]);
    expect(await show('--module', 'module_0')).toEqual([1, 3]);
    expect(await show('--decision', 'allow')).toEqual([1, 3]);
    expect(await show('--decision', 'deny', '--principal', 'other')).toEqual([5]);
    expect(await show('--decision', 'approval', '--tool', 'oca_link', '-n', '1')).toEqual([7]);
    expect(await show('--decision', 'approval', '--tool', 'ee_link')).toEqual([]);
    expect(await show('--since', '2026-01-31T08:00Z')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await show('--since', '2026-01-31T09:00:01+01:00')).toEqual([]);
  });

  it('leaves out what is no line of the trail, and says so', async () => {
    const { world, trail, run } = create();
    await writeCalls(trail, 1);
    const text = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    writeFileSync(world.at('state/audit.jsonl'), text.replace('"allow"', '"deny"'));
    const { code, stdout, stderr } = await run('tail', '--json');
    expect([code, seqs(stdout)]).toEqual([0, [2]]);
    expect(stderr).toMatch(/^odoo-link-mcp: Skipped 1 line: .* Run audit verify for details\.\n$/);
  });

  it('shows what would command the terminal as what it is', async () => {
    const { world, run } = create();
    const line = toText({ time: '2026-01-31T08:00:00.000Z', kind: 'rotation', file: '\u001b[2J\n' });
    world.file('state/audit.jsonl', chain(line, GENESIS).text);
    expect((await run('tail')).stdout).toMatch(/ continues \\u\{1b\}\[2J\\u\{a\}\n$/);
  });

  it('says so where there is no trail', async () => {
    const { world, run } = create();
    const stderr = `odoo-link-mcp: There is no audit trail in ${world.at('state')}.\n`;
    expect(await run('tail')).toMatchObject({ code: 0, stdout: '', stderr });
  });

  it('says once what it leaves out, however long it follows', async () => {
    const { world, trail } = create();
    await writeCalls(trail, 1);
    appendFileSync(world.at('state/audit.jsonl'), 'no line\n');
    const child = spawnCli(['audit', 'tail', '-f', '--json', '--state-dir', world.at('state')]);
    const end = finished(child);
    const next = () => new Promise((resolve) => child.stdout.once('data', resolve));
    await next();
    await trail.decide(denied());
    await next();
    child.stdout.destroy();
    await trail.decide(denied());
    expect((await end).stderr.match(/Skipped 1 line/g)).toHaveLength(1);
  });

  it('follows a new trail that is begun where the old one was', async () => {
    const { world, trail } = create();
    await writeCalls(trail, 3);
    const child = spawnCli(['audit', 'tail', '-f', '-n', '1', '--json', '--state-dir', world.at('state')]);
    let shown = '';
    const seen = new Promise<void>((resolve) => {
      child.stdout.on('data', async (chunk) => {
        if (shown === '') {
          renameSync(world.at('state/audit.jsonl'), world.at('old.jsonl'));
          await writeCalls(trail, 1);
        }
        shown += chunk;
        if (seqs(shown).length === 3) resolve();
      });
    });
    await seen;
    child.kill();
    expect(seqs(shown)).toEqual([6, 1, 2]);
  });

  it('follows the trail over rotations, until nobody reads any more', async () => {
    const { world, trail } = create(2500);
    await writeCalls(trail, 1);
    const child = spawnCli(['audit', 'tail', '-f', '-n', '1', '--json', '--state-dir', world.at('state')]);
    const shown: string[] = [];
    const seen = new Promise<void>((resolve) => {
      child.stdout.on('data', async (chunk) => {
        const isFirst = shown.length === 0;
        shown.push(String(chunk));
        if (isFirst) await writeCalls(trail, 6);
        else if (shown.join('').includes('module_5')) resolve();
      });
    });
    await seen;
    child.stdout.destroy();
    await writeCalls(trail, 1);
    expect(await finished(child)).toMatchObject({ code: 0, stderr: '' });
    const expected = rawLines(world.at('state')).map((line) => JSON.parse(line).seq);
    const last = seqs(shown.join('')).at(-1);
    expect(seqs(shown.join(''))).toEqual(expected.slice(1, last));
  });
});

describe('audit', () => {
  it.each([
    [[], 'audit needs an action: audit verify or audit tail.'],
    [['show'], 'audit needs an action'],
    [['verify', 'extra'], 'audit needs an action: audit verify or audit tail. See'],
    [['verfy'], 'audit needs an action: audit verify or audit tail. Did you mean "verify"?'],
    [['verify', '--expect', '3'], '--expect must be a head as printed by audit verify: NUMBER:HASH.'],
    [['tail', '-n', '0'], '--lines must be a positive number.'],
    [['tail', '--decision', 'denied'], '--decision must be one of allow, deny, approval, refuse. See'],
    [['tail', '--since', 'yesterday'], '--since must be a time'],
  ])('%j is a usage error, exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['audit', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`odoo-link-mcp: ${message}`);
  });
});

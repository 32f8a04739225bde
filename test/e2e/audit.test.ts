import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hmacArguments } from '../../src/audit/key.ts';
import type { AuditLine } from '../../src/audit/record.ts';
import { rawLines, readLines } from '../audit/entries.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const LIMIT = { counter: 'linking', window: 'hour', max: 5 };

/** A world with the modules a, and b that needs c, and a server with these rules. */
async function prepare(tools: Record<string, unknown> = {}) {
  const world = createWorld();
  world.module('src/oca/web/a');
  world.module('src/oca/web/b', { depends: ['c'] });
  world.module('src/oca/web/c');
  const policy = { version: '1', default: 'allow', tools: { oca_link: { limits: [LIMIT] }, ...tools } };
  const config = world.config({}, { policy });
  const server = await startServer(['--config', config]);
  const link = async (module: string | string[], more: Record<string, unknown> = {}) =>
    (await server.call('oca_link', { module, ...more })).data;
  return { world, config, server, link };
}

/** What the lines say, without what is another one each time. */
function told(world: World): Partial<AuditLine>[] {
  return readLines(world.at('state')).map(({ seq: _, time: __, prev: ___, hash: ____, ...line }) => line);
}

const made = (world: World, module: string) => {
  return { module, action: 'create', before: null, after: world.at('src/oca/web', module) };
};
const links = (world: World) => readdirSync(world.at('linked')).sort();

/** Makes the trail a thing that nothing can be written to, until the result is called. */
function breakTrail(world: World): () => void {
  const path = world.at('state/audit.jsonl');
  if (existsSync(path)) renameSync(path, world.at('aside'));
  mkdirSync(path, { recursive: true });
  return () => {
    rmSync(path, { recursive: true });
    if (existsSync(world.at('aside'))) renameSync(world.at('aside'), path);
  };
}

describe('a call that links', () => {
  it('leaves the decision with the plan and what was taken, then the outcome', async () => {
    const { world, config, link } = await prepare();
    const answer = await link('b');
    expect(answer.status).toBe('linked');
    const key = Buffer.from(readFileSync(world.at('state/audit.key'), 'utf8').trim(), 'hex');
    const args = {
      module: 'b',
      with_dependencies: true,
      replace: false,
      allow_uninstallable: false,
      dry_run: false,
      fetch: false,
      refresh: false,
    };
    const call = {
      id: expect.any(String),
      principal: `uid:${process.getuid?.()}`,
      client: { name: 'test', version: '0' },
      tool: 'oca_link',
      instance: 'prod',
      modules: ['b'],
    };
    const changes = expect.arrayContaining([made(world, 'b'), made(world, 'c')]);
    const lines = told(world);
    expect(lines).toEqual([
      {
        kind: 'decision',
        ...call,
        decision: 'allow',
        code: null,
        rule: '/tools/oca_link',
        policy: expect.stringMatching(/^[0-9a-f]{12}$/),
        reservations: [
          { counter: 'linking', amount: 1, at: expect.any(Number), reservation: expect.any(String) },
        ],
        approval: null,
        arguments: hmacArguments(key, args),
        plan: changes,
      },
      {
        kind: 'outcome',
        ...call,
        outcome: 'done',
        code: null,
        links: changes,
        duration_ms: expect.any(Number),
      },
    ]);
    const shown = await runCli(['audit', 'tail', '--module', 'c', '--config', config]);
    expect(shown.stdout).toMatch(/ allow .*create [bc], create [bc] .*\n.* done /);
    expect(await runCli(['audit', 'verify', '--config', config])).toMatchObject({ code: 0 });
  });

  it('leaves its lines also when all was right already, since it counts', async () => {
    const { world, link } = await prepare();
    await link('a');
    expect(await link('a')).toMatchObject({ status: 'already_linked', limit: { remaining: 3 } });
    expect(told(world).slice(2)).toMatchObject([
      { kind: 'decision', decision: 'allow', plan: [], reservations: [{ counter: 'linking' }] },
      { kind: 'outcome', outcome: 'done', links: [] },
    ]);
  });

  it('tells what a link said before, when it is re-pointed or removed', async () => {
    const { world, server, link } = await prepare();
    const other = world.module('src/oca/fork/a');
    await link('a', { repo: 'fork' });
    await link('a', { repo: 'web', replace: true });
    await server.call('oca_unlink', { modules: ['a'] });
    const changed = told(world).flatMap((line) => (line.kind === 'outcome' ? [line.links] : []));
    expect(changed).toEqual([
      [{ ...made(world, 'a'), after: other }],
      [{ ...made(world, 'a'), action: 'replace', before: other }],
      [{ module: 'a', action: 'remove', before: world.at('src/oca/web/a'), after: null }],
    ]);
  });
});

describe('a call that is refused', () => {
  it('leaves one line: why, and by which rule', async () => {
    const { world, server, link } = await prepare({
      oca_link: { limits: [LIMIT], deny_if: [{ 'args.module': { eq: 'c' } }] },
      ee_link: { action: 'deny' },
      addon_search: { action: 'deny' },
      oca_unlink: { rate_limit: '0/day' },
      ee_unlink: { action: 'require_approval' },
    });
    await link('c');
    await link('not_there');
    await link('a', { target_dir: '/etc' });
    await server.call('oca_link', { module: '../secret', verbose: 'secret' });
    await server.call('ee_link', { modules: ['a'] });
    await server.call('addon_search', { query: 'secret' });
    await server.call('oca_unlink', { modules: ['a'] });
    const policy = told(world).map((line) => (line.kind === 'decision' ? line.policy : null));
    expect(new Set(policy).size).toBe(1);
    expect(told(world)).toMatchObject([
      { decision: 'deny', code: 'policy_denied', rule: '/tools/oca_link/deny_if/0', modules: ['c'] },
      { decision: 'refuse', code: 'module_not_found', rule: null, modules: ['not_there'], plan: [] },
      { decision: 'refuse', code: 'target_not_allowed', instance: null, modules: [] },
      { decision: 'refuse', code: 'invalid_argument', instance: null, modules: [] },
      { decision: 'deny', code: 'policy_denied', rule: '/tools/ee_link', modules: [] },
      { decision: 'deny', code: 'policy_denied', rule: '/tools/addon_search' },
      { decision: 'deny', code: 'rate_limited', rule: '/tools/oca_unlink/rate_limit', reservations: [] },
    ]);
    const text = rawLines(world.at('state')).join('\n');
    expect(text).not.toMatch(/secret|etc/);
  });

  it('leaves its line however deep its arguments are nested', async () => {
    const { world, server } = await prepare();
    const depth = 4000;
    const module = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect((await server.call('oca_link', { module })).data).toMatchObject({ code: 'invalid_argument' });
    expect(told(world)).toMatchObject([{ decision: 'refuse', code: 'invalid_argument' }]);
  });

  it('has an approval in its line when one was used', async () => {
    const { world, config, server, link } = await prepare({ oca_link: { action: 'require_approval' } });
    const { details } = await link('a');
    await runCli(['approvals', 'approve', details.id, '--yes', '--config', config]);
    expect(await link('a')).toMatchObject({ status: 'linked' });
    expect(told(world)).toMatchObject([
      { kind: 'decision', decision: 'approval', code: 'approval_required', approval: null, plan: [] },
      { kind: 'decision', decision: 'allow', rule: '/tools/oca_link/action', approval: details.id },
      { kind: 'outcome', outcome: 'done' },
    ]);
    await server.close();
  });

  it('a hundred times leaves sixty lines, and the number of the others when the server ends', async () => {
    const { world, config, server } = await prepare({ ee_link: { action: 'deny' } });
    for (let call = 0; call < 100; call++) await server.call('ee_link', { modules: ['a'] });
    expect(told(world)).toHaveLength(60);
    await server.close();
    expect(told(world).at(-1)).toEqual({ kind: 'omission', refusals: 40 });
    const { stdout } = await runCli(['audit', 'tail', '-n', '1', '--config', config]);
    expect(stdout).toContain('not logged one by one: 40 refusals');
  });
});

/** A server that finds its file system changed: `faults` puts other functions in the place of those of `fs`. */
async function serveFailing(world: World, config: string, faults: string) {
  const text = `const fs = require('node:fs');
    const { renameSync, symlinkSync, writeSync } = fs;
    const fail = () => { throw Object.assign(new Error('no'), { code: 'EROFS' }); };
    ${faults}
    require('node:module').syncBuiltinESMExports();`;
  const command = [process.execPath, '--require', world.file('faults.cjs', text)];
  return startServer(['--config', config], { command });
}

describe('a call that fails half-way', () => {
  const once = { oca_link: { limits: [{ ...LIMIT, max: 1 }] } };

  it('gives back what it took behind the line that says so, and nothing when it is killed before', async () => {
    const { world, config, link } = await prepare(once);
    const faults = `
      fs.symlinkSync = fail;
      fs.writeSync = (fd, bytes, ...rest) => {
        if (String(bytes).includes('"outcome":"refused"')) process.kill(process.pid, 'SIGKILL');
        return writeSync(fd, bytes, ...rest);
      };`;
    const killed = await serveFailing(world, config, faults);
    await expect(killed.call('oca_link', { module: 'a' })).rejects.toThrow('closed');
    expect(told(world)).toMatchObject([{ decision: 'allow', reservations: [{ counter: 'linking' }] }]);
    expect(await link('a')).toMatchObject({ code: 'rate_limited' });
  });

  it('gives nothing back when not all of it could be undone', async () => {
    const { world, config, link } = await prepare(once);
    const faults = `
      fs.symlinkSync = (target, path) => (/c$/.test(path) ? fail() : symlinkSync(target, path));
      fs.renameSync = (from, to) => (from.includes('/fd/') ? fail() : renameSync(from, to));`;
    const failing = await serveFailing(world, config, faults);
    const { data } = await failing.call('oca_link', { module: 'b' });
    expect(data).toMatchObject({ code: 'io_error', details: { left: ['b'] } });
    expect(told(world)).toMatchObject([{ decision: 'allow' }, { outcome: 'failed', code: 'io_error' }]);
    expect(await link('a')).toMatchObject({ code: 'rate_limited' });
  });

  it('gives back what it took when all of it was undone', async () => {
    const { world, config, link } = await prepare(once);
    const failing = await serveFailing(world, config, 'fs.symlinkSync = fail;');
    const { data } = await failing.call('oca_link', { module: 'b' });
    expect(data).toMatchObject({ code: 'io_error' });
    expect(told(world)).toMatchObject([{ decision: 'allow' }, { outcome: 'refused', code: 'io_error' }]);
    expect(await link('a')).toMatchObject({ status: 'linked' });
  });
});

describe('a call without an effect', () => {
  it('leaves no line: a dry run, and a tool that only reads', async () => {
    const { world, server, link } = await prepare();
    expect(await link('a', { dry_run: true })).toMatchObject({ status: 'planned' });
    expect(await link('not_there', { dry_run: true })).toMatchObject({ code: 'module_not_found' });
    for (const tool of ['addon_search', 'link_status', 'addon_conflicts']) await server.call(tool, {});
    await server.call('addon_info', { module: 'a' });
    expect(existsSync(world.at('state/audit.jsonl'))).toBe(false);
  });
});

describe('without a trail that can be written', () => {
  const unavailable = {
    code: 'policy_denied',
    message: 'The policy denies oca_link: audit unavailable.',
    reason: 'audit unavailable',
    rule: expect.stringMatching(/^\/tools\/oca_link/),
  };

  it('nothing is changed, nothing is spent, and an approval can be used later', async () => {
    const { world, config, server, link } = await prepare({
      oca_link: { action: 'require_approval', limits: [LIMIT] },
    });
    const { details } = await link('b');
    await runCli(['approvals', 'approve', details.id, '--yes', '--config', config]);
    const repair = breakTrail(world);
    expect(await link('b')).toMatchObject(unavailable);
    expect(links(world)).toEqual([]);
    expect(server.stderr()).toContain('audit unavailable: ');
    repair();
    expect(await link('b')).toMatchObject({ status: 'linked', limit: { remaining: 4 } });
  });

  it('what is linked already is refused too, since it would count without a line', async () => {
    const { world, link } = await prepare();
    await link('a');
    const repair = breakTrail(world);
    expect(await link('a')).toMatchObject(unavailable);
    repair();
    expect(await link('a')).toMatchObject({ status: 'already_linked', limit: { remaining: 3 } });
  });

  it('refusals, dry runs and tools that only read answer as ever', async () => {
    const { world, server, link } = await prepare();
    breakTrail(world);
    expect(await link('not_there')).toMatchObject({ code: 'module_not_found' });
    expect(await link('a', { dry_run: true })).toMatchObject({ status: 'planned' });
    expect((await server.call('addon_info', { module: 'a' })).isError).toBe(false);
    expect(server.stderr()).toContain('audit: a refusal was not recorded');
  });
});

import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { SourceState } from '../../src/addons/source-state.ts';
import { type BoundCall, bindingOf } from '../../src/approvals/approval.ts';
import { Approvals } from '../../src/approvals/approvals.ts';
import type { PlannedChange } from '../../src/links/plan-links.ts';
import { finished } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

function creation(module: string, repo: string): PlannedChange {
  const source = `/srv/oca/${repo}/${module}`;
  return {
    module: module as ModuleName,
    action: 'create',
    source,
    previous: null,
    target: source,
    state: STATE,
  };
}

const STATE: SourceState = {
  repos: ['web'],
  commit: 'c0ffee',
  dirty: false,
  manifest: 'abcd',
  folders: { module: '1:4:9', repository: '1:3:9', root: '1:2:9' },
};

const CALL: BoundCall = {
  tool: 'oca_link',
  args: { module: 'a', dry_run: false },
  principal: 'uid:1',
  policy: 'abc',
  instance: 'prod',
  targetDirs: ['/srv/linked'],
  changes: [creation('a', 'web')],
  checkouts: [],
  odoo: null,
};
const YES = { approved: true, by: 'alice', channel: 'operator' } as const;
const NO = { ...YES, approved: false };
const TTL = 60_000;

/** Approvals on a clock of their own; both of its hands can be moved. */
function create() {
  const world = createWorld();
  const clock = { boot: 'boot', at: 5_000_000, wall: 1_000_000 };
  const open = () => new Approvals(world.at('state'), () => ({ ...clock }));
  const approvals = open();
  const ask = (call = CALL) => approvals.request(call, TTL)?.request.id as string;
  const pass = (ms: number) => {
    clock.at += ms * 1000;
    clock.wall += ms;
  };
  return { world, clock, approvals, open, ask, pass };
}

describe('an approval', () => {
  it('is found by the call it was given for, and used once', () => {
    const { approvals, ask } = create();
    const id = ask();
    expect(approvals.find(CALL)).toMatchObject({ state: 'requested', request: { id, ...CALL } });
    expect(approvals.use(id)).toBe(false);
    expect(approvals.decide(id, YES)).toEqual({ done: true, state: 'approved' });
    expect(approvals.find(CALL)?.state).toBe('approved');
    expect([approvals.use(id), approvals.use(id)]).toEqual([true, false]);
    expect(approvals.find(CALL)).toBeNull();
    expect(approvals.list()).toMatchObject([{ state: 'used', decision: { by: 'alice' } }]);
  });

  it.each<[string, Partial<BoundCall>]>([
    ['tool', { tool: 'ee_link' }],
    ['arguments', { args: { module: 'b', dry_run: false } }],
    ['arguments, when there is one more', { args: { ...CALL.args, replace: true } }],
    ['principal', { principal: 'uid:2' }],
    ['policy', { policy: 'def' }],
    ['instance', { instance: 'test' }],
    ['directory', { targetDirs: ['/srv/other'] }],
    [
      'plan, when a dependency appeared',
      {
        changes: [...CALL.changes, creation('b', 'web')],
      },
    ],
    ['source', { changes: [creation('a', 'fork')] }],
    ['link that was there', { changes: [{ ...creation('a', 'web'), action: 'replace', previous: '../a' }] }],
  ])('does not hold for another %s', (_, other) => {
    const { approvals, ask } = create();
    approvals.decide(ask(), YES);
    expect(approvals.find({ ...CALL, ...other })).toBeNull();
    expect(approvals.find({ ...CALL, args: { dry_run: false, module: 'a' } })?.state).toBe('approved');
  });

  it('is given back by a call that changed nothing', () => {
    const { approvals, ask } = create();
    const id = ask();
    approvals.decide(id, YES);
    approvals.use(id);
    approvals.giveBack(id);
    expect(approvals.find(CALL)?.state).toBe('approved');
    expect(approvals.use(id)).toBe(true);
  });

  it('cannot be given after a denial, nor taken back', () => {
    const { approvals, ask } = create();
    const id = ask();
    expect(approvals.decide(id, NO)).toEqual({ done: true, state: 'denied' });
    expect(approvals.decide(id, YES)).toEqual({ done: false, state: 'denied' });
    expect(approvals.use(id)).toBe(false);
    const other = ask({ ...CALL, principal: 'uid:2' });
    approvals.decide(other, YES);
    expect(approvals.decide(other, NO)).toEqual({ done: false, state: 'approved' });
  });

  it('counts less than a denial of the same call', () => {
    const { approvals, ask } = create();
    approvals.decide(ask(), YES);
    approvals.decide(ask(), NO);
    expect(approvals.find(CALL)?.state).toBe('denied');
  });

  it('holds for other processes, and over a restart', () => {
    const { approvals, open, ask } = create();
    approvals.decide(ask(), YES);
    const id = open().find(CALL)?.request.id as string;
    expect(open().use(id)).toBe(true);
    expect(approvals.use(id)).toBe(false);
  });

  it('is nobody’s whose id does not exist', () => {
    const { approvals } = create();
    for (const id of ['0123456789', '../../etc', '']) expect(approvals.decide(id, YES)).toBeNull();
  });
});

describe('one approval for many processes', () => {
  it('is used by exactly one of them', async () => {
    const world = createWorld();
    const approvals = new Approvals(world.at('state'));
    const ids = Array.from({ length: 20 }, (_, index) => {
      const id = approvals.request({ ...CALL, principal: `uid:${index}` }, TTL)?.request.id as string;
      approvals.decide(id, YES);
      return id;
    });
    const program = world.at('user.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'approval-user.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'warning',
    });
    const start = `${Date.now() + 1500}`;
    const used = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const child = spawn(process.execPath, [program, world.at('state'), start, ...ids]);
        child.stdin.end();
        const { code, stdout, stderr } = await finished(child);
        expect([code, stderr]).toEqual([0, '']);
        return stdout.split('\n').filter((line) => line !== '');
      }),
    );
    expect(used.flat().sort()).toEqual(ids.toSorted());
  });
});

describe('the time of a request', () => {
  it('ends for waiting, for an approval and for a denial', () => {
    const { approvals, ask, pass } = create();
    const waiting = ask();
    const approved = ask({ ...CALL, principal: 'uid:2' });
    approvals.decide(approved, YES);
    approvals.decide(ask({ ...CALL, principal: 'uid:3' }), NO);
    pass(TTL - 1);
    expect(approvals.find(CALL)?.state).toBe('requested');
    pass(1);
    for (const principal of ['uid:1', 'uid:2', 'uid:3'])
      expect(approvals.find({ ...CALL, principal })).toBeNull();
    expect(approvals.use(approved)).toBe(false);
    expect(approvals.decide(waiting, YES)).toEqual({ done: false, state: 'expired' });
  });

  it('is not made longer by a wall clock that is set back', () => {
    const { clock, approvals, ask } = create();
    const id = ask();
    approvals.decide(id, YES);
    clock.wall += 1000;
    clock.at += TTL * 1000;
    expect(approvals.use(id)).toBe(false);
  });

  it('ends with a wall clock that stands before the request, even after a reboot', () => {
    const { clock, approvals, ask } = create();
    const id = ask();
    approvals.decide(id, YES);
    Object.assign(clock, { boot: 'other', at: 1, wall: clock.wall - 1 });
    expect(approvals.use(id)).toBe(false);
  });
});

describe('the records', () => {
  it('are for nobody but the user of the server', () => {
    const { world, approvals, ask } = create();
    approvals.decide(ask(), YES);
    const folder = world.at('state', 'approvals');
    const modes = [folder, ...readdirSync(folder).map((name) => `${folder}/${name}`)].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  it('are not used in a folder that is open to others', () => {
    const { world, approvals, ask } = create();
    ask();
    world.file('state/approvals/x');
    expect(() => approvals.find(CALL)).not.toThrow();
    const other = new Approvals(world.at('open'));
    world.folder('open', 'approvals');
    expect(() => other.find(CALL)).toThrow(/accessible to other users/);
  });

  it('of at most 20 requests of a caller for an instance wait at a time', () => {
    const { approvals, ask, pass } = create();
    const calls = Array.from({ length: 21 }, (_, index) => ({ ...CALL, args: { index } }));
    const ids = calls.slice(0, 20).map((call) => ask(call));
    expect(approvals.request(calls[20] as BoundCall, TTL)).toBeNull();
    approvals.decide(ids[3] as string, NO);
    expect(approvals.request(calls[20] as BoundCall, TTL)).not.toBeNull();
    pass(TTL);
    expect(approvals.request(CALL, TTL)).not.toBeNull();
  });

  it('of one caller, or for one instance, do not keep those of others out', () => {
    const { approvals, ask, pass } = create();
    const fill = (call: BoundCall, most: number) => {
      for (let n = 0; n < most; n++) expect(ask({ ...call, args: { n } })).toBeDefined();
      expect(approvals.request({ ...call, args: { n: most } }, TTL)).toBeNull();
    };
    const of = (principal: string, instance: string): BoundCall => ({ ...CALL, principal, instance });
    // Five instances are as many as one caller can fill.
    for (const instance of ['1', '2', '3', '4', '5']) fill(of('uid:1', instance), 20);
    fill(of('uid:1', '6'), 0);
    for (const instance of ['1', '2', '3', '4']) fill(of('uid:2', instance), 20);
    fill(of('uid:3', '1'), 20);
    // All together are 200.
    fill(of('uid:4', '1'), 0);
    pass(TTL);
    fill(of('uid:4', '1'), 20);
  });

  it('that a client answered do not keep those of others out, and stay few all the same', () => {
    const { world, approvals, ask } = create();
    const answer = (principal: string, instance: string, most: number, approved: boolean) => {
      const call = (n: number): BoundCall => ({ ...CALL, principal, instance, args: { n } });
      for (let n = 0; n < most; n++)
        approvals.decide(ask(call(n)), { by: 'asserted by the client', channel: 'client', approved });
      expect(approvals.request(call(most), TTL)).toBeNull();
    };
    // A yes that is never used is one more that stays.
    answer('uid:1', '1', 100, true);
    answer('uid:1', '2', 50, false);
    answer('uid:1', '3', 0, false);
    answer('uid:2', '1', 50, false);
    answer('uid:3', '1', 0, false);
    expect(readdirSync(world.at('state/approvals')).length).toBe(400);
  });

  it('stay few, however many a client turns down or uses up', () => {
    const { world, approvals, ask, pass } = create();
    const client = { by: 'asserted by the client', channel: 'client' } as const;
    const call = (n: number) => ({ ...CALL, args: { n } });
    for (let n = 0; n < 150; n++) {
      const id = ask(call(n));
      approvals.decide(id, { ...client, approved: true });
      expect(approvals.use(id)).toBe(true);
    }
    expect(readdirSync(world.at('state/approvals')).length).toBeLessThan(3 * 102);
    for (let n = 150; n < 250; n++) approvals.decide(ask(call(n)), { ...client, approved: false });
    expect(approvals.request(call(250), TTL)).toBeNull();
    expect(approvals.find(call(150))?.state).toBe('denied');
    pass(TTL);
    expect(approvals.request(call(250), TTL)).not.toBeNull();
  });

  it('stay few, however many expire', () => {
    const { world, approvals, pass } = create();
    for (let round = 0; round < 8; round++) {
      for (let index = 0; index < 20; index++) approvals.request({ ...CALL, policy: `${index}` }, TTL);
      pass(TTL);
    }
    expect(readdirSync(world.at('state', 'approvals')).length).toBeLessThanOrEqual(120);
  });

  it('name a call by everything in it', () => {
    expect(bindingOf(CALL)).toMatch(/^[0-9a-f]{64}$/);
  });
});

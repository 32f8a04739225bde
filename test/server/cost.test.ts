/**
 * What a whole call costs, with policy, limiter and trail: how often it looks at the file system, and how many processes it
 * starts. Counts, so that no machine is too slow for them.
 */
import { execFile, spawn } from 'node:child_process';
import fs, { unlinkSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Approvals } from '../../src/approvals/approvals.ts';
import { openTrail } from '../../src/audit/trail.ts';
import { createContext, setUp } from '../../src/commands/setup.ts';
import { createGate } from '../../src/gate/gate.ts';
import { openStores, stdioCaller } from '../../src/gate/open-stores.ts';
import { runTool } from '../../src/server/call-tool.ts';
import { TOOLS } from '../../src/server/tools.ts';
import type { ToolName } from '../../src/tool-table.ts';
import { sourceOf } from '../policy/policies.ts';
import { git } from '../sources/states.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import { patchFs } from '../support/patch-fs.ts';
import { eventually } from '../support/patience.ts';
import { createWorld } from '../support/world.ts';

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof import('node:child_process')>();
  return { ...real, spawn: vi.fn(real.spawn), execFile: vi.fn(real.execFile) };
});

/** Every function by which the program looks at something: names, metadata, contents, lists. */
const LOOKS = [
  ...['accessSync', 'existsSync', 'fstatSync', 'lstatSync', 'opendirSync', 'openSync', 'readFileSync'],
  ...['readdirSync', 'readlinkSync', 'statSync', 'statfsSync'],
] as const;

const POLICY = {
  version: '1',
  default: 'deny',
  all_tools: { limits: [{ counter: 'all', window: 'hour', max: 1_000_000, scope: 'global' }] },
  tools: Object.fromEntries(
    TOOLS.map(({ name }) => [name, { limits: [{ counter: name, window: 'minute', max: 1_000_000 }] }]),
  ),
};

const REPOSITORIES = 8;
const MODULES = 240;

/** Repositories with modules, of which as many are linked; and calls of a server there. */
async function open(links: number, { inGit = false, repositories = REPOSITORIES } = {}) {
  const world = createWorld();
  for (let index = 0; index < MODULES; index++) {
    const path = `src/oca/repo_${index % repositories}/module_${index}`;
    world.module(path, { data: ['a.xml'] });
    world.file(`${path}/a.xml`);
    if (index < links) world.link(world.at(path), `linked/module_${index}`);
  }
  if (inGit) {
    git(world.at('src/oca/repo_0'), 'init', '-q', '-b', '17.0');
    git(world.at('src/oca/repo_0'), 'add', '-A');
    git(world.at('src/oca/repo_0'), 'commit', '-qm', 'first');
  }
  const ready = await setUp({ config: world.config({ roots: { oca: ['src/oca'] } }, { policy: POLICY }) });
  if (!ready.ok) throw new Error(ready.refusal.join('\n'));
  const { config, policy } = ready.value;
  const stores = openStores(config.stateDir, policy.policy, {});
  if (!stores.ok) throw new Error(stores.refusal.join('\n'));
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const source = sourceOf(() => policy.policy);
  const caller = stdioCaller();
  const gate = createGate({
    source,
    store: stores.value,
    approvals: new Approvals(config.stateDir),
    caller,
    log,
  });
  const trail = openTrail(config.stateDir, { log });
  const context = createContext(ready.value, trail);
  const parts = { gate, trail, principal: caller.principal, log, context };
  onTestFinished(async () => {
    context.catalogOf(ready.value.instances[0] as never).close();
    await trail.close();
    await stores.value.close();
  });
  await pause();
  /** A call, and how much it looked and started. */
  const call = async (name: ToolName, args: object, status: string) => {
    const tool = TOOLS.find((one) => one.name === name) as (typeof TOOLS)[number];
    const count = countLooks();
    const outcome = await runTool(tool, args, {
      ...parts,
      ask: async () => 'no',
      client: null,
      objection: null,
    });
    const counted = count();
    expect(outcome).toMatchObject({ ok: true, report: { status } });
    return counted;
  };
  return { world, call };
}

function countLooks(): () => { looks: number; processes: number } {
  let looks = 0;
  const counting =
    (real: unknown) =>
    (...args: never[]) => {
      looks++;
      return (real as (...given: never[]) => unknown)(...args);
    };
  const undo = LOOKS.map((name) => patchFs(name as 'statSync', counting as never));
  undo.push(
    patchFs(
      'realpathSync',
      (real) => Object.assign(counting(real), { native: counting(real.native) }) as never,
    ),
  );
  vi.mocked(spawn).mockClear();
  vi.mocked(execFile).mockClear();
  return () => {
    for (const off of undo) off();
    const processes = vi.mocked(spawn).mock.calls.length + vi.mocked(execFile).mock.calls.length;
    return { looks, processes };
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

const unlink = ({ world }: Opened, name: string) => unlinkSync(world.at('linked', name));

/** Calls, each about a module that is not linked, unless it says so. */
const CALLS: Record<string, (opened: Opened) => Promise<{ looks: number; processes: number }>> = {
  'a dry run': ({ call }) => call('oca_link', { module: 'module_232', dry_run: true }, 'planned'),
  'a link': async (opened) => {
    const counted = await opened.call('oca_link', { module: 'module_232' }, 'linked');
    unlink(opened, 'module_232');
    return counted;
  },
  'a link that is there': ({ call }) => call('oca_link', { module: 'module_8' }, 'already_linked'),
  link_status: ({ call }) => call('link_status', {}, 'ok'),
  addon_info: ({ call }) => call('addon_info', { module: 'module_232' }, 'ok'),
};

describe('a call looks at no more', () => {
  it.each(Object.entries(CALLS))('among 200 links than among 20: %s', async (_, make) => {
    quickenClock();
    const [few, many] = [await open(20), await open(200)];
    await eventually(async () => {
      // What came or went a moment before is looked at once more.
      await pause();
      const [a, b] = [await make(few), await make(many)];
      expect(b.looks).toBe(a.looks);
      expect([a.processes, b.processes]).toEqual([0, 0]);
    });
  });

  it.each(Object.entries(CALLS))('than once at each further repository: %s', async (what, make) => {
    quickenClock();
    const [few, many] = [await open(20), await open(20, { repositories: 2 * REPOSITORIES })];
    // Those that read repositories, too: HEAD, the branch.
    const most = what === 'link_status' || what === 'addon_info' ? 40 : 1;
    await eventually(async () => {
      await pause();
      const [a, b] = [await make(few), await make(many)];
      expect(b.looks - a.looks).toBeLessThanOrEqual(most * REPOSITORIES);
    });
  });

  it('than it needs', async () => {
    quickenClock();
    const opened = await open(20);
    const most = { 'a dry run': 75, 'a link': 105, 'a link that is there': 85 };
    await eventually(async () => {
      for (const [what, count] of Object.entries(most)) {
        await pause();
        const { looks } = await (CALLS[what] as (typeof CALLS)[string])(opened);
        expect(looks, what).toBeLessThanOrEqual(count);
      }
    });
  });
});

describe('git', () => {
  it('is started once for the first call about a repository, and not again while nothing changes', async () => {
    quickenClock();
    const opened = await open(20, { inGit: true });
    const { world, call } = opened;
    const dry = (module: string | string[]) => call('oca_link', { module, dry_run: true }, 'planned');
    expect((await dry(['module_232', 'module_224'])).processes).toBe(1);
    expect((await dry('module_232')).processes).toBe(0);
    expect((await dry('module_216')).processes).toBe(0);
    expect((await call('oca_link', { module: 'module_8' }, 'already_linked')).processes).toBe(0);
    expect((await call('oca_link', { module: 'module_232' }, 'linked')).processes).toBe(0);
    expect((await call('addon_info', { module: 'module_232' }, 'ok')).processes).toBe(0);
    expect((await call('link_status', {}, 'ok')).processes).toBe(0);
    world.file('src/oca/repo_0/module_232/new.py');
    await pause();
    expect((await dry('module_232')).processes).toBe(1);
    expect((await dry('module_232')).processes).toBe(0);
    expect((await dry('module_224')).processes).toBe(0);
  });

  it('costs few looks', async () => {
    quickenClock();
    const [plain, inGit] = [await open(20), await open(20, { inGit: true })];
    await eventually(async () => {
      await pause();
      const [a, b] = [await CALLS['a dry run']?.(plain), await CALLS['a dry run']?.(inGit)];
      expect((b?.looks ?? 0) - (a?.looks ?? 0)).toBeLessThanOrEqual(30);
    });
  });
});

/** So that none of the functions is missed: what is counted is all the program uses. */
it('counts every look', () => {
  const known = new Set<string>([...LOOKS, 'realpathSync']);
  const reading = Object.keys(fs).filter((name) =>
    /^(?:access|exists|l?stat|fstat|statfs|open|opendir|read|readdir|readlink|readFile|realpath)Sync$/.test(
      name,
    ),
  );
  expect(reading.filter((name) => !known.has(name))).toEqual(['readSync']);
});

/**
 * npx tsx test/bench/call.ts [CALLS]: what policy, limiter and audit trail add to a whole `oca_link` call that makes one
 * link, on the journal store. Each call is taken apart by clocks around the work of the tool itself and around the wait for
 * the line of the trail.
 */
import fs, { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds that the call in hand waited for its line of the trail. */
let trailWait = 0;
let isInTool = false;

/** Before the program is loaded, which keeps hold of the function. The tool itself syncs, too, and the limiter otherwise. */
function clockSyncs(): void {
  const real = fs.fsync;
  const clocked = (fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    const start = performance.now();
    const isTrail = !isInTool;
    real(fd, (error) => {
      if (isTrail) trailWait += performance.now() - start;
      done(error);
    });
  };
  (fs as { fsync: unknown }).fsync = clocked;
  syncBuiltinESMExports();
}
clockSyncs();

const { openTrail } = await import('../../src/audit/trail.ts');
const { createContext, setUp } = await import('../../src/commands/setup.ts');
const { Approvals } = await import('../../src/approvals/approvals.ts');
const { createGate } = await import('../../src/gate/gate.ts');
const { openStores, stdioCaller } = await import('../../src/gate/open-stores.ts');
const { runTool } = await import('../../src/server/call-tool.ts');
const { ocaLink } = await import('../../src/server/tools.ts');
const { sourceOf } = await import('../policy/policies.ts');
const { openWorld } = await import('../support/world.ts');
const { quantile } = await import('./figures.ts');

const calls = Number(process.argv[2] ?? 1500);
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-call-')));

const POLICY = {
  version: '1',
  default: 'deny',
  all_tools: { limits: [{ counter: 'all', window: 'hour', max: 1_000_000, scope: 'global' }] },
  tools: {
    oca_link: {
      limits: [{ counter: 'oca_link_rate', window: 'minute', max: 1_000_000 }],
      require: [{ instance: { eq: 'prod' } }],
      deny_if: [{ 'args.module': { regex: '^l10n_' } }],
    },
  },
};

async function main(): Promise<void> {
  const world = openWorld(scratch);
  for (let index = 0; index < 300; index++) world.module(`src/oca/web/module_${index}`);
  const ready = await setUp({ config: world.config({}, { policy: POLICY }) });
  if (!ready.ok) throw new Error(ready.refusal.join('\n'));
  const { config, policy } = ready.value;
  const stores = openStores(config.stateDir, policy.policy, {});
  if (!stores.ok) throw new Error(stores.refusal.join('\n'));
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const caller = stdioCaller();
  const gate = createGate({
    source: sourceOf(() => policy.policy),
    store: stores.value,
    approvals: new Approvals(config.stateDir),
    caller,
    log,
  });
  const trail = openTrail(config.stateDir, { log });
  const parts = { gate, trail, principal: caller.principal, log, context: createContext(ready.value) };
  let inTool = 0;
  const clocked: typeof ocaLink = {
    ...ocaLink,
    async run(args, context) {
      const start = performance.now();
      let inGuard = 0;
      isInTool = true;
      const guarded = <A extends unknown[], R>(ask: ((...args: A) => Promise<R>) | undefined) => {
        return async (...given: A): Promise<R> => {
          const begun = performance.now();
          isInTool = false;
          const answer = await (ask as (...args: A) => Promise<R>)(...given);
          isInTool = true;
          inGuard += performance.now() - begun;
          return answer;
        };
      };
      const { guard } = context;
      const own = { review: guarded(guard?.review), begin: guarded(guard?.begin) };
      try {
        return await ocaLink.run(args, { ...context, guard: own });
      } finally {
        isInTool = false;
        inTool = performance.now() - start - inGuard;
      }
    },
  };
  const found: Record<'whole' | 'tool' | 'trail' | 'rest', number[]> = {
    whole: [],
    tool: [],
    trail: [],
    rest: [],
  };
  for (let call = -50; call < calls; call++) {
    const module = `module_${(call + 300) % 300}`;
    trailWait = 0;
    const start = performance.now();
    const outcome = await runTool(
      clocked,
      { module },
      { ...parts, client: null, ask: async () => 'no', objection: null },
    );
    const whole = performance.now() - start;
    if (!outcome.ok || outcome.report.status !== 'linked') throw new Error(JSON.stringify(outcome));
    fs.unlinkSync(world.at('linked', module));
    if (call < 0) continue;
    const spent = { whole, tool: inTool, trail: trailWait, rest: whole - inTool - trailWait };
    for (const [name, value] of Object.entries(spent)) found[name as keyof typeof found].push(value);
  }
  await trail.close();
  await stores.value.close();
  process.stdout.write(`Node ${process.version}, ${cpus().length} cores, ${calls} calls\n\n`);
  process.stdout.write('| part of an `oca_link` call | median | p99 |\n| --- | --- | --- |\n');
  const names = {
    whole: 'the whole call',
    tool: 'the tool itself: finding, judging, linking',
    rest: 'policy, limiter (with its waiting for the disk) and audit trail',
    trail: 'waiting for the disk for the line of the audit trail',
  };
  for (const [name, what] of Object.entries(names)) {
    const values = found[name as keyof typeof found];
    const cells = [quantile(values, 0.5), quantile(values, 0.99)].map((value) => `${value.toFixed(2)} ms`);
    process.stdout.write(`| ${what} | ${cells.join(' | ')} |\n`);
  }
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

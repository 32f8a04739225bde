import '../base/interpreted-schemas.ts';
import { Approvals } from '../approvals/approvals.ts';
import { openTrail } from '../audit/trail.ts';
import { messageOf } from '../base/errno.ts';
import { oneLine } from '../base/text.ts';
import { createGate } from '../gate/gate.ts';
import { openStores, stdioCaller } from '../gate/open-stores.ts';
import { isInterrupted, recoverAddonsDir } from '../links/change-addons-dir.ts';
import { packageVersion } from '../package.ts';
import { createPolicySource } from '../policy/watch.ts';
import { buildServer, type LinkServer } from '../server/server.ts';
import { serveStdio } from '../server/stdio.ts';
import { recoveryOf, type ServiceContext } from '../services/context.ts';
import { proveStateDir } from '../state/proof.ts';
import { type ExitCode, type Invocation, type Run, UsageError } from './command.ts';
import { configuredIn, createContext, setUp } from './setup.ts';
import { complain, log } from './terminal.ts';

/** How often the file of the policy is read while no call does: every two seconds. */
const LOOK_MS = 2000;

/** `serve`: runs an MCP server on stdio. Does not start if the configuration has problems. */
export const serve: Run = (invocation) => serveThrough((server) => server, invocation);

/** The same with a server that has more to offer. @param add Adds it. */
export async function serveThrough(
  add: (server: LinkServer) => LinkServer,
  { positionals, values }: Invocation,
): Promise<ExitCode> {
  if (positionals.length > 0) throw new UsageError('serve takes no arguments.');
  const ready = await setUp(values);
  if (!ready.ok) return complain(ready.refusal);
  const { config, policy } = ready.value;
  const faults = proveStateDir(config.stateDir, { withSources: false });
  if (faults.length > 0)
    return complain(
      faults.map(({ path, what, remedy }) => oneLine(`state directory: ${path} ${what}; ${remedy}.`)),
    );
  const stores = openStores(config.stateDir, policy.policy, process.env);
  if (!stores.ok) return complain(stores.refusal);
  const caller = stdioCaller();
  const trail = openTrail(config.stateDir, { log });
  const context = createContext(ready.value, trail);
  await recoverAll(context);
  if (ready.value.remotes !== null) await clearRoots(context);
  const source = createPolicySource(policy, log);
  const server = buildServer({
    version: packageVersion(),
    context,
    gate: createGate({
      source,
      configured: configuredIn(ready.value),
      store: stores.value,
      approvals: new Approvals(config.stateDir),
      caller,
      log,
    }),
    trail,
    principal: caller.principal,
    log,
  });
  // Each call reads the policy; a client that makes none is told what has changed, too.
  const looking = source.isFixed ? undefined : setInterval(() => source.current(), LOOK_MS).unref();
  await serveStdio(add(server), log);
  clearInterval(looking);
  await trail.close();
  await stores.value.close();
  return 0;
}

/** Removes what clones that were interrupted have left. If that fails, the next clone tries again. */
async function clearRoots({ instances }: ServiceContext): Promise<void> {
  const { clearStaging } = await import('../sources/remote/staging.ts');
  for (const path of new Set(instances.flatMap(({ roots }) => roots.map((root) => root.path)))) {
    try {
      const cleared = await clearStaging(path);
      if (cleared > 0) log(`${path}: an interrupted clone was removed`);
    } catch (error) {
      log(`${path}: what an interrupted clone left could not be removed: ${messageOf(error)}`);
    }
  }
}

/** Rolls back interrupted transactions. If one fails, the next call tries again. */
async function recoverAll(context: ServiceContext): Promise<void> {
  for (const dir of context.instances.flatMap(({ addonsDirs }) => addonsDirs)) {
    if (!isInterrupted(dir, context.stateDir)) continue;
    const recovered = await recoverAddonsDir(dir, recoveryOf(dir, context));
    if (!recovered.ok)
      log(`${dir.path}: an interrupted change could not be undone: ${recovered.refusal.message}`);
    else if (recovered.value === 'rolled_back') log(`${dir.path}: an interrupted change was undone`);
  }
}

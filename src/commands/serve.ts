import '../interpreted-schemas.ts';
import { openTrail } from '../audit/trail.ts';
import { isInterrupted, recoverAddonsDir } from '../links/transaction.ts';
import { packageVersion } from '../package.ts';
import { createApprovals } from '../policy/approvals.ts';
import { createGate } from '../policy/gate.ts';
import { openStores, stdioCaller } from '../policy/stores.ts';
import { createPolicySource } from '../policy/watch.ts';
import { buildServer } from '../server/server.ts';
import { serveStdio } from '../server/stdio.ts';
import { type Run, UsageError } from './command.ts';
import { createContext } from './context.ts';
import { type Setup, setUp } from './setup.ts';
import { complain, remark } from './terminal.ts';

/** `serve`: an MCP server on stdio. Does not start with a configuration it cannot prove. */
export const serve: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('serve takes no arguments.');
  const ready = await setUp(values);
  if ('problems' in ready) return complain(ready.problems);
  const { config, policy } = ready.setup;
  const stores = openStores(config.stateDir, policy.policy, process.env);
  if ('problems' in stores) return complain(stores.problems);
  const { store } = stores;
  const log = (line: string) => remark(`odoo-link-mcp: ${line}`);
  await recoverAll(ready.setup, log);
  const caller = stdioCaller();
  const trail = openTrail(config.stateDir, { log });
  const server = buildServer({
    version: packageVersion(),
    context: createContext(ready.setup),
    gate: createGate({
      source: createPolicySource(policy, log),
      store,
      approvals: createApprovals(config.stateDir),
      caller,
      log,
    }),
    trail,
    principal: caller.principal,
    log,
  });
  await serveStdio(server, log);
  await trail.close();
  await store.close();
  return 0;
};

/** Undoes what an earlier process left half done. What cannot be undone now is tried again by the next call. */
async function recoverAll({ config, instances }: Setup, log: (line: string) => void): Promise<void> {
  for (const dir of instances.flatMap(({ addonsDirs }) => addonsDirs)) {
    if (!isInterrupted(dir, config.stateDir)) continue;
    const recovered = await recoverAddonsDir(dir, config.stateDir);
    if (!recovered.ok)
      log(`${dir.path}: an interrupted change is not undone yet: ${recovered.refusal.message}`);
    else if (recovered.value === 'rolled_back') log(`${dir.path}: an interrupted change was undone`);
  }
}

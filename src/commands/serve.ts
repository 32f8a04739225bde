import { packageVersion } from '../package.ts';
import { createGate } from '../policy/gate.ts';
import { createMemoryStore } from '../policy/limiter/memory.ts';
import { buildServer } from '../server/server.ts';
import { serveStdio } from '../server/stdio.ts';
import { createProvenanceReader } from '../sources/provenance.ts';
import { type Run, UsageError } from './command.ts';
import { setUp } from './setup.ts';
import { complain } from './terminal.ts';

/** `serve`: an MCP server on stdio. Does not start with a configuration it cannot prove. */
export const serve: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('serve takes no arguments.');
  const ready = await setUp(values);
  if ('problems' in ready) return complain(ready.problems);
  const { config, instances, policy } = ready.setup;
  const log = (line: string) => process.stderr.write(`odoo-link-mcp: ${line}\n`);
  const server = buildServer({
    version: packageVersion(),
    context: { instances, stateDir: config.stateDir, readProvenance: createProvenanceReader() },
    gate: createGate(policy, createMemoryStore(), log),
    log,
  });
  await serveStdio(server, log);
  return 0;
};

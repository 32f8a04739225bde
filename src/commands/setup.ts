import { readRecent } from '../audit/recent.ts';
import { type AuditTrail, openTrail } from '../audit/trail.ts';
import { workingDirectory } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { type Catalog, createCatalog } from '../catalog/catalog.ts';
import { type Instance, openInstances } from '../config/instance.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { openRemotes } from '../config/open-remotes.ts';
import type { Overrides } from '../config/settings.ts';
import { stdioCaller } from '../gate/open-stores.ts';
import { type LoadedPolicy, loadPolicy } from '../policy/load.ts';
import type { ServiceContext } from '../services/context.ts';
import { createProvenanceReader } from '../sources/provenance.ts';
import type { Remotes } from '../sources/remote/remote.ts';
import type { Configured } from '../tool-table.ts';
import { log } from './terminal.ts';

/** The configuration, for a server or a command. */
export interface Setup {
  readonly config: LoadedConfig;
  readonly instances: readonly Instance[];
  readonly policy: LoadedPolicy;
  /** Where repositories may be cloned and updated from; null if nothing is configured. */
  readonly remotes: Remotes | null;
}

/** What is configured that some tools need. */
export function configuredIn({ remotes, instances }: Pick<Setup, 'remotes' | 'instances'>): Configured {
  return { ...remotes, odoo: instances.find(({ odoo }) => odoo != null) ?? null };
}

/** Loads the configuration of the running process without checking it against the file system. */
export function loadSettings(overrides: Overrides): ReturnType<typeof loadConfig> {
  const cwd = workingDirectory();
  const loaded = loadConfig(overrides, { env: process.env, cwd });
  // All paths are absolute now, but libraries call process.cwd(), and programs cannot be started in a removed folder.
  if (cwd === null) process.chdir('/');
  return loaded;
}

/**
 * Loads and checks the configuration and the policy.
 * @returns The setup, or one line for each problem; all problems that can be found in one pass.
 */
export async function setUp(overrides: Overrides): Promise<Result<Setup, string[]>> {
  const loaded = loadSettings(overrides);
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const opened = await openInstances(config, process.env);
  const policy = loadPolicy(config.policy);
  const wrong: string[] = [];
  const remotes = openRemotes(config.sources, process.env, (path, problem) => {
    wrong.push(`${config.where(['sources', ...path])}: ${problem}.`);
  });
  if (opened.ok && policy.ok && wrong.length === 0)
    return ok({ config, instances: opened.value, policy: policy.value, remotes });
  return refused([
    ...new Set([...[opened, policy].flatMap((part) => (part.ok ? [] : part.refusal)), ...wrong]),
  ]);
}

/**
 * The context of the services, for a server or a single command. Catalogs are created on first use.
 * @param opened The audit trail of a server; a command opens the trail only to write to it.
 */
export function createContext({ config, instances, remotes }: Setup, opened?: AuditTrail): ServiceContext {
  const catalogs = new Map<Instance, Catalog>();
  return {
    instances,
    stateDir: config.stateDir,
    remotes,
    readProvenance: createProvenanceReader({ keeps: opened !== undefined }),
    async recordRecovery(recovery) {
      const trail = opened ?? openTrail(config.stateDir, { log });
      const recorded = await trail.recover({ ...recovery, principal: stdioCaller().principal });
      if (opened === undefined) await trail.close();
      return recorded;
    },
    readPast: (module, turns) => readRecent(config.stateDir, module, turns),
    catalogOf(instance) {
      const catalog = catalogs.get(instance) ?? createCatalog(instance.roots, instance.series);
      catalogs.set(instance, catalog);
      return catalog;
    },
  };
}

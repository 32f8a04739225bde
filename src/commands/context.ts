import { type AuditTrail, openTrail } from '../audit/trail.ts';
import { type Catalog, createCatalog } from '../catalog/catalog.ts';
import type { Instance } from '../config/instance.ts';
import { stdioCaller } from '../gate/open-stores.ts';
import type { ServiceContext } from '../services/context.ts';
import { createProvenanceReader } from '../sources/provenance.ts';
import type { Setup } from './setup.ts';
import { log } from './terminal.ts';

/**
 * The context of the services, for a server or a single command. Catalogs are created on first use.
 * @param opened The audit trail of a server; a command opens the trail only to write to it.
 */
export function createContext({ config, instances }: Setup, opened?: AuditTrail): ServiceContext {
  const catalogs = new Map<Instance, Catalog>();
  return {
    instances,
    stateDir: config.stateDir,
    readProvenance: createProvenanceReader(),
    async recordRecovery(recovery) {
      const trail = opened ?? openTrail(config.stateDir, { log });
      const recorded = await trail.recover({ ...recovery, principal: stdioCaller().principal });
      if (opened === undefined) await trail.close();
      return recorded;
    },
    catalogOf(instance) {
      const catalog = catalogs.get(instance) ?? createCatalog(instance.roots, instance.series);
      catalogs.set(instance, catalog);
      return catalog;
    },
  };
}

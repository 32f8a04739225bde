import { type Catalog, createCatalog } from '../addons/catalog.ts';
import type { Instance } from '../config/instance.ts';
import type { ServiceContext } from '../services/context.ts';
import { createProvenanceReader } from '../sources/provenance.ts';
import type { Setup } from './setup.ts';

/** What the services work with, for a server or for one command. A catalog is made when it is first asked for. */
export function createContext({ config, instances }: Setup): ServiceContext {
  const catalogs = new Map<Instance, Catalog>();
  return {
    instances,
    stateDir: config.stateDir,
    readProvenance: createProvenanceReader(),
    catalogOf(instance) {
      const catalog = catalogs.get(instance) ?? createCatalog(instance.roots, instance.series);
      catalogs.set(instance, catalog);
      return catalog;
    },
  };
}

import type { Site } from '../../src/links/site.ts';
import { createWorld, type World } from '../support/world.ts';

/** An addons directory `linked` and a state folder `state`, both empty. */
export function prepareSite(more: Partial<Site> = {}): { world: World; site: Site } {
  const world = createWorld();
  const site = {
    base: world.folder('linked'),
    folder: world.folder('state'),
    id: '01234567-89ab-4def-8123-456789abcdef',
    isRecovery: false,
    isJournalled: true,
    isCrossing: false,
    ...more,
  };
  return { world, site };
}

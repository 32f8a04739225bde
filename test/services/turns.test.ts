import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orRefusal } from '../../src/base/interruption.ts';
import type { Result } from '../../src/base/refusal.ts';
import { SLICE } from '../../src/base/turns.ts';
import { addonConflicts } from '../../src/services/conflicts/addon-conflicts.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { linkModules } from '../../src/services/link/link-modules.ts';
import { unlinkModules } from '../../src/services/link/unlink-modules.ts';
import { addonInfo } from '../../src/services/modules/addon-info.ts';
import { searchAddons } from '../../src/services/modules/search-addons.ts';
import { linkStatus } from '../../src/services/status/link-status.ts';
import { makeContext, makeInstance } from '../support/instance.ts';
import { openWorld } from '../support/world.ts';

const MANY = 500;

const world = openWorld(realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-test-'))));
afterAll(() => rmSync(world.path, { recursive: true, force: true }));

/** A chain of modules, all of them linked, and as many links that lead nowhere. */
beforeAll(() => {
  world.folder('linked');
  for (let at = 0; at < MANY; at++) {
    world.module(`oca/r${at % 10}/m${at}`, { depends: [`m${at + 1}`] });
    world.link(world.at(`oca/r${at % 10}/m${at}`), `linked/m${at}`);
    world.link('/nowhere', `linked/n${at}`);
  }
});

/** With a catalog that has read nothing yet. */
function contextFor(signal?: AbortSignal): ServiceContext {
  return makeContext(world, [makeInstance(world, { families: ['oca'] })], { signal });
}

const link = { family: 'oca', modules: ['m0'], argument: 'module', replace: false, dry_run: true } as const;
const CALLS: Record<string, (context: ServiceContext) => Promise<Result<unknown>>> = {
  link_status: (context) => linkStatus({}, context),
  addon_info: (context) => addonInfo({ module: 'm0' }, context),
  addon_conflicts: (context) => addonConflicts({}, context),
  addon_search: (context) => searchAddons({ query: 'm' }, context),
  'addon_search in words': (context) => searchAddons({ query: 'a test of m' }, context),
  'addon_search for what is not there': (context) => searchAddons({ query: 'qqqqqq' }, context),
  oca_link: (context) => linkModules({ ...link, with_dependencies: true }, context),
  oca_unlink: (context) =>
    unlinkModules({ family: 'oca', modules: ['m0'], cascade: true, dry_run: true }, context),
};

describe.each(Object.entries(CALLS))('%s, with thousands of modules and links', (_, call) => {
  it('lets others in between', async () => {
    let rounds = 0;
    let isOver = false;
    const tick = () => {
      rounds++;
      if (!isOver) setImmediate(tick);
    };
    setImmediate(tick);
    await call(contextFor());
    isOver = true;
    // Each link is looked at, or each module read.
    expect(rounds).toBeGreaterThanOrEqual((4 * MANY) / SLICE.units);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const result = orRefusal(() => call(contextFor(controller.signal)));
    setImmediate(() => controller.abort());
    expect(await result).toMatchObject({ ok: false, refusal: { code: 'cancelled' } });
  });
});

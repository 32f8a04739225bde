import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/base/refusal.ts';
import { addonConflicts, describeConflicts } from '../../src/services/conflicts/addon-conflicts.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import { exportLinks } from '../../src/services/declared/export-links.ts';
import { answerLinks } from '../../src/services/link/answer.ts';
import { linkModules } from '../../src/services/link/link-modules.ts';
import { unlinkModules } from '../../src/services/link/unlink-modules.ts';
import { addonInfo } from '../../src/services/modules/addon-info.ts';
import { describeInfo } from '../../src/services/modules/describe-info.ts';
import { describeStatus } from '../../src/services/status/describe-status.ts';
import { linkStatus } from '../../src/services/status/link-status.ts';
import { repairLinks } from '../../src/services/status/repair-links.ts';
import { makeContext, makeInstance } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';

/**
 * An instance with folders that only odoo.conf names: one before its addons directory on the path and one behind it; and
 * with links, manifests and modules that lead out of its roots.
 */
function open(world: World): ServiceContext {
  world.module('secret/first/shadowing');
  world.module('secret/first/unsound', { installable: false });
  world.module('secret/last/satisfying');
  world.module('oca/web/shadowing');
  world.module('oca/web/needs', { depends: ['unsound', 'satisfying'] });
  world.module('oca/web/asks', { depends: ['satisfying', 'shadowing'] });
  world.module('secret/elsewhere/foreign');
  world.link('../../secret/elsewhere/foreign', 'oca/web/leaving');
  world.file('oca/web/manifest/__init__.py');
  world.link('../../../secret/elsewhere/foreign/__manifest__.py', 'oca/web/manifest/__manifest__.py');
  for (const name of ['shadowing', 'needs', 'asks']) world.link(`../oca/web/${name}`, `linked/${name}`);
  world.link('../secret/elsewhere/foreign', 'linked/foreign');
  world.link(world.at('secret/nowhere'), 'linked/dangling');
  const addonsPath = [world.at('secret/first'), world.at('linked'), world.at('secret/last')];
  return makeContext(world, [makeInstance(world, { odooConf: { addonsPath, dataDir: null } })]);
}

const NAMES = [
  'shadowing',
  'unsound',
  'satisfying',
  'needs',
  'asks',
  'foreign',
  'dangling',
  'leaving',
  'manifest',
];
const dryRun = { with_dependencies: true, replace: true, dry_run: true, argument: 'module' } as const;

describe('a path outside the roots and addons directories', () => {
  const all = (result: Result<object>) => JSON.stringify(result);

  it.each(NAMES)('is in no answer about %s', async (module) => {
    const world = createWorld();
    const context = open(world);
    const info = await addonInfo({ module }, context);
    expect(all(info)).not.toContain('secret');
    if (info.ok) expect(describeInfo(info.value)).not.toContain('secret');
    for (const family of ['oca', 'ee'] as const) {
      const linked = linkModules({ ...dryRun, family, modules: [module] }, context);
      const asked = await answerLinks(linked, context, false);
      expect(all(asked)).not.toContain('secret');
      const gone = await unlinkModules({ family, modules: [module], cascade: true, dry_run: true }, context);
      expect(all(gone)).not.toContain('secret');
    }
  });

  it('is in no answer about the instance', async () => {
    const world = createWorld();
    const context = open(world);
    const status = await linkStatus({}, context);
    const conflicts = await addonConflicts({}, context);
    const repaired = await repairLinks({ dry_run: true }, context);
    for (const result of [status, conflicts, repaired, await exportLinks({}, context)]) {
      expect(result.ok).toBe(true);
      expect(all(result)).not.toContain('secret');
    }
    if (status.ok) expect(describeStatus(status.value)).not.toContain('secret');
    if (conflicts.ok) expect(describeConflicts(conflicts.value)).not.toContain('secret');
  });

  it('is left out where the answer says the rest of it', async () => {
    const world = createWorld();
    const context = open(world);
    const status = await linkStatus({}, context);
    const links = status.ok ? status.value.links : [];
    const of = (name: string) => links.find(({ modules }) => modules.includes(name));
    expect(of('shadowing')).toMatchObject({
      state: 'shadowed',
      problem: expect.not.stringContaining('/'),
    });
    expect(of('foreign')).toMatchObject({ state: 'foreign', repo: null });
    expect(of('dangling')).toMatchObject({ state: 'foreign', repo: null });
    const asked = await linkModules({ ...dryRun, family: 'oca', modules: ['needs'] }, context);
    expect(asked).toMatchObject({
      refusal: { code: 'dependency_missing', module: 'unsound', message: expect.not.stringContaining('/') },
    });
    const found = await linkModules({ ...dryRun, family: 'oca', modules: ['asks'] }, context);
    expect(found.ok && found.value.satisfied).toContainEqual({
      module: 'satisfying',
      by: 'addons_path',
      path: null,
    });
    const foreign = await addonInfo({ module: 'foreign' }, context);
    expect(foreign).toMatchObject({
      value: { path: null, linked: [{ link: world.at('linked/foreign'), state: 'foreign' }] },
    });
    expect(JSON.stringify(foreign)).not.toMatch(/"source"/);
  });
});

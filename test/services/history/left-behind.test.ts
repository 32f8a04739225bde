import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import { toolSurface } from '../../../src/base/surface.ts';
import { findLeftBehind } from '../../../src/services/history/left-behind.ts';
import { removalSteps } from '../../../src/services/history/removal-steps.ts';
import { readLinkedModules } from '../../../src/services/linked-modules.ts';
import { linkedModule, makeInstance, succeeded } from '../../support/instance.ts';
import { pastOf } from '../../support/past.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

/** `x` needs `d`, which needs `e`; `other` came along as well. */
function build(world: World): void {
  linkedModule(world, 'oca/web/x', { depends: ['d'] });
  linkedModule(world, 'oca/web/d', { depends: ['e'] });
  linkedModule(world, 'oca/web/e', { depends: ['sale'] });
  linkedModule(world, 'oca/web/other');
}

/** What is left behind by the first names, if `x` was asked for and all others came along. */
async function leftBehind(world: World, names: readonly string[], more: object = {}) {
  const instance = makeInstance(world);
  const linked = succeeded(await readLinkedModules(instance, noTurns));
  const links = linked.map(({ name }) => `create ${name}`);
  const past = pastOf({ time: new Date().toISOString(), modules: ['x'], links });
  const removed = linked.filter(({ name }) => names.includes(name));
  const context = { readPast: () => ok(past), ...more };
  const left = await findLeftBehind(linked, removed, instance, context, noTurns);
  return left.map(({ module }) => module.name);
}

describe('what is left behind by modules that are unlinked', () => {
  it('is what came along and only they need, all the way down, and nothing else', async () => {
    const world = createWorld();
    build(world);
    expect(await leftBehind(world, ['x'])).toEqual(['d', 'e']);
  });

  it('is not what another module still needs', async () => {
    const world = createWorld();
    build(world);
    linkedModule(world, 'oca/web/x2', { depends: ['e'] });
    expect(await leftBehind(world, ['x'])).toEqual(['d']);
  });

  it('is not what goes along', async () => {
    const world = createWorld();
    build(world);
    expect(await leftBehind(world, ['x', 'd'])).toEqual(['e']);
  });

  it('is nothing without a trail, and none is read for what needs nothing that is linked', async () => {
    const world = createWorld();
    build(world);
    expect(await leftBehind(world, ['x'], { readPast: undefined })).toEqual([]);
    const readPast = () => refuse('io_error', 'No.');
    expect(await leftBehind(world, ['x'], { readPast })).toEqual([]);
    const fail = () => {
      throw new Error('the trail was read');
    };
    expect(await leftBehind(world, ['other'], { readPast: fail })).toEqual([]);
  });
});

describe('the steps that remove it', () => {
  it('are a call for each family and directory, with so many names and a number', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) linkedModule(world, `oca/web/${name}`);
    linkedModule(world, 'ee/paid');
    world.link(world.at('oca/web/a'), 'more/a');
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const linked = succeeded(await readLinkedModules(instance, noTurns));
    const along = { time: '', durationMs: 0, named: [] };
    const orphans = linked.map((module) => ({ module, along }));
    const surfaceAt = (dir: { path: string }) =>
      toolSurface(dir.path === world.at('more') ? { target_dir: dir.path } : {});
    const steps = removalSteps(orphans, surfaceAt, 2);
    expect(steps).toEqual([
      expect.stringMatching(
        /Call oca_unlink \{"modules":\["a","b"\]\} after that\. Call link_status \{"orphans":true\} for 1 more\.$/,
      ),
      expect.stringMatching(/Call ee_unlink \{"modules":\["paid"\]\} after that\.$/),
      expect.stringContaining(`oca_unlink {"modules":["a"],"target_dir":"${world.at('more')}"} after that.`),
    ]);
  });
});

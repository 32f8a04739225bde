import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import {
  describeOrphans,
  listOrphans,
  type OrphansReport,
  type OrphansRequest,
  OrphansSchema,
} from '../../../src/services/status/orphan-report.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { pastOf } from '../../support/past.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A world in which `x` was asked for, with these along, and each of the last was linked by nobody that is known. */
async function list(
  world: World,
  along: readonly string[],
  request: OrphansRequest = {},
  options: InstanceOptions = {},
): Promise<OrphansReport> {
  const time = new Date().toISOString();
  const past = () => ok(pastOf({ time, modules: ['x'], links: along.map((name) => `create ${name}`) }));
  const context = makeContext(world, [makeInstance(world, options)], { readPast: past });
  return OrphansSchema.parse(succeeded(await listOrphans(request, context)));
}

describe('the orphans of an instance', () => {
  it('are told with what brought them, how many others there are, and the calls that remove them', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', { depends: ['needed'] });
    for (const name of ['needed', 'left']) linkedModule(world, `oca/web/${name}`);
    linkedModule(world, 'ee/paid');
    linkedModule(world, 'oca/web/own');
    world.link(world.module('beyond/foreign'), 'linked/foreign');
    const report = await list(world, ['x', 'needed', 'left', 'paid']);
    expect(report).toMatchObject({
      origins: { asked: 1, needed: 1, orphans: 2, unknown: 1 },
      orphans: [
        { module: 'left', family: 'oca', repo: 'web', along_with: ['x'] },
        { module: 'paid', family: 'ee', repo: 'ee', along_with: ['x'] },
      ],
    });
    expect(report.next_steps).toEqual([
      expect.stringMatching(/uninstall .* Call oca_unlink \{"modules":\["left"\]\} after that\.$/),
      expect.stringMatching(/Call ee_unlink \{"modules":\["paid"\]\} after that\.$/),
    ]);
    expect(describeOrphans(report).split('\n')).toEqual([
      expect.stringMatching(
        /^2 orphans .* Others: 1 asked for, 1 needed by a linked module, 1 not in the audit trail\./,
      ),
      expect.stringMatching(/^- left from web, linked on .* along with x$/),
      expect.stringMatching(/^- paid from ee, /),
      expect.stringMatching(/^Next: /),
      expect.stringMatching(/^Next: /),
    ]);
  });

  it('are told of one addons directory, but needed in all of them', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/left', {}, 'more');
    linkedModule(world, 'oca/web/gone');
    linkedModule(world, 'oca/web/needed', {}, 'more');
    linkedModule(world, 'oca/web/own', { depends: ['needed'] });
    const options = { dirs: ['linked', 'more'] };
    const along = ['left', 'gone', 'needed'];
    const all = await list(world, along, {}, options);
    expect(all.orphans.map(({ module, dir }) => [module, dir])).toEqual([
      ['gone', undefined],
      ['left', world.at('more')],
    ]);
    expect(all.next_steps[1]).toContain(`{"modules":["left"],"target_dir":"${world.at('more')}"}`);
    const one = await list(world, along, { target_dir: world.at('more') }, options);
    expect(one.orphans.map(({ module }) => module)).toEqual(['left']);
  });

  it('come in pages, each with calls for its own', async () => {
    const world = createWorld();
    const names = ['a', 'b', 'c'];
    for (const name of names) linkedModule(world, `oca/web/${name}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(world, names, { room: 1, ...(cursor && { cursor }) });
      seen.push(...page.orphans.map(({ module }) => module));
      expect(page.next_steps[0]).toContain(`["${seen.at(-1)}"]`);
      expect(page.origins.orphans).toBe(3);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(names);
  });

  it('are none where nobody keeps a trail, and that is said', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/m');
    const context = makeContext(world, [makeInstance(world)]);
    const report = succeeded(await listOrphans({}, context));
    expect(report).toMatchObject({
      origins: { unknown: 1 },
      orphans: [],
      note: expect.stringMatching(/trail/),
    });
    const readPast = () => ok({ ...pastOf(), isWhole: false });
    expect(succeeded(await listOrphans({}, { ...context, readPast })).note).toMatch(/Only the end/);
  });

  it('are not told where the trail cannot be read', async () => {
    const world = createWorld();
    const readPast = () => refuse('io_error', 'The audit trail in /srv/state cannot be read.');
    const context = makeContext(world, [makeInstance(world)], { readPast });
    const told = await listOrphans({}, context);
    expect(told).toMatchObject({ refusal: { code: 'io_error', hint: expect.any(String) } });
    expect(JSON.stringify(told)).not.toContain('/srv');
  });
});

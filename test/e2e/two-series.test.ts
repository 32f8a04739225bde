import { describe, expect, it } from 'vitest';
import { git } from '../sources/states.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

/** The roots of one instance of 17.0: checkouts of 16.0 and of 17.0, which both have a, and b needs a. */
function bothSeries(): { world: World; config: string } {
  const world = createWorld();
  for (const series of ['16.0', '17.0']) {
    for (const [name, depends] of [
      ['a', ['base']],
      ['b', ['a']],
    ] as const) {
      // A version without a series: only the branch tells them apart.
      world.module(`src/${series}/web/${name}`, { version: '1.0', depends });
    }
    git(world.at(`src/${series}/web`), 'init', '-q', '-b', series);
    git(world.at(`src/${series}/web`), 'add', '-A');
    git(world.at(`src/${series}/web`), 'commit', '-qm', 'first');
  }
  world.module('src/16.0/web/old', { version: '1.0' });
  return { world, config: world.config({ roots: { oca: ['src/*'] } }) };
}

describe('checkouts of two series under the roots of one instance', () => {
  it('make no name ambiguous: a module is linked from the branch of the instance', async () => {
    const { world, config } = bothSeries();
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'b' });
    expect(data).toMatchObject({
      status: 'linked',
      repositories: [{ path: world.at('src/17.0/web'), branch: '17.0' }],
      links: [{ module: 'b' }, { module: 'a' }],
    });
    const { data: info } = await server.call('addon_info', { module: 'a' });
    expect(info).toMatchObject({ path: world.at('src/17.0/web/a'), linkable: true });
    const { data: conflicts } = await server.call('addon_conflicts', {});
    expect(conflicts.counts ?? {}).toEqual({});
  });

  it('never link one of the wrong series, named or alone', async () => {
    const { world, config } = bothSeries();
    const link = async (...args: string[]) => {
      const { stdout } = await runCli(['link', 'oca', ...args, '--config', config, '--json']);
      return JSON.parse(stdout);
    };
    expect(await link('a', '--repo', world.at('src/16.0/web'))).toMatchObject({ code: 'wrong_series' });
    expect(await link('old')).toMatchObject({ code: 'wrong_series' });
  });
});

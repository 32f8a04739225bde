import { describe, expect, it } from 'vitest';
import { checkoutLayer } from '../../src/sources/checkout-layer.ts';
import type { ListedRepository } from '../../src/sources/held-checkouts.ts';
import { BUILT_IN, createModuleIndex } from '../../src/sources/module-index.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

const TODAY = new Date().toISOString().slice(0, 10);

function listed(world: World, name: string, family = 'oca', path = `src/${name}`): ListedRepository {
  return { name, path: world.at(path), root: { path: world.at('src'), family } };
}

/** Clones of repositories with branches for two series: `web`, as the OCA has it, and one of the company. */
function build() {
  const world = createWorld();
  const upstream = createUpstream(world);
  for (const repo of ['web', 'acme']) {
    upstream.commit(repo, { [`${repo}_old`]: {}, [`${repo}_both`]: {} }, '16.0');
    upstream.commit(repo, { [`${repo}_both`]: {}, [`${repo}_new`]: {} }, '17.0');
    git(
      world.folder('src'),
      'clone',
      '-q',
      '--branch',
      '16.0',
      `${upstream.folder}/${repo}`,
      world.at('src', repo),
    );
  }
  const layer = (...repositories: ListedRepository[]) => checkoutLayer(repositories, noTurns);
  const both = () => layer(listed(world, 'web'), listed(world, 'acme', 'own'));
  return { world, upstream, layer, both };
}

describe('what checkouts say of modules', () => {
  it('is what each branch has, with the branch and the day; the company apart from the OCA', async () => {
    const { world, both } = build();
    const index = await both().of('17.0');
    expect(index?.modules).toEqual(
      ['web_both', 'web_new', 'web_old'].map((name) => {
        const checkout = { path: world.at('src/web'), branch: 'origin/17.0' };
        return { name, repo: 'web', depends: null, asOf: TODAY, checkout };
      }),
    );
    expect(index?.covered).toEqual(new Map([['web', TODAY]]));
    expect((await both().of('16.0'))?.named('web_old')).toMatchObject([{ checkout: { branch: '16.0' } }]);
    expect((await both().of('18.0'))?.modules).toEqual([]);
    const others = await both().others?.('17.0');
    expect(others?.named('acme_new')).toMatchObject([{ repo: 'acme', checkout: { branch: 'origin/17.0' } }]);
    expect(others?.named('web_new')).toEqual([]);
  });

  it('wins over what is built in, and shows what has gone since', async () => {
    const { both } = build();
    const index = createModuleIndex([both(), BUILT_IN]);
    const { reposOf } = await index.of('17.0');
    expect(reposOf('web_new')).toEqual(['web']);
    // The OCA's own repository of that name has it.
    expect([reposOf('web_responsive'), (await BUILT_IN.of('17.0'))?.reposOf('web_responsive')]).toEqual([
      [],
      ['web'],
    ]);
    expect((await index.seriesOf('web_new')).map(({ series }) => series)).toEqual(['17.0']);
  });

  it('is of the repository that it was cloned from, whatever its folder is called', async () => {
    const { world, layer } = build();
    git(world.at('src/web'), 'remote', 'set-url', 'origin', 'https://github.com/OCA/web.git');
    git(world.at('src'), 'clone', '-q', world.at('src/web'), 'oca-web');
    git(world.at('src/oca-web'), 'remote', 'set-url', 'origin', 'git@github.com:OCA/web.git');
    const own = await layer(listed(world, 'oca-web', 'own')).of('16.0');
    expect(own?.modules[0]).toMatchObject({ repo: 'web' });
  });

  it('prefers the branch of a series to those on which something is prepared, and the newest', async () => {
    const { world, upstream, layer } = build();
    git(world.at('src/web'), 'checkout', '-q', '-b', '17.0-mig-x', 'origin/17.0');
    world.module('src/web/web_mig');
    git(world.at('src/web'), 'add', '-A');
    git(world.at('src/web'), 'commit', '-qm', 'x');
    git(world.at('src/web'), 'branch', '-q', '17.0', 'origin/17.0');
    upstream.commit('web', { web_later: {} }, '17.0');
    git(world.at('src/web'), 'fetch', '-q');
    const index = await layer(listed(world, 'web')).of('17.0');
    const branchOf = (name: string) => index?.named(name).map(({ checkout }) => checkout?.branch);
    expect([branchOf('web_both'), branchOf('web_later'), branchOf('web_mig')]).toEqual([
      [expect.stringMatching(/^(origin\/)?17\.0$/)],
      ['origin/17.0'],
      ['17.0-mig-x'],
    ]);
  });

  it('is the same object until a branch moves', async () => {
    const { world, upstream, layer } = build();
    const read = () => layer(listed(world, 'web')).of('17.0');
    const before = await read();
    expect(await read()).toBe(before);
    upstream.commit('web', { web_later: {} }, '17.0');
    git(world.at('src/web'), 'fetch', '-q');
    const after = await read();
    expect(after).not.toBe(before);
    expect(after?.reposOf('web_later')).toEqual(['web']);
  });

  it('is not read again where no ref has changed', async () => {
    quickenClock();
    const { world, layer } = build();
    const read = () => layer(listed(world, 'web')).of('17.0');
    await pause();
    const before = await read();
    const opened: string[] = [];
    const undo = patchFs('openSync', (real) => (path: never, ...rest: never[]) => {
      opened.push(String(path));
      return (real as (...given: never[]) => number)(path, ...rest);
    });
    expect(await read()).toBe(before);
    undo();
    expect(opened.filter((path) => /refs|packed|config/.test(path))).toEqual([]);
    git(world.at('src/web'), 'update-ref', '-d', 'refs/remotes/origin/17.0');
    expect((await read())?.modules).toEqual([]);
  });

  it('is nothing of folders that are no checkouts of their own, nor of Odoo itself', async () => {
    const { world, layer } = build();
    world.folder('src/web/addons');
    world.module('src/plain/x');
    const nothing = layer(
      listed(world, 'addons', 'oca', 'src/web/addons'),
      listed(world, 'plain'),
      listed(world, 'web', 'core'),
    );
    expect(await nothing.of('17.0')).toBeNull();
  });

  it('is read when it is asked for, and only once', async () => {
    const { world } = build();
    let looked = 0;
    const repositories = [listed(world, 'web')];
    const turns = { ...noTurns, spend: async () => void looked++ };
    const layer = checkoutLayer(repositories, turns as never);
    expect(looked).toBe(0);
    await layer.of('17.0');
    await layer.of('16.0');
    await layer.others?.('16.0');
    expect(looked).toBe(1);
  });
});

import { git } from '../sources/states.ts';
import { createWorld, type World } from './world.ts';

/** The instances `prod` of 16.0 and `test` of 17.0, each with a root of OCA checkouts and one of Enterprise. */
export interface TwoInstances {
  readonly world: World;
  /** Writes the configuration: `prod` and `test` replace parts of the instances. */
  config(parts?: {
    prod?: Record<string, unknown>;
    test?: Record<string, unknown> | null;
    rest?: Record<string, unknown>;
  }): string;
  /** A module of 16.0 in the repository `web`, and a link of `prod` to it. */
  linked(name: string, manifest?: Record<string, unknown>): void;
  /** A module of 17.0. */
  next(name: string, manifest?: Record<string, unknown>, repo?: string): string;
}

export function twoInstances(): TwoInstances {
  const world = createWorld();
  for (const folder of ['16.0/oca', '16.0/ee', '17.0/oca', '17.0/ee', 'linked', 'tested'])
    world.folder(folder);
  const instance = (series: string, dir: string) => {
    return { series, addonsDirs: [dir], roots: { oca: [`${series}/oca`], ee: [`${series}/ee`] } };
  };
  return {
    world,
    config({ prod = {}, test = {}, rest = {} } = {}) {
      const instances = {
        prod: { ...instance('16.0', 'linked'), ...prod },
        ...(test !== null && { test: { ...instance('17.0', 'tested'), ...test } }),
      };
      const policy = { version: '1', default: 'allow' };
      return world.file('two.json', JSON.stringify({ instances, policy, stateDir: 'state', ...rest }));
    },
    linked(name, manifest = {}) {
      const path = world.module(`16.0/oca/web/${name}`, { version: '16.0.1.0.0', ...manifest });
      world.link(path, `linked/${name}`);
    },
    next(name, manifest = {}, repo = 'web') {
      return world.module(`17.0/oca/${repo}/${name}`, { version: '17.0.2.0.0', ...manifest });
    },
  };
}

/** Makes a folder a repository of git with one commit on a branch. */
export function commitTo(world: World, folder: string, branch: string): void {
  git(world.at(folder), 'init', '-q', '-b', branch);
  git(world.at(folder), 'add', '-A');
  git(world.at(folder), 'commit', '-qm', 'first');
}

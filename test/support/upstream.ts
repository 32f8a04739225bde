import { execFileSync } from 'node:child_process';
import type { World } from './world.ts';

/** Repositories as a host has them, in a folder of a world. */
export interface Upstream {
  /** The folder, for `sources.oca.url` and {@link serveGit}. */
  readonly folder: string;
  /**
   * Makes a repository, or commits more to it.
   * @param modules Their manifests by name; null removes one.
   * @param time When it is committed; by default now.
   * @returns The commit.
   */
  commit(
    repo: string,
    modules: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>,
    branch?: string,
    time?: string,
  ): string;
  git(repo: string, ...args: string[]): string;
}

const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Someone',
  GIT_AUTHOR_EMAIL: 'someone@example.com',
  GIT_COMMITTER_NAME: 'Someone',
  GIT_COMMITTER_EMAIL: 'someone@example.com',
};

/** Runs git without anybody's settings. */
export function git(folder: string, ...args: string[]): string {
  return run(folder, args, {});
}

/** The same as if it were another time: ISO 8601. */
export function gitAt(time: string, folder: string, ...args: string[]): string {
  return run(folder, args, { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time });
}

function run(folder: string, args: readonly string[], more: Readonly<Record<string, string>>): string {
  return execFileSync('git', args, {
    cwd: folder,
    env: { ...ENVIRONMENT, ...more },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** @param at The folder of the repositories, in the world. */
export function createUpstream(world: World, at = 'upstream'): Upstream {
  return {
    folder: world.folder(at),
    commit(repo, modules, branch = '17.0', time = new Date().toISOString()) {
      const folder = world.folder(at, repo);
      if (!isThere(folder)) {
        git(folder, 'init', '-q', '-b', branch);
        git(folder, 'config', 'uploadpack.allowFilter', 'true');
      } else if (git(folder, 'branch', '--list', branch) === '')
        git(folder, 'checkout', '-q', '--orphan', branch);
      else git(folder, 'checkout', '-q', branch);
      for (const [name, manifest] of Object.entries(modules)) {
        if (manifest === null) git(folder, 'rm', '-rq', name);
        else world.module(`${at}/${repo}/${name}`, manifest);
      }
      git(folder, 'add', '-A');
      gitAt(time, folder, 'commit', '-q', '--allow-empty', '-m', `${branch}`);
      return git(folder, 'rev-parse', 'HEAD');
    },
    git: (repo, ...args) => git(world.at(at, repo), ...args),
  };
}

function isThere(folder: string): boolean {
  try {
    git(folder, 'rev-parse', '--git-dir');
    return true;
  } catch {
    return false;
  }
}

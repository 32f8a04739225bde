import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findGit, printsAnything } from '../../src/sources/run-git.ts';
import { createWorld } from '../support/world.ts';

describe('git', () => {
  it('is the first program of its name on the search path', () => {
    const world = createWorld();
    for (const [name, mode] of [
      ['plain', 0o644],
      ['bin', 0o755],
      ['more', 0o755],
    ] as const) {
      mkdirSync(world.at(name));
      writeFileSync(world.at(name, 'git'), '#!/bin/sh\n', { mode });
    }
    const on = (...names: string[]) => findGit(names.map((name) => world.at(name)).join(':'));
    expect(on('bin')).toBe(world.at('bin/git'));
    expect(on('none', 'plain', 'more', 'bin')).toBe(world.at('more/git'));
    expect(on('plain')).toBe(null);
    expect(on('none')).toBe(null);
  });

  it('is not found by a relative entry of the search path', () => {
    const world = createWorld();
    mkdirSync(world.at('bin'));
    writeFileSync(world.at('bin/git'), '#!/bin/sh\n', { mode: 0o755 });
    // What they name would be found from here.
    const up = '../'.repeat(process.cwd().split('/').length);
    expect(findGit(`${up}${world.at('bin').slice(1)}`)).toBe(null);
    expect(findGit(`.:${''}:bin`)).toBe(null);
    expect(findGit('')).toBe(null);
    expect(findGit(undefined)).toBe(null);
  });

  const run = { cwd: '/', environment: {}, limit: 60_000 };
  const shell = (script: string, limit = run.limit) =>
    printsAnything('/bin/sh', ['-c', script], { ...run, limit });

  it.each([
    ['prints and succeeds', 'echo x', true],
    ['prints and fails', 'echo x; exit 1', true],
    ['prints nothing', ':', false],
    ['prints nothing and fails', 'exit 128', null],
    ['complains and succeeds', 'echo x >&2', false],
    ['is killed', 'kill -9 $$', null],
    ['reads its input, which is empty', 'cat', false],
  ])('that %s answers', async (_, script, answer) => {
    expect(await shell(script)).toBe(answer);
  });

  it('is ended at the first byte, however much it would print', async () => {
    expect(await shell('while :; do echo x; done')).toBe(true);
    expect(await shell('echo x; while :; do :; done')).toBe(true);
  });

  it('is ended when it takes too long, which is no answer', async () => {
    expect(await shell('while :; do :; done', 20)).toBe(null);
  });

  it('is no answer where it is not there, or its folder', async () => {
    expect(await printsAnything('/nowhere/git', [], run)).toBe(null);
    expect(await printsAnything('/bin/sh', ['-c', ':'], { ...run, cwd: '/nowhere' })).toBe(null);
  });

  it('runs where it is told, with nothing of the environment but what it is given', async () => {
    const given = { cwd: '/usr', environment: { A: '1' }, limit: 60_000 };
    const says = (test: string) => printsAnything('/bin/sh', ['-c', `[ ${test} ] && echo x; :`], given);
    expect(await says('-z "$HOME$USER$LOGNAME"')).toBe(true);
    expect(await says('"$A" = 1')).toBe(true);
    expect(await says('"$(pwd -P)" = /usr')).toBe(true);
    expect(await says('"$A" = 2')).toBe(false);
  });
});

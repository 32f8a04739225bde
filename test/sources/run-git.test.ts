import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findGit, readRecords } from '../../src/sources/run-git.ts';
import { createWorld } from '../support/world.ts';

describe('git', () => {
  it('is a program on the search path', () => {
    const world = createWorld();
    mkdirSync(world.at('bin'));
    writeFileSync(world.at('bin/git'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findGit(world.at('bin'))).toBe(world.at('bin/git'));
    expect(findGit(world.at('none'))).toBe(null);
  });

  const run = { cwd: '/', environment: {}, limit: 60_000 };
  /** The records that a script prints; null if it failed. */
  const shell = async (script: string, limit = run.limit, enough = Number.POSITIVE_INFINITY) => {
    const records: string[] = [];
    const take = (record: string) => records.push(record) >= enough;
    return (await readRecords('/bin/sh', ['-c', script], { ...run, limit }, take)) ? records : null;
  };

  it.each([
    ['prints and succeeds', 'printf "x\\0y z\\0"', ['x', 'y z']],
    ['prints the parts of a record one by one', 'printf x; sleep 0.05; printf "y\\0"', ['xy']],
    ['prints and fails', 'printf "x\\0"; exit 1', null],
    ['prints nothing', ':', []],
    ['prints nothing and fails', 'exit 128', null],
    ['complains and succeeds', 'echo x >&2', []],
    ['is killed', 'kill -9 $$', null],
    ['reads its input, which is empty', 'cat', []],
  ])('that %s answers', async (_, script, answer) => {
    expect(await shell(script)).toEqual(answer);
  });

  it('is ended when it has said enough, however much it would print', async () => {
    const endless = 'while :; do printf "x\\0"; done';
    expect(await shell(endless, run.limit, 3)).toEqual(['x', 'x', 'x']);
    expect(await shell(`printf "x\\0"; ${endless} >/dev/null`, run.limit, 1)).toEqual(['x']);
  });

  it('is ended when it takes too long or says too much, which is no answer', async () => {
    expect(await shell('while :; do :; done', 20)).toBe(null);
    expect(await shell('exec cat /dev/zero')).toBe(null);
  });

  it('is no answer where it is not there, or its folder', async () => {
    const take = () => false;
    expect(await readRecords('/nowhere/git', [], run, take)).toBe(false);
    expect(await readRecords('/bin/sh', ['-c', ':'], { ...run, cwd: '/nowhere' }, take)).toBe(false);
  });

  it('runs where it is told, with nothing of the environment but what it is given', async () => {
    const given = { cwd: '/usr', environment: { A: '1' }, limit: 60_000 };
    const says = async (test: string) => {
      let isSaid = false;
      await readRecords('/bin/sh', ['-c', `[ ${test} ] && printf "x\\0"; :`], given, () => {
        isSaid = true;
        return true;
      });
      return isSaid;
    };
    expect(await says('-z "$HOME$USER$LOGNAME"')).toBe(true);
    expect(await says('"$A" = 1')).toBe(true);
    expect(await says('"$(pwd -P)" = /usr')).toBe(true);
    expect(await says('"$A" = 2')).toBe(false);
  });
});

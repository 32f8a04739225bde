import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventually } from '../support/patience.ts';
import { CLI, finished } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

it('SIGINT in the middle of a command undoes what it has done', async () => {
  const world = createWorld();
  const names = Array.from({ length: 400 }, (_, index) => `m${index}`);
  for (const name of names) world.module(`src/oca/web/${name}`);
  // As slow as a network file system, so that there is a middle.
  const slow = world.file(
    'slow.cjs',
    `const fs = require('node:fs');
     const real = fs.symlinkSync;
     const cell = new Int32Array(new SharedArrayBuffer(4));
     fs.symlinkSync = (...args) => { Atomics.wait(cell, 0, 0, 5); return real(...args); };
     require('node:module').syncBuiltinESMExports();`,
  );
  const args = ['--require', slow, CLI, 'link', 'oca', ...names, '--config', world.config()];
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent' };
  const child = spawn(process.execPath, args, { env });
  const end = finished(child);
  await eventually(() => expect(readdirSync(world.at('linked')).length).toBeGreaterThan(10));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 1, stderr: expect.stringContaining('(cancelled)') });
  expect(readdirSync(world.at('linked'))).toEqual([]);
});

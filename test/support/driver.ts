import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Finished, finished } from './server.ts';

/** Runs a driver, such as test/links/driver.ts, in a process of its own. */
export type Driver = (...args: (string | number)[]) => Promise<Finished>;

/** Bundles a driver into a folder: it starts many times. */
export async function buildDriver(folder: string, entry = 'links/driver.ts'): Promise<Driver> {
  const outfile = join(folder, 'driver.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '..', entry)],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    // For packages that are not written as modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return (...args) => {
    const child = spawn(process.execPath, [outfile, ...args.map(String)]);
    child.stdin.end();
    return finished(child);
  };
}

/** Runs tasks until one says that there are no more, a few at a time. */
export async function untilDone(task: (number: number) => Promise<'more' | 'done'>): Promise<void> {
  let next = 1;
  let isDone = false;
  const work = async () => {
    while (!isDone) if ((await task(next++)) === 'done') isDone = true;
  };
  await Promise.all([work(), work(), work(), work()]);
}

/** Runs once before all tests: they test the build of today's source, and other users can run it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/cli.js');

export default async function setup(): Promise<() => void> {
  await buildIfStale();
  // Some tests start the program as another user, who may not be able to enter the checkout, or root's temporary folder.
  // Each project of vitest comes here; one copy is enough.
  if (process.getuid?.() !== 0 || process.env.ODOO_LINK_TEST_CLI !== undefined) return () => {};
  if (!isOpenToAll(tmpdir())) process.env.TMPDIR = '/tmp';
  const copy = mkdtempSync(join(tmpdir(), 'odoo-link-build-'));
  chmodSync(copy, 0o755);
  for (const name of ['dist', 'fixtures', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  process.env.ODOO_LINK_TEST_CLI = join(copy, 'dist/cli.js');
  return () => rmSync(copy, { recursive: true, force: true });
}

/** One run builds while others that began at the same time wait: a build replaces all of `dist`. */
async function buildIfStale(): Promise<void> {
  const lock = join(ROOT, '.build-lock');
  const isStale = () => newest('src', 'scripts/build.js', 'package.json', 'package-lock.json') > timeOf(CLI);
  while (isStale()) {
    try {
      mkdirSync(lock);
    } catch {
      // A run that was killed while it built leaves the lock; no build takes a minute.
      if (Date.now() - timeOf(lock) > 60_000) rmSync(lock, { recursive: true, force: true });
      await setTimeout(100);
      continue;
    }
    try {
      if (isStale()) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
    } finally {
      rmdirSync(lock);
    }
  }
}

function newest(...names: string[]): number {
  const files = names.flatMap((name) => {
    const path = join(ROOT, name);
    if (!statSync(path).isDirectory()) return [path];
    return [
      path,
      ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file)),
    ];
  });
  return Math.max(...files.map(timeOf));
}

/** When something was written, in milliseconds; 0 when it is not there. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isOpenToAll(path: string): boolean {
  const isRoot = dirname(path) === path;
  return (statSync(path).mode & 0o001) !== 0 && (isRoot || isOpenToAll(dirname(path)));
}

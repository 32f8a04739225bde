/**
 * npm run release -- VERSION [--dry-run]: brings a clean checkout to a version. It closes the changelog, writes the version
 * where it stands, makes the files of the release in `release/`, commits and tags. It pushes and publishes nothing: that is
 * what .github/workflows/release.yml does with the tag. With --dry-run all of it happens in a copy that is removed.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { closeChangelog } from './changelog.ts';

const ROOT = join(import.meta.dirname, '..');

/** Runs a program in a checkout; what it prints is the result. */
const run = (root: string, program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** @throws When the checkout cannot become that version. */
function check(root: string, version: string): void {
  const { version: now } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const parts = (text: string) => /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number);
  const [next, before] = [parts(version), parts(now) as number[]];
  if (next === undefined) throw new Error(`"${version}" is not a version such as 1.2.3.`);
  const differs = next.findIndex((part, index) => part !== before[index]);
  if (differs < 0 || (next[differs] as number) < (before[differs] as number))
    throw new Error(`${version} does not come after ${now}.`);
  if (run(root, 'git', 'tag', '--list', `v${version}`) !== '') throw new Error(`There is a tag v${version}.`);
  if (run(root, 'git', 'status', '--porcelain', '--untracked-files=no') !== '')
    throw new Error('The checkout has changes that are not committed.');
}

/** Writes the version into the pages, where it is part of the name of a file or of a tag. */
function renamePackages(root: string, before: string, version: string): void {
  const docs = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
  for (const page of ['README.md', ...docs]) {
    const text = readFileSync(join(root, page), 'utf8');
    const renamed = text
      .replaceAll(`odoo-link-mcp-${before}.`, `odoo-link-mcp-${version}.`)
      .replaceAll(`rev: v${before}`, `rev: v${version}`);
    if (renamed !== text) writeFileSync(join(root, page), renamed);
  }
}

/**
 * Makes the release in a checkout, and says what was made.
 * @throws When the checkout cannot become that version, before anything is changed.
 */
export function release(root: string, version: string): void {
  check(root, version);
  const { version: before } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const changelog = join(root, 'CHANGELOG.md');
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(changelog, closeChangelog(readFileSync(changelog, 'utf8'), version, day));
  run(root, 'npm', 'version', version, '--no-git-tag-version');
  renamePackages(root, before, version);
  run(root, 'npm', 'run', 'generate');
  run(root, 'npm', 'run', 'package', '--', 'release', 'release');
  run(root, 'git', 'commit', '--quiet', '--all', '--message', `Version ${version}`);
  run(root, 'git', 'tag', '--annotate', `v${version}`, '--message', `Version ${version}`);
  for (const name of readdirSync(join(root, 'release')).sort())
    console.log(`release/${name}: ${statSync(join(root, 'release', name)).size} bytes`);
  console.log(`Version ${version} is committed, and tagged v${version}.`);
}

/** A copy of the checkout as it is, in a repository of its own, with the same packages. */
export function copyOf(root: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'odoo-link-release-'));
  const files = run(root, 'git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  // What git knows and somebody has removed is not there.
  for (const name of files.split('\0').filter((one) => one !== '' && existsSync(join(root, one)))) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(join(root, name), join(copy, name), { verbatimSymlinks: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  run(copy, 'git', 'init', '--quiet');
  run(copy, 'git', 'config', 'user.name', 'Dry run');
  run(copy, 'git', 'config', 'user.email', 'dry-run@localhost');
  // .gitignore means a folder of that name, not a symlink.
  writeFileSync(join(copy, '.git/info/exclude'), 'node_modules\n');
  run(copy, 'git', 'add', '--all');
  run(copy, 'git', 'commit', '--quiet', '--message', 'As it is');
  return copy;
}

function main([version, ...options]: string[]): void {
  if (version === undefined || options.some((option) => option !== '--dry-run'))
    throw new Error('Say which version: npm run release -- VERSION [--dry-run]');
  if (options.length === 0) {
    release(ROOT, version);
    console.log('Push it: git push --follow-tags. The workflow makes the files anew and publishes them.');
    return;
  }
  const copy = copyOf(ROOT);
  try {
    release(copy, version);
    console.log(run(copy, 'git', 'show', '--stat', '--format=', 'HEAD').trimEnd());
    console.log('This was a dry run: nothing of it is left.');
  } finally {
    rmSync(copy, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

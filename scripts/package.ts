/**
 * npm run package -- KIND [FOLDER]: makes one of the packages of the built program in a folder, `packages` without one, and
 * prints where it lies.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const readManifest = () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/**
 * The npm package. What only a checkout needs is not in its package.json: npm warns whoever installs a package with scripts.
 * @param folder Where the file goes; it is made if it is not there.
 * @returns The path of the file.
 */
export function packNpm(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return inScratch((scratch) => {
    const { scripts: _, devDependencies: __, ...manifest } = readManifest();
    for (const name of manifest.files) cpSync(join(ROOT, name), join(scratch, name), { recursive: true });
    writeFileSync(join(scratch, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const args = ['pack', '--json', '--pack-destination', resolve(folder)];
    const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: scratch, encoding: 'utf8' }));
    return join(folder, filename);
  });
}

/** Runs work in a folder that is removed afterwards. */
function inScratch<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-link-package-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What can be made, by the word for it on the command line. */
const KINDS: Readonly<Record<string, (folder: string) => string>> = { npm: packNpm };

if (process.argv[1] === import.meta.filename) {
  const [kind = '', folder = 'packages'] = process.argv.slice(2);
  const make = KINDS[kind];
  if (make === undefined) {
    console.error(`Say what to make: npm run package -- ${Object.keys(KINDS).join(' | ')} [FOLDER]`);
    process.exit(2);
  }
  console.log(make(resolve(folder)));
}

/**
 * npm run package -- KIND [FOLDER]: makes one of the packages of the built program in a folder, `packages` without one, and
 * prints where it lies; for an image, its name. `release` makes all files of a release.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { bundleManifest } from './bundle-manifest.ts';
import { billOfMaterials } from './sbom.ts';
import { REPOSITORY, serverJson } from './server-json.ts';

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

/** The tool that makes bundles, fetched when it is needed: it brings fifty packages, none of which the program has. */
const MCPB = '@anthropic-ai/mcpb@2.1.2';

/**
 * The bundle that a client such as Claude Desktop installs (MCPB): the program, and a manifest with fields for its settings.
 * @param folder Where the file goes; it is made if it is not there.
 * @returns The path of the file.
 */
export function packBundle(folder: string): string {
  const { name, version, type, engines } = readManifest();
  const file = join(folder, `${name}-${version}.mcpb`);
  return inScratch((scratch) => {
    for (const part of ['dist', 'fixtures', 'LICENSE'])
      cpSync(join(ROOT, part), join(scratch, part), { recursive: true });
    const write = (part: string, value: unknown) =>
      writeFileSync(join(scratch, part), `${JSON.stringify(value, null, 2)}\n`);
    // Node needs it to know that the program is an ES module.
    write('package.json', { name, version, type, engines });
    write('manifest.json', bundleManifest());
    const args = ['exec', '--yes', '--prefer-offline', `--package=${MCPB}`, '--', 'mcpb'];
    execFileSync('npm', [...args, 'validate', scratch], { stdio: 'pipe' });
    execFileSync('npm', [...args, 'pack', scratch, resolve(file)], { stdio: 'pipe' });
    return file;
  });
}

/**
 * All files of a release: the npm package, the bundle, server.json with the bundle in it, the bill of materials, and the
 * SHA-256 of each.
 * @param folder Where they go; it is made if it is not there.
 * @returns The folder.
 */
export function packRelease(folder: string): string {
  const { version } = readManifest();
  const [tarball, bundle] = [packNpm(folder), packBundle(folder)];
  const write = (name: string, value: unknown) => {
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
    return join(folder, name);
  };
  const identifier = `${REPOSITORY}/releases/download/v${version}/${basename(bundle)}`;
  const listed = { registryType: 'mcpb', identifier, fileSha256: sha256(bundle) };
  const registry = write('server.json', serverJson([listed]));
  const bill = write('sbom.cdx.json', billOfMaterials(ROOT));
  const sums = [tarball, bundle, registry, bill].map((file) => `${sha256(file)}  ${basename(file)}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  return folder;
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * The image of a container, with Docker's engine.
 * @returns The name of the image.
 */
function buildImage(): string {
  const { name, version } = readManifest();
  const tags = [`${name}:${version}`, name].flatMap((tag) => ['--tag', tag]);
  execFileSync('docker', ['build', '--file', 'packaging/Dockerfile', ...tags, '.'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return `${name}:${version}`;
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
const KINDS: Readonly<Record<string, (folder: string) => string>> = {
  npm: packNpm,
  mcpb: packBundle,
  image: buildImage,
  release: packRelease,
};

if (process.argv[1] === import.meta.filename) {
  const [kind = '', folder = 'packages'] = process.argv.slice(2);
  const make = KINDS[kind];
  if (make === undefined) {
    console.error(`Say what to make: npm run package -- ${Object.keys(KINDS).join(' | ')} [FOLDER]`);
    process.exit(2);
  }
  console.log(make(resolve(folder)));
}

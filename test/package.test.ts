import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { describeOldNode, fixturesFolder, packageVersion } from '../src/package.ts';
import { CLI, finished } from './support/server.ts';
import { createWorld } from './support/world.ts';

it('knows its version and where its fixtures are', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  expect(packageVersion()).toBe(version);
  expect(fixturesFolder()).toBe(join(import.meta.dirname, '../fixtures'));
  expect(existsSync(join(fixturesFolder(), 'oca'))).toBe(true);
});

it.each([
  ['18.20.8', true],
  ['20.18.3', true],
  ['20.19.0', false],
  ['20.20.2', false],
  ['22.0.0', false],
  ['24.1.0-nightly', false],
])('on Node.js %s says that it is too old: %j', (version, isTooOld) => {
  expect(
    describeOldNode(version)?.startsWith(`needs Node 20.19 or later, this is ${version};`) ?? false,
  ).toBe(isTooOld);
});

describe('the first file of the built program', () => {
  const text = readFileSync(CLI, 'utf8');

  it.each([
    ['serve', ['serve']],
    ['serve without its name', []],
    ['check', ['check', '.', '--series', '17.0']],
    ['--help', ['--help']],
    ['--version', ['--version']],
    ['a command there is not', ['nonsense']],
  ])('says on an old Node that it is too old, in one line, and no more: %s', async (_, args) => {
    const world = createWorld();
    const fake = "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });";
    const through = [process.execPath, '--require', world.file('old.cjs', fake)];
    const env = { HOME: world.folder('home') };
    const child = spawn(through[0] as string, [...through.slice(1), CLI, ...args], { env });
    child.stdin.end();
    const { code, stdout, stderr } = await finished(child);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^odoo-link-mcp: needs Node 20\.19 or later, this is 18\.20\.8; [^\n]*\n$/);
    expect(existsSync(world.at('home/.cache'))).toBe(false);
  });

  it('has no syntax that the first Node with ES modules cannot read', async () => {
    const [asItIs, lowered] = await Promise.all([
      transform(text, { target: 'esnext' }),
      transform(text, { target: 'node12.20' }),
    ]);
    expect(lowered.code).toBe(asItIs.code);
  });

  it('takes from Node only what that one has: what is missing would be an error before the first line runs', () => {
    const taken = [...text.matchAll(/import ?\{([^}]*)\} ?from ?"([^"]*)"/g)].flatMap(([, names, from]) =>
      (names as string).split(',').map((name) => `${from} ${name.split(' as ')[0]}`),
    );
    // Node 12.20 has all of these; what is newer must be taken from `import * as`.
    const old = {
      'node:fs':
        'accessSync closeSync constants existsSync fsync fsyncSync lstatSync mkdirSync openSync readFileSync readdirSync readlinkSync realpathSync statSync unlinkSync writeSync',
      'node:os': 'userInfo',
      'node:path': 'dirname isAbsolute join relative resolve sep',
    };
    const known = Object.entries(old).flatMap(([from, names]) =>
      names.split(' ').map((name) => `${from} ${name}`),
    );
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.filter((one) => !known.includes(one))).toEqual([]);
  });
});

it('can be installed by pre-commit, which reads one line from npm pack', () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8');
  const hooks = read('.pre-commit-hooks.yaml')
    .split(/^(?=- id: )/m)
    .slice(1);
  const { bin, scripts } = JSON.parse(read('package.json'));
  expect(hooks).toHaveLength(2);
  for (const hook of hooks) {
    expect(Object.keys(bin)).toContain(/^ {2}entry: (\S+) check \./m.exec(hook)?.[1]);
    expect(hook).toMatch(/^ {2}language: node$/m);
    expect(hook).toMatch(/^ {2}pass_filenames: false$/m);
  }
  // dist/ is not committed: npm builds it, and must not print that it does.
  expect(scripts.prepare).toBe('npm run build');
  expect(read('.npmrc')).toMatch(/^foreground-scripts=false$/m);
});

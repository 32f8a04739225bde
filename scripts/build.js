// Bundles the program and everything it needs into dist/: the files of PROGRAM and, beside them, the packages that only
// some calls need. Few files start in about half the time of many; but Node reads all of a file at every start, so what may
// never be needed is not in it. Beside them stand the licences of the packages, which their terms ask for.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * The program's own files beside cli.js: main.js, which it loads, and which loads one of the others. Each has in it all it
 * needs, copies of what another one has too; in one file together esbuild would wrap every module in a function, and that
 * starts slower.
 */
const PROGRAM = {
  main: 'src/commands/main.ts',
  serve: 'src/commands/serve.ts',
  check: 'src/commands/check.ts',
  'check-changed': 'src/commands/check-changed.ts',
  demo: 'src/commands/demo.ts',
  shell: 'src/commands/shell.ts',
};

/**
 * Stand-ins for what is called synchronously, so that import() will not do. They load it when it is first called: re2js for
 * a policy with a regular expression; ajv, which the SDK's client makes when it starts, to check the answers in `demo`, and
 * its server could make; the names of Unicode's characters for a manifest with \N{...}. `jose` is for clients that log in
 * over HTTP: the demo's never does.
 */
const STAND_INS = [
  {
    filter: /^re2js$/,
    name: 're2js',
    contents: `export const RE2JS = { compile: (source) => require('re2js').RE2JS.compile(source) };`,
  },
  {
    filter: /^@modelcontextprotocol\/(server|client)\/_shims$/,
    name: '@modelcontextprotocol/client/validators/ajv',
    contents: `export const { process } = globalThis;
    export const CORS_IS_POSSIBLE = false;
    export class DefaultJsonSchemaValidator {
      #validator;
      getValidator(schema) {
        this.#validator ??= new (require('@modelcontextprotocol/client/validators/ajv').AjvJsonSchemaValidator)();
        return this.#validator.getValidator(schema);
      }
    }`,
  },
  {
    filter: /^jose$/,
    name: 'jose',
    contents: '',
  },
  {
    filter: /\/data\/unicode-names\.ts$/,
    name: resolve('src/data/unicode-names.ts'),
    contents: `export const packedNames = () => require('${resolve('src/data/unicode-names.ts')}').packedNames();`,
  },
];

/**
 * When the SDK's server is loaded, it makes a schema for every message of the protocol, and some for logging in over HTTP: for
 * two lookups by name that this program never makes, and a tenth of the time to the first answer. Without the lookups esbuild
 * leaves out the schemas that nothing else uses, once it is told that making one has no other effect.
 */
const LOOKUPS = /^for \(.*\) register\(key, .*\);$|Object\.freeze\((?:_specTypeSchemas|_isSpecType)\)/gm;
/** Stands where a lookup was; it is not in the bundle unless something uses the lookup. */
const LEFT_OUT = 'a lookup that was left out';
/** A schema that is made at the top of a file, up to the next thing there. */
const MADE = /^const (\w+Schema) = ([\s\S]*?);$(?=\n(?:\/|const |export |function |$))/gm;

const trimmed = {
  name: 'trimmed',
  setup({ onLoad }) {
    const trim = (filter, pattern, fewest, change) =>
      onLoad({ filter }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const found = text.match(pattern)?.length ?? 0;
        if (found < fewest) throw new Error(`${path} is not what it was: ${found} places found`);
        return { contents: text.replace(pattern, change) };
      });
    trim(/@modelcontextprotocol\/server\/dist\/src-[^/]*\.mjs$/, LOOKUPS, 4, (text) =>
      text.startsWith('for') ? '' : `/* @__PURE__ */ Object.freeze(${JSON.stringify(LEFT_OUT)})`,
    );
    trim(
      /@modelcontextprotocol\/core\/dist\/(schemas|auth)-[^/]*\.mjs$/,
      MADE,
      10,
      'const $1 = /* @__PURE__ */ (() => $2)();',
    );
  },
};

/** What gets a file of its own: what stand-ins load, and those that are loaded by import(). */
const packages = {};

const apart = {
  name: 'apart',
  setup({ onResolve, onLoad }) {
    const putApart = (name) => {
      const file = basename(name, '.ts');
      packages[file] = name;
      return { path: `./${file}.cjs`, external: true };
    };
    for (const { filter, name, contents } of STAND_INS) {
      onResolve({ filter, namespace: 'file' }, () => ({ path: name, namespace: 'stand-in' }));
      onLoad({ filter: new RegExp(`^${name}$`), namespace: 'stand-in' }, () => ({ contents }));
    }
    onResolve({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => putApart(path));
    onResolve({ filter: /.*/, namespace: 'file' }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import' || isBuiltin(path)) return null;
      if (!path.startsWith('.')) return putApart(path);
      const own = Object.keys(PROGRAM).find((name) => resolve(PROGRAM[name]) === join(resolveDir, path));
      return own === undefined ? null : { path: `./${own}.js`, external: true };
    });
  },
};

const settings = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Where a package offers both, its ES modules: they bundle without `require`.
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
rmSync('dist', { recursive: true, force: true });
const program = await build({
  ...settings,
  entryPoints: PROGRAM,
  format: 'esm',
  plugins: [apart, trimmed],
  banner: {
    // Some packages in the bundle are CommonJS and call require() for Node's own modules.
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
});
const uses = Object.keys(PROGRAM).filter((name) =>
  readFileSync(`dist/${name}.js`, 'utf8').includes(LEFT_OUT),
);
if (uses.length > 0) throw new Error(`${uses} uses ${LEFT_OUT}`);
// In a form that every Node with ES modules and import() can read, to be told that it is too old.
const entry = await build({
  ...settings,
  target: 'node12.20',
  entryPoints: { cli: 'src/cli.ts' },
  format: 'esm',
  plugins: [apart],
  banner: { js: '#!/usr/bin/env node' },
});
chmodSync('dist/cli.js', 0o755);
// Facts that only some calls need; they are read as files, so that no start has to parse them.
cpSync('src/data', 'dist/data', { recursive: true, filter: (path) => !path.endsWith('.ts') });
const others = await build({
  ...settings,
  entryPoints: packages,
  format: 'cjs',
  // Where a package offers both, what require() gets: import() of it then has the package as its default export.
  conditions: ['require'],
  outExtension: { '.js': '.cjs' },
});

const inputs = [entry, program, others].flatMap(({ metafile }) => Object.keys(metafile.inputs));
/** The packages in the bundles, each with the name and version it has there. */
const bundled = new Map();
for (const input of inputs) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
  if (folder === undefined) continue;
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  bundled.set(name, { folder, version });
  // The SDK has the packages that it needs in its own files; its bundler marks where each begins.
  if (!name.startsWith('@modelcontextprotocol/')) continue;
  const marks = readFileSync(input, 'utf8').matchAll(/^\/\/#region .*\/\.pnpm\/([^@/]+)@([\d.]+)/gm);
  for (const [, inlined, version] of marks)
    bundled.set(inlined, { folder: join('node_modules', inlined), version });
}
const notices = [...bundled]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { folder, version }]) => {
    const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
writeFileSync('dist/THIRD_PARTY_LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));

// Bundles src/cli.ts and everything it needs into dist/cli.js: one file starts in about half the time of many.
// Beside it stand the licences of the packages that are in the bundle, which their terms ask for.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Puts off loading ajv until something is validated with it. The SDK's server and client load it when they start, and
 * nothing in this program but the client of `demo` ever uses it: a sixth of the start-up time.
 */
const lazyAjv = {
  name: 'lazy-ajv',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/validation\/ajv-provider\.js$/ }, async ({ path, resolveDir }) => {
      if (path.startsWith('/')) return { path };
      return { path: join(resolveDir, path), namespace: 'lazy-ajv' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy-ajv' }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: `export class AjvJsonSchemaValidator {
        #validator;
        getValidator(schema) {
          this.#validator ??= new (require(${JSON.stringify(path)}).AjvJsonSchemaValidator)();
          return this.#validator.getValidator(schema);
        }
      }`,
    }));
  },
};

/** The same for re2js, of which only a policy with a regular expression makes use. */
const lazyRe2 = {
  name: 'lazy-re2',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^re2js$/ }, ({ kind, resolveDir }) => {
      return kind === 'import-statement'
        ? { path: 're2js', namespace: 'lazy-re2', pluginData: resolveDir }
        : null;
    });
    onLoad({ filter: /.*/, namespace: 'lazy-re2' }, ({ pluginData }) => ({
      resolveDir: pluginData,
      contents: `export const RE2JS = { compile: (source) => require('re2js').RE2JS.compile(source) };`,
    }));
  },
};

rmSync('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Where a package offers both, its ES modules: they bundle without `require`.
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  plugins: [lazyAjv, lazyRe2],
  metafile: true,
  logLevel: 'warning',
  banner: {
    // Some packages in the bundle are CommonJS and call require() for Node's own modules.
    js: '#!/usr/bin/env node\nimport { createRequire as __require } from "node:module"; const require = __require(import.meta.url);',
  },
});
chmodSync('dist/cli.js', 0o755);

const folders = new Set(
  Object.keys(metafile.inputs)
    .map((input) => input.replace(/^lazy-\w+:/, ''))
    .flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []),
);
const notices = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
writeFileSync('dist/THIRD_PARTY_LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));

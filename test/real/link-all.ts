/**
 * npm run try:tree -- TREE SERIES: links every module of a folder of OCA checkouts with the built server, over stdio,
 * one call a module, and looks at each link. For trying the program on real repositories; not part of the tests.
 *
 * Exits with 1 when a link does not lead to the module's own folder, a second call does anything, or a module is
 * refused for another reason than one of its own (its manifest, its series, a name that two repositories offer).
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [given, series] = process.argv.slice(2);
if (given === undefined || series === undefined) throw new Error('usage: npm run try:tree -- TREE SERIES');
const tree = realpathSync(resolve(given));
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-tree-')));
const addonsDir = join(scratch, 'linked');
const EXPECTED = new Set([
  'wrong_series',
  'not_installable',
  'not_importable',
  'manifest_invalid',
  'breaks_update',
]);
const faults: string[] = [];
const refused: Record<string, number> = {};
let linked = 0;

/** The modules as a shell would find them, without any code of the product. */
function listModules(): { name: string; repository: string; path: string }[] {
  return readdirSync(tree).flatMap((repository) =>
    readdirSync(join(tree, repository))
      .filter((name) => existsSync(join(tree, repository, name, '__manifest__.py')))
      .map((name) => ({ name, repository, path: join(tree, repository, name) })),
  );
}

mkdirSync(addonsDir);
const config = join(scratch, 'odoo-link.json');
const instances = { prod: { series, addonsDirs: [addonsDir], roots: { oca: [tree] } } };
writeFileSync(
  config,
  JSON.stringify({ instances, policy: { version: '1', default: 'allow' }, stateDir: join(scratch, 'state') }),
);
const cli = join(import.meta.dirname, '../../dist/cli.js');
const client = new Client({ name: 'try-tree', version: '0' });
await client.connect(
  new StdioClientTransport({ command: process.execPath, args: [cli, 'serve', '--config', config] }),
);

async function call(module: string, repo: string): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name: 'oca_link', arguments: { module, repo } });
  return result.structuredContent as Record<string, unknown>;
}

const modules = listModules();
const seen = new Set<string>();
for (const { name, repository, path } of modules) {
  const first = await call(name, repository);
  if (first.status === 'refused') {
    const code = first.code as string;
    refused[code] = (refused[code] ?? 0) + 1;
    // The second repository with a name meets the link of the first.
    if (!EXPECTED.has(code) && !(code === 'link_exists' && seen.has(name)))
      faults.push(`${path}: ${first.message}`);
    continue;
  }
  seen.add(name);
  linked++;
  const link = join(addonsDir, name);
  if (first.status !== 'linked') faults.push(`${path}: ${first.status}`);
  if (realpathSync(link) !== path) faults.push(`${path}: the link leads to ${realpathSync(link)}`);
  if (
    readFileSync(join(link, '__manifest__.py')).compare(readFileSync(join(path, '__manifest__.py'))) !== 0
  ) {
    faults.push(`${path}: the manifest read through the link differs`);
  }
  const second = await call(name, repository);
  if (second.status !== 'already_linked') faults.push(`${path}: the second call says ${second.status}`);
}
await client.close();
const left = readdirSync(addonsDir).length;
if (left !== linked) faults.push(`${left} entries for ${linked} links`);
rmSync(scratch, { recursive: true });
process.stdout.write(
  `${readdirSync(tree).length} repositories, series ${series}: ${modules.length} modules, ${linked} linked`,
);
process.stdout.write(
  `, refused ${JSON.stringify(refused)}, ${faults.length} faults\n${faults.map((fault) => `${fault}\n`).join('')}`,
);
process.exitCode = faults.length > 0 ? 1 : 0;

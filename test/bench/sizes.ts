/**
 * npm run bench:sizes: what answers cost an agent, in tokens (o200k): a table of the structure and of the text of each, on a
 * generated tree of 20 git repositories with 35 modules each. Run it after a change of a report.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { connect } from '../../src/server/client.ts';
import { openWorld, type World } from '../support/world.ts';

const CLI = process.env.ODOO_LINK_CLI ?? join(import.meta.dirname, '../../dist/cli.js');

const FIRST = ['account', 'sale', 'stock', 'purchase', 'hr', 'mrp', 'project', 'website', 'pos', 'product'];
const SECOND = ['invoice', 'order', 'line', 'report', 'approval', 'delivery', 'portal'];
const THIRD = [
  'date',
  'tier_validation',
  'import',
  'extra_field',
  'mail_template',
  'restricted',
  'import_export',
  'warning',
  'merge',
  'tags',
];
const NAMES = FIRST.flatMap((one) => SECOND.flatMap((two) => THIRD.map((three) => `${one}_${two}_${three}`)));
const PER_REPOSITORY = 35;

const repositoryOf = (index: number) => {
  const at = Math.floor(index / PER_REPOSITORY);
  return `${FIRST[at % FIRST.length]}-${at < FIRST.length ? 'workflow' : 'reporting'}`;
};

/** The modules: the first 160 need one another, the others a few of Odoo's own. */
function plant(world: World, root: string, series = '17.0'): void {
  for (const [index, name] of NAMES.entries()) {
    const needed =
      index < 160
        ? NAMES.slice(8 * index + 1, 8 * index + 9).filter((_, at) => 8 * index + 1 + at < 160)
        : [];
    world.module(join(root, repositoryOf(index), name), {
      name: `${name.replaceAll('_', ' ')} for companies`,
      version: `${series}.1.${index % 7}.0`,
      summary: 'Makes it possible to do what the name says.',
      depends: ['base', FIRST[index % 4] === 'hr' ? 'hr' : (FIRST[index % 4] as string), ...needed],
    });
  }
  for (const repository of new Set(NAMES.map((_, index) => repositoryOf(index)))) {
    const git = (...args: string[]) =>
      execFileSync('git', [
        '-C',
        world.at(root, repository),
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@t',
        ...args,
      ]);
    git('init', '-q', '-b', series);
    git('add', '.');
    git('commit', '-q', '-m', 'Modules');
  }
}

interface Measured {
  readonly what: string;
  readonly tool: string;
  readonly args: Record<string, unknown>;
}

async function measure(config: string, calls: readonly Measured[]): Promise<void> {
  const session = await connect(CLI, ['serve', '--config', config], '0');
  for (const { what, tool, args } of calls) {
    const result = await session.call(tool, args);
    const data = JSON.stringify(result.structuredContent);
    const [first] = result.content as unknown as [{ text: string }];
    const cells = [data, first.text].map((text) => `${encode(text).length} | ${text.length}`);
    console.log(`| ${what} | ${cells.join(' | ')} |`);
  }
  await session.close();
}

const path = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-sizes-')));
try {
  const world = openWorld(path);
  plant(world, 'src/oca');
  plant(world, 'both/oca/seventeen');
  plant(world, 'both/oca/sixteen', '16.0');
  for (const [index, name] of NAMES.entries()) {
    world.link(world.at('src/oca', repositoryOf(index), name), `full/${name}`);
    world.link(world.at('src/oca', 'gone', name), `broken/${name}`);
    if (index % 10 === 0)
      world.module(join('src/oca/orphans', `needs_${name}`), { depends: ['not_there', name] });
    if (index % 10 === 0) world.link(world.at('src/oca/orphans', `needs_${name}`), `unmet/needs_${name}`);
    if (index < 100) world.module(join('src/oca/old', `old_${name}`), { version: '16.0.1.0.0' });
  }
  for (const dir of ['empty', 'two']) world.folder(dir);
  const instance = (dir: string, roots = { oca: ['src/oca'] }) => ({
    series: '17.0',
    addonsDirs: [dir],
    roots,
  });
  const instances = {
    prod: instance('empty'),
    full: instance('full'),
    broken: instance('broken'),
    unmet: instance('unmet'),
    two: instance('two', { oca: ['both/oca/seventeen', 'both/oca/sixteen'] }),
  };
  const config = world.file(
    'odoo-link.json',
    JSON.stringify({ instances, policy: { version: '1', default: 'allow' }, stateDir: 'state' }),
  );
  console.log('| answer | tokens of the structure | characters | tokens of the text | characters |');
  console.log('| --- | --- | --- | --- | --- |');
  const on = (name: string) => ({ instance: name });
  await measure(config, [
    { what: 'link_status, 700 links', tool: 'link_status', args: on('full') },
    { what: 'link_status, 700 broken for one reason', tool: 'link_status', args: on('broken') },
    { what: 'link_status, 70 that need what is missing', tool: 'link_status', args: on('unmet') },
    {
      what: 'link, one module and 159 it needs',
      tool: 'oca_link',
      args: { module: NAMES[0], ...on('prod'), dry_run: true },
    },
    {
      what: 'link, 50 named',
      tool: 'oca_link',
      args: { module: NAMES.slice(300, 350), ...on('prod'), dry_run: true },
    },
    {
      what: 'link, 30 named',
      tool: 'oca_link',
      args: { module: NAMES.slice(400, 430), ...on('prod'), dry_run: true },
    },
    {
      what: 'link, 500 named',
      tool: 'oca_link',
      args: { module: NAMES.slice(170, 670), ...on('prod'), dry_run: true },
    },
    {
      what: 'unlink, 30 named',
      tool: 'oca_unlink',
      args: { modules: NAMES.slice(400, 430), ...on('full'), dry_run: true },
    },
    {
      what: 'unlink, one with all that need it',
      tool: 'oca_unlink',
      args: { modules: [NAMES[150]], ...on('full'), cascade: true, dry_run: true },
    },
    { what: 'conflicts of two series in one tree', tool: 'addon_conflicts', args: on('two') },
    {
      what: 'refusal with 100 reasons',
      tool: 'oca_link',
      args: { module: NAMES.slice(0, 100).map((name) => `old_${name}`), ...on('prod') },
    },
    {
      what: 'refusal of 100 that are ambiguous',
      tool: 'oca_link',
      args: { module: NAMES.slice(300, 400), ...on('two') },
    },
  ]);
} finally {
  rmSync(path, { recursive: true });
}
